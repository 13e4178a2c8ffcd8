/* Blocks: the planes of 512 values of B are made, then the values of A that agree with some of
 * them are counted against all 512 at once. */
#include "matcher/join/jaro/jaro_blocks.h"
#include "matcher/join/jaro/jaro_windows.h"
#include "matcher/kernel/kernel_jaro.h"
#include "matcher/kernel/kernel_jaro_count.h"

#include <stdlib.h>
#include <string.h>

#define AHEAD 16u  /* values of B that are fetched into the cache while others are loaded */
#define QUEUE 128u /* hits whose values are fetched before the first is looked at */
_Static_assert(JARO_ROW_TEXT == JARO_SHORT_LENGTH(0), "rows hold the shortest texts");

/* A value of B in a block. */
struct lane {
    uint32_t position, length;
    struct jaro_parts parts;
    struct jaro_start start;
    bool whole; /* `start` holds the value */
};

/* Values of one length in a block: lanes [begin, end). */
struct span {
    uint32_t length, begin, end;
};

/* A value of A and a lane that may match. */
struct hit {
    uint32_t a, length_a;
    uint32_t lane;
};

struct jaro_blocks {
    struct jaro_counting counting;
    const struct jaro_count_kernels *kernels;
    jaro_plane *plane;                  /* of tokens, by number */
    struct jaro_window_planes *windows; /* of tokens that count within reach */
    jaro_plane *windows_plane;
    uint8_t *seen, *token; /* for values with more tokens than a row holds */
    struct lane lane[JARO_BLOCK];
    struct span span[JARO_BLOCK];
    uint32_t n_spans;
    struct hit queue[QUEUE];
    uint32_t n_queued;
    uint32_t hits[JARO_COUNT_ROWS_MAX * JARO_BLOCK];
};

/* What is the same for all rows of a run. */
struct blocks_run {
    struct jaro_blocks *s;
    const struct jaro_blocks_task *t;
    struct jaro_verify *verify;
    const struct jaro_pass *pass;
    uint32_t prefix, prefix_most;    /* that pairs have, and how far to look for it */
    uint64_t equal[2], looked_at[2]; /* parts */
};

bool jaro_blocks_open(struct jaro_blocks **s, const struct dictionary *dictionary, bool windows,
                      struct err *e)
{
    size_t bytes = (sizeof **s + 63) / 64 * 64;
    struct jaro_blocks *x = *s = aligned_alloc(64, bytes);
    if (x) {
        memset(x, 0, bytes);
        x->kernels = jaro_count_kernels();
        x->seen = calloc(dictionary->alphabet.n_codes + 1ull, 1);
        x->token = calloc(dictionary->max_length + 1ull, 1);
        x->plane = aligned_alloc(sizeof *x->plane, JARO_TOKENS * sizeof *x->plane);
        x->windows = windows ? jaro_window_planes_open() : NULL;
        if (x->seen && x->token && x->plane && (x->windows || !windows))
            return true;
    }
    jaro_blocks_close(x);
    *s = NULL;
    return err_set(e, ERR_OS, NULL, "no memory for the jaro join");
}

void jaro_blocks_close(struct jaro_blocks *s)
{
    if (!s)
        return;
    free(s->seen);
    free(s->token);
    free(s->plane);
    jaro_window_planes_close(s->windows);
    free(s);
}

/* ---- Planes of a block -----------------------------------------------------------------------*/

/* Tokens that count anywhere. */
static void load_tokens(struct blocks_run *r, uint32_t lane, const struct jaro_row *row,
                        struct text text)
{
    struct jaro_blocks *s = r->s;
    const uint8_t *token = row->token;
    if (text.n > JARO_ROW_TOKENS) {
        jaro_tokens(s->token, r->t->code, text, s->seen);
        token = s->token;
    }
    for (uint32_t i = 0; i < text.n; i++)
        s->plane[token[i]][lane / 64] |= 1ull << lane % 64;
}

static void load_lane(struct blocks_run *r, uint32_t lane, uint32_t position, uint32_t length)
{
    struct jaro_blocks *s = r->s;
    const struct jaro_row *row = &r->t->b->row[position];
    const struct text text = jaro_text(r->t->verify->b, position, length);
    s->lane[lane].position = position;
    s->lane[lane].length = length;
    s->lane[lane].parts = r->t->b->parts[position];
    s->lane[lane].start = r->t->b->start[position];
    s->lane[lane].whole = row->whole;
    if (r->t->order->at->windows)
        jaro_window_planes_add(s->windows, lane,
                               r->t->windows_b + jaro_window_begin(r->t->verify->b, text), length);
    else
        load_tokens(r, lane, row, text);
    uint32_t lead = r->t->order->at->exact ? row->lead[r->t->order->at->prefix] : 0;
    if (lead)
        s->counting.lead[lead][lane / 64] |= 1ull << lane % 64;
}

