/* The search: probes are made of the texts of A, limits of their lengths, and counted. */
#include "matcher/join/count/count_search.h"
#include "core/base.h"
#include "matcher/join/count/count_rule.h"

#include <stdlib.h>
#include <string.h>

#define PROBES_MOST COUNT_TEXTS_MOST
#define PLANES_MOST 65536u /* of all probes together */
#define HITS_MOST 32768u
#define NO_LENGTH UINT32_MAX
#define PADDING 3u /* of plane numbers, as the kernel wants it */

/* A text of A as the planes of one band. */
struct probe {
    uint32_t position, length;
    uint32_t n_planes, n_leads;
    uint16_t lead[METRIC_PREFIX_MOST];
    const uint16_t *plane;
};

/* What the texts of a block must reach against a text of A of one length. */
struct limits {
    _Alignas(64) uint64_t below[METRIC_PREFIX_MOST + 1][SET_LIMIT_BITS][SET_PLANE_WORDS];
    _Alignas(64) uint64_t chosen[SET_LIMIT_BITS][SET_PLANE_WORDS];
    uint64_t possible[SET_PLANE_WORDS]; /* lanes that the lengths allow */
    uint32_t length;                    /* of A; NO_LENGTH: none */
    uint32_t n_bits;
    uint32_t step; /* of the band */
    bool any;      /* some lane is possible */
};

struct count_search {
    struct limits limits;
    const struct join_job *job;
    const struct set_kernels *kernels;
    struct shm_view index;
    struct by_length a, b;
    const struct count_band *bands;
    uint32_t n_prefixes;
    struct count_classes classes;
    uint32_t block_begin, block_end; /* positions of the block that was searched last … */
    uint64_t part[SET_PLANE_WORDS];  /* … and the lanes of the part of it that is asked for */
    count_planes planes, leads;      /* its planes */
    uint32_t n_probes;
    struct probe probe[PROBES_MOST];
    uint16_t plane[PLANES_MOST];
    struct count_taker taker;
    uint32_t n_passed;
    struct count_passed passed[PROBES_MOST]; /* of the block, where the taker wants blocks */
    uint32_t n_hits, sorted_end[PROBES_MOST + 1];
    struct count_hit hits[HITS_MOST], sorted[HITS_MOST];
};

bool count_search_open(struct count_search **search, const struct join_job *job,
                       struct shm_view index, const struct by_length *a,
                       const struct count_blocks_at *b, struct err *e)
{
    const size_t bytes = (sizeof(struct count_search) + 63) / 64 * 64;
    struct count_search *s = *search = aligned_alloc(64, bytes);
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the count join");
    memset(&s->classes, 0, sizeof s->classes);
    s->job = job;
    s->kernels = set_kernels();
    s->index = index;
    s->a = *a;
    s->b = by_length_view(index, &b->side);
    s->bands = count_bands(index, b);
    s->n_prefixes = count_rule_prefixes(job);
    s->n_hits = 0;
    return true;
}

void count_search_close(struct count_search *s)
{
    free(s);
}

/* ---- Probes ----------------------------------------------------------------------------------*/

/* Makes a probe whose planes begin at `plane`; returns where they end. */
static uint16_t *make_probe(struct count_search *s, const struct count_band *band,
                            uint32_t position, struct probe *p, uint16_t *plane)
{
    const struct text text = by_length_text(&s->a, s->job->dictionary, s->job->a, position);
    count_classes_of(&s->classes, text);
    p->position = position;
    p->length = text.n;
    p->plane = plane;
    /* Empty planes are added, so that all texts of a length read as many bits of limits. */
    const uint32_t n = count_planes_of(band, &s->classes, plane);
    p->n_planes = least(text.n / band->step, band->n_planes);
    memset(plane + n, 0, (p->n_planes + PADDING - n) * sizeof *plane);
    p->n_leads = least(text.n, s->n_prefixes);
    for (uint32_t i = 0; i < p->n_leads; i++)
        p->lead[i] = (uint16_t)count_lead_plane(text, i);
    return plane + p->n_planes + PADDING;
}

