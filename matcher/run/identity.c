/* The facts of a run, a line each. */
#include "matcher/run/identity.h"

#include "core/hash.h"
#include "core/string_builder.h"
#include "data/emit.h"
#include "data/input.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <stdlib.h>
#include <string.h>

/* Texts may hold line ends; a fact is one line. */
static void put_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\\')
            fprintf(out, "\\%c", *text == '\n' ? 'n' : '\\');
        else
            fputc(*text, out);
}

/* A line for each value; one that says so for none. */
static void put_value(FILE *out, const struct opts *o, const struct opts_row *row)
{
    char text[OPTS_VALUE_BYTES];
    const char *value = opts_value(o, row, 0, text);
    for (size_t i = 0; i == 0 || value; value = opts_value(o, row, ++i, text)) {
        fprintf(out, "--%s ", row->name);
        put_text(out, value ? value : "(none)");
        fputc('\n', out);
    }
}

/* The contents of a file that others have compiled. What it loads besides is not looked at. */
static bool fingerprint_file(const char *path, uint64_t *print, struct err *e)
{
    struct input in = {0};
    if (!input_open(&in, path, path, SIZE_MAX, e))
        return false;
    for (size_t i = 0; i < in.n; i++)
        *print = hash_mix3(*print, (unsigned char)in.p[i], i);
    input_close(&in);
    return true;
}

static bool put_scorer(FILE *out, const struct scorer *s, struct err *e)
{
    uint64_t print = s->source_fingerprint;
    if (!print && !fingerprint_file(s->path, &print, e))
        return false;
    fprintf(out, "scorer %016llx\n", (unsigned long long)print);
    return true;
}

static void put_table(FILE *out, const struct run *r, int side)
{
    const struct table_head *head = r->loaded.inputs.table[side].head;
    fprintf(out, "table %c: %llu records %016llx\n", side ? 'B' : 'A',
            (unsigned long long)head->n_rows,
            (unsigned long long)loaded_fingerprint(&r->loaded, &r->wanted, &r->sources, side));
}

/* The value of an option; of --format, what is written in truth. */
static void put_option(FILE *out, const struct run *r, const struct opts_row *row)
{
    if (row->offset == offsetof(struct opts, format))
        fprintf(out, "--format %s\n", emit_name(r->format));
    else
        put_value(out, r->opts, row);
}

static void put_choice(FILE *out, const struct run *r)
{
    const struct table *table = r->loaded.inputs.table;
    char text[CHOICE_FACT_BYTES];
    choice_fact_print(
        &(struct choice_fact){
            r->choice,
            r->better,
            {{(uint32_t)table[0].head->n_rows, (uint32_t)table[1].head->n_rows}, r->sources.self},
            r->query.lines.n_terms},
        text);
    fprintf(out, "%s\n", text);
}

static bool put_facts(FILE *out, const struct run *r, struct err *e)
{
    const struct opts *o = r->opts;
    bool module = o->score && opts_is_scorer_file(o->score);
    fprintf(out, "axb " AXB_VERSION "\nverb %s\n", r->sources.self ? "dedupe" : "match");
    for (const struct opts_row *row = opts_rows; row->name; row++)
        if (row->in_identity && !(module && row->offset == offsetof(struct opts, score)))
            put_option(out, r, row);
    if (module && !put_scorer(out, &r->scorer, e))
        return false;
    if (r->choice.collects)
        put_choice(out, r);
    put_table(out, r, 0); /* last: which columns are used depends on the rest */
    put_table(out, r, 1);
    return true;
}

bool identity_make(const struct run *r, char **identity, struct err *e)
{
    struct string_builder string_builder;
    if (r->identity) {
        *identity = strdup(r->identity);
        return *identity || err_set(e, ERR_OS, NULL, "not enough memory");
    }
    FILE *out = string_builder_open(&string_builder);
    bool ok = !out || put_facts(out, r, e);
    *identity = string_builder_end(&string_builder);
    if (ok && !*identity)
        ok = err_set(e, ERR_OS, NULL, "not enough memory");
    if (!ok) {
        free(*identity);
        *identity = NULL;
    }
    return ok;
}
