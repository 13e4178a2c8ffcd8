/* The numbers of scores, the parting of pairs, and the sorting of each part. */
#include "matcher/pairs/pair_order.h"

#include "core/hash.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define PART_BITS 10u      /* of the numbers of parts, at most, where a word has the bits for it */
#define LINE 8u            /* words of a line of cache */
#define MANY_SCORES 65536u /* more than so many are not told apart */
#define SLOT_BITS 18u

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory to sort the pairs");
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* Scores that were found, by their bits. */
struct known {
    uint32_t *slot; /* the number of a score, and 1; 0: none */
    double *score;
    uint32_t n;
};

/* The number of a score, which is new or known. */
static uint32_t score_number(struct known *known, double score)
{
    uint64_t bits, other;
    memcpy(&bits, &score, sizeof bits);
    for (uint64_t at = hash_mix(bits) >> (64 - SLOT_BITS);; at = (at + 1) % (1u << SLOT_BITS)) {
        if (!known->slot[at]) {
            known->score[known->n++] = score;
            known->slot[at] = known->n;
            return known->n - 1;
        }
        memcpy(&other, &known->score[known->slot[at] - 1], sizeof other);
        if (other == bits)
            return known->slot[at] - 1;
    }
}

/* Numbers the scores of all chunks; false, with nothing of use, if there are very many. */
static bool number_scores(struct pair_order *o, struct known *known)
{
    for (uint64_t c = 0; c < o->n_chunks; c++)
        for (uint32_t k = 0; k < o->chunk[c].n.scores; k++) {
            if (known->n == MANY_SCORES)
                return false;
            o->of[o->of_begin[c] + k] = score_number(known, pair_chunk_score(&o->chunk[c], k));
        }
    o->n_scores = known->n;
    return true;
}

/* Numbers the scores of all chunks one after the other. */
static void count_scores(struct pair_order *o)
{
    o->n_scores = o->of_begin[o->n_chunks];
    for (uint64_t c = 0; c < o->n_chunks; c++)
        for (uint32_t k = 0; k < o->chunk[c].n.scores; k++) {
            const uint64_t i = o->of_begin[c] + k;
            o->score[i] = pair_chunk_score(&o->chunk[c], k);
            o->of[i] = (uint32_t)i;
        }
}

static bool find_scores(struct pair_order *o, struct err *e)
{
    o->of_begin = malloc((o->n_chunks + 1) * sizeof *o->of_begin);
    if (!o->of_begin)
        return no_memory(e);
    o->of_begin[0] = 0;
    for (uint64_t c = 0; c < o->n_chunks; c++)
        o->of_begin[c + 1] = o->of_begin[c] + o->chunk[c].n.scores;
    const uint64_t all = o->of_begin[o->n_chunks];
    o->of = malloc((all + 1) * sizeof *o->of);
    o->score = malloc((all + 1) * sizeof *o->score);
    struct known known = {.slot = calloc(1u << SLOT_BITS, sizeof *known.slot), .score = o->score};
    const bool ok = o->of && o->score && known.slot;
    if (ok && !number_scores(o, &known))
        count_scores(o);
    free(known.slot);
    return ok || no_memory(e);
}

/* ---- Parts -----------------------------------------------------------------------------------*/

/* The chunks of thread t are the same whenever they are looked at. */
static uint64_t first_chunk(const struct pair_order *o, uint32_t t)
{
    return o->n_chunks * t / o->n_threads;
}

/* Counts the pairs of thread t in each part. */
static void count_parts(const struct pair_order *o, uint32_t t)
{
    uint64_t *count = o->part + (uint64_t)t * o->n_parts;
    for (uint64_t c = first_chunk(o, t); c < first_chunk(o, t + 1); c++)
        for (uint32_t i = 0; i < o->chunk[c].n.pairs; i++) {
            const uint64_t word = o->chunk[c].word[i];
            const uint32_t a = pair_word_a(o->form, word), b = pair_word_b(o->form, word);
            count[a >> o->shift]++;
            if (o->self && a != b)
                count[b >> o->shift]++;
        }
}

