/* Block by block: the rows of A in order, for each of them the rows of B of its pairs, sorted. */
#include "data/source/unpack_values.h"

#include "core/sort.h"
#include "data/number.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MARK_BYTES 8u
#define HEAD_WORDS 9u
#define LINE_BYTES                                                                                 \
    80u             /* two numbers of 20 digits, a score of 32 characters, what is between them */
#define LINES 4096u /* that are reserved at once */

/* A block: its arrays, as values_file.h names them. */
struct block {
    uint64_t self, values_a, values_b, rows_a, rows_b, scores, pairs;
    const uint64_t *begin_a, *begin_b, *begin, *pair;
    const double *score;
    const uint32_t *row_a, *row_b;
};

/* What is being written. */
struct lines {
    struct sink *sink;
    uint64_t *found; /* of a row of A: rows of B << 32 | numbers of scores */
    size_t capacity;
};

static bool is_mark(const uint64_t *word, const char mark[MARK_BYTES + 1])
{
    return memcmp(word, mark, MARK_BYTES) == 0;
}

bool unpack_values_is(const char *p, size_t n)
{
    return n >= MARK_BYTES && memcmp(p, "AXBVALS1", MARK_BYTES) == 0;
}

static bool refuse(const struct sink *s, struct err *e)
{
    return err_set(e, ERR_DATA, "write it once more",
                   "%s: this file of pairs of values was cut or is damaged", s->shown);
}

