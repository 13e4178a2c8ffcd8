/* The search: shorter texts become probes, longer ones pieces in lanes; planes are made for each
 * block of lanes and used by all probes. */
#include "matcher/join/partial/partial_search.h"
#include "core/base.h"
#include "matcher/join/partial/partial_rule.h"
#include "matcher/kernel/kernel_set.h"

#include <stdlib.h>
#include <string.h>

#define PROBES_MOST 8192u
#define NUMBERS_MOST (1u << 18) /* of planes, of all probes together, unless one has more */
#define COUNTED_MOST 60000u     /* planes of a probe; see SET_COUNT_MOST */
#define HITS_MOST 65536u
#define PADDING 3u /* of plane numbers, as the kernel wants it */
#define EMPTY PARTIAL_PLANES

/* The q-grams of a shorter text, of one length. */
struct grams {
    uint32_t n, n_planes;         /* all; those that are counted */
    struct partial_limits limits; /* of all */
    const uint16_t *plane;
};

/* A shorter text. */
struct probe {
    uint32_t position, length;
    uint32_t first; /* the least position of a longer text that it is compared with */
    uint32_t last;  /* 1 + the position that it was handed on with last; 0: none */
    struct grams grams[PARTIAL_STEPS];
};

struct lane {
    uint32_t position; /* of the longer text */
    uint32_t from, n;  /* characters */
    bool inside;       /* at neither end of its text */
};

struct hit {
    uint32_t probe, position;
};

struct partial_search {
    _Alignas(64) uint64_t planes[PARTIAL_STEPS][PARTIAL_PLANES + 1][SET_PLANE_WORDS];
    _Alignas(64) uint64_t below[PARTIAL_STEPS][SET_LIMIT_BITS][SET_PLANE_WORDS];
    _Alignas(64) uint64_t inside[SET_PLANE_WORDS];
    const struct join_job *job;
    const struct set_kernels *kernels;
    struct partial_sides sides;
    /* Of the item that runs. */
    const struct partial_group *group;
    uint32_t n_steps;
    const struct side *s_side, *l_side;
    struct by_length s, l;
    bool shorter_is_b;
    partial_hits_fn *put;
    void *to;

    uint32_t n_probes, n_lanes, n_hits;
    struct probe probe[PROBES_MOST];
    struct lane lane[SET_LANES];
    struct hit hit[HITS_MOST];
    uint32_t sorted[HITS_MOST], sorted_end[PROBES_MOST + 1];
    uint16_t *number;       /* planes of all probes */
    uint32_t numbers_most;  /* room for them */
    uint16_t *own;          /* planes of one text */
};

bool partial_search_open(struct partial_search **search, const struct join_job *job,
                         const struct partial_sides *sides, struct err *e)
{
    const size_t bytes = (sizeof(struct partial_search) + 63) / 64 * 64;
    const uint32_t longest = job->dictionary->max_length + 1;
    struct partial_search *s = *search = aligned_alloc(64, bytes);
    if (!s)
        return err_set(e, ERR_OS, NULL, "no memory for the partial join");
    memset(s->planes, 0, sizeof s->planes);
    s->job = job;
    s->kernels = set_kernels();
    s->sides = *sides;
    s->n_hits = 0;
    s->numbers_most = greatest(NUMBERS_MOST, PARTIAL_STEPS * (longest + PADDING));
    s->number = malloc(s->numbers_most * sizeof *s->number);
    s->own = malloc(longest * sizeof *s->own);
    if (s->number && s->own)
        return true;
    partial_search_close(s);
    *search = NULL;
    return err_set(e, ERR_OS, NULL, "no memory for the partial join");
}

void partial_search_close(struct partial_search *s)
{
    if (!s)
        return;
    free(s->number);
    free(s->own);
    free(s);
}

/* ---- Probes ----------------------------------------------------------------------------------*/

static struct text text_at(const struct partial_search *s, const struct side *side,
                           const struct by_length *sorted, uint32_t position)
{
    return dictionary_text(s->job->dictionary, side->value[sorted->place[position]]);
}

/* The first longer text by position. */
static uint32_t first_longer(const struct partial_search *s, uint32_t position, uint32_t length)
{
    if (s->job->self)
        return position;
    const uint32_t least_length = length + s->shorter_is_b;
    return least_length > s->l.max_length + 1 ? s->l.n : s->l.begin[least_length];
}

/* Writes the rarest of a text's planes: a counting sort by level, of which the first `wanted` are
 * kept. */
