/* data/input: what compressed files stand for. Damage is tried in full on small files: every end,
 * every bit, every byte after the end. Nothing wrong is ever taken for right: a file is refused, or
 * gives the bytes that it should. */
#include "data/input.h"
#include "tests/harness/harness_pack.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_unpack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST 4096u
#define ENOUGH ((size_t)64 << 20)

static const char text[] = "id,name\n1,Anna\n2,Bob\n3,Anna and Bob\n4,Anna and Bob and Carl\n";
static int fd = -1;
static char path[64];

/* A file at work: its bytes, what they stand for, and where its members end. */
struct file {
    char p[MOST], whole[MOST];
    size_t n, n_whole;
    size_t n_members, end[4], whole_end[4];
};

static void add_member(struct file *f, enum harness_pack kind, const char *p, size_t n)
{
    memcpy(f->whole + f->n_whole, p, n);
    f->n_whole += n;
    f->n += harness_pack(kind, p, n, f->p + f->n, sizeof f->p - f->n);
    f->end[f->n_members] = f->n;
    f->whole_end[f->n_members++] = f->n_whole;
}

/* The text in so many members. */
static struct file make_file(enum harness_pack kind, size_t n_members)
{
    struct file f = {.n = 0};
    const size_t n = sizeof text - 1;
    for (size_t i = 0; i < n_members; i++)
        add_member(&f, kind, text + n * i / n_members, n * (i + 1) / n_members - n * i / n_members);
    return f;
}

static int make_descriptor(void **state)
{
    (void)state;
    fd = memfd_create("input", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return fd < 0;
}

/* Opens p[0..n) as a file that is called "a.csv". */
static bool open_bytes(struct input *in, const char *p, size_t n, size_t max_bytes, struct err *e)
{
    *e = (struct err){0};
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, p, n, 0), n);
    return input_open(in, path, "a.csv", max_bytes, e);
}

static void check_refusal(const struct err *e)
{
    assert_int_equal(e->status, ERR_DATA);
    assert_ptr_equal(strstr(e->text, "a.csv: cannot be decompressed: "), e->text);
    assert_null(strstr(e->text, "(null)"));
    assert_true(strlen(e->hint) > 0);
}

enum found { REFUSED, SAME, WRONG };

/* Is p[0..n) refused, or does it give whole[0..n_whole)? */
static enum found try_bytes(const char *p, size_t n, const char *whole, size_t n_whole)
{
    struct input in;
    struct err e;
    if (!open_bytes(&in, p, n, ENOUGH, &e)) {
        check_refusal(&e);
        return REFUSED;
    }
    const bool same = in.n == n_whole && memcmp(in.p, whole, n_whole) == 0;
    input_close(&in);
    return same ? SAME : WRONG;
}

static void expect_same(const struct file *f)
{
    assert_int_equal(try_bytes(f->p, f->n, f->whole, f->n_whole), SAME);
}

/* ---- What is right ---------------------------------------------------------------------------*/

static void test_members(void **state)
{
    (void)state;
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++)
        for (size_t n = 1; n <= 3; n++) {
            struct file f = make_file(kind, n);
            expect_same(&f);
            add_member(&f, kind, "", 0);
            expect_same(&f);
        }
    struct file f = make_file(HARNESS_GZIP, 1);
    add_member(&f, HARNESS_GZIP_FULL, text, sizeof text - 1);
    expect_same(&f);
}

/* Larger than what is reserved at first, in members of which none is. */
static void test_large(void **state)
{
    (void)state;
    const size_t n = (size_t)24 << 20, most = (size_t)1 << 20;
    char *p = malloc(n), *packed = malloc(4 * most);
    assert_true(p && packed);
    for (size_t i = 0; i < n; i++)
        p[i] = (char)('a' + i % 23 + i % 7919 % 3);
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++) {
        size_t n_packed = 0;
        for (int i = 0; i < 4; i++)
            n_packed += harness_pack(kind, p, n, packed + n_packed, most);
        struct input in;
        struct err e;
        assert_true(open_bytes(&in, packed, n_packed, 2 * ENOUGH, &e));
        assert_int_equal(in.n, 4 * n);
        for (size_t i = 0; i < 4; i++)
            assert_int_equal(memcmp(in.p + i * n, p, n), 0);
        input_close(&in);
    }
    free(p);
    free(packed);
}

