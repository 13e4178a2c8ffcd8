/* The file of a prepared run, and the runs of rows of a part's output: what is written is read
 * again, and a byte that was changed is seen. */
#include "matcher/pairs/row_runs.h"
#include "matcher/shard/run_file.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define LAYOUT 7

static char path[] = "/tmp/axb-run-file-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    const int fd = mkstemp(path);
    return fd < 0 ? 1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

/* ---- The file --------------------------------------------------------------------------------*/

/* Writes pieces of these sizes, filled with random bytes that the caller frees. */
static char *write_pieces(const size_t bytes[RUN_PIECES], struct run_pieces *pieces)
{
    struct err e;
    struct out out;
    size_t all = 0, at = 0;
    for (int k = 0; k < RUN_PIECES; k++)
        all += bytes[k];
    char *random = malloc(all);
    for (size_t i = 0; i < all; i++)
        random[i] = (char)harness_below(256);
    for (int k = 0; k < RUN_PIECES; at += bytes[k++])
        pieces->of[k] = (struct shm_view){random + at, bytes[k]};
    assert_true(out_open(&out, path, &e) && run_file_write(pieces, LAYOUT, &out, &e) &&
                out_commit(&out, &e));
    return random;
}

static const size_t sizes[RUN_PIECES] = {
    [RUN_FACTS] = 65, [RUN_VALUES] = 65536, [RUN_TABLE_A] = 200001, [RUN_HALF + 3] = 4096};

static void pieces_are_read_again(void **state)
{
    (void)state;
    struct err e;
    struct run_pieces pieces;
    struct run_file f;
    char *random = write_pieces(sizes, &pieces);
    assert_true(run_file_open(&f, path, LAYOUT, &e) && run_file_check(&f, &e));
    for (int k = 0; k < RUN_PIECES; k++) {
        struct shm s;
        assert_true(f.piece[k].bytes == sizes[k] && f.piece[k].at % SHM_PIECE_ALIGN == 0);
        assert_true(run_file_map(&f, (enum run_piece)k, &s, &e) == (sizes[k] > 0));
        if (sizes[k])
            assert_true(s.bytes == sizes[k] && s.file_at == f.piece[k].at &&
                        memcmp(s.base, pieces.of[k].base, sizes[k]) == 0);
        shm_close(&s);
    }
    run_file_close(&f);
    free(random);
}

static void change(uint64_t at, char with)
{
    char byte;
    const int fd = open(path, O_RDWR);
    assert_true(pread(fd, &byte, 1, (off_t)at) == 1);
    byte = (char)(byte ^ with);
    assert_true(pwrite(fd, &byte, 1, (off_t)at) == 1);
    close(fd);
}

static void changed_bytes_are_seen(void **state)
{
    (void)state;
    struct err e;
    struct run_pieces pieces;
    struct run_file f;
    free(write_pieces(sizes, &pieces));
    assert_true(run_file_open(&f, path, LAYOUT, &e));
    const struct run_file whole = f;
    run_file_close(&f);
    for (int k = 0; k < RUN_PIECES; k++)
        for (int i = 0; i < 3 && sizes[k]; i++) {
            const uint64_t at = whole.piece[k].at + (i == 0   ? 0
                                                     : i == 1 ? sizes[k] - 1
                                                              : harness_below((uint32_t)sizes[k]));
            change(at, 4);
            assert_true(run_file_open(&f, path, LAYOUT, &e));
            assert_false(run_file_check(&f, &e));
            assert_int_equal(e.status, ERR_DATA);
            run_file_close(&f);
            change(at, 4);
        }
}

/* A head that was written by another program, with a checksum that is right. `what` is at an offset
 * of 64-bit numbers. */
