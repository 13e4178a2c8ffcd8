/* Finds the columns of a file of pairs, and loads them. */
#include "matcher/cluster/pair_file.h"

#include "core/base.h"
#include "core/log.h"
#include "matcher/index/typed_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define THIRD 2u
#define SHOWN_BYTES 60u /* of a value, in messages */

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

/* A third column of another name is the score if all its values are numbers. One that has numbers
 * and texts may have been meant as one. */
static bool judge_third(struct pair_file *f, struct err *e)
{
    const uint32_t n = f->table.columns[f->score].n_values;
    uint32_t n_numbers = 0;
    double *scores = pair_file_scores(f);
    if (!scores)
        return err_set(e, ERR_OS, NULL, "not enough memory for the scores");
    for (uint32_t v = 0; v < n; v++)
        n_numbers += isnan(scores[v]) ? 0u : 1u;
    if (n_numbers && n_numbers < n) {
        f->mixed = f->score;
        while (!isnan(scores[f->mixed_text]))
            f->mixed_text++;
    }
    if (!n || n_numbers < n)
        f->score = PAIR_FILE_NO_COLUMN;
    free(scores);
    return true;
}

/* The first text of the column that has numbers as well, for a message, and its pair from 1. */
static uint64_t find_mixed(const struct pair_file *f, struct bytes *text)
{
    const uint32_t *value = table_row_values(&f->table, f->mixed);
    uint64_t row = 0;
    while (value[row] != f->mixed_text)
        row++;
    *text = table_value(&f->table, f->mixed, f->mixed_text);
    text->n = least(text->n, SHOWN_BYTES);
    return row + 1;
}

bool pair_file_need_scores(const struct pair_file *f, const char *option, struct err *e)
{
    struct bytes text;
    if (f->score != PAIR_FILE_NO_COLUMN)
        return true;
    if (f->mixed == PAIR_FILE_NO_COLUMN)
        return err_set(e, ERR_USAGE,
                       "call the column of the scores \"score\", or make it the third one; or "
                       "leave out the option",
                       "%s needs scores, and no column of %s is a score", option, f->load.shown);
    const uint64_t pair = find_mixed(f, &text);
    return err_set(e, ERR_DATA,
                   "correct that score; if the column has no scores, leave out the option",
                   "%s needs scores: %s: \"%.*s\" of pair %llu, in the column %s, is not a number",
                   option, f->load.shown, (int)text.n, text.p, (unsigned long long)pair,
                   table_column_name(&f->table, f->mixed));
}

/* Says how a file is understood that is not called a, b and score as ours are. */
static void say_columns(const struct pair_file *f)
{
    const struct load *l = &f->load;
    const bool scored = f->score != PAIR_FILE_NO_COLUMN;
    const char *score = scored ? table_column_name(&f->table, f->score) : "";
    struct bytes text;
    if (strcmp(l->names[0], "a") == 0 && strcmp(l->names[1], "b") == 0 &&
        strcmp(score, "score") == 0)
        return;
    log_note("%s: %s and %s name the records of a pair, %s%s", l->shown, l->names[0], l->names[1],
             scored ? "the score is " : "no column is a score", score);
    if (f->mixed == PAIR_FILE_NO_COLUMN)
        return;
    const uint64_t pair = find_mixed(f, &text);
    log_note("%s: the column %s is no score, as \"%.*s\" of pair %llu is not a number", l->shown,
             table_column_name(&f->table, f->mixed), (int)text.n, text.p, (unsigned long long)pair);
}

/* Wants further columns that are none of the records, "a.city" and the like. */
static void want_terms(struct pair_file *f, struct load_want *wants, size_t *n, uint32_t score)
{
    for (uint32_t i = THIRD; i < f->load.n_columns && f->n_terms < PAIR_FILE_MOST_TERMS; i++) {
        const char *name = f->load.names[i];
        const bool of_record = (name[0] == 'a' || name[0] == 'b') && name[1] == '.';
        if (i != score && !of_record)
            f->term[f->n_terms++] = want(wants, n, i);
    }
}

static bool load(struct pair_file *f, const char *path, bool terms, struct err *e)
{
    const struct load *l = &f->load;
    const uint32_t named = find(l, "score"), a = find(l, "a.source"), b = find(l, "b.source");
    const bool sources = a != PAIR_FILE_NO_COLUMN && b != PAIR_FILE_NO_COLUMN;
    const uint32_t third = l->n_columns > THIRD && a != THIRD ? THIRD : PAIR_FILE_NO_COLUMN;
    const bool guessed = named == PAIR_FILE_NO_COLUMN || named < THIRD;
    struct load_want wants[5 + PAIR_FILE_MOST_TERMS] = {{.column = 0}, {.column = 1}};
    struct load_stats stats;
    size_t n = 2;
    f->score = want(wants, &n, guessed ? third : named);
    f->source[0] = want(wants, &n, sources ? a : PAIR_FILE_NO_COLUMN);
    f->source[1] = want(wants, &n, sources ? b : PAIR_FILE_NO_COLUMN);
    if (terms)
        want_terms(f, wants, &n, guessed ? third : named);
    if (!shm_create(&f->shm, path, 1ull << 40, e) ||
        !load_table(&f->load, wants, n, &f->shm, &stats, e) || !table_view(&f->table, &f->shm, e))
        return false;
    if (guessed && f->score != PAIR_FILE_NO_COLUMN && !judge_third(f, e))
        return false;
    say_columns(f);
    return true;
}

bool pair_file_open(struct pair_file *f, const char *path, const struct load_options *options,
                    bool terms, struct err *e)
{
    *f = (struct pair_file){.mixed = PAIR_FILE_NO_COLUMN, .shm.fd = -1};
    if (!load_open(&f->load, path, options, e))
        return false;
    if (f->load.n_columns < 2)
        return err_set(e, ERR_DATA, "the first two columns name the two records of a pair",
                       "%s has only one column", f->load.shown);
    return load(f, path, terms, e);
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
