/* What is heard of many texts: their phonetic codes are made once and numbered, so that scores
 * compare numbers. Texts of more than MANY_LENGTH characters are scored one by one. */
#include "core/hash.h"
#include "matcher/metric/metric_many_internal.h"
#include "matcher/metric/metric_many_keys.h"
#include "matcher/metric/metric_phonetic.h"

#include <stdlib.h>
#include <string.h>

#define CODE_BYTES PHONETIC_BYTES(4 * MANY_LENGTH) /* a character has at most four bytes */
#define SPARE_BYTES 64u                            /* that a hash may read after a code */
#define NONE 0u                                    /* in place of a code's number + 1 */

struct many_sounds {
    struct phonetic_code code; /* of one text */
    struct many_keys keys;     /* the codes of all texts */
    char *bytes;               /* of these */
    uint32_t *number[2];       /* of each text's codes, + 1; or NONE */
    bool *is_long;             /* of each text */
    double *alike;             /* of each code and that of A, where it need not be equal */
};

static bool serves(const struct metric *metric)
{
    return metric->phonetic;
}

static bool open_sounds(struct metric_many *m)
{
    struct many_sounds *own = m->own;
    bool ok = true;
    for (uint32_t k = 0; k < 2; k++) {
        own->code.code[k] = calloc(PHONETIC_BYTES(4ull * m->max_length) + SPARE_BYTES, 1);
        own->number[k] = malloc((m->most + 1ull) * sizeof *own->number[k]);
        ok = ok && own->code.code[k] && own->number[k];
    }
    own->bytes = calloc(2 * m->most * CODE_BYTES + SPARE_BYTES, 1);
    own->is_long = malloc((m->most + 1ull) * sizeof *own->is_long);
    own->alike = malloc((2ull * m->most + 1) * sizeof *own->alike);
    return many_keys_open(&own->keys, 2 * m->most) && ok && own->bytes && own->is_long &&
           own->alike;
}

static void close_sounds(struct metric_many *m)
{
    struct many_sounds *own = m->own;
    for (uint32_t k = 0; k < 2; k++) {
        free(own->code.code[k]);
        free(own->number[k]);
    }
    free(own->bytes);
    free(own->is_long);
    free(own->alike);
    many_keys_close(&own->keys);
}

static struct many_key key_of(const char *code)
{
    const struct bytes bytes = {code, (uint32_t)strlen(code)};
    return (struct many_key){hash_bytes(bytes.p, bytes.n), bytes};
}

/* The number of a code + 1. A new one is copied to *to, which then moves on. */
static uint32_t number_code(struct many_sounds *own, const char *code, char **to)
{
    struct many_key key = key_of(code);
    const uint32_t n = own->keys.n;
    if (!code[0])
        return NONE;
    memcpy(*to, key.bytes.p, key.bytes.n + 1);
    key.bytes.p = *to;
    const uint32_t number = many_keys_put(&own->keys, key);
    *to += own->keys.n > n ? key.bytes.n + 1 : 0;
    return number + 1;
}

static void lay(struct metric_many *m, struct metric_texts *t)
{
    struct many_sounds *own = m->own;
    char *to = own->bytes;
    many_keys_clear(&own->keys, 2 * t->n);
    for (uint32_t i = 0; i < t->n; i++) {
        own->is_long[i] = t->text[i].n > MANY_LENGTH;
        own->number[0][i] = own->number[1][i] = NONE;
        if (own->is_long[i])
            continue;
        metric_phonetic_code(m->state, &t->text[i], &own->code);
        for (uint32_t k = 0; k < 2; k++)
            own->number[k][i] = number_code(own, own->code.code[k], &to);
    }
}

/* The number of one of A's codes + 1; another one than any text has if none has it. */
static uint32_t number_of(const struct many_sounds *own, const char *code)
{
    const uint32_t number = code[0] ? many_keys_find(&own->keys, key_of(code)) : MANY_NO_KEY;
    return !code[0] ? NONE : number == MANY_NO_KEY ? MANY_NO_KEY : number + 1;
}

/* Scores by codes that must be equal. */
static void score_equal(const struct many_sounds *own, uint32_t n, double *scores)
{
    const uint32_t first = number_of(own, own->code.code[0]);
    uint32_t second = number_of(own, own->code.code[1]);
    second = second == NONE ? first : second;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t x = own->number[0][i], y = own->number[1][i];
        scores[i] = x == first || y == first || x == second || y == second;
    }
}

/* Scores by codes that must be alike. */
static void score_alike(struct metric_many *m, uint32_t n, double *scores)
{
    struct many_sounds *own = m->own;
    metric_alike_fn *const alike = m->state->use.metric->alike;
    const uint64_t of_a = phonetic_pack(own->code.code[0]);
    own->alike[NONE] = 0;
    for (uint32_t k = 0; k < own->keys.n; k++)
        own->alike[k + 1] = alike(of_a, phonetic_pack(own->keys.key[k].bytes.p));
    for (uint32_t i = 0; i < n; i++)
        scores[i] = own->alike[own->number[0][i]];
}

static void sound_scores(struct metric_many *m, const struct text *a, struct metric_texts *t,
                         double *scores)
{
    struct many_sounds *own = m->own;
    metric_phonetic_code(m->state, a, &own->code);
    const bool silent = !own->code.code[0][0];
    if (m->state->use.metric->alike)
        score_alike(m, t->n, scores);
    else
        score_equal(own, t->n, scores);
    for (uint32_t i = 0; i < t->n; i++)
        if (silent || own->is_long[i] || own->number[0][i] == NONE)
            scores[i] = many_one(m, a, t, i);
}

const struct many_way many_way_sounds = {
    .serves = serves,
    .own_bytes = sizeof(struct many_sounds),
    .open = open_sounds,
    .close = close_sounds,
    .lay = lay,
    .scores = sound_scores,
};