static void check_other(size_t at, uint64_t what, const char *says)
{
    char head[4096];
    struct err e = {0};
    struct run_file f;
    const size_t check_at = 8 + 64 + 8 + 8 + sizeof f.piece;
    const int fd = open(path, O_RDWR);
    assert_true(pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head);
    memcpy(head + at, &what, sizeof what);
    const uint64_t check = XXH3_64bits(head, check_at);
    memcpy(head + check_at, &check, sizeof check);
    assert_true(pwrite(fd, head, sizeof head, 0) == (ssize_t)sizeof head);
    close(fd);
    assert_false(run_file_open(&f, path, LAYOUT, &e));
    run_file_close(&f);
    if (e.status != ERR_DATA || !strstr(e.text, says))
        fail_msg("%s, not %s", e.text, says);
}

static void others_are_refused(void **state)
{
    (void)state;
    struct err e;
    struct run_pieces pieces;
    struct run_file f;
    free(write_pieces(sizes, &pieces));
    assert_false(run_file_open(&f, path, LAYOUT + 1, &e));
    assert_non_null(strstr(e.text, "another axb"));
    run_file_close(&f);
    check_other(8, 0x392e392e39, "another axb (9.9.9)");
    free(write_pieces(sizes, &pieces));
    check_other(40, 0x78617620, "was written on  vax");
    free(write_pieces(sizes, &pieces));
    check_other(0, __builtin_bswap64(0x314e555242584121ull), "another byte order");
    free(write_pieces(sizes, &pieces));
    check_other(88 + 8, UINT64_MAX / 2, "it is cut");
}

/* ---- Runs of rows ----------------------------------------------------------------------------*/

/* Lines of some rows as stretches, each with so many rows; returns the bytes. */
static size_t write_stretches(char *to, const uint32_t *bytes, uint32_t n, uint32_t each)
{
    struct row_runs *r = row_runs_open();
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < bytes[i]; k++)
            to[at + k] = (char)harness_below(256);
        row_runs_lines(r, to + at, bytes[i]);
        row_runs_add(r, 3 * i, bytes[i]);
        at += bytes[i];
        if ((i + 1) % each && i + 1 < n)
            continue;
        row_runs_finish(r);
        memcpy(to + at, r->run, r->end.n * sizeof *r->run);
        at += r->end.n * sizeof *r->run;
        memcpy(to + at, &r->end, sizeof r->end);
        at += sizeof r->end;
        row_runs_next(r);
    }
    row_runs_close(r);
    return at;
}

static void rows_are_found_again(void **state)
{
    (void)state;
    enum { N = 500 };
    uint32_t bytes[N];
    char *p = malloc(N * 200);
    for (uint32_t i = 0; i < N; i++)
        bytes[i] = 1 + harness_below(90);
    for (uint32_t each = 1; each < 600; each += 1 + each / 2) {
        size_t at = write_stretches(p, bytes, N, each);
        uint32_t row = N;
        struct row_stretch s;
        while (at && row_stretch_last(&s, p, at)) {
            assert_true(row_stretch_check(&s));
            for (uint32_t i = s.end.n; i-- > 0;) {
                const struct row_run run = row_stretch_run(&s, i);
                assert_true(run.row == 3 * --row && run.bytes == bytes[row]);
            }
            at -= row_stretch_bytes(&s);
        }
        assert_true(at == 0 && row == 0);
    }
    free(p);
}

/* Whatever byte of a stretch changes, it is no stretch any more, or not that one. */
static void changed_rows_are_seen(void **state)
{
    (void)state;
    static const uint32_t bytes[] = {30, 1, 77};
    char p[400];
    const size_t n = write_stretches(p, bytes, 3, 3);
    struct row_stretch s;
    for (size_t at = 0; at < n; at++) {
        p[at] = (char)(p[at] ^ 1);
        assert_false(row_stretch_last(&s, p, n) && row_stretch_bytes(&s) == n &&
                     row_stretch_check(&s));
        p[at] = (char)(p[at] ^ 1);
    }
    assert_true(row_stretch_last(&s, p, n) && row_stretch_check(&s));
    for (size_t less = 1; less <= n; less++)
        assert_false(row_stretch_last(&s, p, n - less) && row_stretch_check(&s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_read_again), cmocka_unit_test(changed_bytes_are_seen),
        cmocka_unit_test(others_are_refused),    cmocka_unit_test(rows_are_found_again),
        cmocka_unit_test(changed_rows_are_seen),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
