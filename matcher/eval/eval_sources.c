/* Marks at each id by which sources it is had, then counts the pairs that do not go with that. */
#include "matcher/eval/eval_sources.h"

#include "core/log.h"

#include <stdlib.h>

enum { OF_FIRST = 1, OF_SECOND = 2 };

/* The id of a row, whatever its side; EVAL_NO_RECORD where it is missing. */
static uint32_t id_at(const struct eval_records *r, uint32_t field, uint64_t row)
{
    return eval_records_at(r, field, false, row);
}

/* Which sources have each id: malloced; NULL without memory. */
static uint8_t *mark_sources(const struct eval_file *clusters, uint32_t at,
                             const struct eval_records *r)
{
    uint8_t *of = calloc(r->n_side + 1ull, 1);
    for (uint64_t row = 0; of && row < clusters->table.head->n_rows; row++) {
        const uint32_t id = id_at(r, at, row);
        if (id != EVAL_NO_RECORD)
            of[id] |= eval_file_is_of_b(clusters, row) ? OF_SECOND : OF_FIRST;
    }
    return of;
}

bool eval_sources_fit(struct eval_sources_fit *fit, const struct eval_file *clusters,
                      uint32_t clusters_at, const struct eval_file *pairs, uint32_t pairs_at,
                      const struct eval_records *r, struct err *e)
{
    uint8_t *of = mark_sources(clusters, clusters_at, r);
    *fit = (struct eval_sources_fit){{0}};
    if (!of)
        return err_set(e, ERR_OS, NULL, "not enough memory for the ids");
    for (uint64_t row = 0; row < pairs->table.head->n_rows; row++) {
        const uint32_t a = id_at(r, pairs_at, row), b = id_at(r, pairs_at + 1, row);
        if (a == EVAL_NO_RECORD || b == EVAL_NO_RECORD)
            continue;
        fit->n_against[0] += of[a] == OF_SECOND || of[b] == OF_FIRST;
        fit->n_against[1] += of[a] == OF_FIRST || of[b] == OF_SECOND;
    }
    free(of);
    return true;
}

bool eval_sources_are_tables(const struct eval_sources_fit *fit)
{
    return fit->n_against[0] == 0 || fit->n_against[1] == 0;
}

void eval_sources_take(struct eval_file *clusters, const struct eval_sources_fit *fit)
{
    if (fit->n_against[1] < fit->n_against[0])
        clusters->value_of_b = 1 - clusters->value_of_b;
    const struct bytes a = table_value(&clusters->table, 2, 1 - clusters->value_of_b);
    const struct bytes b = table_value(&clusters->table, 2, clusters->value_of_b);
    log_note(
        "%s: \"source\" names the table: A is %.*s, and B is %.*s. Pairs within one of them do "
        "not count; --tables 1 counts them",
        clusters->load.shown, (int)a.n, a.p, (int)b.n, b.p);
}

void eval_sources_say_one(const struct eval_file *clusters, const struct eval_file *pairs)
{
    log_note("%s: \"source\" has two values, but %s has pairs of two records of one source. So "
             "all are read as records of one table",
             clusters->load.shown, pairs->load.shown);
}
