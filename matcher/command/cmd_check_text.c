/* What `axb check` prints for people. */
#include "matcher/command/cmd_check_internal.h"

#include "core/log.h"
#include "core/string_builder.h"
#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "%-10s"  /* what a line is about */
#define SHOWN_BYTES 40 /* of a value */

/* What was written goes to stdout, unless something went wrong. */
static bool show(struct string_builder *b, bool ok, struct err *e)
{
    if (ok)
        return string_builder_show(b, stdout) || err_set(e, ERR_OS, NULL, "not enough memory");
    free(string_builder_end(b));
    return false;
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static void print_name(FILE *out, const char *name, const char *c_name)
{
    fprintf(out, "%s", c_name);
    if (strcmp(c_name, name) != 0)
        fprintf(out, " (\"%s\")", name);
}

/* The columns of one side: in C where that is wanted, and in the file where that differs. */
static bool print_side(FILE *out, const struct load *l, char side, bool in_c, struct err *e)
{
    char **c_names = calloc(l->n_columns + 1, sizeof *c_names);
    bool ok = c_names || err_set(e, ERR_OS, NULL, "no memory for the names of the columns");
    ok = ok && (!in_c || scorer_c_names(l->names, l->n_columns, c_names, e));
    if (ok)
        fprintf(out, LABEL "%s: ", (char[]){side, 0}, l->shown);
    for (size_t i = 0; ok && i < l->n_columns; i++) {
        fputs(i ? ", " : "", out);
        print_name(out, l->names[i], in_c ? c_names[i] : l->names[i]);
    }
    if (ok)
        fputc('\n', out);
    for (size_t i = 0; ok && i < l->n_columns; i++)
        free(c_names[i]);
    free(c_names);
    return ok;
}

bool check_print_names(const struct sources *s, bool in_c, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    const bool ok = !out || (print_side(out, sources_load(s, 0), 'A', in_c, e) &&
                             print_side(out, sources_load(s, 1), 'B', in_c, e));
    return show(&b, ok, e);
}

/* ---- The scorer ------------------------------------------------------------------------------*/

const char *check_reads_text(const struct run *r, char text[CHECK_TEXT_BYTES])
{
    static const char *const kinds[] = {"", "", "_number", "_days"};
    size_t n = 0;
    snprintf(text, CHECK_TEXT_BYTES, "no column");
    for (size_t k = 0; k < r->scorer.n_fields && n < CHECK_TEXT_BYTES; k++) {
        const struct scorer_field *f = &r->scorer.fields[k];
        n += (size_t)snprintf(
            text + n, CHECK_TEXT_BYTES - n, "%s%c.%s%s", k ? ", " : "", f->side ? 'b' : 'a',
            sources_load(&r->sources, (int)f->side)->names[f->column], kinds[f->kind]);
    }
    return text;
}

static bool is_expression(const struct run *r)
{
    return !r->query.scorer || r->query.goal.score != EXPR_NONE;
}

const char *check_scorer_text(const struct run *r, char text[CHECK_TEXT_BYTES])
{
    const struct scorer *s = &r->scorer;
    if (is_expression(r))
        expr_print(&r->query.expr, r->query.goal.score, text, CHECK_TEXT_BYTES);
    else if (s->python)
        snprintf(text, CHECK_TEXT_BYTES, "%s: a Python function, run by %s", s->path, s->python);
    else if (s->source_fingerprint)
        snprintf(text, CHECK_TEXT_BYTES, "%s: compiled in %.2f s", s->path, s->compile_seconds);
    else
        snprintf(text, CHECK_TEXT_BYTES, "%s: a module that others compiled, fingerprint %016llx",
                 s->path, (unsigned long long)s->fingerprint);
    return text;
}

static void print_scorer(FILE *out, const struct run *r)
{
    char text[CHECK_TEXT_BYTES];
    fprintf(out, LABEL "%s\n", "score", check_scorer_text(r, text));
    if (!is_expression(r))
        fprintf(out, LABEL "%s\n", "reads", check_reads_text(r, text));
}

/* ---- Scores ----------------------------------------------------------------------------------*/

static const char *short_number(double x, char text[32])
{
    snprintf(text, 32, "%.6g", x);
    return text;
}

static void print_share(FILE *out, uint64_t n, uint64_t of, const char *what)
{
    if (n)
        fprintf(out, LABEL "%llu (%.3g %%) %s\n", "", (unsigned long long)n,
                100 * (double)n / (double)of, what);
}

static void print_scores(FILE *out, const struct check *c)
{
    const struct check_scores *s = &c->scores;
    const struct opts *o = c->r->opts;
    char least[32], median[32], highest[32], what[64];
    fprintf(out, LABEL "of %llu pairs, %llu row%s of A with all of B: ", "scores",
            (unsigned long long)s->pairs, (unsigned long long)s->rows, s->rows == 1 ? "" : "s");
    if (s->scored)
        fprintf(out, "least %s, median %s, highest %s\n", short_number(s->least, least),
                short_number(s->median, median), short_number(s->highest, highest));
    else
        fputs("none of them has a score\n", out);
    print_share(out, s->excluded, s->pairs, "are not scored: --where or AXB_WHERE does not hold");
    print_share(out, s->none, s->pairs, "have no value (NaN) and cannot match");
    snprintf(what, sizeof what, "reach --min %s", short_number(o->min, least));
    if (o->min_given && s->reached)
        print_share(out, s->reached, s->pairs, what);
    else if (o->min_given)
        fprintf(out, LABEL "none reaches --min %s\n", "", short_number(o->min, least));
}

/* ---- Examples --------------------------------------------------------------------------------*/

/* A value in quotes, cut after SHOWN_BYTES, but not within a character. */
static void print_value(FILE *out, struct bytes v)
{
    uint32_t n = v.n < SHOWN_BYTES ? v.n : SHOWN_BYTES;
    while (n < v.n && n && ((unsigned char)v.p[n] & 0xC0) == 0x80)
        n--;
    fputc('"', out);
    for (uint32_t i = 0; i < n; i++)
        fputc((unsigned char)v.p[i] < 0x20 || v.p[i] == 0x7f ? '?' : v.p[i], out);
    fputs(n < v.n ? "…\"" : "\"", out);
}

static void print_cell(FILE *out, const struct table *t, uint32_t column, uint64_t row)
{
    const uint32_t value = table_row_values(t, column)[row];
    if (value == TABLE_MISSING)
        fputs("(missing)", out);
    else
        print_value(out, table_value(t, column, value));
}

/* Is field i the first of its column? A column that is read as a text and as a number is two. */
static bool is_first(const struct run *r, uint32_t i)
{
    const struct index_field *f = &r->loaded.field[i];
    for (uint32_t k = 0; k < i; k++) {
        const struct index_field *g = &r->loaded.field[k];
        if (g->side == f->side &&
            g->table->columns[g->column].source == f->table->columns[f->column].source)
            return false;
    }
    return true;
}

/* The record of one side: its id or number, and the values of the compared columns. */
static void print_record(FILE *out, const struct run *r, uint32_t side, uint64_t row)
{
    const struct table *t = &r->loaded.inputs.table[side];
    const uint32_t id = side ? r->query.lines.id_b : r->query.lines.id_a;
    const char *before = ": ";
    fprintf(out, "%s row %llu", side ? "B" : "A", (unsigned long long)row + 1);
    if (r->opts->id) {
        fputs(", id ", out);
        print_cell(out, t, id, row);
    }
    for (uint32_t i = 0; i < r->wanted.n_fields; i++) {
        const struct index_field *f = &r->loaded.field[i];
        if (f->side != side || !is_first(r, i))
            continue;
        fprintf(out, "%s%s ", before, table_column_name(f->table, f->column));
        print_cell(out, f->table, f->column, row);
        before = ", ";
    }
    fputc('\n', out);
}

static void print_examples(FILE *out, const struct check *c)
{
    char number[32];
    for (uint32_t i = 0; i < c->scores.n_examples; i++) {
        const struct check_pair *p = &c->scores.example[i];
        fprintf(out, LABEL "%-12s", i ? "" : "examples", short_number(p->score, number));
        print_record(out, c->r, 0, p->row_a);
        fprintf(out, LABEL "%-12s", "", "");
        print_record(out, c->r, 1, p->row_b);
    }
}

/* ---- Speed -----------------------------------------------------------------------------------*/

const char *check_skips_text(const struct check *c, char text[CHECK_TEXT_BYTES])
{
    const bool metrics = c->skips_metrics || c->skips_monotone;
    if (!c->skips_where && !metrics) {
        snprintf(text, CHECK_TEXT_BYTES,
                 "no pairs: match scores all of them. --where says which "
                 "are worth scoring");
        return text;
    }
    snprintf(text, CHECK_TEXT_BYTES, "%s%s%s%s; axb match --plan shows how",
             c->skips_where ? "pairs for which the condition is false" : "",
             c->skips_where && metrics ? ", and " : "",
             metrics ? "pairs whose metrics are too low for --min" : "",
             c->skips_monotone ? " (AXB_MONOTONE)" : "");
    return text;
}

/* A duration as "812 ns", "15 us" or "2.5 ms". */
static const char *short_time(double seconds, char text[32])
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    double value = 1e9 * seconds;
    size_t unit = 0;
    for (; value >= 999.5 && unit < 3; unit++)
        value /= 1000;
    snprintf(text, 32, "%.3g %s", value, units[unit]);
    return text;
}

