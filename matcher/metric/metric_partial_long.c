/* Let S be the shorter text, of n characters, and H(i, j) the longest common subsequence of S and
 * characters i .. j of the longer text L. A window is the part [w, w + n) of L. For i <= w and
 * w + n <= j
 *
 *     H(w, w + n) + H(i, j) <= H(i, w + n) + H(w, j)
 *
 * because the paths of the left side cross, and can be exchanged from there on (the Monge property;
 * Tiskin, 2008, "Semi-local string comparison"). A pass onwards from i gives H(i, ·). A pass back
 * from j gives H(·, j). Both together bound every window between them. If some of these may still
 * be the best, one of them gets passes of its own. They give its H, and sharper bounds on both
 * sides of it. The first passes also give the parts at both ends of L.
 *
 * A pass has a bit for each character of L (Hyyrö, 2004). A part that matters leaves few characters
 * of S without a partner: `spare` of them at most. So a pass leaves out the cells that are further
 * than that from the diagonals of its windows. The cells that are left are its grid. In a grid H
 * may be less, but the inequality holds, and H of a part that matters is the same. If a window
 * between i and j matters, H(i, j) is the same, too: a path that leaves the grid leaves more than
 * `spare` characters without a partner. */
#include "matcher/metric/metric_partial_long.h"

#include <stdlib.h>
#include <string.h>

#define NARROWEST 128u /* a part of the shorter text: what it may spare at first */
#define WIDER 4u       /* then it may spare so many times as much */
#define NONE UINT32_MAX

/* The direction of a pass. Its row has a zero where H grows. Onwards bit i stands for character i
 * of L, backwards for character 64 × blocks - 1 - i. So both have the same blocks. */
enum way { ONWARDS, BACKWARDS };

struct partial_long {
    const struct metric_kernels *kernel;
    struct pattern pattern[2]; /* of L, by way */
    struct text longer, shorter[2];
    bool turned; /* what is read backwards is ready */
    void *codes; /* of the shorter text backwards */
    uint64_t *rows;
    size_t row_blocks;
    double need;
    struct fraction best;
};

/* The cells of a pass for windows that begin at first .. last, of which no part that matters leaves
 * more than `spare` characters of S without a partner. */
struct grid {
    uint32_t first, last, spare;
};

bool partial_long_open(struct partial_long **long_texts, const struct metric_state *s)
{
    *long_texts = NULL;
    if (s->max_length < PARTIAL_LONG_LEAST)
        return true;
    struct partial_long *l = *long_texts = calloc(1, sizeof *l);
    if (!l)
        return false;
    /* Each level of the search leaves at most 3/4 of the windows, and has a row. */
    const size_t levels = 2 + 3 * (32 - (size_t)__builtin_clz(s->max_length));
    l->kernel = s->kernel;
    l->row_blocks = s->max_length / 64 + 1ull;
    l->codes = malloc(s->max_length * 4ull);
    l->rows = malloc(levels * l->row_blocks * sizeof *l->rows);
    return l->codes && l->rows &&
           pattern_open(&l->pattern[ONWARDS], s->alphabet.n_codes, s->max_length) &&
           pattern_open(&l->pattern[BACKWARDS], s->alphabet.n_codes, s->max_length);
}

void partial_long_close(struct partial_long *l)
{
    if (!l)
        return;
    pattern_close(&l->pattern[ONWARDS]);
    pattern_close(&l->pattern[BACKWARDS]);
    free(l->codes);
    free(l->rows);
    free(l);
}

/* ---- Rows ------------------------------------------------------------------------------------*/

static uint64_t *row_of_level(const struct partial_long *l, uint32_t level)
{
    return l->rows + level * l->row_blocks;
}

static uint32_t n_bits(const struct partial_long *l)
{
    return 64 * l->pattern[ONWARDS].blocks;
}

static bool grows(const uint64_t *row, uint32_t bit)
{
    return !(row[bit / 64] >> (bit % 64) & 1);
}

/* Zeros among bits begin .. end - 1. */
static uint32_t count_zeros(const uint64_t *row, uint32_t begin, uint32_t end)
{
    uint32_t ones = 0;
    if (begin >= end)
        return 0;
    const uint32_t first = begin / 64, last = (end - 1) / 64;
    for (uint32_t k = first; k <= last; k++) {
        uint64_t block = row[k];
        block &= k == first ? ~0ull << (begin % 64) : ~0ull;
        block &= k == last ? ~0ull >> (63 - (end - 1) % 64) : ~0ull;
        ones += (uint32_t)__builtin_popcountll(block);
    }
    return end - begin - ones;
}

