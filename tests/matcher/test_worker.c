/* The worker loop as threads, for ThreadSanitizer and against the double loop: many workers on one
 * control segment, joins and loops, must find the same number of pairs as one after the other. */
#include "core/shm.h"
#include "matcher/engine/stage_kind.h"
#include "matcher/engine/wire.h"
#include "matcher/join/join.h"
#include "matcher/worker/worker.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/harness/harness_wire.h"
#include "tests/test.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS 4u
#define ROWS 700u
#define RING_BYTES (1u << 22) /* the frames of a whole stage */

static char texts[ROWS][16];

/* Names of few letters, so that many are alike. */
static void make_texts(const char *pointers[ROWS])
{
    srand(11);
    for (size_t i = 0; i < ROWS; i++) {
        size_t n = 3 + (size_t)(rand() % 9);
        for (size_t k = 0; k < n; k++)
            texts[i][k] = (char)('a' + rand() % 3);
        texts[i][n] = 0;
        pointers[i] = texts[i];
    }
}

struct thread {
    struct worker worker;
    pthread_t id;
    bool ok;
};

static void *run(void *context)
{
    struct thread *t = context;
    struct err e = {0};
    t->ok = worker_loop(&t->worker, &e);
    return NULL;
}

/* Takes what a ring reports: tiles that are done, and their pairs. */
static uint64_t pairs_of(struct harness_wire *h, unsigned i, char *done)
{
    static _Alignas(16) char bytes[RING_BYTES];
    const struct wire_done *d = (const void *)bytes;
    const bool finds_pairs = stage_kind_at(h->orders->task.kind)->finds_pairs;
    struct wire_frame f;
    uint64_t pairs = 0;
    while (harness_wire_take(h, i, &f, bytes)) {
        assert_true(f.last);
        done[f.tile]++;
        pairs += finds_pairs ? d->work.rows : d->work.counted;
    }
    return pairs;
}

static uint64_t count_with(const struct wire_task *task, const struct worker *like)
{
    struct harness_wire h;
    struct thread threads[WORKERS];
    uint64_t pairs = 0;
    char *done = calloc(task->n_tiles + 1, 1);
    assert_non_null(done);
    harness_wire_make(&h, task, RING_BYTES, 0);
    for (unsigned i = 0; i < task->n_workers; i++) {
        threads[i] = (struct thread){.worker = *like};
        harness_wire_attach(&h, i, &threads[i].worker.wire);
        threads[i].worker.task = &h.orders->task;
        threads[i].worker.a = &threads[i].worker.index.field[0].side;
        assert_int_equal(pthread_create(&threads[i].id, NULL, run, &threads[i]), 0);
    }
    for (unsigned i = 0; i < task->n_workers; i++) {
        pthread_join(threads[i].id, NULL);
        assert_true(threads[i].ok);
    }
    for (unsigned i = 0; i < task->n_workers; i++)
        pairs += pairs_of(&h, i, done);
    for (uint64_t tile = 0; tile < task->n_tiles; tile++)
        assert_int_equal(done[tile], 1);
    harness_wire_free(&h);
    free(done);
    return pairs;
}

/* What worker_loop needs of tables: how many rows they have. */
static void make_worker(struct worker *w, const struct harness_dictionary *r,
                        struct table_head heads[2])
{
    *w = (struct worker){0};
    for (int side = 0; side < 2; side++) {
        heads[side] = (struct table_head){.n_rows = ROWS};
        w->tables[side].head = &heads[side];
    }
    w->index.dictionary = r->dictionary;
    w->index.n_fields = 2;
    w->index.field[0].side = r->a;
    w->index.field[1].side = r->b;
    w->index.rows[0].n = r->a.n_rows;
    w->index.rows[1].n = r->b.n_rows;
}

static uint64_t double_loop(const struct harness_dictionary *r, const struct metric_use *use,
                            double min)
{
    struct metric_state *s;
    struct err e;
    uint64_t pairs = 0;
    assert_true(metric_open(&s, use, &r->dictionary.alphabet, r->dictionary.max_length, &e));
    for (uint32_t i = 0; i < ROWS; i++)
        for (uint32_t j = 0; j < ROWS; j++)
            pairs +=
                metric_score(s, dictionary_text(&r->dictionary, r->a.value[r->a.row_place[i]]),
                             dictionary_text(&r->dictionary, r->b.value[r->b.row_place[j]])) >= min;
    metric_close(s);
    return pairs;
}

static void check_stage(const struct wire_task *task, const struct worker *w, uint64_t expected)
{
    struct wire_task one = *task;
    one.n_workers = 1;
    assert_int_equal(count_with(&one, w), expected);
    for (int again = 0; again < 5; again++)
        assert_int_equal(count_with(task, w), expected);
}

/* Every pair, tile by tile of 16 rows. */
static void check_loop(const struct worker *w, const struct wire_metric *metric, double threshold,
                       uint64_t expected)
{
    struct wire_task task = {.kind = stage_kind_number(&stage_loop),
                             .n_workers = WORKERS,
                             .count = true,
                             .sides.field_b = 1,
                             .row_to = ROWS,
                             .rows_per_tile = 16,
                             .n_tiles = (ROWS + 15) / 16,
                             .goal = {.threshold = threshold, .most = (double)INFINITY},
                             .loop.metric = *metric};
    check_stage(&task, w, expected);
}

static void check_join(struct worker *w, const struct wire_metric *metric, double need,
                       uint64_t expected)
{
    struct wire_task task = {.kind = stage_kind_number(&stage_join),
                             .n_workers = WORKERS,
                             .count = true,
                             .prune = true,
                             .sides.field_b = 1,
                             .row_to = ROWS,
                             .join = {.metric = *metric, .need = need}};
    struct join_job job =
        worker_join_job(&task, &w->index, &w->index.field[0].side, (struct shm_view){NULL, 0});
    double cost;
    const struct join *join = join_choose(&job, NULL, &cost);
    struct shm index;
    uint32_t n_items;
    struct err e;
    assert_true(shm_create(&index, "the join", 1ull << 34, &e));
    assert_true(join->build(&job, &index, &n_items, &e));
    while (join_at(task.join.join) != join)
        task.join.join++;
    task.n_tiles = n_items;
    w->join_index = shm_view_of(&index);
    check_stage(&task, w, expected);
    shm_close(&index);
}

static void check_metric(const struct harness_dictionary *r, uint32_t number, double threshold)
{
    const struct wire_metric metric = {.metric = number};
    const struct wire_sides sides = {.field_a = 0, .field_b = 1};
    static const struct index none;
    const struct metric_use use = worker_metric_use(&metric, &sides, &none);
    const uint64_t expected = double_loop(r, &use, threshold);
    struct table_head heads[2];
    struct worker *w = malloc(sizeof *w);
    assert_non_null(w);
    make_worker(w, r, heads);
    check_loop(w, &metric, threshold, expected);
    check_join(w, &metric, threshold, expected);
    free(w);
}

static void every_metric(void **state)
{
    const char *pointers[ROWS];
    struct harness_dictionary r;
    static const char *const names[] = {"levenshtein", "jaro_winkler", "jaccard", "equal"};
    const struct metric *m;
    (void)state;
    make_texts(pointers);
    harness_dictionary_make(&r, pointers, ROWS, pointers, ROWS);
    for (uint32_t i = 0; (m = metric_at(i)) != NULL; i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (strcmp(m->name, names[k]) == 0)
                check_metric(&r, i, 0.7);
    harness_dictionary_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_metric)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
