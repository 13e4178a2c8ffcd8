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
#define PADDING 3u              /* of plane numbers, as the kernel wants it */
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
    const void *codes;
    struct partial_value value;
    uint32_t first; /* the least position of a longer text that it is compared with */
    uint32_t last;  /* 1 + the position of the text that it passed with last; 0: none */
};

/* What shorter texts of one length need. */
struct needs {
    uint32_t length; /* characters; 0: none yet */
    struct partial_limits grams[PARTIAL_STEPS], common;
};

struct partial_search {
    _Alignas(64) uint64_t planes[PARTIAL_STEPS][PARTIAL_PLANES + 1][SET_PLANE_WORDS];
    _Alignas(64) uint64_t below[PARTIAL_STEPS][SET_LIMIT_BITS][SET_PLANE_WORDS];
    uint64_t inside[SET_PLANE_WORDS]; /* lanes of pieces at neither end of their texts */
    uint64_t laid[SET_PLANE_WORDS];   /* lanes that have a piece */
    const struct join_job *job;
    const struct set_kernels *kernels;
    const struct partial_kernels *partial;
    struct partial_verify *verify;
    struct by_length a, b;
    /* Of the item that runs. */
    const struct partial_group *group;
    uint32_t n_steps;
    struct needs needs;
    const struct side *s_side, *l_side;
    struct by_length s, l;
    bool shorter_is_b;
    uint64_t n_passed;

    uint32_t n_probes, n_lanes;
    struct probe probe[PARTIAL_PROBES_MOST];
    struct grams grams[PARTIAL_STEPS][PARTIAL_PROBES_MOST];
    uint32_t position[SET_LANES]; /* of the longer texts of all lanes */
    struct partial_value value[SET_LANES];
    struct partial_piece piece[SET_LANES];
    struct partial_look look;
    struct partial_shorter shorter; /* the one that `where` is made of */
    uint64_t *where;
    uint16_t *number;      /* planes of all probes */
    uint32_t numbers_most; /* room for them */
    uint16_t *own;         /* planes of one text */
};

bool partial_search_open(struct partial_search **search, const struct join_job *job,
                         const struct by_length *a, const struct by_length *b,
                         struct partial_verify *verify, struct err *e)
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
    s->shorter.text.n = 0;
    s->verify = verify;
    s->a = *a;
    s->b = *b;
    s->numbers_most = greatest(NUMBERS_MOST, PARTIAL_STEPS * (longest + PADDING));
    s->number = malloc(s->numbers_most * sizeof *s->number);
    s->own = malloc(longest * sizeof *s->own);
    s->where = calloc(job->dictionary->alphabet.n_codes + 1ull, sizeof *s->where);
    s->shorter.where = s->where;
    if (s->number && s->own && s->where)
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
    free(s->where);
    free(s);
}

/* The lowest n bits, n up to 64 or above. */
static uint64_t low_bits(uint32_t n)
{
    return n >= 64 ? ~0ull : (1ull << n) - 1;
}

/* ---- Probes ----------------------------------------------------------------------------------*/

static struct partial_value value_at(const struct side *side, const struct by_length *sorted,
                                     uint32_t position)
{
    const uint32_t place = sorted->place[position];
    return (struct partial_value){side->value[place], place};
}

/* The first longer text by position. */
static uint32_t first_longer(const struct partial_search *s, uint32_t position, uint32_t length)
{
    if (s->job->self)
        return position;
    const uint32_t least_length = length + s->shorter_is_b;
    return least_length > s->l.max_length + 1 ? s->l.n : s->l.begin[least_length];
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

/* Makes the q-grams of a step, whose plane numbers begin at `at`; returns where they end. */
static uint32_t make_grams(struct partial_search *s, struct text text, uint32_t step,
                           struct grams *g, uint32_t at)
{
    g->at = at;
    g->n = least(partial_grams_of(text, s->group->way.q[step], s->number + at), COUNTED_MOST);
    g->length = text.n;
    for (uint32_t i = 0; i < PADDING; i++)
        s->number[at + g->n + i] = EMPTY;
    return at + g->n + PADDING;
}

/* Makes probes from a position on, as many as there is room for; returns the position after the
 * last. */
static uint32_t make_probes(struct partial_search *s, uint32_t begin, uint32_t end)
{
    const uint32_t most = PARTIAL_STEPS * (s->group->longest + PADDING);
    uint32_t at = 0, n = 0;
    for (; begin < end && n < PARTIAL_PROBES_MOST && at + most <= s->numbers_most; begin++, n++) {
        const struct partial_value value = value_at(s->s_side, &s->s, begin);
        const struct text text = dictionary_text(s->job->dictionary, value.value);
        s->probe[n] = (struct probe){text.codes, value, first_longer(s, begin, text.n), 0};
        for (uint32_t step = 0; step < s->n_steps; step++)
            at = make_grams(s, text, step, &s->grams[step][n], at);
    }
    s->n_probes = n;
    return begin;
}

/* ---- What passes -----------------------------------------------------------------------------*/

/* Makes a probe the shorter text that is looked at. */
static void set_shorter(struct partial_search *s, const struct probe *p, uint32_t length)
{
    const struct text old = s->shorter.text;
    const struct text text = {.codes = p->codes,
                              .n = length,
                              .width = s->job->dictionary->width,
                              .id = p->value.value + 1};
    for (uint32_t i = 0; i < least(old.n, PARTIAL_SHORTER_MOST); i++)
        s->where[text_code(old.codes, old.width, i)] = 0;
    for (uint32_t i = 0; i < least(text.n, PARTIAL_SHORTER_MOST); i++)
        s->where[text_code(text.codes, text.width, i)] |= 1ull << i;
    s->shorter.value = p->value;
    s->shorter.text = text;
}

/* The pieces of a text are lanes one after the other, so a text that passed before is the last. */
static void pass_lane(struct partial_search *s, struct probe *p, uint32_t lane)
{
    const uint32_t position = s->position[lane];
    if (position < p->first || position + 1 == p->last)
        return;
    p->last = position + 1;
    s->n_passed++;
    partial_verify_pair(s->verify, &s->shorter, s->value[lane]);
}

/* Looks at the pieces whose q-grams are enough, unless the shorter text is too long for that. */
static void look_at(struct partial_search *s, uint32_t probe, uint64_t *pass)
{
    struct probe *p = &s->probe[probe];
    set_shorter(s, p, s->look.n);
    if (s->look.n <= PARTIAL_SHORTER_MOST && !s->partial->narrow(&s->look, pass, SET_PLANE_WORDS))
        return;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1)
            pass_lane(s, p, 64 * w + (uint32_t)__builtin_ctzll(bits));
}

