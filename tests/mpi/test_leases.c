/* Who does which part: random jobs of ranks that do their parts, fail, and die, against a model
 * that is written down event by event. And how many parts a run is cut into. */
#include "matcher/mpi/leases.h"

#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdlib.h>

#define MOST_PARTS 40
#define MOST_RANKS 6
#define NOBODY UINT32_MAX

/* What is true of a run, over all its jobs. */
struct model {
    uint32_t n_parts, n_ranks;
    bool whole[MOST_PARTS];          /* its file exists */
    uint32_t times_done[MOST_PARTS]; /* in all jobs */
    uint32_t holder[MOST_PARTS];     /* in this job … */
    uint32_t failed_on[MOST_PARTS];
    uint32_t part_of[MOST_RANKS];
    bool asked[MOST_RANKS];
};

static void begin_job(struct model *m, struct leases *l)
{
    struct err e;
    assert_true(leases_open(l, m->n_parts, m->n_ranks, &e));
    for (uint32_t i = 0; i < m->n_parts; i++) {
        m->holder[i] = m->failed_on[i] = NOBODY;
        if (m->whole[i])
            leases_skip(l, i);
    }
    for (uint32_t r = 0; r < m->n_ranks; r++) {
        leases_ask(l, r);
        m->part_of[r] = NOBODY;
        m->asked[r] = true;
    }
}

/* May this rank have the part? */
static bool may_have(const struct model *m, uint32_t rank, uint32_t part)
{
    return !m->whole[part] && m->holder[part] == NOBODY &&
           (m->failed_on[part] != rank || m->n_ranks == 1);
}

/* The part that comes first of all that the rank may have. */
static uint32_t first_for(const struct model *m, uint32_t rank)
{
    for (uint32_t i = 0; i < m->n_parts; i++)
        if (may_have(m, rank, i) && m->failed_on[i] != NOBODY)
            return i;
    for (uint32_t i = m->n_parts; i-- > 0;)
        if (may_have(m, rank, i))
            return i;
    return NOBODY;
}

/* All leases that can be given; then nobody asks for whom there is a part. */
static void give_all(struct model *m, struct leases *l)
{
    uint32_t rank, part;
    while (leases_give(l, &rank, &part)) {
        assert_true(m->asked[rank]);
        assert_int_equal(part, first_for(m, rank));
        m->holder[part] = rank;
        m->part_of[rank] = part;
        m->asked[rank] = false;
    }
    for (uint32_t r = 0; r < m->n_ranks; r++)
        assert_true(!m->asked[r] || first_for(m, r) == NOBODY);
}

static void done(struct model *m, struct leases *l, uint32_t rank)
{
    const uint32_t part = m->part_of[rank];
    leases_done(l, rank);
    leases_ask(l, rank);
    m->whole[part] = true;
    m->times_done[part]++;
    m->holder[part] = m->part_of[rank] = NOBODY;
    m->asked[rank] = true;
}

/* False: the job is over. */
static bool failed(struct model *m, struct leases *l, uint32_t rank)
{
    const uint32_t part = m->part_of[rank];
    const bool once_more = leases_failed(l, rank);
    assert_int_equal(once_more, m->failed_on[part] == NOBODY);
    if (!once_more)
        return false;
    leases_ask(l, rank);
    m->failed_on[part] = rank;
    m->holder[part] = m->part_of[rank] = NOBODY;
    m->asked[rank] = true;
    return true;
}

static uint32_t count_whole(const struct model *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < m->n_parts; i++)
        n += m->whole[i];
    return n;
}

/* Until all parts are done, or the job is over before that: a rank dies, or a part fails twice. */
static void do_job(struct model *m)
{
    struct leases l;
    begin_job(m, &l);
    for (bool goes_on = true; goes_on && l.n_done < m->n_parts;) {
        give_all(m, &l);
        const uint32_t rank = harness_below(m->n_ranks), luck = harness_below(100);
        if (m->part_of[rank] == NOBODY)
            continue;
        if (luck < 2)
            goes_on = false;
        else if (luck < 12)
            goes_on = failed(m, &l, rank);
        else if (luck < 60)
            done(m, &l, rank);
        assert_int_equal(l.n_done, count_whole(m));
    }
    leases_close(&l);
}

static void test_each_part_is_done_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct model m = {0};
        harness_seed(seed);
        m.n_parts = 1 + harness_below(MOST_PARTS);
        m.n_ranks = 1 + harness_below(MOST_RANKS);
        for (int jobs = 0; count_whole(&m) < m.n_parts; jobs++) {
            assert_true(jobs < 1000);
            do_job(&m);
        }
        for (uint32_t i = 0; i < m.n_parts; i++)
            assert_int_equal(m.times_done[i], 1);
    }
}

static void test_a_part_that_failed_goes_to_another_rank(void **state)
{
    struct leases l;
    struct err e;
    uint32_t rank, part;
    (void)state;
    assert_true(leases_open(&l, 1, 2, &e));
    leases_ask(&l, 1);
    assert_true(leases_give(&l, &rank, &part));
    assert_true(leases_failed(&l, 1));
    leases_ask(&l, 1);
    assert_false(leases_give(&l, &rank, &part)); /* it waits for rank 0 */
    leases_ask(&l, 0);
    assert_true(leases_give(&l, &rank, &part));
    assert_int_equal(rank, 0);
    assert_false(leases_failed(&l, 0)); /* the run is over */
    leases_close(&l);
}

static void test_the_number_of_parts(void **state)
{
    (void)state;
    assert_int_equal(leases_parts(0, 3, 6), 3); /* one for each rank at least */
    assert_int_equal(leases_parts(1.2, 2, 2), 2);
    assert_int_equal(leases_parts(8, 2, 4), 4);    /* two seconds: parts of one */
    assert_int_equal(leases_parts(32, 2, 4), 8);   /* eight seconds: four parts a rank */
    assert_int_equal(leases_parts(800, 2, 4), 80); /* parts of five seconds … */
    assert_int_equal(leases_parts((double)NAN, 2, 4), 16);
    assert_int_equal(leases_parts(1e6, 2, 4), 128);     /* … but not more than 64 a rank */
    assert_int_equal(leases_parts(1e9, 1000, 4), 4096); /* nor than merge opens */
    assert_int_equal(leases_parts(1e9, 10000, 10000), 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_part_is_done_once),
        cmocka_unit_test(test_a_part_that_failed_goes_to_another_rank),
        cmocka_unit_test(test_the_number_of_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