static void load_block(struct blocks_run *r, uint32_t begin, uint32_t n)
{
    const uint32_t *b = r->t->order->b + begin;
    memset(r->s->counting.lead, 0, sizeof r->s->counting.lead);
    if (r->t->order->at->windows)
        jaro_window_planes_begin(r->s->windows);
    else
        memset(r->s->plane, 0, JARO_TOKENS * sizeof *r->s->plane);
    for (uint32_t lane = 0, length = 0; lane < n; lane++) {
        uint32_t ahead = lane + AHEAD < n ? lane + AHEAD : lane;
        __builtin_prefetch(&r->t->b->row[b[ahead]]);
        __builtin_prefetch(&r->t->b->start[b[ahead]]);
        __builtin_prefetch(&r->t->b->parts[b[ahead]]);
        length = jaro_length(r->t->verify->b, b[lane], lane && b[lane] > b[lane - 1] ? length : 0);
        load_lane(r, lane, b[lane], length);
    }
    if (r->t->order->at->windows)
        r->s->windows_plane = jaro_window_planes_end(r->s->windows);
}

/* ---- Limits ----------------------------------------------------------------------------------*/

static void find_spans(struct jaro_blocks *s, uint32_t begin, uint32_t end)
{
    s->n_spans = 0;
    for (uint32_t lane = begin; lane < end; lane++) {
        uint32_t length = s->lane[lane].length;
        if (lane == begin || length != s->span[s->n_spans - 1].length)
            s->span[s->n_spans++] = (struct span){length, lane, lane};
        s->span[s->n_spans - 1].end = lane + 1;
    }
}

/* Sets what the lanes of a span must reach. */
static void set_limit(struct jaro_counting *c, const struct span *span, uint32_t least)
{
    for (uint32_t value = span->begin / 64; value * 64 < span->end; value++) {
        uint32_t from = span->begin > value * 64 ? span->begin - value * 64 : 0;
        uint64_t lanes = ~0ull << from;
        if (span->end < value * 64 + 64)
            lanes &= (1ull << (span->end - value * 64)) - 1;
        c->wanted[value] |= lanes;
        for (uint32_t bit = 0; bit < JARO_COUNT_BITS; bit++)
            if (least >> bit & 1)
                c->not_least[bit][value] &= ~lanes;
    }
}

/* What the spans must reach for values of A of a length; false if nothing can match here. */
static bool set_limits(struct blocks_run *r, uint32_t length_a)
{
    struct jaro_counting *c = &r->s->counting;
    const struct jaro_order_at *order = r->t->order->at;
    uint32_t counted = jaro_row_tokens(length_a);
    uint32_t longest = 0; /* with places */
    bool any = false;
    memset(c->wanted, 0, sizeof c->wanted);
    memset(c->not_least, 255, sizeof c->not_least);
    for (uint32_t i = 0; i < r->s->n_spans; i++) {
        const struct span *span = &r->s->span[i];
        if (r->t->verify->job->self && span->length < length_a)
            continue;
        uint32_t common =
            jaro_common_min(r->t->verify->rule, length_a, span->length, order->prefix);
        if (common == JARO_NEVER ||
            !jaro_plan_finds(r->t->plan, r->pass, order->parts,
                             jaro_unmatched(length_a, span->length, common)))
            continue;
        uint32_t missing = length_a - common;
        set_limit(c, span, counted > missing ? counted - missing : 0);
        if (span->length <= JARO_WINDOW_LENGTH)
            longest = span->length; /* spans ascend */
        any = true;
    }
    c->plane =
        order->windows ? r->s->windows_plane + jaro_window_shift(length_a, longest) : r->s->plane;
    return any;
}

/* ---- Candidates ------------------------------------------------------------------------------*/

/* The highest bit of each 16 bits in which x and y are equal. */
static inline uint64_t equal_16(uint64_t x, uint64_t y)
{
    const uint64_t low = 0x7fff7fff7fff7fffull;
    uint64_t differ = x ^ y;
    return ~(((differ & low) + low) | differ | low);
}

/* Which of the parts, as equal_16 gives them, are to be equal, and which are looked at. */
static void set_parts(struct blocks_run *r, uint32_t parts)
{
    for (uint32_t p = 0; p < JARO_PARTS_MAX; p++) {
        uint64_t bit = 1ull << (p % 4 * 16 + 15);
        r->equal[p / 4] |= parts >> p & 1 ? bit : 0;
        r->looked_at[p / 4] |= parts >> p ? bit : 0;
    }
}

