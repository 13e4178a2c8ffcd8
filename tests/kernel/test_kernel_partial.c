/* The kernels of partial_ratio of each instruction set against the table of the longest common
 * subsequence, cell by cell. */
#include "matcher/index/dictionary.h"
#include "matcher/kernel/kernel_partial.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <string.h>

#define SEED 79u
#define LONGER_MOST 100u

static const struct partial_kernels *const kernels[] = HARNESS_ISA_COPIES(partial_kernels);

/* ---- The slow twin ---------------------------------------------------------------------------*/

static uint32_t slow_common(const uint8_t *x, uint32_t n, const uint8_t *y, uint32_t m)
{
    uint32_t row[2][LONGER_MOST + 1] = {{0}};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t *above = row[i & 1];
        uint32_t *here = row[~i & 1];
        for (uint32_t j = 0; j < m; j++)
            here[j + 1] = x[i] == y[j]             ? above[j] + 1
                          : above[j + 1] > here[j] ? above[j + 1]
                                                   : here[j];
    }
    return row[n & 1][m];
}

struct slow_best {
    uint32_t common, sum;
};

static void offer(struct slow_best *best, uint32_t common, uint32_t sum)
{
    if (common * best->sum > best->common * sum)
        *best = (struct slow_best){common, sum};
}

/* Parts of y, which is as long as x or longer. */
static void slow_parts(struct slow_best *best, const uint8_t *x, uint32_t n, const uint8_t *y,
                       uint32_t m, uint32_t part_least)
{
    for (uint32_t from = 0; from < m; from++)
        for (uint32_t part = part_least; part <= n && from + part <= m; part++)
            if (part == n || from == 0 || from + part == m)
                offer(best, slow_common(x, n, y + from, part), n + part);
}

static struct slow_best slow_partial(const uint8_t *x, uint32_t n, const uint8_t *y, uint32_t m,
                                     uint32_t part_least)
{
    struct slow_best best = {0, 1};
    slow_parts(&best, x, n, y, m, part_least);
    if (n == m)
        slow_parts(&best, y, m, x, n, part_least);
    return best;
}

/* ---- Cases -----------------------------------------------------------------------------------*/

struct lanes {
    _Alignas(64) char match[LONGER_MOST][PARTIAL_ROW_BYTES];
    uint8_t x[PARTIAL_LANES_MOST][LONGER_MOST], y[PARTIAL_LANES_MOST][LONGER_MOST];
};

/* Y is X with some changes, somewhere in noise; or noise alone. */
static void make_texts(uint8_t *x, uint32_t n, uint8_t *y, uint32_t m)
{
    const uint32_t letters = 2 + harness_below(6), at = harness_below(m - n + 1);
    for (uint32_t i = 0; i < n; i++)
        x[i] = (uint8_t)harness_below(letters);
    for (uint32_t j = 0; j < m; j++)
        y[j] = (uint8_t)harness_below(letters);
    if (harness_below(4) == 0)
        return;
    for (uint32_t i = 0, j = at + harness_below(3); i < n && j < m; i++, j++) {
        y[j] = harness_below(6) ? x[i] : y[j];
        i += harness_below(9) == 0;
        j += harness_below(9) == 0;
    }
}

static void where_of(uint64_t *where, const uint8_t *x, uint32_t n)
{
    memset(where, 0, 256 * sizeof *where);
    for (uint32_t i = 0; i < n; i++)
        where[x[i]] |= 1ull << i;
}

static void fill(struct lanes *l, uint32_t n, uint32_t m, uint32_t size)
{
    uint64_t where[256];
    for (uint32_t lane = 0; lane < partial_lanes(size); lane++) {
        make_texts(l->x[lane], n, l->y[lane], m);
        where_of(where, l->x[lane], n);
        for (uint32_t j = 0; j < m; j++) /* the least byte first */
            memcpy(&l->match[j][lane * (2u << size)], &where[l->y[lane][j]], 2u << size);
    }
}

static void check_batch(uint32_t n, uint32_t m)
{
    static struct lanes l;
    struct partial_best best[PARTIAL_LANES_MOST];
    const uint32_t size = partial_lane_size(n), part_least = 1 + harness_below(n);
    fill(&l, n, m, size);
    const struct partial_batch batch = {l.match, n, m, part_least, harness_below(2) ? 0 : n / 2};
    kernels[harness_isa_copy()]->best[size](&batch, best);
    for (uint32_t lane = 0; lane < partial_lanes(size); lane++) {
        const struct slow_best slow = slow_partial(l.x[lane], n, l.y[lane], m, part_least);
        const uint32_t sum = best[lane].common ? n + best[lane].part : 1;
        if (best[lane].common * slow.sum == slow.common * sum)
            continue;
        if (best[lane].common == 0 && slow_common(l.x[lane], n, l.y[lane], m) < batch.common_least)
            continue;
        fail_msg("%u in %u, lane %u: 2 * %u / %u is 2 * %u / %u", n, m, lane, best[lane].common,
                 sum, slow.common, slow.sum);
    }
}

static void finds_best(void **state)
{
    static const uint32_t lengths[] = {1, 2, 3, 8, 13, 15, 16, 17, 31, 32, 33, 47, 63, 64};
    (void)state;
    while (harness_isa_next(SEED))
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (uint32_t k = 0; k < 12; k++)
                check_batch(lengths[i], lengths[i] + (k < 4 ? k / 2 : harness_below(36)));
}

/* ---- Looking at pieces -----------------------------------------------------------------------*/

/* The codes of a text in another width. */
static void widen(void *codes, const uint8_t *x, uint32_t n, uint32_t width)
{
    for (uint32_t i = 0; i < n; i++)
        memcpy((char *)codes + (size_t)i * width, (const uint32_t[]){x[i]}, width);
}

static void check_look(uint32_t n, uint32_t width)
{
    static uint32_t codes[128][LONGER_MOST];
    static uint8_t x[LONGER_MOST], y[128][LONGER_MOST];
    struct partial_piece piece[128];
    uint64_t where[256], pass[2] = {0}, expected[2] = {0};
    const uint32_t common_least[2] = {n / 2, n - n / 4};
    for (uint32_t i = 0; i < 128; i++) {
        const uint32_t m = n + harness_below(30);
        make_texts(x, n, y[i], m);
        piece[i] = (struct partial_piece){codes[i], m, harness_below(2)};
        widen(codes[i], y[i], m, width);
        pass[i / 64] |= (uint64_t)harness_below(2) << i % 64;
    }
    where_of(where, x, n); /* the last text alone is like its piece; the others pass by chance */
    for (uint32_t i = 0; i < 128; i++)
        if (pass[i / 64] >> i % 64 & 1)
            expected[i / 64] |=
                (uint64_t)(slow_common(x, n, y[i], piece[i].n) >= common_least[piece[i].kind])
                << i % 64;
    const struct partial_look look = {where, n, width, {common_least[0], common_least[1]}, piece};
    const bool any = kernels[harness_isa_copy()]->narrow(&look, pass, 2);
    assert_int_equal(any, (expected[0] | expected[1]) != 0);
    assert_memory_equal(pass, expected, sizeof pass);
}

static void looks_right(void **state)
{
    static const uint32_t lengths[] = {1, 2, 5, 16, 33, 64};
    (void)state;
    while (harness_isa_next(SEED))
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
            for (uint32_t width = 1; width <= 4; width *= 2)
                for (int k = 0; k < 8; k++)
                    check_look(lengths[i], width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_best),
        cmocka_unit_test(looks_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