/* What is compressed twice is unpacked twice; a file that would never end is refused. */
static void test_layers(void **state)
{
    (void)state;
    struct file f = make_file(HARNESS_ZSTD, 2);
    for (int layer = 2; layer <= 5; layer++) {
        char outer[MOST];
        f.n = harness_pack(layer % 2 ? HARNESS_XZ : HARNESS_GZIP, f.p, f.n, outer, sizeof outer);
        memcpy(f.p, outer, f.n);
        if (layer < 5)
            expect_same(&f);
    }
    struct input in;
    struct err e;
    assert_false(open_bytes(&in, f.p, f.n, ENOUGH, &e));
    assert_string_equal(e.text, "a.csv: is compressed more than 4 times over");
}

/* Not compressed, whatever it looks like. */
static void test_plain(void **state)
{
    (void)state;
    static const char *const plain[] = {"", "(", "\x1F", "a", "P*MX,b\n", "(5/9,b\n", "7zXZ,b\n"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_int_equal(try_bytes(plain[i], strlen(plain[i]), plain[i], strlen(plain[i])), SAME);
}

/* ---- What is damaged -------------------------------------------------------------------------*/

/* Only what ends after a member is a file, of the members before it. */
static void test_every_end(void **state)
{
    (void)state;
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++) {
        const struct file f = make_file(kind, 3);
        size_t members = 0;
        for (size_t n = 2; n < f.n; n++) {
            const bool is_end = n == f.end[members];
            const size_t n_whole = is_end ? f.whole_end[members] : 0;
            members += is_end;
            if (try_bytes(f.p, n, f.whole, n_whole) != (is_end ? SAME : REFUSED))
                fail_msg("%s: %zu of %zu bytes", harness_pack_name(kind), n, f.n);
        }
        assert_int_equal(members, 2);
    }
}

/* Less than two bytes are taken for compressed only where the name says so. */
static void test_first_byte_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"a.csv.gz", "a.csv.gz", "a.csv.zst", "a.csv.xz"};
    char directory[] = "/tmp/axb-test-input-XXXXXX";
    assert_non_null(mkdtemp(directory));
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++)
        for (size_t n = 0; n < 2; n++) {
            const struct file f = make_file(kind, 1);
            char name[64];
            struct input in;
            struct err e = {0};
            snprintf(name, sizeof name, "%s/%s", directory, names[kind]);
            harness_write(name, f.p, n);
            assert_false(input_open(&in, name, "a.csv", ENOUGH, &e));
            check_refusal(&e);
            assert_non_null(strstr(e.text, "the file ends too early"));
        }
    assert_int_equal(harness_remove(directory), 0);
}

/* Prints how many flips of each kind were refused, and how many change nothing: those of names,
 * times and the like. */
static void test_every_bit(void **state)
{
    (void)state;
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++)
        for (size_t members = 1; members <= 2; members++) {
            struct file f = make_file(kind, members);
            size_t found[3] = {0};
            for (size_t bit = 0; bit < 8 * f.n; bit++) {
                f.p[bit / 8] = (char)(f.p[bit / 8] ^ 1 << bit % 8);
                const enum found is = try_bytes(f.p, f.n, f.whole, f.n_whole);
                f.p[bit / 8] = (char)(f.p[bit / 8] ^ 1 << bit % 8);
                found[is]++;
                if (is == WRONG)
                    print_error("%s: bit %zu of byte %zu\n", harness_pack_name(kind), bit % 8,
                                bit / 8);
            }
            print_message("%s, members: %zu; flips: %zu refused, %zu the same bytes, %zu wrong\n",
                          harness_pack_name(kind), members, found[REFUSED], found[SAME],
                          found[WRONG]);
            assert_int_equal(found[WRONG], 0);
            assert_true(found[SAME] < 8 * 12 * members); /* fields that say nothing of the data */
        }
}