/* Makes of numbers of pairs where they go: by part, then by thread. Returns the number of all. */
static uint64_t place_parts(const struct pair_order *o)
{
    uint64_t n = 0;
    for (uint32_t p = 0; p < o->n_parts; p++)
        for (uint32_t t = 0; t < o->n_threads; t++) {
            uint64_t *at = o->part + (uint64_t)t * o->n_parts + p;
            const uint64_t more = *at;
            *at = n;
            n += more;
        }
    return n;
}

/* A word of a part has the low bits of the place of A, the number of the score and the place of B,
 * so there are enough parts for that. */
static uint32_t part_shift(const struct pair_order *o)
{
    const uint32_t a_bits = pair_bits(o->n_places);
    const uint32_t most = 64 - pair_bits(o->n_scores) - o->form.b_bits;
    const uint32_t shift = a_bits > PART_BITS ? a_bits - PART_BITS : 0;
    return shift < most ? shift : most;
}

bool pair_order_open(struct pair_order *o, const struct pair_chunk *chunk, uint64_t n_chunks,
                     struct pair_form form, uint64_t n_places, bool self, struct err *e)
{
    *o = (struct pair_order){.chunk = chunk,
                             .n_chunks = n_chunks,
                             .form = form,
                             .n_places = n_places,
                             .self = self,
                             .n_threads = (uint32_t)omp_get_max_threads()};
    if (!find_scores(o, e))
        return false;
    o->shift = part_shift(o);
    o->n_parts = n_places ? (uint32_t)((n_places - 1) >> o->shift) + 1 : 0;
    o->part = calloc((uint64_t)o->n_threads * o->n_parts + 1, sizeof *o->part);
    if (!o->part)
        return no_memory(e);
#pragma omp parallel for schedule(static, 1)
    for (uint32_t t = 0; t < o->n_threads; t++)
        count_parts(o, t);
    o->n_pairs = place_parts(o);
    return true;
}

void pair_order_close(struct pair_order *o)
{
    free(o->score);
    free(o->of);
    free(o->of_begin);
    free(o->part);
}

/* ---- Parting ---------------------------------------------------------------------------------*/

/* Words on their way to a part: a line of cache. */
struct line {
    _Alignas(64) uint64_t word[LINE];
};

/* A thread that parts its pairs. */
struct parting {
    const struct pair_order *o;
    uint64_t *out;
    uint64_t *at;      /* where the next line of each part goes */
    struct line *line; /* of each part */
    uint8_t *n;        /* words in it */
};

static inline void put_word(const struct parting *p, uint32_t a, uint32_t score, uint32_t b)
{
    const struct pair_order *o = p->o;
    const uint32_t part = a >> o->shift, low = a & ((1u << o->shift) - 1);
    uint64_t *line = p->line[part].word;
    line[p->n[part]++] =
        (o->shift ? (uint64_t)low << (64 - o->shift) : 0) | (uint64_t)score << o->form.b_bits | b;
    if (p->n[part] < LINE)
        return;
    memcpy(p->out + p->at[part], line, sizeof *p->line);
    p->at[part] += LINE;
    p->n[part] = 0;
}

static void part_chunk(const struct parting *p, uint64_t c)
{
    const struct pair_order *o = p->o;
    const uint32_t *of = o->of + o->of_begin[c];
    for (uint32_t i = 0; i < o->chunk[c].n.pairs; i++) {
        const uint64_t word = o->chunk[c].word[i];
        const uint32_t a = pair_word_a(o->form, word), b = pair_word_b(o->form, word);
        const uint32_t score = of[pair_word_score(o->form, word)];
        put_word(p, a, score, b);
        if (o->self && a != b)
            put_word(p, b, score, a);
    }
}

/* Parts the pairs of thread t. False without memory. */
static bool part_pairs(const struct pair_order *o, uint32_t t, uint64_t *out)
{
    const uint64_t *from = o->part + (uint64_t)t * o->n_parts;
    const size_t n = o->n_parts + 1ull;
    struct parting p = {.o = o,
                        .out = out,
                        .at = calloc(n, sizeof *p.at),
                        .line = aligned_alloc(64, n * sizeof *p.line),
                        .n = calloc(n, sizeof *p.n)};
    const bool ok = p.at && p.line && p.n;
    if (ok)
        memcpy(p.at, from, o->n_parts * sizeof *p.at);
    for (uint64_t c = first_chunk(o, t); ok && c < first_chunk(o, t + 1); c++)
        part_chunk(&p, c);
    for (uint32_t i = 0; ok && i < o->n_parts; i++)
        memcpy(out + p.at[i], p.line[i].word, p.n[i] * sizeof *out);
    free(p.at);
    free(p.line);
    free(p.n);
    return ok;
}

