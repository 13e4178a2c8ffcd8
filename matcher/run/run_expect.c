/* What a run says before it begins: how many pairs to expect, and what of that is absurd. */
#include "matcher/run/run.h"

#include "core/log.h"
#include "matcher/output/output_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define PLAN_SAMPLE_SECONDS 0.3
#define NOTE_SAMPLE_SECONDS 0.1
#define LONG_SECONDS 3.0
#define DOMINANT_PAIRS 10000.0 /* fewer of one value are not worth a word */
#define MANY_A_RECORD 100.0    /* more pairs for each record of A are seldom meant */

/* Are the pairs of one value more than there are records? Those of a frequent name are not. */
static bool is_dominant(const struct run *r)
{
    const struct row_list *rows = r->conditions.rows;
    return r->dominant.pairs > fmax(DOMINANT_PAIRS, (double)(rows[0].n + rows[1].n));
}

/* Does it take so long that a sample costs nothing beside it? */
static bool is_long(const struct run *r)
{
    return r->plan.kind != PLAN_LOOP && r->plan.seconds / r->plan.n_workers > LONG_SECONDS;
}

bool run_is_told(const struct run *r)
{
    return r->opts->level > LOG_QUIET;
}

bool run_expect(struct run *r, struct err *e)
{
    const bool plan = r->opts->plan || r->opts->level == LOG_VERBOSE;
    const double seconds = r->opts->plan ? PLAN_SAMPLE_SECONDS : NOTE_SAMPLE_SECONDS;
    if (!r->opts->plan && !run_is_told(r))
        return true;
    if (r->by_rounds)
        return !r->opts->plan || run_expect_best(r, e);
    if (r->query.open_ended)
        return true; /* nearly all pairs match, and a few of them are kept */
    if (!expect_dominant(&r->dominant, &r->query, &r->loaded.inputs, e))
        return false;
    return (!plan && !is_dominant(r) && !is_long(r)) ||
           expect_make(&r->expect, &r->query, &r->loaded.inputs, &r->span, &r->plan, seconds, e);
}

/* ---- The dominant value ----------------------------------------------------------------------*/

/* A number with a comma after each three digits. */
static const char *grouped(double x, char text[32])
{
    char digits[24];
    const size_t n = (size_t)snprintf(digits, sizeof digits, "%.0f", x);
    size_t k = 0;
    for (size_t i = 0; i < n && k < 30; i++) {
        if (i && (n - i) % 3 == 0)
            text[k++] = ',';
        text[k++] = digits[i];
    }
    text[k] = 0;
    return text;
}

/* The dominant value. The dictionary may have codes alone, so the table is asked. */
static struct bytes dominant_text(const struct run *r)
{
    const uint32_t field = r->query.expr.column[r->dominant.column_a].field;
    const struct side *side = &r->loaded.inputs.index.field[field].side;
    const struct index_field *at = &r->loaded.field[field];
    uint32_t place = 0;
    while (side->value[place] != r->dominant.value)
        place++;
    const uint32_t row = side->rows[side->rows_begin[place]];
    return table_value(at->table, at->column, table_row_values(at->table, at->column)[row]);
}

/* One value makes up most of the pairs. */
static void note_dominant(const struct run *r)
{
    const struct dominant *d = &r->dominant;
    const struct expr *x = &r->query.expr;
    const struct expr_column *c = &x->column[d->column_a];
    const double all = span_pairs(&r->span, &r->loaded.inputs);
    const struct bytes v = dominant_text(r);
    const int shown = v.n < 60 ? (int)v.n : 60;
    char a[32], b[40] = "", rows[32], text[80] = "an empty", advice[120] = "";
    if (!r->loaded.inputs.self)
        snprintf(b, sizeof b, " × %s", grouped(d->rows_b, rows));
    if (v.n)
        snprintf(text, sizeof text, "\"%.*s\" as", shown, v.p);
    if (run_is_placeholder(v))
        snprintf(advice, sizeof advice, "; --null '%.*s' makes it missing", shown, v.p);
    log_note("%.2g %% of all pairs match: %s%s records have %s %.*s%s", 100 * d->pairs / all,
             grouped(d->rows_a, a), b, text, (int)c->name_bytes, x->text + c->name_at, advice);
}