static void test_every_byte_after_the_end(void **state)
{
    (void)state;
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++) {
        struct file f = make_file(kind, 2);
        const bool is_gzip = kind == HARNESS_GZIP || kind == HARNESS_GZIP_FULL;
        for (int byte = 0; byte < 256; byte++) {
            f.p[f.n] = (char)byte;
            assert_int_equal(try_bytes(f.p, f.n + 1, f.whole, f.n_whole),
                             is_gzip && byte == 0 ? SAME : REFUSED);
            memcpy(f.p + f.n + 1, f.p, 8);
            assert_int_equal(try_bytes(f.p, f.n + 9, f.whole, f.n_whole), REFUSED);
        }
        static const char *const rest[] = {"garbage, to be sure", "id,name\n", "\x1F\x8B",
                                           "(\xB5/\xFD",
                                           "\xFD"
                                           "7zX"};
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
            strcpy(f.p + f.n, rest[i]);
            assert_int_equal(try_bytes(f.p, f.n + strlen(rest[i]), f.whole, f.n_whole), REFUSED);
        }
    }
}

/* gzip passes over zeros at the end, xz over fours of them after any stream, as their programs do.
 */
static void test_zeros(void **state)
{
    (void)state;
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++)
        for (size_t zeros = 1; zeros <= 8; zeros++) {
            const bool is_xz = kind == HARNESS_XZ, is_fours = zeros % 4 == 0;
            struct file f = make_file(kind, 1);
            memset(f.p + f.n, 0, zeros);
            f.n += zeros;
            assert_int_equal(try_bytes(f.p, f.n, f.whole, f.n_whole),
                             kind == HARNESS_ZSTD || (is_xz && !is_fours) ? REFUSED : SAME);
            add_member(&f, kind, text, sizeof text - 1);
            assert_int_equal(try_bytes(f.p, f.n, f.whole, f.n_whole),
                             is_xz && is_fours ? SAME : REFUSED);
        }
}

