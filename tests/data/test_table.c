/* data/table: a view of a valid segment, and the refusal of every damaged one. */
#include "core/shm.h"
#include "data/table.h"
#include "tests/test.h"

#include <string.h>

/* A segment with one column of two values in three rows. */
struct sample {
    char free_bytes[SHM_HEAD_AT];
    struct table_head head;
    struct table_column column;
    char path[8], name[8];
    uint64_t begin[3];
    char bytes[72];
    uint32_t rows[4];
};

static struct shm make(struct sample *s)
{
    *s = (struct sample){
        .head = {.magic = TABLE_MAGIC,
                 .version = TABLE_VERSION,
                 .n_columns = 1,
                 .n_rows = 3,
                 .bytes = sizeof *s,
                 .columns_at = offsetof(struct sample, column),
                 .path_at = offsetof(struct sample, path)},
        .column = {.name_at = offsetof(struct sample, name),
                   .value_begin_at = offsetof(struct sample, begin),
                   .value_bytes_at = offsetof(struct sample, bytes),
                   .row_value_at = offsetof(struct sample, rows),
                   .name_bytes = 4,
                   .n_values = 2,
                   .missing = 1},
        .path = "a.csv",
        .name = "city",
        .begin = {0, 4, 8},
        .bytes = "RomeBonn",
        .rows = {1, TABLE_MISSING, 0},
    };
    return (struct shm){.fd = -1, .base = (char *)s, .bytes = sizeof *s, .used_bytes = sizeof *s};
}

static void test_view(void **state)
{
    (void)state;
    struct sample s;
    struct shm shm = make(&s);
    struct table t;
    struct err e;
    assert_true(table_view(&t, &shm, &e));
    assert_string_equal(table_column_name(&t, 0), "city");
    assert_int_equal(table_row_values(&t, 0)[1], TABLE_MISSING);
    struct bytes b = table_value(&t, 0, table_row_values(&t, 0)[0]);
    assert_int_equal(b.n, 4);
    assert_memory_equal(b.p, "Bonn", 4);
}

/* Sets 4 or 8 bytes of the segment wrong and looks whether that is seen. */
static void check_damage(size_t at, size_t size, uint64_t value)
{
    struct sample s;
    struct shm shm = make(&s);
    struct table t;
    struct err e;
    memcpy(shm.base + at, &value, size);
    assert_false(table_view(&t, &shm, &e));
    assert_int_equal(e.status, ERR_DATA);
}

#define HEAD(member) offsetof(struct sample, head) + offsetof(struct table_head, member)
#define COLUMN(member) offsetof(struct sample, column) + offsetof(struct table_column, member)

static void test_damage(void **state)
{
    (void)state;
    static const size_t offsets[] = {HEAD(columns_at),       HEAD(path_at),
                                     COLUMN(name_at),        COLUMN(value_begin_at),
                                     COLUMN(value_bytes_at), COLUMN(row_value_at)};
    static const uint64_t wrong[] = {
        0, 8, sizeof(struct sample) + 1, UINT64_MAX, UINT64_MAX - 7, 1ull << 40};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++)
        for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
            check_damage(offsets[i], 8, wrong[k]);
    check_damage(HEAD(magic), 8, 7);
    check_damage(HEAD(version), 4, TABLE_VERSION + 1);
    check_damage(HEAD(n_columns), 4, 1u << 30);
    check_damage(HEAD(n_rows), 8, 1ull << 61);
    check_damage(HEAD(bytes), 8, sizeof(struct sample) + 1);
    check_damage(COLUMN(name_bytes), 4, UINT32_MAX);
    check_damage(COLUMN(name_bytes), 4, 3);
    check_damage(COLUMN(n_values), 4, UINT32_MAX);
    check_damage(COLUMN(missing), 8, 4);
    check_damage(COLUMN(value_begin_at), 8, offsetof(struct sample, begin) + 1);
    check_damage(offsetof(struct sample, begin) + 16, 8, 1ull << 62);
}

static void test_too_short(void **state)
{
    (void)state;
    struct sample s;
    struct table t;
    struct err e;
    for (size_t bytes = 0; bytes < sizeof s; bytes += 4) {
        struct shm shm = make(&s);
        shm.bytes = bytes;
        assert_false(table_view(&t, &shm, &e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_too_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
