/* The search: shorter texts become probes, longer ones pieces in lanes; planes are made for each
 * block of lanes and used by all probes. */
#include "matcher/join/partial/partial_search.h"
#include "core/base.h"
#include "matcher/join/partial/partial_rule.h"
#include "matcher/kernel/kernel_partial.h"
#include "matcher/kernel/kernel_set.h"

#include <stdlib.h>
#include <string.h>

#define NUMBERS_MOST (1u << 19) /* of planes, of all probes together, unless one has more */
#define COUNTED_MOST 60000u     /* planes of a probe; see SET_COUNT_MOST */
#define HITS_MOST 65536u
#define PADDING 3u /* of plane numbers, as the kernel wants it */
#define EMPTY PARTIAL_PLANES

enum { AT_END, INSIDE }; /* kinds of pieces */

/* The q-grams of one length that a shorter text has. All that is read of most probes of a block. */
struct grams {
    uint32_t at;     /* where its numbers of planes begin */
    uint32_t n;      /* of them */
    uint32_t length; /* characters of the text */
};

/* A shorter text. */
struct probe {
    uint32_t position;
    uint32_t first; /* the least position of a longer text that it is compared with */
    uint32_t last;  /* 1 + the position that it was handed on with last; 0: none */
};

/* What shorter texts of one length need. */
struct needs {
    uint32_t length; /* characters; 0: none yet */
    struct partial_limits grams[PARTIAL_STEPS], common;
};

struct hit {
    uint32_t probe, position;
};

struct partial_search {
    _Alignas(64) uint64_t planes[PARTIAL_STEPS][PARTIAL_PLANES + 1][SET_PLANE_WORDS];
    _Alignas(64) uint64_t below[PARTIAL_STEPS][SET_LIMIT_BITS][SET_PLANE_WORDS];
    uint64_t inside[SET_PLANE_WORDS]; /* lanes of pieces at neither end of their texts */
    uint64_t laid[SET_PLANE_WORDS];   /* lanes that have a piece */
    const struct join_job *job;
    const struct set_kernels *kernels;
    const struct partial_kernels *partial;
    struct partial_sides sides;
    /* Of the item that runs. */
    const struct partial_group *group;
    uint32_t n_steps;
    struct needs needs;
    const struct side *s_side, *l_side;
    struct by_length s, l;
    bool shorter_is_b;
    partial_hits_fn *put;
    void *to;

    uint32_t n_probes, n_lanes, n_hits;
    struct probe probe[PARTIAL_PROBES_MOST];
    struct grams grams[PARTIAL_STEPS][PARTIAL_PROBES_MOST];
    uint32_t position[SET_LANES]; /* of the longer texts of all lanes */
    struct partial_piece piece[SET_LANES];
    struct partial_look look;
    struct text looked; /* the shorter text that `places` is made of */
    uint64_t *places;
    struct hit hit[HITS_MOST];
    uint32_t sorted[HITS_MOST], sorted_end[PARTIAL_PROBES_MOST + 1];
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
    s->partial = partial_kernels();
    s->looked = (struct text){0};
    s->sides = *sides;
    s->n_hits = 0;
    s->numbers_most = greatest(NUMBERS_MOST, PARTIAL_STEPS * (longest + PADDING));
    s->number = malloc(s->numbers_most * sizeof *s->number);
    s->own = malloc(longest * sizeof *s->own);
    s->places = calloc(job->dictionary->alphabet.n_codes + 1ull, sizeof *s->places);
    if (s->number && s->own && s->places)
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
    free(s->places);
    free(s);
}

