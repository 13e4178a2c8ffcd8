/* What profiles have in common, of each instruction set, against its definition: bits one by one,
 * and the table of edits. */
#include "matcher/kernel/kernel_profile.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SEED 177u
#define ROUNDS 60u

static const struct profile_kernels *const kernels[] = HARNESS_ISA_COPIES(profile_kernels);
static struct profile_lanes lanes;

static const struct profile_kernels *copy(void)
{
    return kernels[harness_isa_copy()];
}

static uint32_t least(uint32_t x, uint32_t y)
{
    return x < y ? x : y;
}

/* ---- Signatures ------------------------------------------------------------------------------*/

static uint32_t count_bits(uint64_t x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < 64; i++)
        n += x >> i & 1;
    return n;
}

/* Up to 40 bits set, and a size that is not below their number. */
static void random_signature(uint64_t *sign, uint32_t *more)
{
    *sign = 0;
    *more = 0;
    for (uint32_t i = harness_below(40); i > 0; i--) {
        const uint32_t bit = harness_below(88);
        *sign |= bit < 64 ? UINT64_C(1) << bit : 0;
        *more |= bit < 64 ? 0 : 1u << (bit - 64);
    }
    *more |= (count_bits(*sign) + count_bits(*more) + harness_below(10)) << 24;
}

static uint32_t common_twin(uint32_t i, bool grams)
{
    const uint64_t a = lanes.sign_a[i], b = lanes.sign_b[i];
    const uint32_t more_a = lanes.more_a[i], more_b = lanes.more_b[i];
    const uint32_t mask = grams ? 0xffffff : 0;
    return least((more_a >> 24) - count_bits(a & ~b) - count_bits(more_a & ~more_b & mask),
                 (more_b >> 24) - count_bits(b & ~a) - count_bits(more_b & ~more_a & mask));
}

static uint32_t prefix_twin(uint32_t i)
{
    uint32_t n = 0;
    while (n < 4 && (lanes.more_a[i] >> 6 * n & 63) == (lanes.more_b[i] >> 6 * n & 63))
        n++;
    return n;
}

static void check_signatures(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        random_signature(&lanes.sign_a[i], &lanes.more_a[i]);
        random_signature(&lanes.sign_b[i], &lanes.more_b[i]);
        if (harness_below(2)) /* the same beginning */
            lanes.more_b[i] ^=
                (lanes.more_a[i] ^ lanes.more_b[i]) & ((1u << 6 * harness_below(5)) - 1);
    }
    copy()->grams(&lanes, n);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(lanes.common[i], (uint8_t)common_twin(i, true));
    copy()->characters(&lanes, n);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(lanes.common[i], (uint8_t)common_twin(i, false));
        assert_int_equal(lanes.prefix[i], prefix_twin(i));
    }
}

/* ---- Edits -----------------------------------------------------------------------------------*/

static void random_classes(uint64_t *sign, uint32_t *more, uint32_t n_classes)
{
    const uint32_t n = harness_below(PROFILE_SHORT + 1);
    *sign = 0;
    for (uint32_t i = 0; i < n; i++)
        *sign |= (uint64_t)harness_below(n_classes) << 4 * i;
    *more = n << 24;
}

/* A copy of A's text in which some neighbours are swapped and some characters are others. */
static void edit_classes(uint32_t i)
{
    lanes.sign_b[i] = lanes.sign_a[i];
    lanes.more_b[i] = lanes.more_a[i];
    const uint32_t n = lanes.more_a[i] >> 24;
    for (uint32_t k = harness_below(4); k > 0 && n > 1; k--) {
        const uint32_t at = 4 * harness_below(n - 1);
        const uint64_t x = lanes.sign_b[i] >> at & 15, y = lanes.sign_b[i] >> (at + 4) & 15;
        lanes.sign_b[i] ^= ((x ^ y) | (x ^ y) << 4) << at;
    }
}

static uint32_t edits_twin(uint32_t lane, bool swaps)
{
    const uint32_t na = lanes.more_a[lane] >> 24, nb = lanes.more_b[lane] >> 24;
    uint32_t d[PROFILE_SHORT + 1][PROFILE_SHORT + 1];
    for (uint32_t i = 0; i <= na; i++)
        for (uint32_t k = 0; k <= nb; k++) {
            const uint64_t *a = &lanes.sign_a[lane], *b = &lanes.sign_b[lane];
#define AT(text, p) (*(text) >> 4 * (p)&15)
            if (i == 0 || k == 0) {
                d[i][k] = i + k;
                continue;
            }
            d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
                            d[i - 1][k - 1] + (AT(a, i - 1) != AT(b, k - 1)));
            if (swaps && i > 1 && k > 1 && AT(a, i - 1) == AT(b, k - 2) &&
                AT(a, i - 2) == AT(b, k - 1))
                d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
#undef AT
        }
    return d[na][nb];
}

static void check_edits(uint32_t n, bool swaps)
{
    if (swaps)
        copy()->osa(&lanes, n);
    else
        copy()->levenshtein(&lanes, n);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t na = lanes.more_a[i] >> 24, nb = lanes.more_b[i] >> 24;
        const uint32_t longer = na > nb ? na : nb;
        if (lanes.common[i] != longer - edits_twin(i, swaps))
            fail_msg("%s, %s: %016llx of %u, %016llx of %u: %u in common, not %u",
                     harness_isa_copy_name(), swaps ? "osa" : "levenshtein",
                     (unsigned long long)lanes.sign_a[i], na, (unsigned long long)lanes.sign_b[i],
                     nb, lanes.common[i], longer - edits_twin(i, swaps));
    }
}

static void random_texts(uint32_t n)
{
    const uint32_t n_classes = 1 + harness_below(16);
    for (uint32_t i = 0; i < n; i++) {
        random_classes(&lanes.sign_a[i], &lanes.more_a[i], n_classes);
        random_classes(&lanes.sign_b[i], &lanes.more_b[i], n_classes);
        if (harness_below(2))
            edit_classes(i);
    }
}

static void test_copies(void **state)
{
    (void)state;
    while (harness_isa_next(SEED))
        for (uint32_t round = 0; round < ROUNDS; round++) {
            const uint32_t n = 1 + harness_below(PROFILE_LANES);
            check_signatures(n);
            random_texts(n);
            check_edits(n, false);
            check_edits(n, true);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_copies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