/* ---- Sorting a part --------------------------------------------------------------------------*/

/* Where a part begins: with the pairs of the first thread. */
static uint64_t part_begin(const struct pair_order *o, uint32_t part)
{
    return part < o->n_parts ? o->part[part] : o->n_pairs;
}

/* The word of a part as the word of an ordered pair. */
static inline uint64_t ordered_word(const struct pair_order *o, uint64_t word)
{
    const uint32_t b_bits = o->form.b_bits;
    const uint64_t score = word << o->shift >> o->shift >> b_bits;
    return score << 32 | (word & ((1ull << b_bits) - 1));
}

/* Sorts a part, by way of a copy in `copy`; begin[] gets where its places begin. `next` has space
 * for the places of a part. */
static void sort_part(const struct pair_order *o, uint32_t part, uint64_t *pair, uint64_t *copy,
                      uint64_t *next, uint64_t *begin)
{
    const uint64_t from = part_begin(o, part), n = part_begin(o, part + 1) - from;
    const uint64_t first = (uint64_t)part << o->shift, places = 1ull << o->shift;
    const uint32_t low_at = 64 - o->shift;
    memset(next, 0, places * sizeof *next);
    memcpy(copy, pair + from, n * sizeof *copy);
    for (uint64_t i = 0; i < n; i++)
        next[copy[i] >> low_at]++;
    uint64_t at = from;
    for (uint64_t k = 0; k < places; k++) {
        const uint64_t more = next[k];
        next[k] = at;
        if (first + k < o->n_places)
            begin[first + k] = at;
        at += more;
    }
    for (uint64_t i = 0; i < n; i++)
        pair[next[copy[i] >> low_at]++] = ordered_word(o, copy[i]);
}

/* A part of one place is in order. */
static void finish_part(const struct pair_order *o, uint32_t part, uint64_t *pair, uint64_t *begin)
{
    begin[part] = part_begin(o, part);
    for (uint64_t i = part_begin(o, part); i < part_begin(o, part + 1); i++)
        pair[i] = ordered_word(o, pair[i]);
}

static uint64_t longest_part(const struct pair_order *o)
{
    uint64_t most = 0;
    for (uint32_t p = 0; p < o->n_parts; p++) {
        const uint64_t n = part_begin(o, p + 1) - part_begin(o, p);
        most = n > most ? n : most;
    }
    return most;
}

/* Sorts the parts that this thread of the team gets. False without memory. */
static bool sort_parts(const struct pair_order *o, uint64_t longest, uint64_t *pair,
                       uint64_t *begin)
{
    uint64_t *copy = o->shift ? malloc((longest + 1) * sizeof *copy) : NULL;
    uint64_t *next = o->shift ? malloc((1ull << o->shift) * sizeof *next) : NULL;
    const bool ok = !o->shift || (copy && next);
#pragma omp for schedule(dynamic)
    for (uint32_t p = 0; p < o->n_parts; p++) {
        if (ok && o->shift)
            sort_part(o, p, pair, copy, next, begin);
        else if (ok)
            finish_part(o, p, pair, begin);
    }
    free(copy);
    free(next);
    return ok;
}

bool pair_order_write(const struct pair_order *o, uint64_t *pair, uint64_t *begin, struct err *e)
{
    const uint64_t longest = longest_part(o);
    bool ok = true;
#pragma omp parallel for schedule(static, 1) reduction(&& : ok)
    for (uint32_t t = 0; t < o->n_threads; t++)
        ok = part_pairs(o, t, pair) && ok;
    if (!ok)
        return no_memory(e);
#pragma omp parallel reduction(&& : ok)
    ok = sort_parts(o, longest, pair, begin);
    begin[o->n_places] = o->n_pairs;
    return ok || no_memory(e);
}
