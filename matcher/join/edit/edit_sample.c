/* Cost of the ways to join two lengths, from all pairs of two small samples. */
#include "matcher/join/edit/edit_sample.h"

#include "core/base.h"
#include "matcher/join/edit/edit_segments.h"

#include <math.h>
#include <stdlib.h>

/* Seconds, measured on Zen 4 at 3.7 GHz. */
#define OFFSETS_SECONDS 15e-9 /* the planes of a probe */
#define INDEX_SECONDS 15e-9   /* one piece of one text into the table */
#define PROBE_SECONDS 15e-9   /* one look-up */
#define PLANES_SECONDS 0.2e-6 /* the planes of a block, for each place of both texts */
#define BITSLICE_SECONDS 4e-9 /* a probe against a block, and for each of its places: */
#define BITSLICE_PLACE_SECONDS 0.45e-9
#define CANDIDATE_SECONDS 3e-9 /* copying one pair */
#define FOUND_AGAIN 1.8        /* times that pieces find the same candidate */
#define ASK_SECONDS 400e-9     /* a pair left to metric_score */
#define TASK_SECONDS 2e-6
#define SAMPLED_PAIRS 2e5   /* fewer are not worth a sample of more than … */
#define FEW_TEXTS 2u        /* … so many texts of a side */
#define SAMPLED_LENGTHS 100 /* pairs of lengths that would have their whole sample */
#define ASSUMED_PASS 0.02   /* before a pair was looked at */

struct sample_side {
    uint32_t count[EDIT_PAIR_LENGTH + 1];
    uint32_t n[EDIT_PAIR_LENGTH + 1]; /* sampled */
    bool folded;                      /* a sampled text has a code above 255 */
    uint8_t row[EDIT_PAIR_LENGTH + 1][EDIT_SAMPLE_TEXTS_MAX][EDIT_PAIR_LENGTH + 16];
};

struct edit_sample {
    struct edit_rule rule;
    struct edit_classes classes;
    bool folded; /* a sampled text has a code above 255, so metric_score decides */
    bool self;
    uint32_t texts; /* of a length, that are looked at, more or less */
    double pairs;   /* of all lengths */
    struct sample_side a, b;
};

/* `half` 1: texts that stand between those of `half` 0. Two sides often have the same values in the
 * same order, and samples of the same places would be full of equal pairs. */
static void sample_side_make(struct sample_side *s, const struct dictionary *dictionary,
                             const struct side *side, uint32_t texts, uint32_t half)
{
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = dictionary_length(dictionary, side->value[i]);
        if (length <= EDIT_PAIR_LENGTH)
            s->count[length]++;
    }
    uint32_t seen[EDIT_PAIR_LENGTH + 1] = {0};
    for (uint32_t i = 0; i < side->n; i++) {
        uint32_t length = dictionary_length(dictionary, side->value[i]);
        if (length > EDIT_PAIR_LENGTH || s->n[length] == texts)
            continue;
        /* Sampled text k is the first whose number is not below count * (k + half / 2) / texts. */
        uint64_t due = (2ull * s->n[length] + half) * s->count[length] / (2ull * texts);
        if (seen[length]++ < due)
            continue;
        struct text t = dictionary_text(dictionary, side->value[i]);
        for (uint32_t k = 0; k < length; k++) {
            const uint32_t code = text_code(t.codes, t.width, k);
            s->folded = s->folded || code > 255;
            s->row[length][s->n[length]][k] = (uint8_t)code;
        }
        s->n[length]++;
    }
}

struct edit_sample *edit_sample_open(const struct join_job *job, uint32_t texts)
{
    struct edit_sample *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    edit_rule_make(&s->rule, job);
    edit_classes_make(&s->classes, job->dictionary);
    s->self = job->self;
    sample_side_make(&s->a, job->dictionary, job->a, EDIT_SAMPLE_TEXTS_MAX, 0);
    sample_side_make(&s->b, job->dictionary, job->self ? job->a : job->b, EDIT_SAMPLE_TEXTS_MAX, 1);
    double n_a = 0, n_b = 0;
    for (uint32_t i = 0; i <= EDIT_PAIR_LENGTH; i++) {
        n_a += s->a.count[i];
        n_b += s->b.count[i];
    }
    s->texts = texts;
    s->pairs = n_a * n_b;
    s->folded = s->a.folded || s->b.folded;
    return s;
}

void edit_sample_close(struct edit_sample *s)
{
    free(s);
}

uint32_t edit_sample_count(const struct edit_sample *s, bool a, uint32_t length)
{
    return (a ? &s->a : &s->b)->count[length];
}

