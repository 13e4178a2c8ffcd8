/* Fits a model to numbers in a text, so that others can compute the same: twin.py, or a prototype.
 *     axb-fit-text FILE one|many related|plain [SCORES]
 * The text has words with blanks or line ends between them:
 *     columns, pairs, rows of A, rows of B, 1 if both are the same records, the share of A's rows;
 *     for each column levels, 1 if it has rarity, n_values, and u of each level;
 *     for each pair its rows, and for each column its level (-1: missing) and its count.
 * It prints the model, one thing a line, and writes a score a line to SCORES. Not a test by itself.
 */
#include "matcher/fit/fit.h"
#include "matcher/fit/fit_belief.h"
#include "matcher/fit/fit_weights.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct text {
    struct fit_data data;
    struct fit_column column[FIT_MAX_COLUMNS];
    uint32_t *row[2];
    uint8_t *level[FIT_MAX_COLUMNS];
    uint32_t *count[FIT_MAX_COLUMNS];
};

/* The next number of the text. */
static double number(FILE *f)
{
    char word[64], *end = word;
    if (fscanf(f, "%63s", word) != 1 || (strtod(word, &end), *end)) {
        fprintf(stderr, "axb-fit-text: not a number: %s\n", end == word ? "(end)" : word);
        exit(EXIT_FAILURE);
    }
    return strtod(word, NULL);
}

static void *take(uint64_t n, size_t bytes)
{
    void *piece = calloc(n + 1, bytes);
    if (!piece)
        exit(EXIT_FAILURE);
    return piece;
}

static void read_columns(struct text *t, FILE *f)
{
    for (uint32_t c = 0; c < t->data.n_columns; c++) {
        struct fit_column *column = &t->column[c];
        column->n_levels = (uint32_t)number(f);
        column->rarity = number(f) != 0;
        column->n_values = (uint64_t)number(f);
        for (uint32_t l = 0; l < column->n_levels && l < FIT_MAX_LEVELS; l++)
            column->u[l] = number(f);
    }
}

static void read_pairs(struct text *t, FILE *f)
{
    const uint64_t n = t->data.n_pairs;
    t->row[0] = take(n, sizeof *t->row[0]);
    t->row[1] = take(n, sizeof *t->row[1]);
    for (uint32_t c = 0; c < t->data.n_columns; c++) {
        t->level[c] = take(n, 1);
        t->count[c] = take(n, sizeof *t->count[c]);
    }
    for (uint64_t i = 0; i < n; i++) {
        t->row[0][i] = (uint32_t)number(f);
        t->row[1][i] = (uint32_t)number(f);
        for (uint32_t c = 0; c < t->data.n_columns; c++) {
            t->level[c][i] = (uint8_t)(int)number(f); /* -1 is FIT_MISSING */
            t->count[c][i] = (uint32_t)number(f);
        }
    }
}

static void read_text(struct text *t, const char *path)
{
    FILE *f = fopen(path, "r");
    if (!f) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    t->data.n_columns = (uint32_t)number(f);
    t->data.n_pairs = (uint64_t)number(f);
    t->data.n_rows[0] = (uint64_t)number(f);
    t->data.n_rows[1] = (uint64_t)number(f);
    t->data.self = number(f) != 0;
    t->data.share = number(f);
    if (t->data.n_columns > FIT_MAX_COLUMNS)
        exit(EXIT_FAILURE);
    read_columns(t, f);
    read_pairs(t, f);
    fclose(f);
    t->data.column = t->column;
    t->data.a = t->row[0];
    t->data.b = t->row[1];
    t->data.level = (const uint8_t *const *)t->level;
    t->data.count = (const uint32_t *const *)t->count;
}

static void print_shares(const char *name, const struct text *t, fit_shares share)
{
    for (uint32_t c = 0; c < t->data.n_columns; c++) {
        printf("%s%" PRIu32, name, c);
        for (uint32_t l = 0; l < t->column[c].n_levels; l++)
            printf(" %.17g", share[c][l]);
        printf("\n");
    }
}

static void write_scores(const struct text *t, const struct fit_weights *w, const char *path)
{
    FILE *f = fopen(path, "w");
    double *bits = take(t->data.n_pairs, sizeof *bits);
    fit_scores(&t->data, w, bits);
    for (uint64_t i = 0; f && i < t->data.n_pairs; i++)
        fprintf(f, "%.17g\n", bits[i]);
    free(bits);
    if (!f || fclose(f) != 0)
        exit(EXIT_FAILURE);
}

/* What the model believes of the pairs with even odds or better. */
static bool print_belief(const struct text *t, const struct fit *fit, bool one_to_one,
                         struct err *e)
{
    struct fit_belief b;
    if (!fit_believe(&t->data, fit, one_to_one, 0, &b, e))
        return false;
    printf("belief %.17g %.17g %.17g %.17g %.17g\n", b.accepted, b.precision, b.recall, b.explained,
           b.several);
    printf("informative %" PRIu32 "\n", b.n_informative);
    for (uint32_t i = 0; i < b.n_dependences; i++)
        printf("dependence%" PRIu32 " %" PRIu32 " %" PRIu32 " %.17g %.17g\n", i,
               b.dependence[i].column[0], b.dependence[i].column[1], b.dependence[i].lift,
               b.dependence[i].pairs);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return EXIT_FAILURE;
    struct text t = {.row = {NULL}};
    struct fit fit;
    struct fit_weights w;
    struct err e = {0};
    read_text(&t, argv[1]);
    struct fit_options options = fit_defaults(strcmp(argv[2], "one") == 0);
    options.related = strcmp(argv[3], "related") == 0;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (!fit_model(&t.data, &options, NULL, &fit, &e) ||
        !print_belief(&t, &fit, options.one_to_one, &e)) {
        err_print(&e, stderr);
        return err_status(&e);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    fprintf(stderr, "%.3f s\n",
            (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9);
    fit_weights(t.column, &fit, &w);
    printf("k %.17g\nk_related %.17g\nhas_related %d\nrounds %" PRIu32 "\nconverged %d\n", fit.k,
           fit.k_related, fit.has_related, fit.rounds, fit.converged);
    printf("priors %.17g %.17g\n", fit.prior_bits, fit.related_prior_bits);
    print_shares("m", &t, fit.m);
    print_shares("h", &t, fit.h);
    print_shares("w", &t, w.bits);
    print_shares("r", &t, w.related_bits);
    if (argc > 4)
        write_scores(&t, &w, argv[4]);
    for (uint32_t c = 0; c < t.data.n_columns; c++) {
        free(t.level[c]);
        free(t.count[c]);
    }
    free(t.row[0]);
    free(t.row[1]);
    return EXIT_SUCCESS;
}
