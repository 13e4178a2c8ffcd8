/* `axb eval`: precision and recall. A pair is a row of a file; the same pair twice counts once. */
#include "matcher/command/cmd_eval.h"
#include "core/shm.h"

#include "core/log.h"
#include "core/sort.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/index/index.h"
#include "matcher/index/typed_value.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TAGS 64
#define STEPS 21

/* A pair: the value ids of its two ids in one number; score NaN if it has none. */
struct pair {
    uint64_t key;
    double score;
    uint32_t row;
};

struct input {
    struct load load;
    struct shm shm;
    struct table table;
};

static bool read_input(struct input *in, const char *path, const struct load_options *options,
                       struct err *e)
{
    struct load_stats stats;
    struct load_want wants[3] = {{.column = 0}, {.column = 1}, {.column = 2, .plain = true}};
    in->shm.fd = -1;
    if (!load_open(&in->load, path, options, e))
        return false;
    if (in->load.n_columns < 2)
        return err_set(e, ERR_DATA, "the first two columns name the records of A and B",
                       "%s has only one column", path);
    return shm_create(&in->shm, path, 1ull << 40, e) &&
           load_table(&in->load, wants, in->load.n_columns > 2 ? 3 : 2, &in->shm, &stats, e) &&
           table_view(&in->table, &in->shm, e);
}

static int by_key(const void *x, const void *y)
{
    const struct pair *a = x, *b = y;
    return a->key != b->key ? sort_order(a->key, b->key) : sort_order(a->row, b->row);
}

/* Makes the pairs of one input, sorted, each once. */
static struct pair *make_pairs(const struct input *in, const struct index *index, uint32_t field,
                               bool scores, size_t *n)
{
    size_t rows = in->table.head->n_rows, kept = 0;
    struct pair *p = malloc((rows + 1) * sizeof *p);
    const struct side *a = &index->field[field].side, *b = &index->field[field + 1].side;
    for (size_t r = 0; p && r < rows; r++) {
        if (a->row_place[r] == TABLE_MISSING || b->row_place[r] == TABLE_MISSING)
            continue;
        uint64_t key = (uint64_t)a->value[a->row_place[r]] << 32 | b->value[b->row_place[r]];
        uint32_t value = scores ? table_row_values(&in->table, 2)[r] : TABLE_MISSING;
        double score =
            value == TABLE_MISSING ? (double)NAN : value_number(table_value(&in->table, 2, value));
        p[kept++] = (struct pair){key, score, (uint32_t)r};
    }
    if (!p)
        return NULL;
    qsort(p, kept, sizeof *p, by_key);
    *n = 0;
    for (size_t i = 0; i < kept; i++)
        if (i == 0 || p[i].key != p[i - 1].key)
            p[(*n)++] = p[i];
    return p;
}

/* Marks in hit[] the truths that were found, and in good[] the pairs that are true. Returns their
 * number. */
static size_t mark(const struct pair *found, size_t n_found, const struct pair *truth,
                   size_t n_truth, bool *good, bool *hit)
{
    size_t both = 0;
    for (size_t i = 0, k = 0; i < n_found && k < n_truth;) {
        if (found[i].key == truth[k].key) {
            good[i++] = hit[k++] = true;
            both++;
        } else if (found[i].key < truth[k].key) {
            i++;
        } else {
            k++;
        }
    }
    return both;
}

static double ratio(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

/* ---- What was counted ------------------------------------------------------------------------*/

/* Pairs that were found, pairs that are true, and those that are both. */
struct counts {
    size_t found, truth, both;
};

struct tag {
    char name[40];
    size_t all, hit;
};

struct report {
    struct counts all;
    size_t n_steps; /* of the curve over thresholds; 0: there is none */
    struct {
        double min;
        struct counts counts;
    } step[STEPS];
    bool has_tags;
    size_t n_tags;
    struct tag tag[MAX_TAGS]; /* the largest first */
};

static void make_curve(struct report *r, const struct pair *found, size_t n, const bool *good)
{
    double low = INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = found[i].score < low ? found[i].score : low;
        high = found[i].score > high ? found[i].score : high;
    }
    if (!(low < high))
        return;
    for (int s = 0; s < STEPS; s += 2) {
        const double t = low + (high - low) * s / (STEPS - 1);
        struct counts c = {.truth = r->all.truth};
        for (size_t i = 0; i < n; i++) {
            c.found += found[i].score >= t;
            c.both += found[i].score >= t && good[i];
        }
        r->step[r->n_steps].min = t;
        r->step[r->n_steps++].counts = c;
    }
}

