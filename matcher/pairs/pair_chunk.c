/* Words of pairs, and the scores that a writer remembers. */
#include "matcher/pairs/pair_chunk.h"

#include "core/hash.h"

#include <string.h>

#define SCORE_BITS 16u /* a chunk cannot hold more scores than that, with a pair each */

struct pair_form pair_form(uint64_t n_a, uint64_t n_b)
{
    const uint32_t b = pair_bits(n_b), left = 64 - pair_bits(n_a) - b;
    return (struct pair_form){b, left < SCORE_BITS ? left : SCORE_BITS};
}

uint64_t pair_chunk_check(const struct pair_chunk *c, struct pair_form form, uint32_t from)
{
    uint64_t sum = 0;
    for (uint32_t i = from; i < c->n.pairs; i++) {
        const uint32_t score = pair_word_score(form, c->word[i]);
        const uint64_t at = score < PAIR_CHUNK_WORDS ? PAIR_CHUNK_WORDS - 1 - score : 0;
        sum += hash_mix3(c->word[i], c->word[at], 0);
    }
    return sum;
}

void pair_writer_begin(struct pair_writer *w, void *chunk)
{
    w->word = chunk;
    w->n = (struct pair_count){0, 0};
    w->turn++;
}

/* Gives a score the next number and remembers it; false if the chunk has no number left for it. */
static bool add_score(struct pair_writer *w, struct pair_score *set, uint64_t bits)
{
    if (w->n.scores >> w->form.score_bits || w->n.pairs + w->n.scores + 2 > PAIR_CHUNK_WORDS)
        return false;
    memmove(set + 1, set, (PAIR_SET - 1) * sizeof *set);
    *set = (struct pair_score){bits, w->n.scores, w->turn};
    w->word[PAIR_CHUNK_WORDS - 1 - w->n.scores++] = bits;
    return true;
}

/* The number of a score in the chunk; false if the chunk is full. */
static inline bool find_score(struct pair_writer *w, double score, uint32_t *number)
{
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    struct pair_score *set = w->known[hash_mix(bits) >> (64 - PAIR_SETS_BITS)];
    uint32_t k = 0;
    while (k < PAIR_SET && (set[k].bits != bits || set[k].turn != w->turn))
        k++;
    if (k == PAIR_SET && !add_score(w, set, bits))
        return false;
    *number = set[k == PAIR_SET ? 0 : k].number;
    return true;
}

size_t pair_writer_put(struct pair_writer *w, const struct join_pair *p, size_t n)
{
    const uint32_t score_at = w->form.b_bits, a_at = score_at + w->form.score_bits;
    for (size_t i = 0; i < n; i++) {
        uint32_t number;
        if (w->n.pairs + w->n.scores >= PAIR_CHUNK_WORDS || !find_score(w, p[i].score, &number))
            return i;
        const uint64_t a = a_at < 64 ? (uint64_t)p[i].a << a_at : 0;
        w->word[w->n.pairs++] = a | (uint64_t)number << score_at | p[i].b;
    }
    return n;
}
