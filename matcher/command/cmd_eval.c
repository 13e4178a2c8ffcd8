/* `axb eval`: precision and recall. A pair is a row of a file; the same pair twice counts once. */
#include "matcher/command/cmd_eval.h"
#include "core/shm.h"

#include "core/log.h"
#include "core/sort.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/index/index.h"
#include "matcher/index/typed_value.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

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

static bool read_input(struct input *in, const char *path, struct err *e)
{
    struct load_options options = {.header = true};
    struct load_stats stats;
    struct load_want wants[3] = {{.column = 0}, {.column = 1}, {.column = 2, .plain = true}};
    in->shm.fd = -1;
    if (!load_open(&in->load, path, &options, e))
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

static void print_line(FILE *out, const char *head, size_t both, size_t found, size_t truth)
{
    double p = ratio(both, found), r = ratio(both, truth);
    fprintf(out, "%s  precision %.4f  recall %.4f  F1 %.4f\n", head, p, r,
            p + r > 0 ? 2 * p * r / (p + r) : 0);
}

static void print_curve(FILE *out, const struct pair *found, size_t n, const bool *good,
                        size_t n_truth)
{
    double low = INFINITY, high = -(double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = found[i].score < low ? found[i].score : low;
        high = found[i].score > high ? found[i].score : high;
    }
    if (!(low < high))
        return;
    fputs("\nby threshold\n", out);
    for (int s = 0; s < STEPS; s += 2) {
        double t = low + (high - low) * s / (STEPS - 1);
        size_t kept = 0, both = 0;
        for (size_t i = 0; i < n; i++) {
            kept += found[i].score >= t;
            both += found[i].score >= t && good[i];
        }
        char head[64];
        snprintf(head, sizeof head, "  >= %-8.4g %10zu pairs", t, kept);
        print_line(out, head, both, kept, n_truth);
    }
}

struct tag {
    char name[40];
    size_t all, hit;
};

/* Counts one truth under the tag of n bytes. */
static void count_tag(struct tag *tags, size_t *n_tags, const char *name, size_t n, bool hit)
{
    size_t t = 0;
    while (t < *n_tags && (strncmp(tags[t].name, name, n) != 0 || tags[t].name[n]))
        t++;
    if (t == MAX_TAGS || n >= sizeof tags[t].name)
        return;
    if (t == *n_tags) {
        memcpy(tags[t].name, name, n);
        (*n_tags)++;
    }
    tags[t].all++;
    tags[t].hit += hit;
}

static int by_size(const void *x, const void *y)
{
    const struct tag *a = x, *b = y;
    return a->all != b->all ? sort_order(b->all, a->all) : strcmp(a->name, b->name);
}

static void print_tags(FILE *out, const struct input *in, const struct pair *truth, size_t n,
                       const bool *hit)
{
    struct tag tags[MAX_TAGS] = {0};
    size_t n_tags = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t value = table_row_values(&in->table, 2)[truth[i].row];
        struct bytes v = value == TABLE_MISSING ? (struct bytes){"(none)", 6}
                                                : table_value(&in->table, 2, value);
        for (const char *p = v.p, *end = v.p + v.n; p < end;) {
            const char *plus = memchr(p, '+', (size_t)(end - p));
            size_t length = (size_t)((plus ? plus : end) - p);
            count_tag(tags, &n_tags, p, length, hit[i]);
            p += length + 1;
        }
    }
    qsort(tags, n_tags, sizeof *tags, by_size);
    fputs("\nrecall by tag\n", out);
    for (size_t t = 0; t < n_tags; t++)
        fprintf(out, "  %-16s %.4f of %zu\n", tags[t].name, ratio(tags[t].hit, tags[t].all),
                tags[t].all);
}

static bool compare_pairs(struct input in[2], const struct index *index, FILE *out, struct err *e)
{
    size_t n_found = 0, n_truth = 0;
    bool scores = in[0].table.head->n_columns > 2, tags = in[1].table.head->n_columns > 2;
    struct pair *found = make_pairs(&in[0], index, 0, scores, &n_found);
    struct pair *truth = make_pairs(&in[1], index, 2, false, &n_truth);
    bool *good = calloc(n_found + 1, 1), *hit = calloc(n_truth + 1, 1);
    bool ok = found && truth && good && hit;
    if (ok) {
        char head[96];
        size_t both = mark(found, n_found, truth, n_truth, good, hit);
        snprintf(head, sizeof head, "%zu pairs, %zu true, %zu in both:", n_found, n_truth, both);
        print_line(out, head, both, n_found, n_truth);
        if (both == 0 && n_found && n_truth)
            log_note("no pair is in both: does %s name records as %s does? (axb match --id)",
                     in[0].load.shown, in[1].load.shown);
        if (scores)
            print_curve(out, found, n_found, good, n_truth);
        if (tags)
            print_tags(out, &in[1], truth, n_truth, hit);
    }
    free(found);
    free(truth);
    free(good);
    free(hit);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the pairs");
}

bool eval_pairs(const char *pairs, const char *truth, FILE *out, struct err *e)
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
    ok = ok && read_input(&in[0], pairs, e) && read_input(&in[1], truth, e);
    ok = ok && shm_create(&shm, "the ids", 1ull << 40, e) && index_build(fields, 4, 0, &shm, e) &&
         index_view(index, &shm, e) && compare_pairs(in, index, out, e);
    shm_close(&shm);
    for (int i = 0; i < 2; i++) {
        shm_close(&in[i].shm);
        load_close(&in[i].load);
    }
    free(index);
    return ok;
}

static bool run(const struct opts *o, struct err *e)
{
    return eval_pairs(o->inputs[0], o->inputs[1], stdout, e);
}

const struct command cmd_eval = {
    .name = "eval",
    .arguments = "PAIRS.csv TRUTH.csv",
    .min_inputs = 2,
    .max_inputs = 2,
    .what = "measure precision, recall and F1 against a truth",
    .examples = "axb eval pairs.csv truth.csv",
    .more = "Both files have a header; their first two columns name the records of A and B. A "
            "third column of PAIRS is the score, and gives the curve over thresholds; a third "
            "column of TRUTH holds tags joined by +, and gives the recall of each tag.",
    .run = run,
};
