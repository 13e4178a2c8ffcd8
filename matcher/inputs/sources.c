/* Opens inputs, and finds their columns by name. */
#include "matcher/inputs/sources.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>

static struct load_options options_of(const struct opts *o, const struct opts_reading *r,
                                      const char *option)
{
    return (struct load_options){.delimiter = r->delimiter,
                                 .header = r->header,
                                 .lenient = r->lenient,
                                 .encoding = r->encoding,
                                 .skip_lines = r->skip_lines,
                                 .comment = r->comment,
                                 .escape = r->escape,
                                 .nulls = r->nulls,
                                 .option = option,
                                 .max_memory_bytes = o->max_memory_bytes};
}

struct load_options sources_options(const struct opts *o, int side, bool self)
{
    const struct opts_reading r = opts_reading(o, side);
    const bool one_file = self || strcmp(o->inputs[0], o->inputs[1]) == 0;
    return options_of(o, &r, one_file ? "" : side ? "b-" : "a-");
}

struct load_options sources_options_of_all(const struct opts *o)
{
    return options_of(o, &o->reading, "");
}

bool sources_open_mended(struct out *out, bool *is_open, const struct opts *o, struct err *e)
{
    if (o->mended)
        *is_open = out_open(out, o->mended, e) &&
                   out_write(out, LOAD_MENDED_HEADER, strlen(LOAD_MENDED_HEADER), e);
    return *is_open || !o->mended;
}

bool sources_commit_mended(struct sources *s, struct err *e)
{
    const bool is_open = s->mended_open;
    s->mended_open = false;
    return !is_open || out_commit(&s->mended, e);
}

static bool open_side(struct sources *s, const struct opts *o, int side, struct err *e)
{
    struct load_options options = sources_options(o, side, s->self);
    options.mended = s->mended_open ? &s->mended : NULL;
    return s->self && o->n_inputs > 1
               ? load_open_joined(&s->load[side], o->inputs, o->n_inputs, &options, e)
               : load_open(&s->load[side], o->inputs[side], &options, e);
}

bool sources_open(struct sources *s, const struct opts *o, bool self, struct err *e)
{
    *s = (struct sources){.self = self};
    log_phase("opening", 0);
    return (!self || opts_refuse_side_b(o, e)) &&
           sources_open_mended(&s->mended, &s->mended_open, o, e) && open_side(s, o, 0, e) &&
           (self || open_side(s, o, 1, e));
}

void sources_close(struct sources *s)
{
    load_close(&s->load[0]);
    if (!s->self)
        load_close(&s->load[1]);
    if (s->mended_open)
        out_abort(&s->mended);
    s->mended_open = false;
}

const struct load *sources_load(const struct sources *s, int side)
{
    return &s->load[s->self ? 0 : side];
}

const char *sources_path(const struct sources *s, int side)
{
    return sources_load(s, side)->shown;
}

bool sources_find(const struct sources *s, int side, const char *name, size_t n, uint32_t *column,
                  struct err *e)
{
    char *text = strndup(name, n);
    bool ok = text ? load_find(sources_load(s, side), text, column, e)
                   : err_set(e, ERR_OS, NULL, "not enough memory");
    free(text);
    return ok;
}

struct scorer_headers sources_headers(const struct sources *s)
{
    const struct load *a = sources_load(s, 0), *b = sources_load(s, 1);
    return (struct scorer_headers){a->names, a->n_columns, b->names, b->n_columns};
}