static void keep_rarest(const uint16_t *own, uint32_t n, const uint8_t *level, uint16_t *plane,
                        uint32_t wanted)
{
    uint32_t end[PARTIAL_LEVELS + 1] = {0};
    for (uint32_t i = 0; i < n; i++)
        end[level[own[i]] + 1]++;
    for (uint32_t k = 0; k < PARTIAL_LEVELS; k++)
        end[k + 1] += end[k];
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = end[level[own[i]]]++;
        if (at < wanted)
            plane[at] = own[i];
    }
    for (uint32_t i = 0; i < PADDING; i++)
        plane[wanted + i] = EMPTY;
}

/* Makes the q-grams of one length, whose plane numbers begin at `plane`. `known` has the limits of
 * the same length of text, or is NULL. */
static void make_grams(struct partial_search *s, struct text text, uint32_t q,
                       const struct grams *known, struct grams *g, uint16_t *plane)
{
    g->n = partial_grams_of(text, q, s->own);
    g->limits = known ? known->limits : partial_rule_limits(s->job, text.n, q);
    g->n_planes = least(g->n - least(g->n, g->limits.end) + s->group->way.spare, COUNTED_MOST);
    g->n_planes = least(g->n_planes, g->n);
    g->plane = plane;
    keep_rarest(s->own, g->n, s->sides.level[q], plane, g->n_planes);
}

/* Makes the probe of a shorter text whose plane numbers begin at `plane`; returns where they end. */
static uint16_t *make_probe(struct partial_search *s, struct probe *p, uint32_t position,
                            uint16_t *plane)
{
    const struct text text = text_at(s, s->s_side, &s->s, position);
    const bool known = p > s->probe && p[-1].length == text.n;
    p->position = position;
    p->length = text.n;
    p->first = first_longer(s, position, text.n);
    p->last = 0;
    for (uint32_t k = 0; k < s->n_steps; k++) {
        make_grams(s, text, s->group->way.q[k], known ? &p[-1].grams[k] : NULL, &p->grams[k],
                   plane);
        plane += p->grams[k].n_planes + PADDING;
    }
    return plane;
}

/* Makes probes from a position on, as many as there is room for; returns the position after the
 * last. */
static uint32_t make_probes(struct partial_search *s, uint32_t begin, uint32_t end)
{
    uint16_t *plane = s->number;
    const uint32_t most = PARTIAL_STEPS * (least(s->group->longest, COUNTED_MOST) + PADDING);
    s->n_probes = 0;
    for (; begin < end && s->n_probes < PROBES_MOST; begin++) {
        if (plane + most > s->number + s->numbers_most)
            break;
        plane = make_probe(s, &s->probe[s->n_probes++], begin, plane);
    }
    return begin;
}

/* ---- Hits ------------------------------------------------------------------------------------*/

/* Hands on what the lanes of a probe found, each text once: its pieces are lanes one after the
 * other. */
static void put_probe(struct partial_search *s, struct probe *p, uint32_t *position, uint32_t n)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (position[i] + 1 == p->last)
            continue;
        p->last = position[i] + 1;
        position[kept++] = position[i];
    }
    if (kept)
        s->put(s->to, p->position, position, kept);
}

/* Hands on what was found, by shorter texts: a counting sort, which keeps the order of the lanes. */
static void flush(struct partial_search *s)
{
    uint32_t *end = s->sorted_end, begin = 0;
    if (s->n_hits == 0)
        return;
    memset(end, 0, (s->n_probes + 1) * sizeof *end);
    for (uint32_t i = 0; i < s->n_hits; i++)
        end[s->hit[i].probe + 1]++;
    for (uint32_t i = 0; i < s->n_probes; i++)
        end[i + 1] += end[i];
    for (uint32_t i = 0; i < s->n_hits; i++)
        s->sorted[end[s->hit[i].probe]++] = s->hit[i].position;
    for (uint32_t i = 0; i < s->n_probes; begin = end[i++])
        if (end[i] > begin)
            put_probe(s, &s->probe[i], s->sorted + begin, end[i] - begin);
    s->n_hits = 0;
}