/* Frames of Zstandard that hold no data. */
static void test_skipped_frames(void **state)
{
    (void)state;
    struct file f = make_file(HARNESS_ZSTD, 1);
    for (char low = 0; low < 16; low++) {
        memcpy(f.p + f.n, "\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
        f.p[f.n] = (char)(f.p[f.n] | low);
        assert_int_equal(try_bytes(f.p, f.n + 10, f.whole, f.n_whole), REFUSED);
        f.n += 11;
    }
    expect_same(&f);
    add_member(&f, HARNESS_ZSTD, text, sizeof text - 1);
    expect_same(&f);
}

/* Bytes changed, put in, taken out and cut off at random: what the twin says. */
static void test_twin(void **state)
{
    (void)state;
    const size_t tries = harness_tries(8000, 2000000);
    const uint64_t seed = 20;
    size_t right = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    harness_seed(seed);
    for (size_t i = 0; i < tries; i++) {
        struct file f = make_file(harness_below(HARNESS_PACKS), 1 + harness_below(3));
        for (uint32_t changes = harness_below(3); changes > 0; changes--) {
            const size_t at = harness_below((uint32_t)f.n), more = f.n - at;
            const uint32_t what = harness_below(4);
            if (what == 0) {
                f.n = at + 1;
            } else if (what == 1) {
                memmove(f.p + at, f.p + at + 1, more - 1);
                f.n -= f.n > 1;
            } else {
                memmove(f.p + at + (what == 2), f.p + at, more);
                f.n += what == 2;
                f.p[at] = (char)harness_below(256);
            }
        }
        char whole[MOST];
        size_t n_whole;
        const bool is_right = twin_unpack(f.p, f.n, whole, sizeof whole, &n_whole);
        struct input in;
        struct err e;
        right += is_right;
        if (is_right) {
            assert_int_equal(try_bytes(f.p, f.n, whole, n_whole), SAME);
        } else if (open_bytes(&in, f.p, f.n, ENOUGH, &e)) { /* it is no longer like any */
            assert_int_equal(in.n, f.n);
            assert_int_equal(memcmp(in.p, f.p, f.n), 0);
            input_close(&in);
        }
    }
    assert_in_range(right, tries / 4, tries - tries / 4);
}

/* ---- What is said, and memory ----------------------------------------------------------------*/

static void check_message(const char *p, size_t n, const char *message, const char *hint)
{
    struct input in;
    struct err e;
    assert_false(open_bytes(&in, p, n, ENOUGH, &e));
    check_refusal(&e);
    assert_string_equal(strchr(strchr(e.text, ':') + 1, ':') + 2, message);
    assert_string_equal(e.hint, hint);
}

static void test_messages(void **state)
{
    (void)state;
    const char *hint = "gzip -t checks the file; get it again";
    struct file f = make_file(HARNESS_GZIP, 2);
    char message[200];
    snprintf(message, sizeof message,
             "the file ends too early: the compressed data is truncated, in gzip member 2, after "
             "%zu bytes",
             f.n - 4);
    check_message(f.p, f.n - 4, message, hint);
    f.p[f.n] = 'x';
    snprintf(message, sizeof message,
             "after gzip member 2 the file goes on with something else, at byte %zu of %zu",
             f.n + 1, f.n + 1);
    check_message(f.p, f.n + 1, message, hint);
    f.p[f.n - 8]++;
    snprintf(message, sizeof message,
             "gzip member 2 is damaged, which shows at byte %zu of %zu: incorrect data check",
             f.n - 4, f.n);
    check_message(f.p, f.n, message, hint);
    f.p[f.n - 8]--;
    f.p[f.n - 1]++;
    snprintf(message, sizeof message,
             "gzip member 2 is damaged, which shows at byte %zu of %zu: incorrect length check",
             f.n, f.n);
    check_message(f.p, f.n, message, hint);
}

/* Few bytes that stand for many, and a file that just fits. */
static void test_memory(void **state)
{
    (void)state;
    const size_t n = (size_t)8 << 20;
    char *zeros = calloc(1, n);
    assert_non_null(zeros);
    for (enum harness_pack kind = 0; kind < HARNESS_PACKS; kind++) {
        static char packed[1 << 16];
        const size_t n_packed = harness_pack(kind, zeros, n, packed, sizeof packed);
        struct input in;
        struct err e;
        assert_true(open_bytes(&in, packed, n_packed, n + 4096, &e));
        assert_int_equal(in.n, n);
        assert_true(in.memory_bytes <= n + 4096);
        input_close(&in);
        for (size_t max_bytes = 1; max_bytes < n; max_bytes *= 2) {
            assert_false(open_bytes(&in, packed, n_packed, max_bytes, &e));
            assert_int_equal(e.status, ERR_OS);
            assert_non_null(strstr(e.text, "a.csv: reading it takes more than the "));
            assert_non_null(strstr(e.hint, "--max-memory"));
        }
    }
    free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),   cmocka_unit_test(test_large),
        cmocka_unit_test(test_layers),    cmocka_unit_test(test_plain),
        cmocka_unit_test(test_every_end), cmocka_unit_test(test_first_byte_alone),
        cmocka_unit_test(test_every_bit), cmocka_unit_test(test_every_byte_after_the_end),
        cmocka_unit_test(test_zeros),     cmocka_unit_test(test_skipped_frames),
        cmocka_unit_test(test_twin),      cmocka_unit_test(test_messages),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, make_descriptor, NULL);
}