/* What characters from .. to - 1 of L add in a row backwards. */
static uint32_t grown_backwards(const struct partial_long *l, const uint64_t *row, uint32_t from,
                                uint32_t to)
{
    return count_zeros(row, n_bits(l) - to, n_bits(l) - from);
}

/* ---- Passes ----------------------------------------------------------------------------------*/

struct blocks {
    uint32_t first, end;
};

/* The blocks of characters begin .. end - 1 of S in a grid, both counted onwards. */
static struct blocks blocks_onwards(const struct partial_long *l, const struct grid *g,
                                    uint32_t begin, uint32_t end)
{
    const uint64_t left = (uint64_t)begin + g->first, right = (uint64_t)end + g->last + g->spare;
    return (struct blocks){left > g->spare ? (uint32_t)((left - g->spare) / 64) : 0,
                           least(l->pattern[ONWARDS].blocks, (uint32_t)(right / 64) + 1)};
}

/* The same for characters that are counted in the direction of a pass. */
static struct blocks blocks_of(const struct partial_long *l, enum way way, const struct grid *g,
                               uint32_t begin, uint32_t end)
{
    const uint32_t n = l->shorter[way].n, blocks = l->pattern[ONWARDS].blocks;
    if (way == ONWARDS)
        return blocks_onwards(l, g, begin, end);
    const struct blocks at = blocks_onwards(l, g, n - end, n - begin);
    return (struct blocks){blocks - at.end, blocks - at.first};
}

/* A pass over S, which counts what it has found. */
struct pass {
    uint64_t *row;
    uint32_t counted; /* blocks that it has left, … */
    uint32_t found;   /* … and what grew in them */
};

/* What has grown in all, where only some blocks may still change. */
static uint32_t found_until(struct pass *p, struct blocks at)
{
    if (at.first > p->counted) {
        p->found += count_zeros(p->row, 64 * p->counted, 64 * at.first);
        p->counted = at.first;
    }
    return p->found + count_zeros(p->row, 64 * p->counted, 64 * at.end);
}

/* Makes a row with nothing in common, from bit `start` on. */
static struct pass begin_pass(uint64_t *row, uint32_t start, uint32_t end_block)
{
    const uint32_t first = start / 64;
    memset(row + first, 0xff, (end_block - first) * sizeof *row);
    row[first] <<= start % 64;
    return (struct pass){row, first, 0u - start % 64}; /* these zeros were not found */
}

/* A pass from bit `start` of a row on. False if nothing in the grid matters, as too few characters
 * of S have a partner. The row is unfinished then. */
static bool run_pass(const struct partial_long *l, enum way way, uint32_t start,
                     const struct grid *grid, uint64_t *row)
{
    const struct text *s = &l->shorter[way];
    struct pass pass = begin_pass(row, start, blocks_of(l, way, grid, s->n - 1, s->n).end);
    for (uint32_t i = 0; i < s->n; i += 64) {
        const uint32_t n = least(64, s->n - i);
        const struct text piece = text_part(s, i, n);
        struct blocks at = blocks_of(l, way, grid, i, i + n);
        at.first = greatest(at.first, start / 64);
        l->kernel->lcs_take(&l->pattern[way], &piece, at.first, at.end, row);
        if (found_until(&pass, at) + grid->spare < i + n)
            return false;
    }
    return true;
}

#define TURN(WIDTH)                                                                                \
    static void turn_##WIDTH(const struct text *t, void *codes)                                    \
    {                                                                                              \
        for (uint32_t i = 0; i < t->n; i++)                                                        \
            memcpy((char *)codes + (size_t)i * (WIDTH),                                            \
                   (const char *)t->codes + (size_t)(t->n - 1 - i) * (WIDTH), WIDTH);              \
    }

TURN(1)
TURN(2)
TURN(4)

