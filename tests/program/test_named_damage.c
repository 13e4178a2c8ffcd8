/* Named tables that are damaged, or another's, are refused; what passes the checks can be read. */
#include "core/shm.h"
#include "data/named.h"
#include "data/table.h"
#include "tests/harness/harness_named.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A segment in memory of exactly its size, so that whatever reads after its end is seen. */
static struct shm copy_of(const char *bytes, size_t n)
{
    struct shm s = {.fd = -1, .base = aligned_alloc(64, n), .bytes = n, .used_bytes = n};
    memcpy(s.base, bytes, n);
    return s;
}

/* Reads all that a run could read of a column. */
static uint64_t read_all(const struct table *t, uint32_t column)
{
    uint64_t sum = table_column_fingerprint(t, column);
    for (uint64_t i = 0; i < t->head->n_rows; i++) {
        uint32_t value = table_row_values(t, column)[i];
        struct bytes v = {"", 0};
        if (value != TABLE_MISSING)
            v = table_value(t, column, value);
        for (uint32_t k = 0; k < v.n; k++)
            sum += (unsigned char)v.p[k];
    }
    return sum;
}

/* How many columns of a segment pass all checks; -1 if it is refused as a whole. */
static int passing_columns(const struct shm *s)
{
    struct table t;
    struct err e = {0};
    int passing = 0;
    if (!table_check(&t, s, &e)) {
        assert_int_equal(e.status, ERR_DATA);
        return -1;
    }
    for (uint32_t c = 0; c < t.head->n_columns; c++)
        if (table_check_column(&t, c, &e)) {
            read_all(&t, c);
            passing++;
        }
    return passing;
}

static void flipped_bytes(void **state)
{
    size_t n;
    char *bytes = harness_named_saved(&n);
    const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
    struct shm s = copy_of(bytes, n);
    (void)state;
    assert_int_equal(head->bytes, n);
    assert_int_equal(passing_columns(&s), 3);
    for (size_t i = SHM_HEAD_AT; i < n; i++) {
        s.base[i] ^= (char)(1u << harness_below(8));
        assert_in_range(passing_columns(&s) + 1, 0, i < head->body_at ? 0 : 3);
        s.base[i] = bytes[i];
    }
    free(s.base);
    free(bytes);
}

static void cut_short(void **state)
{
    size_t n;
    char *bytes = harness_named_saved(&n);
    (void)state;
    for (size_t k = 64; k <= n + 640; k += k < 2048 ? 4 : 64) {
        struct shm s = {.fd = -1, .base = aligned_alloc(64, (k + 63) / 64 * 64)};
        s.bytes = s.used_bytes = k;
        memset(s.base, 0, k);
        memcpy(s.base, bytes, k < n ? k : n);
        assert_int_equal(passing_columns(&s), k == n ? 3 : -1);
        free(s.base);
    }
    free(bytes);
}

/* Wrong contents with right checksums, as nobody but ourselves could write them: whatever passes
 * can be read without leaving the segment. */
static void forged(void **state)
{
    size_t n;
    char *bytes = harness_named_saved(&n);
    int refused = 0;
    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        struct shm s = copy_of(bytes, n);
        const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
        for (uint32_t i = 1 + harness_below(3); i; i--) {
            size_t place = head->body_at + harness_below((uint32_t)(n - head->body_at) / 4) * 4;
            uint32_t wrong = harness_below(2) ? harness_below(64)
                                              : harness_below(1u << 31) * 2u + harness_below(2);
            memcpy(s.base + place, &wrong, harness_below(2) ? 4 : 1);
        }
        table_add_checksums(&s);
        refused += passing_columns(&s) < 3;
        free(s.base);
    }
    assert_in_range(refused, 5000, 19999);
    free(bytes);
}

/* The program says what to do. */
static void damaged_file(void **state)
{
    char path[128], words[200], *err;
    size_t n;
    char *bytes = harness_named_saved(&n);
    const struct table_head *head = (const void *)(bytes + SHM_HEAD_AT);
    const size_t places[] = {SHM_HEAD_AT,   SHM_HEAD_AT + 9,   head->columns_at,
                             head->path_at, head->body_at + 8, n};
    (void)state;
    harness_named_path("d", path);
    snprintf(words, sizeof words, "dedupe %s --on name --min 0.5", harness_named_at("d"));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *wrong = malloc(n);
        memcpy(wrong, bytes, n);
        if (places[i] < n)
            wrong[places[i]] ^= 4;
        harness_write(path, wrong, places[i] < n ? n : n - 64);
        assert_int_equal(harness_named_fails(words, &err), 65);
        assert_non_null(strstr(err, "axb data rm "));
        free(err);
        free(wrong);
    }
    harness_named_load("d", "d.csv", "-q");
    assert_int_equal(harness_named_axb(words, NULL, NULL), 0);
    free(bytes);
}

static void check_refused(const char *what)
{
    char words[200], *err;
    snprintf(words, sizeof words, "dedupe %s --on name --min 0.5", harness_named_at("d"));
    assert_int_equal(harness_named_fails(words, &err), 65);
    if (!strstr(err, what))
        fail_msg("not \"%s\" but: %s", what, err);
    free(err);
    assert_int_equal(harness_named_axb("data ls", NULL, NULL), 0);
}

static void foreign_files(void **state)
{
    char path[128];
    size_t n;
    (void)state;
    free(harness_named_saved(&n));
    harness_named_path("d", path);
    assert_int_equal(chmod(path, 0620), 0);
    check_refused("can be written by other users");
    assert_int_equal(chmod(path, 0602), 0);
    check_refused("can be written by other users");
    assert_int_equal(chmod(path, 0600), 0);
    if (chown(path, 65534, 65534) == 0) /* only root may */
        check_refused("belongs to another user");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    check_refused("is not a file");
    unlink(path);
    assert_int_equal(symlink("A.csv", path), 0);
    check_refused("is not a file");
    unlink(path);
    harness_write(path, "", 0);
    check_refused("holds nothing");
    chmod(path, 0600);
    harness_named_random_csv(path, "name,city\n", 2, 5000);
    check_refused("holds none");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_bytes), cmocka_unit_test(cut_short),     cmocka_unit_test(forged),
        cmocka_unit_test(damaged_file),  cmocka_unit_test(foreign_files),
    };
    return cmocka_run_group_tests(tests, harness_named_set_up, harness_named_tear_down);
}
