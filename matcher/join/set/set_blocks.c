/* Filling planes, counting over them, matching what they let pass. */
#include "matcher/join/set/set_blocks.h"

#include "core/base.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS_MOST (SET_BLOCKS_SETS / SET_LANES)
#define PLANES_LEAST 256u    /* of a block */
#define PLANES_MOST 16384u   /* of a block */
#define PLANES_AT_ONCE 4096u /* of all blocks, unless one alone has more */
#define PLANES_A_SET 32u     /* for each element of a set */
#define FEW 4u               /* sets that are matched without counting */
#define AHEAD 8u             /* sets whose elements are fetched before they are needed */

/* A set of B. */
struct lane {
    const void *elements;
    uint32_t size, position; /* position of the pivot */
    uint32_t set;
};

/* Lanes up to `end` that have one size. */
struct lane_run {
    uint32_t size, end;
};

struct block {
    uint32_t first, n; /* lanes */
    uint32_t first_run, n_runs;
    uint32_t least, largest; /* sizes */
    uint32_t most_after;     /* elements after the pivot that any of its sets has */
};

struct set_blocks {
    uint64_t (*plane)[SET_PLANE_WORDS]; /* each block's planes, and an empty one after them */
    char *copies;                       /* of the elements of small sets */
    uint16_t *planes_of_x;
    uint32_t n_planes; /* a power of two; 0: nothing is counted, all lanes pass */
    uint32_t n_blocks, n_lanes;
    uint32_t list_begin; /* where lane 0 stands in its list */
    uint32_t pivot;
    uint32_t limits_size, limits_bits,
        limits_uncounted; /* that `below` is made for; size 0: none */
    struct block block[BLOCKS_MOST];
    uint64_t below[BLOCKS_MOST][SET_LIMIT_BITS][SET_PLANE_WORDS] __attribute__((aligned(64)));
    struct lane_run run[SET_BLOCKS_SETS];
    struct lane lane[SET_BLOCKS_SETS];
};

/* A set of A. */
struct probe {
    const void *elements;
    uint32_t set, size, position;
    uint32_t after;   /* elements after the pivot */
    uint32_t counted; /* of these, at most SET_COUNT_MOST */
    uint32_t in_list;
    uint32_t least, largest; /* sizes of partners */
};

bool set_blocks_open(struct set_task *t, struct err *e)
{
    size_t planes = (PLANES_MOST + BLOCKS_MOST) * sizeof *t->blocks->plane;
    size_t copies = (size_t)SET_BLOCKS_SETS * SET_MATCH_MOST * t->b.width + 128;
    size_t bytes = (sizeof(struct set_blocks) + 63) / 64 * 64;
    struct set_blocks *s = t->blocks = aligned_alloc(64, bytes);
    if (s) {
        memset(s, 0, sizeof *s);
        s->plane = aligned_alloc(64, planes);
        s->copies = malloc(copies);
        s->planes_of_x = malloc((t->a.largest + 4ull) * sizeof *s->planes_of_x);
    }
    if (s && s->plane && s->copies && s->planes_of_x)
        return true;
    set_blocks_close(t);
    return err_set(e, ERR_OS, NULL, "not enough memory for a join of sets");
}

void set_blocks_close(struct set_task *t)
{
    if (!t->blocks)
        return;
    free(t->blocks->plane);
    free(t->blocks->copies);
    free(t->blocks->planes_of_x);
    free(t->blocks);
    t->blocks = NULL;
}

/* ---- Filling ---------------------------------------------------------------------------------*/

/* Where the pivot stands among ascending elements, of which it is one. */
static uint32_t find_pivot(const void *elements, uint32_t width, uint32_t n, uint32_t pivot)
{
    uint32_t i = 0;
    if (pivot == SET_NONE)
        return 0;
    for (uint32_t step = n / 2; step > 8; step /= 2)
        while (i + step < n && set_element(elements, width, i + step) <= pivot)
            i += step;
    while (set_element(elements, width, i) != pivot)
        i++;
    return i;
}

/* Elements that are counted: those after the pivot, or all. */
static uint32_t first_counted(uint32_t pivot, uint32_t position)
{
    return pivot == SET_NONE ? 0 : position + 1;
}

/* Fetches the elements of a set that comes soon, most likely in the same run. */
static void fetch(const struct sets *sets, const struct set_run *run, uint32_t set)
{
    if (set >= run->first && set < run[1].first)
        __builtin_prefetch(sets_elements(sets, run, set));
}