static void keep(struct partial_search *s, uint32_t probe, const uint64_t *pass)
{
    const uint32_t first = s->probe[probe].first;
    for (uint32_t w = 0; w * 64 < s->n_lanes; w++) {
        const uint32_t lanes = least(64, s->n_lanes - w * 64);
        uint64_t bits = pass[w] & (~0ull >> (64 - lanes));
        for (; bits; bits &= bits - 1) {
            const uint32_t position = s->lane[64 * w + (uint32_t)__builtin_ctzll(bits)].position;
            s->hit[s->n_hits] = (struct hit){probe, position};
            s->n_hits += position >= first;
        }
    }
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* Sets the lane of a piece in the planes of its q-grams. */
static void set_lane(struct partial_search *s, uint32_t number, uint32_t step)
{
    const struct lane *lane = &s->lane[number];
    struct text text = text_at(s, s->l_side, &s->l, lane->position);
    text.codes = (const char *)text.codes + (size_t)lane->from * text.width;
    text.n = lane->n;
    const uint32_t n = partial_grams_of(text, s->group->way.q[step], s->own);
    for (uint32_t i = 0; i < n; i++)
        s->planes[step][s->own[i]][number / 64] |= 1ull << number % 64;
}

static void make_planes(struct partial_search *s)
{
    memset(s->inside, 0, sizeof s->inside);
    for (uint32_t i = 0; i < s->n_lanes; i++)
        s->inside[i / 64] |= (uint64_t)s->lane[i].inside << i % 64;
    for (uint32_t step = 0; step < s->n_steps; step++) {
        memset(s->planes[step], 0, sizeof s->planes[step]);
        for (uint32_t i = 0; i < s->n_lanes; i++)
            set_lane(s, i, step);
    }
}

/* What a limit of all q-grams leaves for those that are counted. */
static uint32_t limit_of_counted(const struct grams *g, uint32_t limit)
{
    const uint32_t left_out = g->n - g->n_planes;
    return limit > left_out ? limit - left_out : 0;
}

static void make_limits(struct partial_search *s, const struct probe *p)
{
    for (uint32_t step = 0; step < s->n_steps; step++) {
        const struct grams *g = &p->grams[step];
        const uint32_t inside = limit_of_counted(g, g->limits.inside);
        const uint32_t end = limit_of_counted(g, g->limits.end);
        for (uint32_t bit = 0; bit < set_limit_bits(g->n_planes); bit++)
            for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
                s->below[step][bit][w] = ~((inside >> bit & 1 ? s->inside[w] : 0) |
                                           (end >> bit & 1 ? ~s->inside[w] : 0));
    }
}

/* Which lanes pass by the q-grams of one length? */
static bool count(struct partial_search *s, const struct grams *g, uint32_t step, uint64_t *pass)
{
    return s->kernels->count((const uint64_t(*)[SET_PLANE_WORDS])s->planes[step], s->n_lanes,
                             g->plane, g->n_planes,
                             (const uint64_t(*)[SET_PLANE_WORDS])s->below[step], pass);
}

/* A probe against the lanes that were laid. */
static void run_probe(struct partial_search *s, uint32_t number)
{
    _Alignas(64) uint64_t pass[SET_PLANE_WORDS], pass_too[SET_PLANE_WORDS];
    const struct probe *p = &s->probe[number];
    if (!count(s, &p->grams[0], 0, pass))
        return;
    if (s->n_steps > 1) {
        if (!count(s, &p->grams[1], 1, pass_too))
            return;
        for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
            pass[w] &= pass_too[w];
    }
    keep(s, number, pass);
    if (s->n_hits + SET_LANES > HITS_MOST)
        flush(s);
}

/* All probes against the lanes that were laid. */
static void run_block(struct partial_search *s)
{
    if (s->n_lanes == 0)
        return;
    make_planes(s);
    const uint32_t last = s->lane[s->n_lanes - 1].position;
    uint32_t length = 0;
    for (uint32_t i = 0; i < s->n_probes && s->probe[i].first <= last; i++) {
        if (s->probe[i].length != length)
            make_limits(s, &s->probe[i]);
        length = s->probe[i].length;
        run_probe(s, i);
    }
    s->n_lanes = 0;
}

static void lay_text(struct partial_search *s, uint32_t position)
{
    const uint32_t step = s->group->way.step;
    const uint32_t length =
        dictionary_length(s->job->dictionary, s->l_side->value[s->l.place[position]]);
    const uint32_t n = partial_pieces(s->group, length);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t from = i * step;
        s->lane[s->n_lanes++] = (struct lane){
            .position = position,
            .from = from,
            .n = least(s->group->longest + step, length - from),
            .inside = i > 0 && i + 1 < n,
        };
        if (s->n_lanes == SET_LANES)
            run_block(s);
    }
}

void partial_search_run(struct partial_search *s, const struct partial_group *group,
                        const struct partial_item *item, partial_hits_fn *put, void *to)
{
    s->group = group;
    s->shorter_is_b = item->shorter_is_b;
    s->s_side = s->shorter_is_b ? s->job->b : s->job->a;
    s->l_side = s->shorter_is_b ? s->job->a : s->job->b;
    s->s = s->shorter_is_b ? s->sides.b : s->sides.a;
    s->l = s->shorter_is_b ? s->sides.a : s->sides.b;
    s->put = put;
    s->to = to;
    s->n_steps = group->way.q[1] ? 2 : 1;
    for (uint32_t begin = item->s_begin; begin < item->s_end;) {
        begin = make_probes(s, begin, item->s_end);
        s->n_lanes = 0;
        for (uint32_t i = greatest(item->l_begin, s->probe[0].first); i < item->l_end; i++)
            lay_text(s, i);
        run_block(s);
        flush(s);
    }
}