static bool no_memory(const struct sink *s, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory for its pairs", s->shown);
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* Do n + 1 begins go up from 0 to `end`? */
static bool ascend(const uint64_t *begin, uint64_t n, uint64_t end)
{
    bool ok = begin[0] == 0 && begin[n] == end;
    for (uint64_t i = 0; i < n; i++)
        ok = ok && begin[i] <= begin[i + 1];
    return ok;
}

/* Do all numbers in the arrays stand for something, and do the values of B of each value of A
 * ascend? Then a row of A has no more pairs than there are rows of B. */
static bool is_sound(const struct block *b)
{
    bool ok = ascend(b->begin_a, b->values_a, b->rows_a) &&
              ascend(b->begin_b, b->values_b, b->rows_b) && ascend(b->begin, b->values_a, b->pairs);
    for (uint64_t k = 0; ok && k < b->pairs; k++)
        ok = (uint32_t)b->pair[k] < b->values_b && b->pair[k] >> 32 < b->scores;
    for (uint64_t v = 0; ok && v < b->values_a; v++)
        for (uint64_t k = b->begin[v] + 1; k < b->begin[v + 1]; k++)
            ok = ok && (uint32_t)b->pair[k - 1] < (uint32_t)b->pair[k];
    return ok;
}

/* The block of n words at `word`; false if it is none. A length above n would be no length of an
 * array of the block, so sums of lengths do not overflow. */
static bool read_block(struct block *b, const uint64_t *word, uint64_t n)
{
    memcpy(b, word + 2, 7 * sizeof *word);
    for (unsigned i = 3; i < HEAD_WORDS; i++)
        if (word[i] >= 2 * n)
            return false;
    const uint64_t sizes[] = {b->values_a + 1, b->values_b + 1,     b->values_a + 1,    b->scores,
                              b->pairs,        (b->rows_a + 1) / 2, (b->rows_b + 1) / 2};
    const uint64_t *at[7], *next = word + HEAD_WORDS;
    uint64_t sum = HEAD_WORDS + 1;
    for (unsigned i = 0; i < 7; i++) {
        sum += sizes[i];
        at[i] = next;
        next += sizes[i];
    }
    if (sum != n || XXH3_64bits(word, (n - 1) * sizeof *word) != word[n - 1])
        return false;
    b->begin_a = at[0];
    b->begin_b = at[1];
    b->begin = at[2];
    b->score = (const void *)at[3];
    b->pair = at[4];
    b->row_a = (const void *)at[5];
    b->row_b = (const void *)at[6];
    return is_sound(b);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static bool add_found(struct lines *l, size_t n, uint64_t row_b, uint64_t score, struct err *e)
{
    if (n == l->capacity) {
        const size_t capacity = 2 * l->capacity + LINES;
        uint64_t *more = realloc(l->found, capacity * sizeof *more);
        if (!more)
            return no_memory(l->sink, e);
        l->found = more;
        l->capacity = capacity;
    }
    l->found[n] = row_b << 32 | score;
    return true;
}

/* The pairs of a row of A, which has value v, into l->found, by row of B. */
static bool find_pairs(struct lines *l, const struct block *b, uint32_t row, uint64_t v, size_t *n,
                       struct err *e)
{
    *n = 0;
    for (uint64_t k = b->begin[v]; k < b->begin[v + 1]; k++) {
        const uint32_t of_b = (uint32_t)b->pair[k];
        for (uint64_t i = b->begin_b[of_b]; i < b->begin_b[of_b + 1]; i++) {
            if (b->self && b->row_b[i] <= row)
                continue;
            if (!add_found(l, *n, b->row_b[i], b->pair[k] >> 32, e))
                return false;
            ++*n;
        }
    }
    if (*n)
        sort_u64(l->found, *n);
    return true;
}

static char *put_line(char *p, uint32_t row_a, uint32_t row_b, double score)
{
    char text[32];
    const size_t n = number_double(score, text);
    p = number_integer(p, row_a + 1ull);
    *p++ = ',';
    p = number_integer(p, row_b + 1ull);
    *p++ = ',';
    memcpy(p, text, n);
    p[n] = '\n';
    return p + n + 1;
}

static bool put_row(struct lines *l, const struct block *b, uint32_t row, size_t n, struct err *e)
{
    struct sink *s = l->sink;
    for (size_t i = 0; i < n; i++) {
        if (i % LINES == 0 && !sink_reserve(s, (n - i < LINES ? n - i : LINES) * LINE_BYTES, e))
            return false;
        const char *end = put_line(s->p + s->n, row, (uint32_t)(l->found[i] >> 32),
                                   b->score[(uint32_t)l->found[i]]);
        s->n = (size_t)(end - s->p);
    }
    return true;
}

/* Writes the lines of a block. Its rows of A are sorted first: each with its value. */
static bool put_block(struct lines *l, const struct block *b, struct err *e)
{
    uint64_t *row = malloc((b->rows_a + 1) * sizeof *row);
    if (!row)
        return no_memory(l->sink, e);
    for (uint64_t v = 0; v < b->values_a; v++)
        for (uint64_t i = b->begin_a[v]; i < b->begin_a[v + 1]; i++)
            row[i] = (uint64_t)b->row_a[i] << 32 | v;
    sort_u64(row, b->rows_a);
    bool ok = true;
    for (uint64_t i = 0; ok && i < b->rows_a; i++) {
        const uint32_t of_a = (uint32_t)(row[i] >> 32);
        size_t n;
        ok = find_pairs(l, b, of_a, (uint32_t)row[i], &n, e) && put_row(l, b, of_a, n, e);
    }
    free(row);
    return ok;
}

bool unpack_values(const char *p, size_t n, struct sink *s, struct err *e)
{
    static const char header[] = "a,b,score\n";
    const uint64_t *word = (const void *)p, *end = word + n / sizeof *word;
    struct lines lines = {.sink = s};
    bool ok = sink_reserve(s, sizeof header, e);
    if (!ok)
        return false;
    memcpy(s->p + s->n, header, sizeof header - 1);
    s->n += sizeof header - 1;
    for (word++; ok && end - word > HEAD_WORDS && is_mark(word, "AXBVBLK1");) {
        const uint64_t words = word[1] / sizeof *word;
        struct block b;
        if (words <= HEAD_WORDS || words > (uint64_t)(end - word) || !read_block(&b, word, words))
            break;
        ok = put_block(&lines, &b, e);
        word += words;
    }
    free(lines.found);
    return ok && ((end - word == 1 && n % sizeof *word == 0 && is_mark(word, "AXBVEND1")) ||
                  refuse(s, e));
}