/* Counts one truth under the tag of n bytes. */
static void count_tag(struct report *r, const char *name, size_t n, bool hit)
{
    size_t t = 0;
    while (t < r->n_tags && (strncmp(r->tag[t].name, name, n) != 0 || r->tag[t].name[n]))
        t++;
    if (t == MAX_TAGS || n >= sizeof r->tag[t].name)
        return;
    if (t == r->n_tags) {
        memcpy(r->tag[t].name, name, n);
        r->n_tags++;
    }
    r->tag[t].all++;
    r->tag[t].hit += hit;
}

static int by_size(const void *x, const void *y)
{
    const struct tag *a = x, *b = y;
    return a->all != b->all ? sort_order(b->all, a->all) : strcmp(a->name, b->name);
}

static void make_tags(struct report *r, const struct input *in, const struct pair *truth, size_t n,
                      const bool *hit)
{
    r->has_tags = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t value = table_row_values(&in->table, 2)[truth[i].row];
        struct bytes v = value == TABLE_MISSING ? (struct bytes){"(none)", 6}
                                                : table_value(&in->table, 2, value);
        for (const char *p = v.p, *end = v.p + v.n; p < end;) {
            const char *plus = memchr(p, '+', (size_t)(end - p));
            size_t length = (size_t)((plus ? plus : end) - p);
            count_tag(r, p, length, hit[i]);
            p += length + 1;
        }
    }
    qsort(r->tag, r->n_tags, sizeof *r->tag, by_size);
}

static double precision(const struct counts *c)
{
    return ratio(c->both, c->found);
}

static double recall(const struct counts *c)
{
    return ratio(c->both, c->truth);
}

static double f1(const struct counts *c)
{
    const double p = precision(c), r = recall(c);
    return p + r > 0 ? 2 * p * r / (p + r) : 0;
}

/* ---- For people ------------------------------------------------------------------------------*/

static void print_line(FILE *out, const char *head, const struct counts *c)
{
    fprintf(out, "%s  precision %.4f  recall %.4f  F1 %.4f\n", head, precision(c), recall(c),
            f1(c));
}

static void print_report(const struct report *r, FILE *out)
{
    char head[96];
    snprintf(head, sizeof head, "%zu pairs, %zu true, %zu in both:", r->all.found, r->all.truth,
             r->all.both);
    print_line(out, head, &r->all);
    if (r->n_steps)
        fputs("\nby threshold\n", out);
    for (size_t s = 0; s < r->n_steps; s++) {
        snprintf(head, sizeof head, "  >= %-8.4g %10zu pairs", r->step[s].min,
                 r->step[s].counts.found);
        print_line(out, head, &r->step[s].counts);
    }
    if (r->has_tags)
        fputs("\nrecall by tag\n", out);
    for (size_t t = 0; t < r->n_tags; t++)
        fprintf(out, "  %-16s %.4f of %zu\n", r->tag[t].name, ratio(r->tag[t].hit, r->tag[t].all),
                r->tag[t].all);
}

/* ---- For programs ----------------------------------------------------------------------------*/

static json_t *counts_json(const struct counts *c)
{
    return json_pack("{s:I, s:I, s:I, s:f, s:f, s:f}", "pairs", (json_int_t)c->found, "true",
                     (json_int_t)c->truth, "both", (json_int_t)c->both, "precision", precision(c),
                     "recall", recall(c), "f1", f1(c));
}

static json_t *curve_json(const struct report *r)
{
    json_t *all = json_array();
    for (size_t s = 0; s < r->n_steps; s++) {
        json_t *step = counts_json(&r->step[s].counts);
        json_object_set_new(step, "min", json_number(r->step[s].min));
        json_array_append_new(all, step);
    }
    return all;
}

static json_t *tags_json(const struct report *r)
{
    json_t *all = json_array();
    for (size_t t = 0; t < r->n_tags; t++)
        json_array_append_new(
            all, json_pack("{s:o, s:I, s:I, s:f}", "tag", json_text(r->tag[t].name), "true",
                           (json_int_t)r->tag[t].all, "both", (json_int_t)r->tag[t].hit, "recall",
                           ratio(r->tag[t].hit, r->tag[t].all)));
    return all;
}

/* "thresholds" and "tags" are empty where the files have neither scores nor tags. */
static bool print_report_json(const struct report *r, struct err *e)
{
    json_t *json = counts_json(&r->all);
    json_object_set_new(json, "thresholds", curve_json(r));
    json_object_set_new(json, "tags", tags_json(r));
    return json_print(json, e);
}

