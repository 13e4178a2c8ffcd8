/* A ring of keys, which are hashes. */
#include "matcher/join/score_memo.h"
#include "core/base.h"
#include "core/hash.h"

#define TEXTS 64u       /* of a side, evenly spread, … */
#define CHARACTERS 256u /* … and so many of each, are in a key */
#define KEPT 64u

static struct {
    uint32_t n; /* kept until now */
    struct kept {
        uint64_t key;
        double seconds;
    } at[KEPT];
} memo;

/* ---- Keys ------------------------------------------------------------------------------------*/

static uint64_t hash_text(uint64_t hash, const struct dictionary *dictionary, uint32_t value)
{
    const struct text text = dictionary_text(dictionary, value);
    const size_t bytes = (size_t)least(text.n, CHARACTERS) * text.width;
    return hash_mix3(hash, text.n, hash_bytes(text.codes, bytes));
}

static uint64_t hash_side(uint64_t hash, const struct dictionary *dictionary,
                          const struct side *side)
{
    const uint32_t n = least(side->n, TEXTS);
    hash = hash_mix3(hash, side->n, side_characters(dictionary, side));
    for (uint32_t i = 0; i < n; i++)
        hash = hash_text(hash, dictionary, side->value[(uint64_t)side->n * i / n]);
    return hash;
}

static uint64_t hash_use(const struct metric_use *use)
{
    const uint64_t manner = (uint64_t)use->view << 2 | (uint64_t)use->formed << 1 |
                            (use->idf != NULL || use->rarity != NULL);
    uint64_t hash = hash_mix3((uint64_t)(uintptr_t)use->metric, manner, 0);
    for (unsigned i = 0; i < METRIC_MAX_ARGS; i++)
        hash = hash_mix3(hash, hash_bytes((const char *)&use->args[i], sizeof use->args[i]), i);
    return hash;
}

uint64_t score_memo_key(const struct metric_use *use, const struct dictionary *dictionary,
                        const struct side *a, const struct side *b, const double *need)
{
    const uint64_t needed = need ? hash_bytes((const char *)need, sizeof *need) : 0;
    const uint64_t asked = hash_mix3(hash_use(use), needed, dictionary->width);
    return hash_side(hash_side(asked + dictionary->max_length, dictionary, a), dictionary, b);
}

/* ---- What is kept ----------------------------------------------------------------------------*/

bool score_memo_find(uint64_t key, double *seconds)
{
    bool found = false;
#pragma omp critical(score_memo)
    for (uint32_t i = 0; i < least(memo.n, KEPT) && !found; i++)
        if (memo.at[i].key == key) {
            *seconds = memo.at[i].seconds;
            found = true;
        }
    return found;
}

void score_memo_keep(uint64_t key, double seconds)
{
#pragma omp critical(score_memo)
    memo.at[memo.n++ % KEPT] = (struct kept){key, seconds};
}