/* How many texts of two lengths are looked at, of each: the more pairs they have among all. */
static uint32_t sampled_texts(const struct edit_sample *s, double n_x, double n_y, uint32_t texts)
{
    if (n_x * n_y < SAMPLED_PAIRS)
        return FEW_TEXTS;
    const double wanted = texts * sqrt(SAMPLED_LENGTHS * n_x * n_y / s->pairs);
    return (uint32_t)fmin(EDIT_SAMPLE_TEXTS_MAX, fmax(FEW_TEXTS, wanted));
}

double edit_sample_pairs(const struct edit_sample *s, uint32_t texts)
{
    double pairs = 1;
    for (uint32_t la = 0; la <= EDIT_PAIR_LENGTH; la++)
        for (uint32_t lb = 0; lb <= EDIT_PAIR_LENGTH; lb++) {
            const double n_x = s->a.count[la], n_y = s->b.count[lb];
            const double most = sampled_texts(s, n_x, n_y, texts);
            pairs += fmin(n_x, most) * fmin(n_y, most);
        }
    return pairs;
}

/* A pair of lengths of the sample. */
struct sample_pair {
    const struct edit_sample *s;
    const struct sample_side *shorts, *longs;
    uint32_t short_length, long_length;
    uint32_t n_x, n_y; /* texts that are looked at */
    struct edit_bounds bounds;
};

/* For each class, the places of a text that have it. */
struct sample_places {
    uint64_t low[EDIT_CLASSES], high[EDIT_CLASSES];
};

static void sample_places_make(struct sample_places *at, const struct edit_classes *classes,
                               const uint8_t *row, uint32_t length)
{
    memset(at, 0, sizeof *at);
    for (uint32_t i = 0; i < length; i++) {
        uint32_t class = classes->class[row[i]];
        if (i < 64)
            at->low[class] |= 1ull << i;
        else
            at->high[class] |= 1ull << (i - 64);
    }
}

/* Bits [first, end) of one half of the places. */
static uint64_t sample_window(uint32_t first, uint32_t end)
{
    if (first >= 64 || end <= first)
        return 0;
    return ~0ull << first & ~0ull >> (end < 64 ? 64 - end : 0);
}

/* Would the planes let this pair pass? */
static bool sample_passes(const struct sample_pair *p, const struct sample_places *places,
                          const uint8_t *probe)
{
    uint32_t lost = 0;
    for (uint32_t q = 0; q < p->long_length; q++) {
        uint32_t first = q > p->bounds.ahead ? q - p->bounds.ahead : 0,
                 end = q + p->bounds.back + 1;
        uint32_t class = p->s->classes.class[probe[q]];
        lost += !(places->low[class] & sample_window(first, end)) &&
                (p->short_length <= 64 ||
                 !(places->high[class] &
                   sample_window(first > 64 ? first - 64 : 0, end > 64 ? end - 64 : 0)));
    }
    return lost <= p->bounds.tau_long;
}

/* Text i of n that are looked at, evenly spread among those that were taken. */
static const uint8_t *sample_row(const struct sample_side *side, uint32_t length, uint32_t i,
                                 uint32_t n)
{
    return side->row[length][(uint64_t)i * side->n[length] / n];
}

/* The fraction of all pairs that the planes let pass; where pairs are few it is judged by a few of
 * them, since many lengths make a good sample together. */
static double sample_pass(const struct sample_pair *p, bool few)
{
    uint32_t passed = 0;
    for (uint32_t i = 0; i < p->n_x; i++) {
        struct sample_places places;
        sample_places_make(&places, &p->s->classes,
                           sample_row(p->shorts, p->short_length, i, p->n_x), p->short_length);
        for (uint32_t j = 0; j < p->n_y; j++)
            passed += sample_passes(p, &places, sample_row(p->longs, p->long_length, j, p->n_y));
    }
    return few ? (passed + ASSUMED_PASS) / ((double)p->n_x * p->n_y + 1)
               : (passed + 0.02) / ((double)p->n_x * p->n_y + 0.02);
}

static void sample_keys(const struct sample_side *side, uint32_t n, uint32_t length, uint32_t begin,
                        uint32_t piece_length, uint32_t *keys)
{
    for (uint32_t i = 0; i < n; i++)
        keys[i] =
            (uint32_t)(edit_piece_key(sample_row(side, length, i, n) + begin, piece_length) >> 32);
}

