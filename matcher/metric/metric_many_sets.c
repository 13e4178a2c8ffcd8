/* Sets of grams or words of many texts: for each gram there is a list of the texts that have it. A
 * text A goes through the lists of its own grams, and counts for each text how often it stands
 * there; most texts have no gram in common with it, and none is looked at by itself.
 *
 * Texts of more than LENGTH_MOST characters are scored one by one. */
#include "core/hash.h"
#include "matcher/metric/metric_many_internal.h"
#include "matcher/metric/metric_many_keys.h"

#include <stdlib.h>
#include <string.h>

#define LENGTH_MOST 256u
#define SIZE_MOST (LENGTH_MOST + 2) /* grams of a text with so many characters */
#define LONG UINT16_MAX             /* in place of the size of a text's set */

struct many_sets {
    const struct metric_sets *sets;
    unsigned q;
    struct many_key *element; /* of one text: its grams, or its words */
    uint64_t *grams;          /* of one text */
    struct split split;       /* the words of one text */
    uint8_t *is_space;
    struct many_keys keys;      /* the elements of all texts */
    uint32_t *number;           /* of the elements of one text after the other */
    uint16_t *size;             /* of each text's set */
    uint32_t *list_end;         /* of each element: where its list ends, and the next one begins */
    uint16_t *list;             /* the texts that have an element */
    uint16_t *common;           /* of each text and A */
    uint32_t largest;           /* set of a text */
    double none[SIZE_MOST + 1]; /* of A and a set of each size, with nothing in common */
};

static bool serves(const struct metric *metric)
{
    return metric->sets;
}

static bool open_sets(struct metric_many *m)
{
    struct many_sets *own = m->own;
    const uint32_t most = m->most * (least(m->max_length, LENGTH_MOST) + 2);
    own->sets = m->state->use.metric->sets;
    own->q = (unsigned)m->state->use.args[0];
    own->element = malloc((m->max_length + 2ull) * sizeof *own->element);
    own->grams = malloc((m->max_length + 2ull) * sizeof *own->grams);
    own->is_space = metric_spaces(&m->state->alphabet);
    own->number = malloc((most + 1ull) * sizeof *own->number);
    own->size = malloc((m->most + 1ull) * sizeof *own->size);
    own->list_end = malloc((most + 2ull) * sizeof *own->list_end);
    own->list = malloc((most + 1ull) * sizeof *own->list);
    own->common = malloc((m->most + 1ull) * sizeof *own->common);
    return own->element && own->grams && own->is_space && own->number && own->size &&
           own->list_end && own->list && own->common && many_keys_open(&own->keys, most) &&
           split_open(&own->split, own->is_space, m->max_length);
}

static void close_sets(struct metric_many *m)
{
    struct many_sets *own = m->own;
    free(own->element);
    free(own->grams);
    free(own->is_space);
    free(own->number);
    free(own->size);
    free(own->list_end);
    free(own->list);
    free(own->common);
    many_keys_close(&own->keys);
    split_close(&own->split);
}

/* ---- Elements --------------------------------------------------------------------------------*/

static struct many_key word_key(const struct text *t, struct span word)
{
    const struct bytes bytes = {(const char *)t->codes + (size_t)word.from * t->width,
                                word.n * t->width};
    return (struct many_key){hash_bytes(bytes.p, bytes.n), bytes};
}

/* Writes the elements of a text's set; returns how many. */
static uint32_t elements_of(struct many_sets *own, const struct text *t)
{
    if (own->q == 0) {
        split_text(&own->split, t, SPLIT_SET);
        for (uint32_t k = 0; k < own->split.n; k++)
            own->element[k] = word_key(t, own->split.span[k]);
        return own->split.n;
    }
    const uint32_t n = (uint32_t)metric_grams(*t, own->q, own->grams);
    for (uint32_t k = 0; k < n; k++)
        own->element[k] = (struct many_key){.number = own->grams[k]};
    return n;
}

/* More elements than the texts can have. */
static uint32_t elements_most(const struct metric_texts *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n; i++)
        n += t->text[i].n <= LENGTH_MOST ? t->text[i].n + 2 : 0;
    return n;
}

/* Numbers the elements of all texts. */
static void number_elements(struct many_sets *own, const struct metric_texts *t)
{
    uint32_t at = 0;
    own->largest = 0;
    many_keys_clear(&own->keys, elements_most(t));
    for (uint32_t i = 0; i < t->n; i++) {
        const bool is_long = t->text[i].n > LENGTH_MOST;
        const uint32_t n = is_long ? 0 : elements_of(own, &t->text[i]);
        own->size[i] = is_long ? LONG : (uint16_t)n;
        own->largest = greatest(own->largest, n);
        for (uint32_t k = 0; k < n; k++)
            own->number[at++] = many_keys_put(&own->keys, own->element[k]);
    }
}

static uint32_t size_of(const struct many_sets *own, uint32_t i)
{
    return own->size[i] == LONG ? 0 : own->size[i];
}

/* Makes the lists: a counting sort. */
static void lay(struct metric_many *m, struct metric_texts *t)
{
    struct many_sets *own = m->own;
    uint32_t n = 0, at = 0;
    number_elements(own, t);
    for (uint32_t i = 0; i < t->n; i++)
        n += size_of(own, i);
    memset(own->list_end, 0, (own->keys.n + 2ull) * sizeof *own->list_end);
    for (uint32_t k = 0; k < n; k++)
        own->list_end[own->number[k] + 1]++;
    for (uint32_t e = 0; e < own->keys.n; e++)
        own->list_end[e + 1] += own->list_end[e];
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t k = 0; k < size_of(own, i); k++)
            own->list[own->list_end[own->number[at++]]++] = (uint16_t)i;
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* Counts what A and each text have in common; returns the size of A's set. */
static uint32_t count_common(struct many_sets *own, const struct text *a, uint32_t n_texts)
{
    const uint32_t n_a = elements_of(own, a);
    memset(own->common, 0, n_texts * sizeof *own->common);
    for (uint32_t k = 0; k < n_a; k++) {
        const uint32_t e = many_keys_find(&own->keys, own->element[k]);
        if (e == MANY_NO_KEY)
            continue;
        for (uint32_t i = e ? own->list_end[e - 1] : 0; i < own->list_end[e]; i++)
            own->common[own->list[i]]++;
    }
    return n_a;
}

static void set_scores(struct metric_many *m, const struct text *a, struct metric_texts *t,
                       double *scores)
{
    struct many_sets *own = m->own;
    const uint32_t n_a = count_common(own, a, t->n);
    for (uint32_t size = 0; size <= own->largest; size++)
        own->none[size] = own->sets->similarity(n_a, size, 0);
    for (uint32_t i = 0; i < t->n; i++)
        scores[i] = own->size[i] == LONG ? many_one(m, a, t, i)
                    : own->common[i]     ? own->sets->similarity(n_a, own->size[i], own->common[i])
                                         : own->none[own->size[i]];
}

const struct many_way many_way_sets = {
    .serves = serves,
    .own_bytes = sizeof(struct many_sets),
    .open = open_sets,
    .close = close_sets,
    .lay = lay,
    .scores = set_scores,
};