static void fill_lanes(struct set_task *t, const struct set_list *list, uint32_t begin,
                       uint32_t end)
{
    struct set_blocks *s = t->blocks;
    const struct set_run *run = t->b.run;
    char *copy = s->copies;
    s->n_lanes = end - begin;
    s->list_begin = begin;
    for (uint32_t i = begin; i < end; i++) {
        struct lane *lane = &s->lane[i - begin];
        if (i + AHEAD < end)
            fetch(&t->b, run, set_list_at(list, i + AHEAD));
        lane->set = set_list_at(list, i);
        run = sets_run(run, lane->set);
        lane->size = run->size;
        lane->elements = sets_elements(&t->b, run, lane->set);
        lane->position = find_pivot(lane->elements, t->b.width, lane->size, s->pivot);
        if (lane->size <= SET_MATCH_MOST) {
            memcpy(copy, lane->elements, (size_t)lane->size * t->b.width);
            lane->elements = copy;
            copy += (size_t)lane->size * t->b.width;
        }
    }
}

static void fill_planes(const struct set_task *t, struct block *block, uint64_t (*plane)[8])
{
    const struct set_blocks *s = t->blocks;
    uint32_t mask = s->n_planes - 1;
    memset(plane, 0, (s->n_planes + 1ull) * sizeof *plane);
    for (uint32_t l = 0; l < block->n; l++) {
        const struct lane *lane = &s->lane[block->first + l];
        uint64_t bit = 1ull << (l % 64);
        for (uint32_t i = first_counted(s->pivot, lane->position); i < lane->size; i++)
            plane[set_element(lane->elements, t->b.width, i) & mask][l / 64] |= bit;
    }
}

static uint32_t planes_for(uint32_t size)
{
    uint32_t n = PLANES_LEAST;
    while (n < PLANES_MOST && n < size * PLANES_A_SET)
        n *= 2;
    return n;
}

/* What counting and its limits need to know of a block whose lanes are filled. */
static void measure_block(struct set_blocks *s, struct block *block)
{
    struct lane_run *runs = s->run + block->first_run;
    block->least = s->lane[block->first].size;
    block->largest = s->lane[block->first + block->n - 1].size;
    for (uint32_t l = 0; l < block->n; l++) {
        const struct lane *lane = &s->lane[block->first + l];
        uint32_t after = lane->size - first_counted(s->pivot, lane->position);
        block->most_after = after > block->most_after ? after : block->most_after;
        if (l == 0 || runs[block->n_runs - 1].size != lane->size)
            runs[block->n_runs++].size = lane->size;
        runs[block->n_runs - 1].end = l + 1;
    }
}

/* Takes sets from `begin` on, as many as fit; returns the end. n_x sets of A are to come. */
static uint32_t fill(struct set_task *t, const struct set_list *list, uint32_t begin, uint32_t end,
                     uint32_t n_x)
{
    struct set_blocks *s = t->blocks;
    uint32_t n = end - begin < SET_BLOCKS_SETS ? end - begin : SET_BLOCKS_SETS;
    uint32_t n_planes = planes_for(sets_run(t->b.run, set_list_at(list, begin + n / 2))->size);
    uint32_t blocks = PLANES_AT_ONCE / n_planes;
    blocks = blocks < 1 ? 1 : blocks > BLOCKS_MOST ? BLOCKS_MOST : blocks;
    if (end - begin > blocks * SET_LANES)
        end = begin + blocks * SET_LANES;
    s->n_planes = end - begin <= FEW || n_x <= FEW ? 0 : n_planes;
    s->n_blocks = s->limits_size = 0;
    fill_lanes(t, list, begin, end);
    for (uint32_t first = 0; first < s->n_lanes; first += SET_LANES) {
        uint32_t rest = s->n_lanes - first;
        struct block *block = &s->block[s->n_blocks];
        *block = (struct block){
            .first = first, .n = rest < SET_LANES ? rest : SET_LANES, .first_run = first};
        measure_block(s, block);
        if (s->n_planes)
            fill_planes(t, block, s->plane + (size_t)s->n_blocks * (s->n_planes + 1));
        s->n_blocks++;
    }
    return end;
}

/* ---- Matching --------------------------------------------------------------------------------*/

/* Common elements of two sets; *first is the position of the first of them in y. */
static uint32_t merge(const struct set_task *t, const struct probe *x, const struct lane *y,
                      uint32_t *first)
{
    uint32_t common = 0, width = t->b.width;
    for (uint32_t i = 0, k = 0; i < x->size && k < y->size;) {
        uint32_t p = set_element(x->elements, width, i), q = set_element(y->elements, width, k);
        if (p == q && common++ == 0)
            *first = k;
        i += p <= q;
        k += p >= q;
    }
    return common;
}

