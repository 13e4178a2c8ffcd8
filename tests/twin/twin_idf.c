/* Lists of words, searched from the front to the end. */
#include "tests/twin/twin_idf.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct twin_record {
    bool missing;
    char **word; /* each once */
    uint64_t *weight;
    size_t n;
};

/* Unicode's White_Space, and the separators of ASCII. */
static const char *const spaces[] = {" ",      "\t",     "\n",     "\v",     "\f",       "\r",
                                     "\x1c",   "\x1d",   "\x1e",   "\x1f",   "\xc2\x85", "\u00a0",
                                     "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",   "\u2004",
                                     "\u2005", "\u2006", "\u2007", "\u2008", "\u2009",   "\u200a",
                                     "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

/* The bytes of the white space at p; 0: there is none. */
static size_t space_at(const char *p)
{
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
        if (strncmp(p, spaces[i], strlen(spaces[i])) == 0)
            return strlen(spaces[i]);
    return 0;
}

static bool has_word(const struct twin_record *r, const char *word)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->word[i], word) == 0)
            return true;
    return false;
}

static void add_word(struct twin_record *r, const char *p, size_t n)
{
    char *word = strndup(p, n);
    if (!word)
        abort();
    if (n == 0 || has_word(r, word))
        free(word);
    else
        r->word[r->n++] = word;
}

static struct twin_record make_record(const char *text)
{
    struct twin_record r = {.missing = !text};
    const size_t most = text ? strlen(text) + 1 : 1;
    r.word = calloc(most, sizeof *r.word);
    r.weight = calloc(most, sizeof *r.weight);
    if (!r.word || !r.weight)
        abort();
    const char *from = text;
    for (const char *p = text; p && *p;) {
        const size_t space = space_at(p);
        if (space)
            add_word(&r, from, (size_t)(p - from));
        p += space ? space : 1;
        from = space ? p : from;
    }
    if (text)
        add_word(&r, from, strlen(from));
    return r;
}

uint64_t twin_idf_weight(uint64_t n_records, uint64_t having)
{
    const long double idf = log2l((long double)(n_records + 1) / (long double)having);
    const uint64_t steps = (uint64_t)llroundl(idf * idf * 2097152);
    return steps > 1 ? steps : 1;
}

static void weigh(const struct twin_idf *t, bool two, struct twin_record *r)
{
    for (size_t w = 0; w < r->n; w++) {
        uint64_t records = 0, having = 0;
        for (int side = 0; side < 1 + two; side++)
            for (size_t i = 0; i < t->n[side]; i++) {
                records += !t->record[side][i].missing;
                having += has_word(&t->record[side][i], r->word[w]);
            }
        r->weight[w] = twin_idf_weight(records, having);
    }
}

static struct twin_record *make_column(const char *const *text, size_t n)
{
    struct twin_record *record = calloc(n + 1, sizeof *record);
    if (!record)
        abort();
    for (size_t i = 0; i < n; i++)
        record[i] = make_record(text[i]);
    return record;
}

void twin_idf_make(struct twin_idf *t, const char *const *a, size_t n_a, const char *const *b,
                   size_t n_b)
{
    t->n[0] = n_a;
    t->n[1] = b ? n_b : n_a;
    t->record[0] = make_column(a, n_a);
    t->record[1] = b ? make_column(b, n_b) : t->record[0];
    for (int side = 0; side < (b ? 2 : 1); side++)
        for (size_t i = 0; i < t->n[side]; i++)
            weigh(t, b != NULL, &t->record[side][i]);
}

static void free_column(struct twin_record *record, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t w = 0; w < record[i].n; w++)
            free(record[i].word[w]);
        free(record[i].word);
        free(record[i].weight);
    }
    free(record);
}

void twin_idf_free(struct twin_idf *t)
{
    if (t->record[1] != t->record[0])
        free_column(t->record[1], t->n[1]);
    free_column(t->record[0], t->n[0]);
}

double twin_idf_score(const struct twin_idf *t, size_t i, size_t j)
{
    const struct twin_record *x = &t->record[0][i], *y = &t->record[1][j];
    uint64_t in_x = 0, in_y = 0, common = 0;
    if (x->missing || y->missing)
        return 0;
    for (size_t w = 0; w < x->n; w++) {
        in_x += x->weight[w];
        common += has_word(y, x->word[w]) ? x->weight[w] : 0;
    }
    for (size_t w = 0; w < y->n; w++)
        in_y += y->weight[w];
    if (in_x == 0 || in_y == 0)
        return in_x == in_y;
    return (double)common / sqrt((double)in_x * (double)in_y);
}
