/* What `build` and `open` of a join do when memory runs out: each allocation in them fails
 * once, the first, the second and so on, until all went well. A failure is said, and leaves nothing
 * allocated; `open` leaves the caller a NULL. The calls are those of our code alone
 * (JOIN_REFUSED_CALLS in CMakeLists.txt). Threads share the counters. */
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
    return __atomic_load_n(&until_refused, __ATOMIC_RELAXED) >= 0 &&
           __atomic_fetch_sub(&until_refused, 1, __ATOMIC_RELAXED) == 0;
}

static void *count(void *p)
{
    __atomic_fetch_add(&live, p != NULL, __ATOMIC_RELAXED);
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
    __atomic_fetch_sub(&live, p != NULL, __ATOMIC_RELAXED);
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

/* The same of `build`, which may do without what only its plans need. */
static void refuse_each_of_build(const struct join *join, const struct join_job *job)
{
    bool refused = true;
    for (long k = 0, before = live; refused; k++) {
        struct err e = {0};
        struct shm index;
        uint32_t n_items;
        assert_true(shm_create(&index, "a test", (size_t)1 << 30, &e));
        until_refused = k;
        const bool ok = join->build(job, &index, &n_items, &e);
        refused = until_refused < 0;
        until_refused = -1;
        shm_close(&index);
        if ((!ok && (!refused || e.status != ERR_OS)) || live != before)
            fail_msg("%s, %s, allocation %ld of build: status %d, %ld are left", join->name,
                     job->use.metric->name, k, ok ? 0 : (int)e.status, live - before);
    }
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

/* Every join that can do a metric, over texts of one shape. Adds up the allocations by join. A join
 * is built once alone without memory, for its first metric, since that takes time. */
static void check_shape(const struct harness_shape *shape, long *allocations, bool *built)
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
                if ((metric->flags & METRIC_OF_COLUMNS) || join->cost(&job) > 1e300)
                    continue;
                allocations[k] += check_join(join, &job);
                if (!built[k])
                    refuse_each_of_build(join, &job);
                built[k] = true;
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
    bool built[32] = {false};
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], allocations, built);
    size_t with = 0;
    for (size_t k = 0; (join = join_at(k)) != NULL; k++)
        with += allocations[k] > 0;
    assert_int_equal(with, 14); /* all but those of equal values, of equal codes and of places */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(open_gives_back_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
