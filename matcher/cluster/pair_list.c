/* Reads pairs, and puts them in order by a counting sort. */
#include "matcher/cluster/pair_list.h"

#include "core/base.h"
#include "core/log.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the pairs");
}

void pair_list_free(struct pair_list *list)
{
    free(list->found.pair);
    list->found = (struct found){NULL, 0};
}

/* ---- Reading ---------------------------------------------------------------------------------*/

static bool no_score(const struct pair_file *f, uint64_t row, struct err *e)
{
    const uint32_t v = table_row_values(&f->table, f->score)[row];
    const struct bytes text =
        v == TABLE_MISSING ? (struct bytes){"", 0} : table_value(&f->table, f->score, v);
    return err_set(e, ERR_DATA, "each pair needs a score, or none has one",
                   "%s: the score \"%.*s\" of pair %llu is not a number", f->load.shown,
                   (int)least(text.n, 60), text.p, (unsigned long long)row + 1);
}

/* Appends the pairs that are taken, in the order of the file, the lower record first. */
static bool take_pairs(struct pair_list *list, const struct pair_file *f,
                       const struct pair_names *names, const double *scores, const double span[2],
                       struct err *e)
{
    const uint32_t *value = scores ? table_row_values(&f->table, f->score) : NULL;
    for (uint64_t i = 0; i < list->read; i++) {
        const uint32_t a = names->record[0][i], b = names->record[1][i];
        double score = 1;
        if (a == PAIR_NAMES_NONE || b == PAIR_NAMES_NONE) {
            list->halves++;
            continue;
        }
        if (scores)
            score = value[i] == TABLE_MISSING ? (double)NAN : scores[value[i]];
        if (isnan(score))
            return no_score(f, i, e);
        const bool inside = score >= span[0] && score <= span[1];
        list->outside += !inside;
        list->with_self += inside && a == b;
        if (inside && a != b)
            list->found.pair[list->found.n++] =
                (struct found_pair){least(a, b), greatest(a, b), score};
    }
    return true;
}

/* ---- Order -----------------------------------------------------------------------------------*/

/* Brings the pairs of each record together; those of one are sorted among each other. */
static bool sort_pairs(struct found *found, uint32_t n_records, struct err *e)
{
    if (!mem_check("sorting the pairs", (found->n + 1) * sizeof *found->pair, e))
        return false;
    uint64_t *begin = calloc(n_records + 2ull, sizeof *begin);
    struct found_pair *sorted = calloc(found->n + 1, sizeof *sorted);
    const bool ok = begin && sorted;
    for (uint64_t i = 0; ok && i < found->n; i++)
        begin[found->pair[i].row_a + 2]++;
    for (uint32_t r = 0; ok && r < n_records; r++)
        begin[r + 1] += begin[r];
    for (uint64_t i = 0; ok && i < found->n; i++)
        sorted[begin[found->pair[i].row_a + 1]++] = found->pair[i];
#pragma omp parallel for schedule(dynamic, 1024)
    for (uint32_t r = 0; r < (ok ? n_records : 0); r++)
        if (begin[r + 1] - begin[r] > 1)
            qsort(sorted + begin[r], begin[r + 1] - begin[r], sizeof *sorted, found_compare);
    free(begin);
    free(ok ? found->pair : sorted);
    if (ok)
        found->pair = sorted;
    return ok || no_memory(e);
}

/* Keeps the better of equal pairs. */
static void join_equal(struct pair_list *list, enum choose_better better)
{
    struct found *f = &list->found;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < f->n; i++) {
        struct found_pair *last = kept ? &f->pair[kept - 1] : NULL;
        if (!last || found_compare(&f->pair[i], last) > 0) {
            f->pair[kept++] = f->pair[i];
            continue;
        }
        list->repeated++;
        last->score = better == CHOOSE_LEAST ? least_double(last->score, f->pair[i].score)
                                             : greatest_double(last->score, f->pair[i].score);
    }
    f->n = kept;
}

static bool is_in_order(const struct found *f)
{
    uint64_t i = 1;
    while (i < f->n && found_compare(&f->pair[i], &f->pair[i - 1]) > 0)
        i++;
    return i >= f->n;
}

bool pair_list_make(struct pair_list *list, const struct pair_file *f,
                    const struct pair_names *names, double least, double most,
                    enum choose_better better, struct err *e)
{
    const uint64_t n = f->table.head->n_rows;
    const double span[2] = {least, most};
    const bool scored = f->score != PAIR_FILE_NO_COLUMN;
    *list = (struct pair_list){.read = n};
    if (!mem_check("the pairs", (n + 1) * sizeof *list->found.pair, e))
        return false;
    double *scores = scored ? pair_file_scores(f) : NULL;
    list->found.pair = calloc(n + 1, sizeof *list->found.pair);
    bool ok = ((scores || !scored) && list->found.pair) || no_memory(e);
    ok = ok && take_pairs(list, f, names, scores, span, e);
    if (ok && !is_in_order(&list->found)) {
        ok = sort_pairs(&list->found, names->n, e);
        if (ok)
            join_equal(list, better);
    }
    free(scores);
    return ok;
}

/* ---- What was left out -----------------------------------------------------------------------*/

static void say(const char *shown, uint64_t n, const char *one, const char *several)
{
    if (n)
        log_note("%s: %llu %s", shown, (unsigned long long)n, n == 1 ? one : several);
}

void pair_list_note(const struct pair_list *l, const char *shown)
{
    say(shown, l->outside, "pair is left out by --min or --max",
        "pairs are left out by --min or --max");
    say(shown, l->with_self, "pair is of a record with itself, and is left out",
        "pairs are of a record with itself, and are left out");
    say(shown, l->halves, "line names one record only; that is not a pair",
        "lines name one record only; these are no pairs");
    say(shown, l->repeated, "pair was there already; the better score counts",
        "pairs were there already; the better scores count");
}
