/* Opens inputs, and finds their columns by name. */
#include "matcher/run/sources.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>

bool sources_open(struct sources *s, const char *const *paths, bool self,
                  const struct load_options *options, struct err *e)
{
    *s = (struct sources){.self = self};
    log_phase("opening", 0);
    return load_open(&s->load[0], paths[0], options, e) &&
           (self || load_open(&s->load[1], paths[1], options, e));
}

void sources_close(struct sources *s)
{
    load_close(&s->load[0]);
    if (!s->self)
        load_close(&s->load[1]);
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