static uint32_t match(const struct set_task *t, const struct probe *x, const struct lane *y,
                      uint32_t *first)
{
    if (y->size > SET_MATCH_MOST)
        return merge(t, x, y, first);
    uint64_t found = t->b.width == 2
                         ? t->kernels->match_16(x->elements, x->size, y->elements, y->size)
                         : t->kernels->match_32(x->elements, x->size, y->elements, y->size);
    *first = found ? (uint32_t)__builtin_ctzll(found) : 0;
    return (uint32_t)__builtin_popcountll(found);
}

static void report(struct set_task *t, uint32_t set_a, uint32_t set_b, double score)
{
    uint32_t a = t->a.place[set_a], b = t->b.place[set_b];
    bool swap = t->job->self && a > b;
    join_put(t->sink, swap ? b : a, swap ? a : b, score);
    t->stats->matches++;
}

static void try_lane(struct set_task *t, const struct probe *x, const struct lane *y)
{
    uint32_t first = 0, least_common = set_rule_common(&t->rule, x->size, y->size);
    t->stats->candidates++;
    if (least_common == SET_NONE)
        return;
    t->stats->verified++;
    uint32_t common = match(t, x, y, &first);
    if (common >= least_common && (t->blocks->pivot == SET_NONE || first == y->position))
        report(t, x->set, y->set, t->rule.sets->similarity(x->size, y->size, common));
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* The lanes of a block that come into question at all. */
static void allowed_lanes(const struct set_task *t, const struct probe *x,
                          const struct block *block, uint64_t pass[SET_PLANE_WORDS])
{
    uint32_t from = 0, in_list = t->blocks->list_begin + block->first;
    if (t->job->self && x->in_list > in_list)
        from = x->in_list - in_list < block->n ? x->in_list - in_list : block->n;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++) {
        uint32_t low = 64 * w, high = low + 64;
        uint64_t bits = ~0ull;
        if (low < from)
            bits = from < high ? bits << (from - low) : 0;
        if (high > block->n)
            bits = low < block->n ? bits & (~0ull >> (high - block->n)) : 0;
        pass[w] &= bits;
    }
}

/* How many of the counted elements a partner of some size must have. */
static uint32_t limit_for(const struct set_task *t, const struct probe *x, uint32_t size)
{
    uint32_t least_common = set_rule_common(&t->rule, x->size, size);
    uint32_t uncounted = x->after - x->counted + (t->blocks->pivot != SET_NONE);
    return least_common == SET_NONE   ? SET_NONE
           : least_common > uncounted ? least_common - uncounted
                                      : 0;
}

/* Makes the limits of all lanes for sets like x. Those of A come by size, so it is done seldom. */
static void make_limits(struct set_task *t, const struct probe *x)
{
    struct set_blocks *s = t->blocks;
    uint32_t bits = set_limit_bits(x->counted), uncounted = x->after - x->counted;
    if (s->limits_size == x->size && s->limits_bits == bits && s->limits_uncounted == uncounted)
        return;
    s->limits_size = x->size;
    s->limits_bits = bits;
    s->limits_uncounted = uncounted;
    for (uint32_t k = 0; k < s->n_blocks; k++) {
        const struct block *block = &s->block[k];
        const struct lane_run *run = s->run + block->first_run;
        memset(s->below[k], 0, bits * sizeof s->below[k][0]);
        for (uint32_t r = 0, from = 0; r < block->n_runs; from = run[r++].end) {
            uint32_t limit = limit_for(t, x, run[r].size);
            limit = limit >> bits ? SET_NONE : limit;
            for (uint32_t b = 0; b < bits; b++)
                if (!(limit >> b & 1))
                    set_bits(s->below[k][b], from, run[r].end);
        }
    }
}

/* Could any set of the block be a partner, by size and by what follows the pivot? */
static bool is_possible(const struct set_task *t, const struct probe *x, const struct block *block)
{
    if (block->largest < x->least || block->least > x->largest)
        return false;
    uint32_t pivot = t->blocks->pivot != SET_NONE;
    uint32_t size = block->least > x->least ? block->least : x->least;
    uint32_t least_common = set_rule_common(&t->rule, x->size, size);
    return least_common != SET_NONE && least_common - pivot <= x->after &&
           least_common - pivot <= block->most_after;
}