/* ---- Both files ------------------------------------------------------------------------------*/

static bool compare_pairs(struct input in[2], const struct index *index, struct report *r,
                          struct err *e)
{
    size_t n_found = 0, n_truth = 0;
    bool scores = in[0].table.head->n_columns > 2, tags = in[1].table.head->n_columns > 2;
    struct pair *found = make_pairs(&in[0], index, 0, scores, &n_found);
    struct pair *truth = make_pairs(&in[1], index, 2, false, &n_truth);
    bool *good = calloc(n_found + 1, 1), *hit = calloc(n_truth + 1, 1);
    bool ok = found && truth && good && hit;
    if (ok) {
        const size_t both = mark(found, n_found, truth, n_truth, good, hit);
        *r = (struct report){.all = {n_found, n_truth, both}};
        if (both == 0 && n_found && n_truth)
            log_note("no pair is in both: does %s name records as %s does? (axb match --id)",
                     in[0].load.shown, in[1].load.shown);
        if (scores)
            make_curve(r, found, n_found, good);
        if (tags)
            make_tags(r, &in[1], truth, n_truth, hit);
    }
    free(found);
    free(truth);
    free(good);
    free(hit);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the pairs");
}

static bool compare_files(const char *pairs, const char *truth,
                          const struct load_options options[2], struct report *r, struct err *e)
{
    struct input in[2] = {0};
    struct shm shm = {.fd = -1};
    struct index *index = calloc(1, sizeof *index);
    const struct index_field fields[] = {{0, INDEX_TEXT, &in[0].table, 0},
                                         {0, INDEX_TEXT, &in[0].table, 1},
                                         {1, INDEX_TEXT, &in[1].table, 0},
                                         {1, INDEX_TEXT, &in[1].table, 1}};
    in[1].shm.fd = -1;
    bool ok = index || err_set(e, ERR_OS, NULL, "not enough memory for the pairs");
    if (ok && strcmp(pairs, "-") == 0 && strcmp(truth, "-") == 0)
        ok = err_set(e, ERR_USAGE, "give one of them as a file", "only one side can be stdin");
    ok = ok && read_input(&in[0], pairs, &options[0], e) &&
         read_input(&in[1], truth, &options[1], e);
    ok = ok && shm_create(&shm, "the ids", 1ull << 40, e) &&
         index_build(fields, 4, NULL, 0, &shm, e) && index_view(index, &shm, e) &&
         compare_pairs(in, index, r, e);
    shm_close(&shm);
    for (int i = 0; i < 2; i++) {
        shm_close(&in[i].shm);
        load_close(&in[i].load);
    }
    free(index);
    return ok;
}

bool eval_pairs(const char *pairs, const char *truth, const struct load_options options[2],
                FILE *out, struct err *e)
{
    struct report r;
    if (!compare_files(pairs, truth, options, &r, e))
        return false;
    print_report(&r, out);
    return true;
}

static bool print(const struct opts *o, const struct report *r, struct err *e)
{
    if (o->json)
        return print_report_json(r, e);
    print_report(r, stdout);
    return true;
}

static bool run(const struct opts *o, struct err *e)
{
    struct load_options options[2] = {sources_options(o, 0, false), sources_options(o, 1, false)};
    struct report r;
    struct out mended;
    bool mended_open = false;
    if (!sources_open_mended(&mended, &mended_open, o, e))
        return false;
    options[0].mended = options[1].mended = mended_open ? &mended : NULL;
    const bool ok = compare_files(o->inputs[0], o->inputs[1], options, &r, e) &&
                    (!mended_open || out_commit(&mended, e)) && print(o, &r, e);
    if (mended_open && !ok)
        out_abort(&mended);
    return ok;
}

const struct command cmd_eval = {
    .name = "eval",
    .arguments = "PAIRS.csv TRUTH.csv",
    .min_inputs = 2,
    .max_inputs = 2,
    .topics = OPTS_INPUT | OPTS_MESSAGES | OPTS_JSON,
    .what = "measure precision, recall and F1 against a truth",
    .examples = "axb eval pairs.csv truth.csv",
    .more = "The first two columns of both files name the records of A and B. A "
            "third column of PAIRS is the score, and gives the curve over thresholds; a third "
            "column of TRUTH holds tags joined by +, and gives the recall of each tag.",
    .run = run,
};