/* Makes probes of the texts of A from a position on, as many as there is room for; returns the
 * position after the last. */
static uint32_t make_probes(struct count_search *s, const struct count_band *band, uint32_t begin,
                            uint32_t end)
{
    uint16_t *plane = s->plane;
    const uint16_t *last = s->plane + PLANES_MOST - band->n_planes - PADDING;
    s->n_probes = 0;
    for (; begin < end && s->n_probes < PROBES_MOST && plane <= last; begin++)
        plane = make_probe(s, band, begin, &s->probe[s->n_probes++], plane);
    return begin;
}

/* ---- Limits ----------------------------------------------------------------------------------*/

/* Planes that `common` characters have at least, where each of n_classes may be short by
 * step - 1. */
static uint32_t planes_for(uint32_t common, uint32_t n_classes, uint32_t step)
{
    const uint64_t short_by = (uint64_t)(step - 1) * n_classes;
    return common > short_by ? (uint32_t)((common - short_by + step - 1) / step) : 0;
}

static void set_limits(const struct count_search *s, struct limits *l, uint32_t from, uint32_t end,
                       uint32_t length_b)
{
    if (count_rule_common(s->job, l->length, length_b, s->n_prefixes) == COUNT_NEVER)
        return;
    const uint32_t most = (1u << l->n_bits) - 1;
    const uint32_t n_classes =
        least(l->length, least(COUNT_CLASSES, s->job->dictionary->alphabet.n_codes));
    set_bits(l->possible, from, end);
    l->any = true;
    for (uint32_t prefix = 0; prefix <= s->n_prefixes; prefix++) {
        const uint32_t common = count_rule_common(s->job, l->length, length_b, prefix);
        const uint32_t planes =
            common == COUNT_NEVER ? most : least(most, planes_for(common, n_classes, l->step));
        for (uint32_t b = 0; b < l->n_bits; b++)
            if (!(planes >> b & 1))
                set_bits(l->below[prefix][b], from, end);
    }
}

/* The limits of the block for a probe and all others of its length. */
static void make_limits(struct count_search *s, const struct count_band *band,
                        const struct probe *p)
{
    const uint32_t begin = s->block_begin, end = s->block_end;
    struct limits *l = &s->limits;
    l->length = p->length;
    l->n_bits = set_limit_bits(p->n_planes);
    l->step = band->step;
    l->any = false;
    memset(l->possible, 0, sizeof l->possible);
    for (uint32_t prefix = 0; prefix <= s->n_prefixes; prefix++)
        memset(l->below[prefix], 0, l->n_bits * sizeof l->below[prefix][0]);
    for (uint32_t from = begin, to; from < end; from = to) {
        const uint32_t length =
            dictionary_length(s->job->dictionary, s->job->b->value[s->b.place[from]]);
        to = least(end, s->b.begin[length + 1]);
        set_limits(s, l, from - begin, to - begin, length);
    }
}

/* ---- Hits ------------------------------------------------------------------------------------*/

/* Hands on what was found, by texts of A: a counting sort. */
static void flush(struct count_search *s)
{
    uint32_t *end = s->sorted_end;
    const uint32_t first = s->probe[0].position;
    if (s->n_hits == 0)
        return;
    memset(end, 0, sizeof s->sorted_end);
    for (uint32_t i = 0; i < s->n_hits; i++)
        end[s->hits[i].a - first + 1]++;
    for (uint32_t i = 0; i < PROBES_MOST; i++)
        end[i + 1] += end[i];
    for (uint32_t i = 0; i < s->n_hits; i++)
        s->sorted[end[s->hits[i].a - first]++] = s->hits[i];
    s->taker.hits(s->taker.to, s->sorted, s->n_hits);
    s->n_hits = 0;
}

static void keep(struct count_search *s, const uint64_t *pass, uint32_t a)
{
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
        uint64_t bits = pass[w] & s->limits.possible[w] & s->part[w];
        for (; bits; bits &= bits - 1) {
            const uint32_t b = s->block_begin + 64 * w + (uint32_t)__builtin_ctzll(bits);
            s->hits[s->n_hits] = (struct count_hit){a, b};
            s->n_hits += !s->job->self || a <= b;
        }
    }
}