/* Is this order the one that reports the pair, the one of the first parts that are equal? */
static inline bool is_first(const struct blocks_run *r, const struct jaro_parts *a,
                            const struct lane *lane)
{
    uint64_t wrong = 0;
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t x, y;
        memcpy(&x, &a->hash[4 * i], sizeof x);
        memcpy(&y, &lane->parts.hash[4 * i], sizeof y);
        wrong |= (equal_16(x, y) & r->looked_at[i]) ^ r->equal[i];
    }
    return !wrong;
}

/* Have two texts the prefix of the order and, if it is exact, no longer one? */
static bool prefix_fits(const struct blocks_run *r, struct text a, struct text b)
{
    uint32_t n = 0;
    while (n < r->prefix_most && n < a.n && n < b.n &&
           text_code(a.codes, a.width, n) == text_code(b.codes, b.width, n))
        n++;
    return n == r->prefix;
}

/* The same, read from the starts alone, which must hold the leading characters. */
static inline bool start_fits(const struct blocks_run *r, const struct hit *hit,
                              const struct lane *lane)
{
    const uint32_t length_a = hit->length_a;
    uint32_t x, y, shorter = length_a < lane->length ? length_a : lane->length;
    memcpy(&x, r->t->a->start[hit->a].code, sizeof x);
    memcpy(&y, lane->start.code, sizeof y);
    uint32_t same = x == y ? sizeof x : (uint32_t)__builtin_ctz(x ^ y) / 8;
    same = same < shorter ? same : shorter;
    return (same < r->prefix_most ? same : r->prefix_most) == r->prefix;
}

/* Of texts that their starts do not hold. */
static void take_long(struct blocks_run *r, const struct hit *hit, const struct lane *lane)
{
    const struct jaro_verify_task *t = r->t->verify;
    struct text a = jaro_text(t->a, hit->a, hit->length_a);
    struct text b = jaro_text(t->b, lane->position, lane->length);
    const bool fits = a.width == 1 ? start_fits(r, hit, lane) : prefix_fits(r, a, b);
    if (!fits)
        return;
    t->stats->candidates++;
    if (a.width == 1 && a.n <= JARO_SHORT_LENGTH_MAX && b.n <= JARO_SHORT_LENGTH_MAX)
        jaro_verify_short(r->verify, (struct jaro_short){(const uint8_t *)a.codes, hit->a, a.n},
                          (struct jaro_short){(const uint8_t *)b.codes, lane->position, b.n});
    else
        jaro_verify_pair(r->verify, hit->a, a, lane->position, b);
}

/* Of texts whose starts hold them: nothing else is read. */
static inline void take_short(struct blocks_run *r, const struct hit *hit, const struct lane *lane)
{
    if (!start_fits(r, hit, lane))
        return;
    r->t->verify->stats->candidates++;
    jaro_verify_short(r->verify,
                      (struct jaro_short){r->t->a->start[hit->a].code, hit->a, hit->length_a},
                      (struct jaro_short){lane->start.code, lane->position, lane->length});
}

/* Does its start hold the value of A? Its row, which is seldom in the cache, is seldom asked. */
static inline bool is_whole(const struct blocks_run *r, const struct hit *hit)
{
    return hit->length_a <= JARO_ROW_TEXT &&
           (r->t->verify->a->width == 1 || r->t->a->row[hit->a].whole);
}

static inline void take_hit(struct blocks_run *r, const struct hit *hit)
{
    const struct lane *lane = &r->s->lane[hit->lane];
    if ((r->t->verify->job->self && hit->a > lane->position) ||
        (r->t->order->at->parts && !is_first(r, &r->t->a->parts[hit->a], lane)))
        return;
    if (is_whole(r, hit) && lane->whole)
        take_short(r, hit, lane);
    else
        take_long(r, hit, lane);
}

static void take_queue(struct blocks_run *r)
{
    for (uint32_t i = 0; i < r->s->n_queued; i++)
        take_hit(r, &r->s->queue[i]);
    r->s->n_queued = 0;
}

/* Has memory fetch two texts that are not read from their starts. */
static void fetch_texts(const struct jaro_verify_task *t, uint32_t a, uint32_t length_a,
                        const struct lane *lane)
{
    __builtin_prefetch(jaro_text(t->a, a, length_a).codes);
    __builtin_prefetch(jaro_text(t->b, lane->position, lane->length).codes);
}