/* Makes both texts ready to be read backwards. */
static void turn(struct partial_long *l)
{
    const struct text *s = &l->shorter[ONWARDS];
    (s->width == 1 ? turn_1 : s->width == 2 ? turn_2 : turn_4)(s, l->codes);
    l->shorter[BACKWARDS] = (struct text){.codes = l->codes, .n = s->n, .width = s->width};
    pattern_make_mirrored(&l->pattern[BACKWARDS], &l->longer);
    l->turned = true;
}

/* From the beginning of the window at `from`, with all windows of the grid. */
static bool run_onwards(const struct partial_long *l, uint32_t from, struct grid grid,
                        uint64_t *row)
{
    return run_pass(l, ONWARDS, from, &grid, row);
}

/* Back from the end of the window at `from`. The first one makes the pattern for all. */
static bool run_backwards(struct partial_long *l, uint32_t from, struct grid grid, uint64_t *row)
{
    if (!l->turned)
        turn(l);
    return run_pass(l, BACKWARDS, n_bits(l) - from - l->shorter[ONWARDS].n, &grid, row);
}

/* ---- What matters ----------------------------------------------------------------------------*/

/* The least number of characters in common with which a window matters; with `ends`, any part. The
 * best part of so many in common has no other characters. NONE if n in common are not enough. */
static uint32_t least_common(const struct partial_long *l, bool ends)
{
    const uint32_t n = l->shorter[ONWARDS].n;
    uint32_t low = 0, high = n + 1; /* `low` does not matter, `high` may */
    while (high - low > 1) {
        const uint32_t common = low + (high - low) / 2;
        const struct fraction most = {common, (uint64_t)n + (ends ? common : n)};
        if (fraction_matters(most, l->best, l->need))
            high = common;
        else
            low = common;
    }
    return high > n ? NONE : high;
}

/* Parts at an end of L, and the window there: `row` is of a pass from that end. */
static void try_end(struct partial_long *l, const uint64_t *row, uint32_t start)
{
    const uint32_t n = l->shorter[ONWARDS].n;
    uint32_t common = 0;
    for (uint32_t i = 0; i < n; i++) {
        common += grows(row, start + i);
        fraction_keep_better(&l->best, common, (uint64_t)n + i + 1);
    }
}

static void try_window(struct partial_long *l, uint32_t common)
{
    fraction_keep_better(&l->best, common, 2ull * l->shorter[ONWARDS].n);
}

/* ---- Windows between two that are known ------------------------------------------------------*/

struct between {
    uint32_t first, last;      /* windows that are known */
    uint32_t from, to;         /* those between them that may matter; none if `to` is below */
    const uint64_t *onwards;   /* a row from the first one */
    const uint64_t *backwards; /* a row from the last one */
};

/* Bounds of windows, one after the other. */
struct bound {
    uint32_t window;
    int64_t most; /* that it may have in common */
};

/* That of the first window is what it has. */
static struct bound bound_of_first(const struct partial_long *l, const struct between *b)
{
    const uint32_t end = b->first + l->shorter[ONWARDS].n;
    return (struct bound){b->first, count_zeros(b->onwards, b->first, end)};
}

static void next_bound(const struct partial_long *l, const struct between *b, struct bound *at)
{
    at->most -= grows(b->backwards, n_bits(l) - 1 - at->window);
    at->most += grows(b->onwards, at->window + l->shorter[ONWARDS].n);
    at->window++;
}

/* Leaves the windows from the first to the last one whose bound is `common` or more. False if no
 * bound is. */
static bool narrow(const struct partial_long *l, struct between *b, int64_t common)
{
    const uint32_t from = b->from, to = b->to;
    struct bound at = bound_of_first(l, b);
    b->from = to + 1;
    while (at.window < from)
        next_bound(l, b, &at);
    for (; at.window <= to; next_bound(l, b, &at)) {
        if (at.most < common)
            continue;
        b->from = least(b->from, at.window);
        b->to = at.window;
    }
    return b->from <= b->to;
}

/* The most promising window in the middle half. */
static uint32_t choose_window(const struct partial_long *l, const struct between *b)
{
    const uint32_t quarter = (b->to - b->from) / 4;
    struct bound at = bound_of_first(l, b);
    while (at.window < b->from + quarter)
        next_bound(l, b, &at);
    struct bound best = at;
    for (; at.window <= b->to - quarter; next_bound(l, b, &at))
        best = at.most > best.most ? at : best;
    return best.window;
}