/* The lowest n bits, n up to 64 or above. */
static uint64_t low_bits(uint32_t n)
{
    return n >= 64 ? ~0ull : (1ull << n) - 1;
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

/* The needs of texts of one length, which are kept until texts have another one. */
static const struct needs *needs_of(struct partial_search *s, uint32_t length)
{
    struct needs *needs = &s->needs;
    if (needs->length == length)
        return needs;
    needs->length = length;
    needs->common = partial_rule_limits(s->job, length, 1);
    for (uint32_t step = 0; step < s->n_steps; step++)
        needs->grams[step] = partial_rule_limits(s->job, length, s->group->way.q[step]);
    return needs;
}

/* How many of n q-grams are counted, if `end` of them are needed at least. */
static uint32_t counted(const struct partial_search *s, uint32_t n, uint32_t end)
{
    return least(least(n, n - least(n, end) + s->group->way.spare), COUNTED_MOST);
}

/* Makes the q-grams of a step, whose plane numbers begin at `at`; returns where they end. */
static uint32_t make_grams(struct partial_search *s, struct text text, uint32_t step,
                           struct grams *g, uint32_t at)
{
    const uint32_t q = s->group->way.q[step], n = partial_grams_of(text, q, s->own);
    g->at = at;
    g->n = counted(s, n, needs_of(s, text.n)->grams[step].end);
    g->length = text.n;
    keep_rarest(s->own, n, s->sides.level[q], s->number + at, g->n);
    return at + g->n + PADDING;
}

/* Makes probes from a position on, as many as there is room for; returns the position after the
 * last. */
static uint32_t make_probes(struct partial_search *s, uint32_t begin, uint32_t end)
{
    const uint32_t most = PARTIAL_STEPS * (least(s->group->longest, COUNTED_MOST) + PADDING);
    uint32_t at = 0, n = 0;
    for (; begin < end && n < PARTIAL_PROBES_MOST && at + most <= s->numbers_most; begin++, n++) {
        const struct text text = text_at(s, s->s_side, &s->s, begin);
        s->probe[n] = (struct probe){begin, first_longer(s, begin, text.n), 0};
        for (uint32_t step = 0; step < s->n_steps; step++)
            at = make_grams(s, text, step, &s->grams[step][n], at);
    }
    s->n_probes = n;
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

/* Looks at the pieces that passed, unless the shorter text is too long for that. */
static bool look_at(struct partial_search *s, uint32_t probe, uint64_t *pass)
{
    const uint32_t n = s->grams[0][probe].length;
    if (n > PARTIAL_SHORTER_MOST)
        return true;
    const struct text old = s->looked,
                      text = text_at(s, s->s_side, &s->s, s->probe[probe].position);
    for (uint32_t i = 0; i < old.n; i++)
        s->places[text_code(old.codes, old.width, i)] = 0;
    for (uint32_t i = 0; i < n; i++)
        s->places[text_code(text.codes, text.width, i)] |= 1ull << i;
    s->looked = text;
    s->look.n = n;
    return s->partial->narrow(&s->look, pass, (s->n_lanes + 63) / 64);
}

static void keep(struct partial_search *s, uint32_t probe, const uint64_t *pass)
{
    const uint32_t first = s->probe[probe].first;
    for (uint32_t w = 0; w * 64 < s->n_lanes; w++)
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1) {
            const uint32_t position = s->position[64 * w + (uint32_t)__builtin_ctzll(bits)];
            s->hit[s->n_hits] = (struct hit){probe, position};
            s->n_hits += position >= first;
        }
    if (s->n_hits + SET_LANES > HITS_MOST)
        flush(s);
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* Sets the lane of a piece in the planes of its q-grams. */
static void set_lane(struct partial_search *s, uint32_t lane, uint32_t step)
{
    const struct text text = {.codes = s->piece[lane].codes,
                              .n = s->piece[lane].n,
                              .width = s->job->dictionary->width};
    const uint32_t n = partial_grams_of(text, s->group->way.q[step], s->own);
    for (uint32_t i = 0; i < n; i++)
        s->planes[step][s->own[i]][lane / 64] |= 1ull << lane % 64;
}

static void make_planes(struct partial_search *s)
{
    memset(s->inside, 0, sizeof s->inside);
    for (uint32_t i = 0; i < s->n_lanes; i++)
        s->inside[i / 64] |= (uint64_t)(s->piece[i].kind == INSIDE) << i % 64;
    for (uint32_t step = 0; step < s->n_steps; step++) {
        memset(s->planes[step], 0, sizeof s->planes[step]);
        for (uint32_t i = 0; i < s->n_lanes; i++)
            set_lane(s, i, step);
    }
}

/* The limits of all lanes for the q-grams of a step. */
static void make_limits(struct partial_search *s, const struct needs *needs, uint32_t step)
{
    const uint32_t q = s->group->way.q[step];
    const uint32_t n = needs->length >= q ? needs->length - q + 1 : 0;
    const struct partial_limits *limits = &needs->grams[step];
    const uint32_t n_counted = counted(s, n, limits->end), left_out = n - n_counted;
    const uint32_t inside = limits->inside > left_out ? limits->inside - left_out : 0;
    const uint32_t end = limits->end > left_out ? limits->end - left_out : 0;
    for (uint32_t bit = 0; bit < set_limit_bits(n_counted); bit++)
        for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
            s->below[step][bit][w] =
                ~((inside >> bit & 1 ? s->inside[w] : 0) | (end >> bit & 1 ? ~s->inside[w] : 0));
}

/* What the lanes must reach for shorter texts of a length. */
static void begin_length(struct partial_search *s, uint32_t length)
{
    const struct needs *needs = needs_of(s, length);
    for (uint32_t step = 0; step < s->n_steps; step++)
        make_limits(s, needs, step);
    s->look = (struct partial_look){.places = s->places,
                                    .width = s->job->dictionary->width,
                                    .common_least = {[INSIDE] = needs->common.inside,
                                                     [AT_END] = needs->common.end},
                                    .piece = s->piece};
}

/* Which lanes pass by the q-grams of a step? */
static bool count(struct partial_search *s, const struct grams *g, uint32_t step, uint64_t *pass)
{
    return s->kernels->count((const uint64_t(*)[SET_PLANE_WORDS])s->planes[step], s->n_lanes,
                             s->number + g->at, g->n,
                             (const uint64_t(*)[SET_PLANE_WORDS])s->below[step], pass);
}

/* Some lanes pass by the first q-grams: what is left of them? */
static bool narrow(struct partial_search *s, uint32_t probe, uint64_t *pass)
{
    _Alignas(64) uint64_t pass_too[SET_PLANE_WORDS];
    uint64_t any = 0;
    if (s->n_steps > 1 && !count(s, &s->grams[1][probe], 1, pass_too))
        return false;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
        pass[w] &= (s->n_steps > 1 ? pass_too[w] : ~0ull) & s->laid[w];
        any |= pass[w];
    }
    return any && look_at(s, probe, pass);
}

/* How many probes are compared with the texts up to a position? */
static uint32_t probes_until(const struct partial_search *s, uint32_t position)
{
    uint32_t low = 0, high = s->n_probes;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (s->probe[middle].first <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* All probes against the lanes that were laid. */
static void run_block(struct partial_search *s)
{
    _Alignas(64) uint64_t pass[SET_PLANE_WORDS];
    if (s->n_lanes == 0)
        return;
    make_planes(s);
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        s->laid[w] = low_bits(s->n_lanes > 64 * w ? s->n_lanes - 64 * w : 0);
    const uint32_t end = probes_until(s, s->position[s->n_lanes - 1]);
    uint32_t length = 0;
    for (uint32_t i = 0; i < end; i++) {
        const struct grams *g = &s->grams[0][i];
        if (g->length != length)
            begin_length(s, g->length);
        length = g->length;
        if (count(s, g, 0, pass) && narrow(s, i, pass))
            keep(s, i, pass);
    }
    s->n_lanes = 0;
}

static void lay_text(struct partial_search *s, uint32_t position)
{
    const uint32_t step = s->group->way.step;
    const struct text text = text_at(s, s->l_side, &s->l, position);
    const uint32_t n = partial_pieces(s->group, text.n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t from = i * step;
        s->position[s->n_lanes] = position;
        s->piece[s->n_lanes++] = (struct partial_piece){
            .codes = (const char *)text.codes + (size_t)from * text.width,
            .n = least(s->group->longest + step, text.n - from),
            .kind = i > 0 && i + 1 < n ? INSIDE : AT_END,
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
    s->needs.length = 0;
    for (uint32_t begin = item->s_begin; begin < item->s_end;) {
        begin = make_probes(s, begin, item->s_end);
        s->n_lanes = 0;
        for (uint32_t i = greatest(item->l_begin, s->probe[0].first); i < item->l_end; i++)
            lay_text(s, i);
        run_block(s);
        flush(s);
    }
}
