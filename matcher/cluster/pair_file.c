/* Finds the columns of a file of pairs, and loads them. */
#include "matcher/cluster/pair_file.h"

#include "core/log.h"
#include "matcher/index/typed_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THIRD 2u

/* The column of this name; PAIR_FILE_NO_COLUMN if there is none. */
static uint32_t find(const struct load *l, const char *name)
{
    for (uint32_t i = 0; i < l->n_columns; i++)
        if (strcmp(l->names[i], name) == 0)
            return i;
    return PAIR_FILE_NO_COLUMN;
}

/* Wants a column; returns its place in the table. */
static uint32_t want(struct load_want *wants, size_t *n, uint32_t column)
{
    if (column == PAIR_FILE_NO_COLUMN)
        return column;
    wants[*n].column = column;
    return (uint32_t)(*n)++;
}

/* A third column of another name is the score if all its values are numbers. */
static void judge_third(struct pair_file *f)
{
    const uint32_t n = f->table.columns[f->score].n_values;
    double *scores = pair_file_scores(f);
    bool numbers = n > 0 && scores;
    for (uint32_t v = 0; numbers && v < n; v++)
        numbers = !isnan(scores[v]);
    if (!numbers)
        f->score = PAIR_FILE_NO_COLUMN;
    free(scores);
}

/* Says how a file is understood that is not called a, b and score as ours are. */
static void say_columns(const struct pair_file *f)
{
    const struct load *l = &f->load;
    const bool scored = f->score != PAIR_FILE_NO_COLUMN;
    const char *score = scored ? table_column_name(&f->table, f->score) : "";
    if (strcmp(l->names[0], "a") == 0 && strcmp(l->names[1], "b") == 0 &&
        strcmp(score, "score") == 0)
        return;
    log_note("%s: %s and %s name the records of a pair, %s%s", l->shown, l->names[0], l->names[1],
             scored ? "the score is " : "no column is a score", score);
}

static bool load(struct pair_file *f, const char *path, struct err *e)
{
    const struct load *l = &f->load;
    const uint32_t named = find(l, "score"), a = find(l, "a.source"), b = find(l, "b.source");
    const bool sources = a != PAIR_FILE_NO_COLUMN && b != PAIR_FILE_NO_COLUMN;
    const uint32_t third = l->n_columns > THIRD && a != THIRD ? THIRD : PAIR_FILE_NO_COLUMN;
    const bool guessed = named == PAIR_FILE_NO_COLUMN || named < THIRD;
    struct load_want wants[5] = {{.column = 0}, {.column = 1}};
    struct load_stats stats;
    size_t n = 2;
    f->score = want(wants, &n, guessed ? third : named);
    f->source[0] = want(wants, &n, sources ? a : PAIR_FILE_NO_COLUMN);
    f->source[1] = want(wants, &n, sources ? b : PAIR_FILE_NO_COLUMN);
    if (!shm_create(&f->shm, path, 1ull << 40, e) ||
        !load_table(&f->load, wants, n, &f->shm, &stats, e) || !table_view(&f->table, &f->shm, e))
        return false;
    if (guessed && f->score != PAIR_FILE_NO_COLUMN)
        judge_third(f);
    say_columns(f);
    return true;
}

bool pair_file_open(struct pair_file *f, const char *path, const struct load_options *options,
                    struct err *e)
{
    *f = (struct pair_file){.shm.fd = -1};
    if (!load_open(&f->load, path, options, e))
        return false;
    if (f->load.n_columns < 2)
        return err_set(e, ERR_DATA, "the first two columns name the two records of a pair",
                       "%s has only one column", f->load.shown);
    return load(f, path, e);
}

void pair_file_close(struct pair_file *f)
{
    shm_close(&f->shm);
    load_close(&f->load);
}

double *pair_file_scores(const struct pair_file *f)
{
    const uint32_t n = f->table.columns[f->score].n_values;
    double *scores = malloc((n + 1ull) * sizeof *scores);
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < (scores ? n : 0); v++)
        scores[v] = value_number(table_value(&f->table, f->score, v));
    return scores;
}