static void try_block(struct set_task *t, const struct probe *x, uint32_t number)
{
    struct set_blocks *s = t->blocks;
    const struct block *block = &s->block[number];
    uint64_t pass[SET_PLANE_WORDS] __attribute__((aligned(64)));
    if (t->job->self && s->list_begin + block->first + block->n <= x->in_list)
        return;
    if (t->job->prune && !is_possible(t, x, block))
        return;
    if (s->n_planes == 0)
        memset(pass, 0xff, sizeof pass);
    else if (!t->kernels->count((const uint64_t(*)[SET_PLANE_WORDS])s->plane +
                                    (size_t)number * (s->n_planes + 1),
                                block->n, s->planes_of_x, x->counted,
                                (const uint64_t(*)[SET_PLANE_WORDS])s->below[number], pass))
        return;
    allowed_lanes(t, x, block, pass);
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1)
            try_lane(t, x, &s->lane[block->first + 64 * w + (uint32_t)__builtin_ctzll(bits)]);
}

static void try_set(struct set_task *t, const struct set_run *run, uint32_t set, uint32_t in_list)
{
    struct set_blocks *s = t->blocks;
    struct probe x = {.set = set, .in_list = in_list, .size = run->size};
    x.elements = sets_elements(&t->a, run, set);
    x.position = find_pivot(x.elements, t->a.width, x.size, s->pivot);
    x.least = set_rule_least(&t->rule, x.size);
    x.largest = set_rule_reach(&t->rule, x.size, x.position);
    if (t->job->prune && x.largest < x.least)
        return;
    uint32_t first = first_counted(s->pivot, x.position);
    x.after = x.size - first;
    x.counted = x.after < SET_COUNT_MOST ? x.after : SET_COUNT_MOST;
    for (uint32_t i = 0; s->n_planes && i < x.counted; i++)
        s->planes_of_x[i] =
            (uint16_t)(set_element(x.elements, t->a.width, first + i) & (s->n_planes - 1));
    for (uint32_t i = 0; i < 3; i++)
        s->planes_of_x[x.counted + i] = (uint16_t)s->n_planes;
    if (s->n_planes)
        make_limits(t, &x);
    for (uint32_t b = 0; b < s->n_blocks; b++)
        try_block(t, &x, b);
}

/* ---- Groups ----------------------------------------------------------------------------------*/

/* The first index in a list, from .. to, of a set that is not below `bound`. */
static uint32_t first_from(const struct set_list *list, uint32_t from, uint32_t to, uint32_t bound)
{
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (set_list_at(list, middle) >= bound)
            to = middle;
        else
            from = middle + 1;
    }
    return from;
}

/* Leaves out sets of A that are too small or too large for all blocks. */
static struct set_range narrow(const struct set_task *t, const struct set_list *x,
                               struct set_range r)
{
    const struct set_blocks *s = t->blocks;
    if (!t->job->prune)
        return r;
    uint32_t least = set_rule_least(&t->rule, s->lane[0].size);
    uint32_t largest = set_rule_reach(&t->rule, s->lane[s->n_lanes - 1].size, 0);
    r.x_begin = first_from(x, r.x_begin, r.x_end, sets_first_larger(&t->a, least - 1));
    r.x_end = first_from(x, r.x_begin, r.x_end, sets_first_larger(&t->a, largest));
    return r;
}

void set_blocks_join(struct set_task *t, uint32_t pivot, const struct set_list *x,
                     const struct set_list *y, struct set_range range)
{
    t->blocks->pivot = pivot;
    for (uint32_t from = range.y_begin; from < range.y_end;) {
        from = fill(t, y, from, range.y_end, range.x_end - range.x_begin);
        struct set_range r = narrow(t, x, range);
        const struct set_run *run = t->a.run;
        for (uint32_t i = r.x_begin; i < r.x_end && !(t->job->self && i >= from); i++) {
            uint32_t set = set_list_at(x, i);
            run = sets_run(run, set);
            if (i + AHEAD < r.x_end)
                fetch(&t->a, run, set_list_at(x, i + AHEAD));
            try_set(t, run, set, i);
        }
    }
}

void set_blocks_report_all(struct set_task *t, uint32_t n_a, uint32_t n_b)
{
    for (uint32_t a = 0; a < n_a; a++)
        for (uint32_t b = t->job->self ? a : 0; b < n_b; b++) {
            t->stats->candidates++;
            t->stats->verified++;
            report(t, a, b, t->rule.sets->similarity(0, 0, 0));
        }
}
