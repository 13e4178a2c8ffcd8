/* Compares the words of columns. */
#include "matcher/inputs/column_guess.h"

#include "core/hash.h"
#include "core/sort.h"
#include "data/load_sample.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_ROWS 1000
#define MOST_COLUMNS 40u /* that are looked at */
#define WORD_BYTES 64    /* of a word, as many count */
#define LEAST_LETTERS 3  /* shorter words are shared by chance */
#define LEAST_SHARED 0.1 /* of the words of the column that has fewer */
#define CLEARLY 1.3      /* times as many as the second best */

/* The different words of a column, by their hash, ascending. */
struct words {
    uint64_t *hash;
    size_t n;
};

/* The next word of *text, in small letters; its bytes, 0 at the end. Digits alone are no word. */
static size_t next_word(struct bytes *text, char *word)
{
    size_t n = 0, letters = 0;
    for (; text->n; text->p++, text->n--) {
        const unsigned char c = (unsigned char)*text->p;
        if (c < 0x80 && !isalnum(c)) {
            if (letters >= LEAST_LETTERS)
                return n;
            n = letters = 0;
            continue;
        }
        letters += !isdigit(c);
        if (n < WORD_BYTES)
            word[n++] = (char)tolower(c);
    }
    return letters >= LEAST_LETTERS ? n : 0;
}

static struct words words_of(const struct load_sample *s, uint32_t column)
{
    struct words w = {calloc(s->n_rows * 4 + 1, sizeof *w.hash), 0};
    const size_t capacity = w.hash ? s->n_rows * 4 : 0;
    char word[WORD_BYTES + HASH_SPARE_BYTES] = {0};
    for (size_t row = 0; row < s->n_rows; row++) {
        struct bytes text = s->fields[row * s->n_columns + column];
        for (size_t n; w.n < capacity && (n = next_word(&text, word)) > 0;)
            w.hash[w.n++] = hash_bytes(word, n);
    }
    if (w.n)
        sort_u64(w.hash, w.n);
    size_t kept = 0;
    for (size_t i = 0; i < w.n; i++)
        if (i == 0 || w.hash[i] != w.hash[i - 1])
            w.hash[kept++] = w.hash[i];
    w.n = kept;
    return w;
}

static uint32_t same_name(const struct load *l, const char *name)
{
    for (uint32_t i = 0; i < l->n_columns; i++)
        if (strcasecmp(l->names[i], name) == 0)
            return i;
    return COLUMN_GUESS_NONE;
}

/* The column of a sample that shares the most with w; *share is how much. */
static uint32_t best_partner(const struct words *w, const struct load_sample *other, double *share)
{
    uint32_t best = COLUMN_GUESS_NONE;
    double most = LEAST_SHARED, second = 0;
    for (uint32_t i = 0; i < least((uint32_t)other->n_columns, MOST_COLUMNS); i++) {
        struct words words = words_of(other, i);
        const double s = sort_shared_u64(w->hash, w->n, words.hash, words.n);
        free(words.hash);
        second = s >= most ? (best == COLUMN_GUESS_NONE ? second : most) : s > second ? s : second;
        best = s >= most ? i : best;
        most = s >= most ? s : most;
    }
    *share = most;
    return best != COLUMN_GUESS_NONE && most >= CLEARLY * second ? best : COLUMN_GUESS_NONE;
}

uint32_t column_guess_partner(const struct sources *s, int side, uint32_t column)
{
    const struct load *own = sources_load(s, side), *other = sources_load(s, !side);
    const uint32_t same = same_name(other, own->names[column]);
    struct load_sample mine, theirs;
    double share;
    if (s->self || same != COLUMN_GUESS_NONE)
        return s->self ? column : same;
    load_sample_take(&mine, own, SAMPLE_ROWS);
    load_sample_take(&theirs, other, SAMPLE_ROWS);
    struct words w = words_of(&mine, column);
    const uint32_t partner = best_partner(&w, &theirs, &share);
    free(w.hash);
    load_sample_free(&mine);
    load_sample_free(&theirs);
    return partner;
}

/* How much the name of a column says that records are told apart by it. */
static double worth(const char *name)
{
    static const char *const telling[] = {"name", "title", "company", "customer", "product",
                                          "firm", "kunde", "street",  "address"};
    const size_t n = sizeof telling / sizeof *telling;
    for (size_t i = 0; i < n; i++)
        if (strcasestr(name, telling[i]))
            return 2 - (double)i / (double)n;
    return 1;
}

/* The column of A with the most worth that has a partner, and that partner. */
bool column_guess_pair(const struct sources *s, uint32_t column[2])
{
    const struct load *a = sources_load(s, 0);
    struct load_sample mine;
    double most = 0;
    load_sample_take(&mine, a, SAMPLE_ROWS);
    for (uint32_t i = 0; i < least((uint32_t)a->n_columns, MOST_COLUMNS); i++) {
        struct words w = words_of(&mine, i);
        const uint32_t partner = w.n ? column_guess_partner(s, 0, i) : COLUMN_GUESS_NONE;
        free(w.hash);
        if (partner == COLUMN_GUESS_NONE || worth(a->names[i]) <= most)
            continue;
        most = worth(a->names[i]);
        column[0] = i;
        column[1] = partner;
    }
    load_sample_free(&mine);
    return most > 0;
}