/* Keeps what passed with a text for the end of the block. */
static void keep_lanes(struct count_search *s, const uint64_t *pass, uint32_t a)
{
    struct count_passed *p = &s->passed[s->n_passed];
    uint64_t any = 0;
    p->a = a;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
        const uint32_t first = s->block_begin + 64 * w; /* in a self join B is not before A */
        const uint32_t before = s->job->self && a > first ? a - first : 0;
        const uint64_t asked = s->limits.possible[w] & s->part[w];
        p->lane[w] = before < 64 ? pass[w] & asked & (~0ull << before) : 0;
        any |= p->lane[w];
    }
    s->n_passed += any != 0;
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* The limits of all lanes, by how much of the probe's beginning they share. */
static count_planes limits_of(struct count_search *s, const struct probe *p)
{
    struct limits *l = &s->limits;
    const uint64_t *lead[METRIC_PREFIX_MOST];
    if (s->n_prefixes == 0)
        return (count_planes)l->below[0];
    for (uint32_t i = 0; i < p->n_leads; i++)
        lead[i] = s->leads[p->lead[i]];
    s->kernels->choose((const uint64_t(*)[SET_LIMIT_BITS][SET_PLANE_WORDS])l->below, l->n_bits,
                       lead, p->n_leads, l->chosen);
    return (count_planes)l->chosen;
}

/* Adds up the planes of a probe; false if no text of the block passes. */
static bool count_probe(struct count_search *s, const struct probe *p,
                        uint64_t pass[SET_PLANE_WORDS])
{
    return s->kernels->count(s->planes, s->block_end - s->block_begin, p->plane, p->n_planes,
                             limits_of(s, p), pass);
}

/* All probes against one block. */
static void run_block(struct count_search *s, const struct count_item *item,
                      const struct count_band *band, uint32_t block)
{
    _Alignas(64) uint64_t pass[SET_PLANE_WORDS];
    s->block_begin = band->first + block * SET_LANES;
    s->block_end = least(band->end, s->block_begin + SET_LANES);
    const uint32_t n = s->block_end - s->block_begin;
    memset(s->part, 0, sizeof s->part);
    set_bits(s->part, n * item->part / item->n_parts, n * (item->part + 1) / item->n_parts);
    s->planes = count_block_planes(s->index, band, block);
    s->leads = count_block_leads(s->index, band, block);
    s->limits.length = NO_LENGTH;
    s->n_passed = 0;
    for (uint32_t i = 0; i < s->n_probes; i++) {
        const struct probe *p = &s->probe[i];
        if (s->job->self && p->position >= s->block_end)
            break;
        if (p->length != s->limits.length)
            make_limits(s, band, p);
        if (!s->limits.any || !count_probe(s, p, pass))
            continue;
        if (s->taker.block) {
            keep_lanes(s, pass, p->position);
            continue;
        }
        keep(s, pass, p->position);
        if (s->n_hits + SET_LANES > HITS_MOST)
            flush(s);
    }
    if (s->n_passed)
        s->taker.block(s->taker.to, s->passed, s->n_passed, s->block_begin, s->block_end);
}

void count_search_run(struct count_search *s, const struct count_item *item,
                      const struct count_taker *taker)
{
    const struct count_band *band = &s->bands[item->band];
    s->taker = *taker;
    for (uint32_t a = item->a_begin; a < item->a_end;) {
        a = make_probes(s, band, a, item->a_end);
        for (uint32_t block = item->block_begin; block < item->block_end; block++)
            run_block(s, item, band, block);
        flush(s);
    }
}

uint64_t count_search_repeat(struct count_search *s)
{
    _Alignas(64) uint64_t pass[SET_PLANE_WORDS];
    uint64_t added = 0;
    for (uint32_t i = 0; i < s->n_probes; i++) {
        count_probe(s, &s->probe[i], pass);
        added += s->probe[i].n_planes;
    }
    return added;
}
