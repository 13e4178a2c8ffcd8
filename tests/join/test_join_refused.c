/* What `open` of a join does when memory runs out: each allocation in it fails once, the first, the
 * second and so on, until all went well. A failure is said, leaves nothing allocated, and leaves
 * the caller a NULL. The calls are those of our code alone (JOIN_REFUSED_CALLS in CMakeLists.txt).
 */
#include "core/shm.h"
#include "tests/harness/harness_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static long until_refused = -1; /* so many more allocations succeed; -1: all of them */
static long live;               /* allocations that are not freed */

static bool refuse(void)
{
    return until_refused >= 0 && until_refused-- == 0;
}

static void *count(void *p)
{
    live += p != NULL;
    return p;
}

#define WRAP(name, parameters, arguments)                                                          \
    void *__real_##name parameters;                                                                \
    void *__wrap_##name parameters;                                                                \
    void *__wrap_##name parameters                                                                 \
    {                                                                                              \
        return refuse() ? NULL : count(__real_##name arguments);                                   \
    }

WRAP(malloc, (size_t n), (n))
WRAP(calloc, (size_t n, size_t bytes), (n, bytes))
WRAP(aligned_alloc, (size_t align, size_t bytes), (align, bytes))

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}

/* Refuses each allocation of `open` in turn. Returns how many there are. */
static long refuse_each(const struct join *join, const struct join_job *job, struct shm_view index)
{
    bool ok = false;
    long k = 0, before = live;
    for (; !ok; k++) {
        struct err e = {0};
        int anything;
        void *scratch = &anything;
        until_refused = k;
        ok = join->open(job, index, &scratch, &e);
        until_refused = -1;
        if (ok)
            join->close(scratch);
        else if (scratch || e.status != ERR_OS)
            fail_msg("%s, %s, allocation %ld: scratch %p, status %d", join->name,
                     job->use.metric->name, k, scratch, (int)e.status);
        if (live != before)
            fail_msg("%s, %s, allocation %ld: %ld are left", join->name, job->use.metric->name, k,
                     live - before);
    }
    return k - 1;
}

static long check_join(const struct join *join, const struct join_job *job)
{
    struct shm index;
    struct err e;
    uint32_t n_items;
    assert_true(shm_create(&index, "a test", (size_t)1 << 30, &e));
    assert_true(join->build(job, &index, &n_items, &e));
    long allocations = refuse_each(join, job, shm_view_of(&index));
    shm_close(&index);
    return allocations;
}

/* Every join that can do a metric, over texts of one shape. Adds up the allocations by join. */
static void check_shape(const struct harness_shape *shape, long *allocations)
{
    const struct metric *metric;
    const struct join *join;
    for (size_t m = 0; (metric = metric_at(m)) != NULL; m++) {
        struct harness_dictionary r;
        harness_dictionary_formed(&r, shape, metric->form, false, 3);
        struct join_job job = {.need = 0.8, .dictionary = &r.dictionary, .a = &r.a, .b = &r.b};
        for (size_t k = 0; (join = join_at(k)) != NULL; k++)
            for (int prune = 0; prune < 2; prune++) {
                job.use = (struct metric_use){.metric = metric,
                                              .formed = metric->form != TEXT_FORM_VALUE};
                job.prune = prune;
                if (!(metric->flags & METRIC_OF_COLUMNS) && join->cost(&job) <= 1e300)
                    allocations[k] += check_join(join, &job);
            }
        harness_dictionary_free(&r);
    }
}

static void open_gives_back_all(void **state)
{
    static const struct harness_shape shapes[] = {
        {"names", 26, 'a', 4, 16, 4, 80, 40},
        {"many scripts", 20000, 0x4e00, 2, 12, 3, 80, 200}, /* codes of two bytes */
        {"short and long", 26, 'a', 4, 150, 4, 80, 30},
    };
    const struct join *join;
    long allocations[32] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], allocations);
    size_t with = 0;
    for (size_t k = 0; (join = join_at(k)) != NULL; k++)
        with += allocations[k] > 0;
    assert_int_equal(with, 13); /* all but those of equal values, of equal codes and of places */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(open_gives_back_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