/* ---- Too much --------------------------------------------------------------------------------*/

/* The bytes that the disk of the output has free; infinity if that is not known. */
static double free_bytes(const struct run *r)
{
    struct statvfs disk;
    const char *path = r->opts->output, *slash = path ? strrchr(path, '/') : NULL;
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    const bool known = path && folder && statvfs(folder, &disk) == 0;
    free(folder);
    return known ? (double)disk.f_bavail * (double)disk.f_frsize : (double)INFINITY;
}

/* Why the number of pairs is absurd, into text; "" if it is not. */
static const char *absurd(const struct run *r, char *text, size_t bytes)
{
    const struct expect *x = &r->expect;
    const double rows = (double)r->conditions.rows[0].n, left = free_bytes(r);
    char amount[32];
    text[0] = 0;
    if (!x->known || x->at_most || r->query.count || choice_leaves_out(&r->choice))
        return text;
    if (x->bytes > left && run_expects_bytes(r))
        snprintf(text, bytes, "more than the %s that the disk has free", log_bytes(left, amount));
    else if (x->pairs > MANY_A_RECORD * rows && x->pairs > DOMINANT_PAIRS)
        snprintf(text, bytes, "%s pairs for each record of A", log_count(x->pairs / rows, amount));
    return text;
}

double run_min(const struct run *r)
{
    return r->query.open_ended ? -(double)INFINITY
                               : fmax(r->query.goal.threshold, r->choice.written_from);
}

double run_max(const struct run *r)
{
    return r->query.open_ended ? (double)INFINITY : r->query.goal.most;
}

/* Where some pairs are left out, nobody knows how much is written; or none are written. */
bool run_expects_bytes(const struct run *r)
{
    return !choice_leaves_out(&r->choice) && output_form_has_pairs(r->opts) && r->expect.bytes > 0;
}

static void describe(const struct expect *x, bool with_bytes, char *text, size_t bytes)
{
    char pairs[32], least[32], most[32], size[32];
    if (x->pairs == 0) {
        snprintf(text, bytes, "fewer than %s pairs", log_count(ceil(x->most + 1), most));
        return;
    }
    const double shown = x->pairs < 1 ? 1 : round(x->pairs);
    const int n = snprintf(text, bytes, "%s %s pair%s (%s to %s)", x->at_most ? "at most" : "about",
                           log_count(shown, pairs), shown == 1 ? "" : "s",
                           log_count(floor(x->least), least), log_count(ceil(x->most), most));
    if (with_bytes && n > 0 && (size_t)n < bytes)
        snprintf(text + n, bytes - (size_t)n, ", %s of output", log_bytes(x->bytes, size));
}

void run_print_expected(const struct run *r, FILE *out)
{
    char text[200];
    if (!r->expect.known)
        return;
    describe(&r->expect, run_expects_bytes(r), text, sizeof text);
    fprintf(out, "expect    %s\n", text);
    if (*absurd(r, text, sizeof text))
        fprintf(out, "          %s; count first: --count\n", text);
}

void run_note_expected(const struct run *r)
{
    const struct expect *x = &r->expect;
    char text[200], expected[200];
    if (!run_is_told(r))
        return;
    if (x->known && is_dominant(r) && r->dominant.pairs > x->pairs / 2)
        note_dominant(r);
    else
        run_note_placeholders(r);
    if (!x->known || !*absurd(r, text, sizeof text))
        return;
    describe(x, run_expects_bytes(r), expected, sizeof expected);
    log_note("expect %s, %s; count first: --count", expected, text);
}