/* The list entries that a pair of texts meets on average, all pieces and shifts together. */
static double sample_meetings(const struct sample_pair *p, const struct edit_piece *pieces,
                              uint32_t n_pieces)
{
    uint32_t x[EDIT_SAMPLE_TEXTS_MAX] = {0}, y[EDIT_SAMPLE_TEXTS_MAX] = {0}, met = 0;
    for (uint32_t k = 0; k < n_pieces; k++) {
        sample_keys(p->shorts, p->n_x, p->short_length, pieces[k].begin, pieces[k].length, x);
        for (int32_t shift = pieces[k].first; shift <= pieces[k].last; shift += pieces[k].step) {
            uint32_t begin = (uint32_t)((int32_t)pieces[k].begin + shift);
            sample_keys(p->longs, p->n_y, p->long_length, begin, pieces[k].length, y);
            for (uint32_t i = 0; i < p->n_x; i++)
                for (uint32_t j = 0; j < p->n_y; j++)
                    met += x[i] == y[j];
        }
    }
    return (met + 0.1) / ((double)p->n_x * p->n_y);
}

/* One probe against one block. */
static double sample_bitslice_seconds(uint32_t length)
{
    double vectors = isa_best() >= ISA_V4 ? 1 : isa_best() == ISA_V3 ? 2.5 : 6;
    return BITSLICE_SECONDS + BITSLICE_PLACE_SECONDS * length * vectors;
}

/* Verifying one pair: a band of a row is in a lane of 1, 2, 4 or 8 bytes. */
static double sample_verify_seconds(const struct sample_pair *p)
{
    static const double place_seconds[EDIT_LANE_SIZES] = {0.5e-9, 1e-9, 5e-9, 10e-9};
    const struct edit_pair_shape shape = {p->short_length, p->long_length, p->bounds.kernel_limit};
    const uint32_t band = edit_band(p->s->rule.kind, &shape);
    const double ask = p->s->folded ? ASK_SECONDS / 20 : 0;
    if (band > EDIT_BAND_MAX)
        return CANDIDATE_SECONDS + ASK_SECONDS;
    const uint32_t size = band <= 8 ? 0 : band <= 16 ? 1 : band <= 32 ? 2 : 3;
    return CANDIDATE_SECONDS + place_seconds[size] * p->long_length + ask;
}

struct edit_estimate edit_sample_estimate(const struct edit_sample *s, uint32_t length_a,
                                          uint32_t length_b)
{
    bool a = length_a <= length_b;
    struct sample_pair p = {.s = s,
                            .shorts = a ? &s->a : &s->b,
                            .longs = a ? &s->b : &s->a,
                            .short_length = a ? length_a : length_b,
                            .long_length = a ? length_b : length_a};
    double n_x = p.shorts->count[p.short_length], n_y = p.longs->count[p.long_length];
    p.bounds = edit_rule_bounds(&s->rule, length_a, length_b);
    if (!p.bounds.possible || n_x * n_y == 0)
        return (struct edit_estimate){.method = EDIT_IMPOSSIBLE};
    const uint32_t texts = sampled_texts(s, n_x, n_y, s->texts);
    p.n_x = least(p.shorts->n[p.short_length], texts);
    p.n_y = least(p.longs->n[p.long_length], texts);
    double bitslice = sample_bitslice_seconds(p.long_length);
    double verify = sample_verify_seconds(&p);
    double both = TASK_SECONDS + OFFSETS_SECONDS * n_y;
    bool few = n_x * n_y < SAMPLED_PAIRS;
    double candidates = n_x * n_y * sample_pass(&p, few) * verify;
    double blocks = ceil(n_x / EDIT_BLOCK);
    double planes = blocks * PLANES_SECONDS * (p.short_length + p.long_length);
    struct edit_estimate all = {EDIT_ALL, both + planes + blocks * n_y * bitslice + candidates,
                                planes, 0};
    struct edit_piece pieces[EDIT_PAIR_LENGTH + 1];
    uint32_t n = edit_pieces(pieces, s->rule.kind, &p.bounds, p.short_length, p.long_length);
    if (n == 0 || few)
        return all;
    double probes = 0;
    for (uint32_t i = 0; i < n; i++)
        if (pieces[i].first <= pieces[i].last) {
            int32_t shifts = (pieces[i].last - pieces[i].first) / pieces[i].step + 1;
            probes += n_y * shifts;
        }
    double met = n_x * n_y * sample_meetings(&p, pieces, n);
    double bitslices = fmin(met, probes) + met / EDIT_BLOCK;
    double fixed = n * (planes + INDEX_SECONDS * n_x);
    double seconds =
        both + fixed + probes * PROBE_SECONDS + bitslices * bitslice + FOUND_AGAIN * candidates;
    return seconds < all.seconds ? (struct edit_estimate){EDIT_PIECES, seconds, fixed, n} : all;
}