/* Queues the hits, and prefetches what will be read for them: it is scattered over memory. */
static void queue_hits(struct blocks_run *r, const uint32_t *position, uint32_t length_a, size_t n)
{
    struct jaro_blocks *s = r->s;
    const struct jaro_verify_task *t = r->t->verify;
    for (size_t i = 0; i < n; i++) {
        uint32_t a = position[s->hits[i] / JARO_BLOCK], lane = s->hits[i] % JARO_BLOCK;
        __builtin_prefetch(&r->t->a->start[a]);
        if (r->t->order->at->parts)
            __builtin_prefetch(&r->t->a->parts[a]);
        if (length_a > JARO_ROW_TEXT || !s->lane[lane].whole)
            fetch_texts(t, a, length_a, &s->lane[lane]);
        s->queue[s->n_queued++] = (struct hit){a, length_a, lane};
        if (s->n_queued == QUEUE)
            take_queue(r);
    }
}

/* ---- Running ---------------------------------------------------------------------------------*/

/* Has memory fetch the positions of n values of A, which few hits ask for. */
static void fetch_positions(const uint32_t *position, uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 64 / sizeof *position)
        __builtin_prefetch(&position[i]);
    __builtin_prefetch(&position[n - 1]);
}

/* Values [begin, end) of A, all of one length, against the lanes that have limits. */
static void run_rows(struct blocks_run *r, const uint16_t *token, uint32_t begin, uint32_t end,
                     uint32_t length)
{
    uint32_t counted = jaro_row_tokens(length);
    jaro_count_fn *count = r->s->kernels->count[counted];
    for (uint32_t n; begin < end; begin += n) {
        n = end - begin < JARO_COUNT_ROWS_MAX ? end - begin : JARO_COUNT_ROWS_MAX;
        fetch_positions(r->t->order->a + begin, n);
        size_t n_hits = count(&r->s->counting, token, n, r->s->hits);
        queue_hits(r, r->t->order->a + begin, length, n_hits);
        token += n * (counted + 1);
    }
}

/* The first of a[begin … end - 1], which ascend, that is not below `position`. */
static uint32_t first_from(const uint32_t *a, uint32_t begin, uint32_t end, uint32_t position)
{
    while (begin < end) {
        uint32_t middle = begin + (end - begin) / 2;
        if (a[middle] < position)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

/* The values of A of a group against lanes [begin, end), its values of B in the block. */
static void run_group(struct blocks_run *r, const struct jaro_group *group, uint32_t begin,
                      uint32_t end)
{
    const uint32_t *a = r->t->order->a, *by_length = r->t->verify->a->side.begin;
    const uint16_t *token = r->t->order->token + group->token_begin;
    find_spans(r->s, begin, end);
    for (uint32_t i = group[0].a_begin, next, length = 1; i < group[1].a_begin; i = next) {
        length = jaro_length(r->t->verify->a, a[i], length);
        next = first_from(a, i + 1, group[1].a_begin, by_length[length + 1]);
        if (set_limits(r, length))
            run_rows(r, token, i, next, length);
        token += (size_t)(next - i) * (jaro_row_tokens(length) + 1);
    }
}

/* The group of the value at b in the order. */
static const struct jaro_group *group_of(const struct jaro_order *order, uint32_t b)
{
    uint32_t low = 0, high = order->at->n_groups;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (order->group[middle].b_begin <= b)
            low = middle;
        else
            high = middle;
    }
    return &order->group[low];
}

void jaro_blocks_run(struct jaro_blocks *s, struct jaro_verify *verify,
                     const struct jaro_blocks_task *task, uint32_t begin, uint32_t end)
{
    const struct jaro_order *order = task->order;
    struct blocks_run r = {.s = s,
                           .t = task,
                           .verify = verify,
                           .pass = &task->plan->pass[order->at->prefix],
                           .prefix = order->at->prefix,
                           .prefix_most = order->at->prefix + order->at->exact};
    set_parts(&r, order->at->parts);
    const struct jaro_group *group = group_of(order, begin);
    for (uint32_t block = begin; block < end; block += JARO_BLOCK) {
        uint32_t block_end = end - block < JARO_BLOCK ? end : block + JARO_BLOCK;
        load_block(&r, block, block_end - block);
        for (; group->b_begin < block_end; group++) {
            uint32_t from = group[0].b_begin > block ? group[0].b_begin : block;
            uint32_t to = group[1].b_begin < block_end ? group[1].b_begin : block_end;
            run_group(&r, group, from - block, to - block);
            if (group[1].b_begin > block_end)
                break;
        }
        take_queue(&r);
    }
}
