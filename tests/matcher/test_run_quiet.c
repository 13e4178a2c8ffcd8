/* With -q nothing is looked for that only a note would say. */
#include "matcher/run/run.h"
#include "tests/test.h"

#include <sys/mman.h>

/* A run of one term whose tables nobody may read: to touch them ends the test. */
static void nothing_is_read(void **state)
{
    (void)state;
    struct opts o = {.level = LOG_QUIET};
    struct run *r = calloc(1, sizeof *r);
    struct err e;
    void *nowhere = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_non_null(r);
    assert_true(nowhere != MAP_FAILED);
    r->opts = &o;
    r->query.expr.n_terms = 1;
    r->query.expr.column[0].kind = INDEX_TEXT;
    r->loaded.inputs.index.field[0].side.n = 1;
    r->loaded.inputs.index.field[0].side.value = nowhere;
    r->loaded.field[0].table = nowhere;
    r->loaded.inputs.table[0].head = r->loaded.inputs.table[1].head = nowhere;
    assert_true(run_expect(r, &e));
    run_note_expected(r);
    run_note_ids(r);
    munmap(nowhere, 1 << 20);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_is_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