/* ---- Blocks ----------------------------------------------------------------------------------*/

/* Sets the lane of a piece in the planes of its q-grams. */
static void set_lane(struct partial_search *s, uint32_t lane, uint32_t step)
{
    const struct text text = {
        .codes = s->piece[lane].codes, .n = s->piece[lane].n, .width = s->job->dictionary->width};
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

/* The limits of all lanes for the q-grams of a step. Of very long texts not all are counted. */
static void make_limits(struct partial_search *s, const struct needs *needs, uint32_t step)
{
    const uint32_t q = s->group->way.q[step];
    const uint32_t n = needs->length >= q ? needs->length - q + 1 : 0;
    const uint32_t counted = least(n, COUNTED_MOST), left_out = n - counted;
    const struct partial_limits *limits = &needs->grams[step];
    const uint32_t inside = limits->inside > left_out ? limits->inside - left_out : 0;
    const uint32_t end = limits->end > left_out ? limits->end - left_out : 0;
    for (uint32_t bit = 0; bit < set_limit_bits(counted); bit++)
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
    s->look = (struct partial_look){
        .where = s->where,
        .n = length,
        .width = s->job->dictionary->width,
        .common_least = {[INSIDE] = needs->common.inside, [AT_END] = needs->common.end},
        .piece = s->piece};
}

/* Which lanes pass by the q-grams of a step? */
static bool count(struct partial_search *s, const struct grams *g, uint32_t step, uint64_t *pass)
{
    return s->kernels->count((const uint64_t(*)[SET_PLANE_WORDS])s->planes[step], s->n_lanes,
                             s->number + g->at, g->n,
                             (const uint64_t(*)[SET_PLANE_WORDS])s->below[step], pass);
}

/* Some lanes pass by the q-grams of the first step: by those of the second, too? */
static bool count_both(struct partial_search *s, uint32_t probe, uint64_t *pass)
{
    _Alignas(64) uint64_t pass_too[SET_PLANE_WORDS];
    uint64_t any = 0;
    if (s->n_steps > 1 && !count(s, &s->grams[1][probe], 1, pass_too))
        return false;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
        pass[w] &= (s->n_steps > 1 ? pass_too[w] : ~0ull) & s->laid[w];
        any |= pass[w];
    }
    return any != 0;
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
        if (count(s, g, 0, pass) && count_both(s, i, pass))
            look_at(s, i, pass);
    }
    s->n_lanes = 0;
}

static void lay_text(struct partial_search *s, uint32_t position)
{
    const uint32_t step = s->group->way.step;
    const struct partial_value value = value_at(s->l_side, &s->l, position);
    const struct text text = dictionary_text(s->job->dictionary, value.value);
    const uint32_t n = partial_pieces(s->group, text.n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t from = i * step;
        s->position[s->n_lanes] = position;
        s->value[s->n_lanes] = value;
        s->piece[s->n_lanes++] = (struct partial_piece){
            .codes = (const char *)text.codes + (size_t)from * text.width,
            .n = least(s->group->longest + step, text.n - from),
            .kind = i > 0 && i + 1 < n ? INSIDE : AT_END,
        };
        if (s->n_lanes == SET_LANES)
            run_block(s);
    }
}

uint64_t partial_search_run(struct partial_search *s, const struct partial_group *group,
                            const struct partial_item *item)
{
    s->group = group;
    s->shorter_is_b = item->shorter_is_b;
    s->s_side = s->shorter_is_b ? s->job->b : s->job->a;
    s->l_side = s->shorter_is_b ? s->job->a : s->job->b;
    s->s = s->shorter_is_b ? s->b : s->a;
    s->l = s->shorter_is_b ? s->a : s->b;
    s->n_steps = group->way.q[1] ? 2 : 1;
    s->needs.length = 0;
    s->n_passed = 0;
    for (uint32_t begin = item->s_begin; begin < item->s_end;) {
        begin = make_probes(s, begin, item->s_end);
        s->n_lanes = 0;
        for (uint32_t i = greatest(item->l_begin, s->probe[0].first); i < item->l_end; i++)
            lay_text(s, i);
        run_block(s);
        partial_verify_end(s->verify);
    }
    return s->n_passed;
}
