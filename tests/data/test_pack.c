/* Packing against the decoders of zlib and libzstd themselves: one member or frame, and the same
 * bytes for any pieces and any number of threads. */
#include "data/format/pack.h"
#include "tests/test.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define SEED 20261129u
#define MOST_BYTES ((size_t)9 << 20)

struct text {
    char *p;
    size_t n;
};

static bool collect(void *context, const char *p, size_t n, struct err *e)
{
    struct text *t = context;
    (void)e;
    assert_true(t->n + n <= MOST_BYTES);
    memcpy(t->p + t->n, p, n);
    t->n += n;
    return true;
}

static struct text new_text(void)
{
    struct text t = {malloc(MOST_BYTES), 0};
    assert_non_null(t.p);
    return t;
}

/* Lines such as axb writes, with a stretch that no packing makes shorter. */
static struct text make_text(size_t n)
{
    struct text t = new_text();
    while (t.n < n) {
        char line[64];
        const int length = snprintf(line, sizeof line, "%d,%d,0.%d\n", rand() % 1000, rand() % 1000,
                                    rand() % 100000);
        for (int i = 0; i < length && t.n < n; i++)
            t.p[t.n++] = t.n % 1000000 < 300000 ? (char)rand() : line[i];
    }
    return t;
}

/* In pieces of at most `piece` bytes, of random lengths. */
static struct text packed(const char *path, const struct text *t, size_t piece, int threads)
{
    struct text got = new_text();
    struct pack *pack;
    struct err e;
    omp_set_num_threads(threads);
    assert_true(pack_open(&pack, pack_kind_of(path), collect, &got, &e));
    for (size_t at = 0; at < t->n;) {
        const size_t most = t->n - at < piece ? t->n - at : piece;
        const size_t n = 1 + (size_t)rand() % most;
        assert_true(pack_write(pack, t->p + at, n, &e));
        at += n;
    }
    assert_true(pack_end(pack, &e));
    pack_close(pack);
    return got;
}

/* One member, to its last byte. */
static void check_gzip(const struct text *packed, const struct text *t)
{
    struct text got = new_text();
    z_stream z = {.next_in = (Bytef *)packed->p,
                  .avail_in = (uInt)packed->n,
                  .next_out = (Bytef *)got.p,
                  .avail_out = (uInt)MOST_BYTES};
    assert_int_equal(inflateInit2(&z, MAX_WBITS + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    assert_int_equal(z.total_out, t->n);
    assert_memory_equal(got.p, t->p, t->n);
    inflateEnd(&z);
    assert_memory_equal(packed->p, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10); /* no name, no time */
    free(got.p);
}

/* One frame, to its last byte, with a checksum. */
static void check_zstd(const struct text *packed, const struct text *t)
{
    struct text got = new_text();
    assert_int_equal(ZSTD_findFrameCompressedSize(packed->p, packed->n), packed->n);
    assert_int_equal(ZSTD_decompress(got.p, MOST_BYTES, packed->p, packed->n), t->n);
    assert_memory_equal(got.p, t->p, t->n);
    assert_true(packed->p[4] & 4);
    free(got.p);
}

static void check(const char *path, size_t n,
                  void check_one(const struct text *, const struct text *))
{
    struct text t = make_text(n), first = packed(path, &t, n + 1, 1);
    check_one(&first, &t);
    for (int threads = 1; threads <= 9; threads += 4) {
        struct text again = packed(path, &t, threads == 5 ? 100000 : 7000, threads);
        assert_int_equal(again.n, first.n);
        assert_memory_equal(again.p, first.p, first.n);
        free(again.p);
    }
    free(t.p);
    free(first.p);
}

static void all_sizes(void **state)
{
    static const size_t sizes[] = {
        0, 1, 1000, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 600000, (8 << 20) + 12345};
    (void)state;
    print_message("seed %u\n", SEED);
    srand(SEED);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check("x.gz", sizes[i], check_gzip);
        check("x.zst", sizes[i], check_zstd);
    }
}

static void kinds(void **state)
{
    (void)state;
    assert_non_null(pack_kind_of("a/b.csv.gz"));
    assert_ptr_equal(pack_kind_of("a.GZ"), pack_kind_of("b.gz"));
    assert_ptr_not_equal(pack_kind_of("a.gz"), pack_kind_of("a.zst"));
    assert_int_equal(pack_suffix_bytes(pack_kind_of("a.zst")), 4);
    assert_null(pack_kind_of(".gz"));
    assert_null(pack_kind_of("gz"));
    assert_null(pack_kind_of("a.csv"));
    assert_null(pack_kind_of(""));
}

static bool refuse(void *context, const char *p, size_t n, struct err *e)
{
    (void)context, (void)p, (void)n;
    return err_set(e, ERR_IO, NULL, "no more");
}

/* What the taker says ends it. */
static void refused(void **state)
{
    static const char *const paths[] = {"x.gz", "x.zst"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pack *pack;
        struct err e;
        assert_true(pack_open(&pack, pack_kind_of(paths[i]), refuse, NULL, &e));
        assert_true(pack_write(pack, "abc", 3, &e));
        assert_false(pack_end(pack, &e));
        assert_int_equal(e.status, ERR_IO);
        pack_close(pack);
    }
    pack_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(kinds),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
