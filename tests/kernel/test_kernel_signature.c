/* The scan of signatures of each instruction set against its definition: characters in common at
 * most, and the common beginning, one text after the other. */
#include "matcher/kernel/kernel_signature.h"
#include "tests/harness/harness_isa.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define SEED 74u
#define TEXTS 300u

static const struct signature_kernels *const kernels[] = HARNESS_ISA_COPIES(signature_kernels);

struct texts {
    uint64_t sign[TEXTS];
    uint32_t head[TEXTS];
    uint8_t length[TEXTS];
};

/* A random signature, of few bits or many; heads of two characters, so that many begin alike. */
static struct signature random_signature(void)
{
    struct signature s = {.length = (uint8_t)harness_below(SIGNATURE_LENGTHS)};
    for (uint32_t i = harness_below(SIGNATURE_LONG); i > 0; i--)
        s.sign |= 1ull << harness_below(64);
    for (uint32_t i = 0; i < 4; i++)
        s.head |= (harness_below(5) ? 'a' : 'b' + harness_below(150)) << 8 * i;
    return s;
}

static uint32_t count_bits(uint64_t x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < 64; i++)
        n += x >> i & 1;
    return n;
}

/* The twin: at most so many in common, as seen from A and as seen from B. */
static bool passes(const struct signature *a, const struct signature *b,
                   const signature_limits limits)
{
    int from_a = (int)a->length - (int)count_bits(a->sign & ~b->sign);
    int from_b = (int)b->length - (int)count_bits(b->sign & ~a->sign);
    uint32_t prefix = 0;
    while (prefix < 4 && (a->head >> 8 * prefix & 255) == (b->head >> 8 * prefix & 255))
        prefix++;
    return (from_a < from_b ? from_a : from_b) >= (int)limits[b->length][prefix];
}

/* Limits around what occurs; some are met by nobody. */
static void make_limits(signature_limits limits)
{
    for (uint32_t l = 0; l < SIGNATURE_LENGTHS; l++)
        for (uint32_t p = 0; p < SIGNATURE_PREFIXES; p++)
            limits[l][p] = (uint8_t)(harness_below(8) ? harness_below(l + 1) / 2 : SIGNATURE_NEVER);
}

static size_t check_scan(const struct texts *t, uint64_t from, uint32_t n)
{
    const struct signatures b = {t->sign, t->head, t->length};
    const struct signature a = random_signature();
    signature_limits limits;
    uint32_t out[TEXTS];
    size_t k = 0;
    make_limits(limits);
    uint32_t found = kernels[harness_isa_copy()]->scan(
        &a, &b, from, n, (const uint8_t(*)[SIGNATURE_PREFIXES])limits, out);
    for (uint32_t i = 0; i < n; i++) {
        const struct signature s = {t->sign[from + i], t->head[from + i], t->length[from + i]};
        bool is = k < found && out[k] == i;
        if (is != passes(&a, &s, (const uint8_t(*)[SIGNATURE_PREFIXES])limits))
            fail_msg("text %u of %u from %lu, lengths %u and %u: %s", i, n, (unsigned long)from,
                     a.length, s.length, is ? "passes" : "does not pass");
        k += is;
    }
    assert_int_equal(k, found);
    return found;
}

static void test_scan(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0, 1, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257};
    static struct texts t;
    size_t found = 0, looked_at = 0;
    for (uint32_t i = 0; i < TEXTS; i++) {
        const struct signature s = random_signature();
        t.sign[i] = s.sign;
        t.head[i] = s.head;
        t.length[i] = s.length;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (uint64_t from = 0; from < 40; from += 3) {
            found += check_scan(&t, from, numbers[i]);
            looked_at += numbers[i];
        }
    assert_in_range(found, looked_at / 50, looked_at * 49 / 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_scan)};
    int failed = 0;
    while (harness_isa_next(SEED))
        failed += cmocka_run_group_tests_name(harness_isa_copy_name(), tests, NULL, NULL);
    return failed;
}