/* Tries a window with a pass from there on, then what is left on its right and on its left. */
static void try_between(struct partial_long *l, struct between b, uint32_t level)
{
    const uint32_t n = l->shorter[ONWARDS].n;
    uint64_t *row = row_of_level(l, level);
    uint32_t common = least_common(l, false);
    if (common == NONE || !narrow(l, &b, common))
        return;
    const uint32_t window = choose_window(l, &b);
    struct between right = b, left = b;
    if (run_onwards(l, window, (struct grid){window, b.last, n - common}, row)) {
        try_window(l, count_zeros(row, window, window + n));
        right.first = window;
        right.from = window + 1;
        right.onwards = row;
        try_between(l, right, level + 1);
    }
    left.to = window - 1; /* no window is 0: that one is known */
    common = least_common(l, false);
    if (common == NONE || !narrow(l, &left, common) ||
        !run_backwards(l, window, (struct grid){b.first, window, n - common}, row))
        return;
    left.last = window;
    left.backwards = row;
    try_between(l, left, level + 1);
}

/* ---- All windows -----------------------------------------------------------------------------*/

/* A pass onwards from the first window of a run. Its grid is made wider until it holds all that
 * matters. False if nothing does. */
static bool pass_in_all(struct partial_long *l, struct grid *g, bool begin, bool ends,
                        uint64_t *row)
{
    const uint32_t n = l->shorter[ONWARDS].n;
    for (uint32_t spare = n / NARROWEST + 1;; spare *= WIDER) {
        uint32_t common = least_common(l, ends);
        if (common == NONE)
            return false;
        g->spare = spare * WIDER < n - common ? spare : n - common;
        const bool any = run_onwards(l, g->first, *g, row);
        if (any && begin)
            try_end(l, row, 0);
        else if (any)
            try_window(l, count_zeros(row, g->first, g->first + n));
        common = least_common(l, ends);
        if (common == NONE || (!any && g->spare >= n - common))
            return false;
        if (g->spare >= n - common)
            return count_zeros(row, g->first, g->last + n) >= common;
    }
}

/* Tries a run: windows that begin at first .. last, and the parts at an end of L that it reaches.
 * False if none of them matters, nor any part of S in the same characters of L. */
static bool try_run(struct partial_long *l, uint32_t first, uint32_t last, bool begin, bool end)
{
    const uint32_t n = l->shorter[ONWARDS].n;
    uint64_t *onwards = row_of_level(l, 0), *backwards = row_of_level(l, 1);
    struct grid g = {first, last, 0};
    if (!pass_in_all(l, &g, begin, begin || end, onwards))
        return false;
    const uint32_t common = least_common(l, begin || end);
    if (common == NONE || (first == last && !end))
        return common != NONE;
    g.spare = n - common;
    if (!run_backwards(l, last, g, backwards))
        return false;
    if (end)
        try_end(l, backwards, n_bits(l) - last - n);
    else
        try_window(l, grown_backwards(l, backwards, last, last + n));
    if (last - first > 1)
        try_between(l, (struct between){first, last, first + 1, last - 1, onwards, backwards}, 2);
    return true;
}

/* ---- Both texts ------------------------------------------------------------------------------*/

/* Tries all parts of the longer text, in runs of windows. A pass bounds all windows of a run, but
 * less sharply the more there are: so a run is as long as half of the shorter text at most. */
static bool try_all(struct partial_long *l, const struct text *shorter, const struct text *longer)
{
    const uint32_t last = longer->n - shorter->n, most = shorter->n / 2;
    bool any = false;
    l->longer = *longer;
    l->shorter[ONWARDS] = *shorter;
    l->turned = false;
    pattern_make(&l->pattern[ONWARDS], longer, false);
    for (uint32_t first = 0, to; first <= last; first = to + 1) {
        to = last - first > most ? first + most : last;
        any |= try_run(l, first, to, first == 0, to == last);
    }
    return any;
}

/* Where both texts are of one length, parts of either are tried. */
struct fraction partial_long_best(struct partial_long *l, const struct text *a,
                                  const struct text *b, double need)
{
    const bool a_is_shorter = a->n <= b->n;
    l->need = need;
    l->best = (struct fraction){0, 1};
    if (try_all(l, a_is_shorter ? a : b, a_is_shorter ? b : a) && a->n == b->n)
        try_all(l, b, a);
    return l->best;
}
