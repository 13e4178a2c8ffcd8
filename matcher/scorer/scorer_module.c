/* What a module says of itself, and whether it can be true. The child that has loaded it checks its
 * axb_module and reports. The coordinator believes no byte of a report: the module's own code has
 * run in the process that wrote it. */
#include "core/string_builder.h"
#include "core/suggest.h"
#include "matcher/scorer/scorer_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- In the process that has loaded it -------------------------------------------------------*/

static bool is_field(uint32_t side, uint32_t kind)
{
    return side <= 1 && kind >= AXB_TEXT && kind <= AXB_DAYS;
}

static bool check_fields(const axb_module *m, struct err *e)
{
    if (m->n_fields > SCORER_MAX_FIELDS || (m->n_fields && !m->fields))
        return err_set(e, ERR_SCORER, NULL, "the module lists %u fields; at most %u can be",
                       m->n_fields, SCORER_MAX_FIELDS);
    for (uint32_t i = 0; i < m->n_fields; i++) {
        const axb_field *f = &m->fields[i];
        if (!is_field(f->side, f->kind) || !f->column)
            return err_set(e, ERR_SCORER, "axb.h says what a field may be",
                           "field %u of the module has side %u, kind %u and %s column", i, f->side,
                           f->kind, f->column ? "a" : "no");
    }
    uint64_t fingerprint = scorer_fingerprint(m->fields, m->n_fields);
    return m->fingerprint == 0 || m->fingerprint == fingerprint ||
           err_set(e, ERR_SCORER, "build it again for these files, or set it to 0",
                   "the fingerprint of the module is %016llx, that of its fields %016llx",
                   (unsigned long long)m->fingerprint, (unsigned long long)fingerprint);
}

bool scorer_check_module(const axb_module *m, struct err *e)
{
    if (m->abi != AXB_ABI)
        return err_set(e, ERR_SCORER, "build it again with the axb.h of this axb",
                       "the module was built for version %u of axb.h's interface; this axb has %u",
                       m->abi, AXB_ABI);
    if (m->bytes != sizeof(axb_module))
        return err_set(e, ERR_SCORER, "set bytes to sizeof(axb_module)",
                       "the axb_module of the module has %u bytes; it should have %zu", m->bytes,
                       sizeof(axb_module));
    if (!m->match || !m->score)
        return err_set(e, ERR_SCORER, "both `match` and `score` must be there",
                       "the module has no function `%s`", m->match ? "score" : "match");
    if (m->prepared_bytes > SCORER_MAX_PREPARED ||
        (m->prepared_bytes && (!m->prepare_a || !m->prepare_b)))
        return err_set(
            e, ERR_SCORER, "both functions must be there, and the struct is at most 64 KiB",
            "the module prepares %llu bytes of a record", (unsigned long long)m->prepared_bytes);
    return check_fields(m, e);
}

/* The fields and `where` as the report carries them; malloced. */
static char *pack_fields(const axb_module *module, size_t *n)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (!out)
        return NULL;
    for (uint32_t i = 0; i < module->n_fields; i++) {
        const axb_field *f = &module->fields[i];
        fputc((int)f->side, out);
        fputc((int)f->kind, out);
        fwrite(f->column, 1, strlen(f->column) + 1, out);
    }
    if (module->where)
        fwrite(module->where, 1, strlen(module->where) + 1, out);
    char *bytes = string_builder_end(&string_builder);
    *n = string_builder.bytes;
    return bytes;
}

void scorer_fill_report(struct scorer_report *r, const axb_module *module, char **more, size_t *n)
{
    r->n_fields = module->n_fields;
    r->flags = module->flags;
    r->has_where = module->where != NULL;
    r->prepared_bytes = module->prepared_bytes;
    r->fingerprint = scorer_fingerprint(module->fields, module->n_fields);
    *more = pack_fields(module, n);
    if (!*more)
        err_set(&r->error, ERR_OS, NULL, "no memory for the fields of a scorer");
}

/* ---- In the coordinator ----------------------------------------------------------------------*/

static bool no_sense(const struct scorer *s, struct err *e)
{
    return err_set(e, ERR_SCORER, "code that it runs while it is loaded may have done this",
                   "%s: what the module says of its fields makes no sense", s->path);
}

bool scorer_unknown_column(const struct scorer *s, const struct scorer_headers *h, uint32_t side,
                           const char *column, struct err *e)
{
    char has[400], more[450], hint[800];
    const char *const *names = (const char *const *)scorer_header(h, side);
    suggest_names(column, names, scorer_columns(h, side), 12, has, sizeof has);
    snprintf(more, sizeof more, "%s has %s", side ? "B" : "A", has);
    suggest_hint(column, names, scorer_columns(h, side), more, hint, sizeof hint);
    return err_set(e, ERR_SCORER, hint, "%s reads the column `%.100s` of %s, which has none",
                   s->path, column, side ? "B" : "A");
}

/* Takes the fields of a report, as columns of the headers. *end is after them. */
static bool take_fields(struct scorer *s, const struct scorer_child *c,
                        const struct scorer_headers *h, const char **end, struct err *e)
{
    const char *p = c->more;
    for (; s->n_fields < c->report.n_fields; s->n_fields++) {
        struct scorer_field *f = &s->fields[s->n_fields];
        if (*end - p < 3)
            return no_sense(s, e);
        f->side = (unsigned char)p[0];
        f->kind = (unsigned char)p[1];
        if (!is_field(f->side, f->kind))
            return no_sense(s, e);
        if (!scorer_resolve(h, f->side, p + 2, &f->column))
            return scorer_unknown_column(s, h, f->side, p + 2, e);
        p += 2 + strlen(p + 2) + 1;
    }
    *end = p;
    return true;
}

/* Statuses that say nothing of the module, but of this machine. */
static bool is_ours(enum err_status status)
{
    return status == ERR_OS || status == ERR_UNAVAILABLE;
}

bool scorer_take_report(struct scorer *s, const struct scorer_child *c,
                        const struct scorer_headers *h, struct err *e)
{
    const struct scorer_report *r = &c->report;
    const char *end = c->more + r->bytes, *where = end;
    if (r->error.status != ERR_NONE)
        return err_set(e, is_ours(r->error.status) ? r->error.status : ERR_SCORER, r->error.hint,
                       "%s: %s", s->path, r->error.text);
    if (r->n_fields > SCORER_MAX_FIELDS || r->prepared_bytes > SCORER_MAX_PREPARED)
        return no_sense(s, e);
    s->fields = calloc((size_t)r->n_fields + 1, sizeof *s->fields);
    if (!s->fields)
        return err_set(e, ERR_OS, NULL, "no memory for the fields of a scorer");
    if (!take_fields(s, c, h, &where, e))
        return false;
    s->fingerprint = r->fingerprint;
    s->prepared_bytes = r->prepared_bytes;
    s->monotone = r->flags & AXB_FLAG_MONOTONE;
    if (r->has_where && where >= end)
        return no_sense(s, e);
    if (r->has_where && !(s->where = strdup(where)))
        return err_set(e, ERR_OS, NULL, "no memory for the fields of a scorer");
    return true;
}