const char *check_speed_text(const struct check *c, char text[CHECK_TEXT_BYTES])
{
    const struct check_speed *s = &c->speed;
    const unsigned workers = c->r->plan.n_workers;
    char pairs[32], rate[32], time[32];
    if (s->few)
        snprintf(text, CHECK_TEXT_BYTES, "%s pairs are too few to say how fast it is",
                 log_count(s->all, pairs));
    else
        snprintf(text, CHECK_TEXT_BYTES,
                 "%s pairs in %.2f s on %u worker%s: %s pairs/s, %s a pair on each",
                 log_count(s->pairs, pairs), s->seconds, workers, workers == 1 ? "" : "s",
                 log_count(s->pairs / s->seconds, rate),
                 short_time(s->seconds * workers / s->pairs, time));
    return text;
}

const char *check_all_text(const struct check *c, char text[CHECK_TEXT_BYTES])
{
    const struct check_speed *s = &c->speed;
    char all[32], time[32];
    snprintf(text, CHECK_TEXT_BYTES, "%s pairs: %s at this speed", log_count(s->all, all),
             log_duration(s->seconds * s->all / s->pairs, time));
    return text;
}

static void print_speed(FILE *out, const struct check *c)
{
    char text[CHECK_TEXT_BYTES];
    fprintf(out, LABEL "%s\n", "speed", check_speed_text(c, text));
    if (!c->speed.few)
        fprintf(out, LABEL "%s\n", "all", check_all_text(c, text));
}

static void print_all(FILE *out, const struct check *c)
{
    print_scorer(out, c->r);
    if (c->scores.rows == 0) {
        fputs("scores    none: there are no records\n", out);
        return;
    }
    print_scores(out, c);
    print_examples(out, c);
    fprintf(out, LABEL "%s\n", "skips", check_skips_text(c, (char[CHECK_TEXT_BYTES]){0}));
    print_speed(out, c);
}

bool check_print(const struct check *c, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        print_all(out, c);
    return show(&b, true, e);
}
