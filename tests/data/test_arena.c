/* Arenas: pieces are aligned, apart, have spare bytes after them and stay where they are. */
#include "data/arena.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdbool.h>
#include <string.h>

static bool all_are(const unsigned char *p, size_t n, unsigned char value)
{
    return n == 0 || (p[0] == value && memcmp(p, p + 1, n - 1) == 0);
}

/* Small pieces and ones that are larger than a block, some cut down at once: each is filled whole
 * and still holds it when all are there. */
static void test_pieces(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct {
        unsigned char *p;
        size_t n;
    } piece[N];
    struct arena a = {0};
    size_t sum = 0;
    harness_seed(30);
    for (size_t i = 0; i < N; i++) {
        size_t n = harness_below(50) ? harness_below(200) : harness_below(200000);
        unsigned char *p = arena_take(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 255, n + ARENA_SPARE_BYTES);
        if (i % 3 == 0) {
            n = harness_below((uint32_t)n + 1);
            arena_trim(&a, p, n);
        }
        memset(p, (int)(i % 251), n);
        piece[i].p = p;
        piece[i].n = n;
        sum += n;
    }
    for (size_t i = 0; i < N; i++)
        assert_true(all_are(piece[i].p, piece[i].n, (unsigned char)(i % 251)));
    assert_true(a.bytes >= sum);
    arena_free(&a);
    assert_null(a.block);
    assert_int_equal(a.bytes, 0);
}

/* What is cut off is handed out again, so texts that become shorter cost what they keep. */
static void test_trim_gives_back(void **state)
{
    (void)state;
    struct arena a = {0};
    char *first = arena_take(&a, 1000);
    arena_trim(&a, first, 10);
    assert_ptr_equal(arena_take(&a, 5), first + 16);
    arena_trim(&a, first + 16, 0);
    assert_ptr_equal(arena_take(&a, 5), first + 16);
    arena_free(&a);
}

static void test_free_is_harmless(void **state)
{
    (void)state;
    struct arena a = {0};
    arena_free(&a);
    assert_non_null(arena_take(&a, 0));
    arena_free(&a);
    arena_free(&a);
    assert_non_null(arena_take(&a, 100)); /* and it can be used again */
    arena_free(&a);
}

/* Blocks that are filled to the last byte: the spare bytes of their last piece are theirs as well.
 */
static void test_full_blocks(void **state)
{
    (void)state;
    enum { N = 500000 };
    struct arena a = {0};
    for (size_t i = 0; i < N; i++) {
        unsigned char *p = arena_take(&a, 16);
        assert_non_null(p);
        memset(p, 255, 16 + ARENA_SPARE_BYTES);
    }
    assert_true(a.bytes >= (size_t)16 * N);
    arena_free(&a);
}

/* A size that no machine has is refused, also where rounding it up would make it small. */
static void test_too_large(void **state)
{
    (void)state;
    struct arena a = {0};
    assert_non_null(arena_take(&a, 100));
    for (size_t less = 0; less < 200; less++)
        assert_null(arena_take(&a, SIZE_MAX - less));
    assert_non_null(arena_take(&a, 100));
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),           cmocka_unit_test(test_trim_gives_back),
        cmocka_unit_test(test_free_is_harmless), cmocka_unit_test(test_full_blocks),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
