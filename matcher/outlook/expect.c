/* The joins for a sample of rows; random candidates; what fraction of them match. */
#include "matcher/outlook/expect.h"

#include "core/log.h"
#include "core/process.h"
#include "core/random.h"
#include "core/sort.h"
#include "data/emit.h"
#include "matcher/join/join.h"
#include "matcher/outlook/judge.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ROWS 2048u       /* of A in the sample */
#define LEAST_ROWS 16u        /* so many are taken however long they take, up to … */
#define PATIENCE 2.0          /* … so many times what they may */
#define FAR 8.0               /* a sample so many times too dear is halved unseen */
#define MOST_PAIRS (1u << 21) /* of values, that are kept to draw candidates from */
#define MOST_DRAWN 200000u    /* candidates that are evaluated */
#define SHOWN 512u            /* pairs whose lines are measured */
#define SIGMAS 2.0            /* of the range that is said */
#define NONE_OF 3.0           /* with no hit among n, 95 % sure that fewer than 3 / n are */
#define DOMINANT_TRIES 512u   /* pairs of the most frequent value, if these take … */
#define DOMINANT_SECONDS 0.1  /* … no longer */

/* ---- A sample --------------------------------------------------------------------------------*/

struct shown_pair {
    uint32_t row_a, row_b;
    double score;
};

/* The sampled rows of A by their values of one term: a side of its own. */
struct subside {
    struct side side;
    uint32_t value[MOST_ROWS], rows[MOST_ROWS];
    uint64_t rows_begin[MOST_ROWS + 1];
};

/* Pairs of values that an option's join has found, of place in its subside and place of B. */
struct found {
    struct join_pair *pair;
    uint32_t n;
    double candidates; /* pairs of rows that they stand for */
};

struct sample {
    const struct query *query;
    const struct inputs *inputs;
    const struct plan *plan;
    double deadline; /* by log_seconds */
    uint64_t random;
    uint32_t n_rows, row[MOST_ROWS]; /* of A */
    struct subside sub[EXPR_MAX_OPTIONS];
    struct found found[EXPR_MAX_OPTIONS];
    double count[MOST_ROWS]; /* a join alone: matches of each sampled row */
    double hits, drawn;      /* candidates that match, of those that were looked at … */
    uint32_t lanes;          /* … so many at a time */
    struct shown_pair shown[SHOWN];
    uint32_t n_shown;
    bool failed; /* no memory in a thread */
};

static void show_pair(struct sample *s, uint32_t row_a, uint32_t row_b, double score)
{
    if (s->n_shown < SHOWN)
        s->shown[s->n_shown++] = (struct shown_pair){row_a, row_b, score};
}

/* Takes n rows of A at equal distances. */
static void take_rows(struct sample *s, const struct span *span, uint32_t n)
{
    const struct row_list *list = &s->inputs->index.rows[0];
    const uint64_t from = row_list_from(list, span->row_from);
    const uint64_t all = row_list_from(list, span->row_to) - from;
    s->n_rows = all < n ? (uint32_t)all : n;
    for (uint32_t i = 0; i < s->n_rows; i++)
        s->row[i] = (uint32_t)row_list_at(list, from + (all * i + all / 2) / s->n_rows);
}

/* Makes the subside of an option: the sampled rows by place. */
static void make_subside(struct sample *s, uint32_t k)
{
    const struct side *whole = plan_term_side(&s->plan->join[k].by, s->inputs, 0);
    struct subside *sub = &s->sub[k];
    uint64_t key[MOST_ROWS];
    uint32_t n = 0, places = 0;
    for (uint32_t i = 0; i < s->n_rows; i++)
        if (whole->row_place[s->row[i]] != TABLE_MISSING)
            key[n++] = (uint64_t)whole->row_place[s->row[i]] << 32 | i;
    sort_u64(key, n);
    for (uint32_t i = 0; i < n; i++) {
        if (i == 0 || key[i] >> 32 != key[i - 1] >> 32) {
            sub->value[places] = whole->value[key[i] >> 32];
            sub->rows_begin[places++] = i;
        }
        sub->rows[i] = (uint32_t)key[i]; /* a number within the sample */
    }
    sub->rows_begin[places] = n;
    sub->side = (struct side){.n = places,
                              .n_rows = whole->n_rows,
                              .value = sub->value,
                              .rows_begin = sub->rows_begin,
                              .rows = sub->rows};
}

static struct join_job sample_job(const struct sample *s, uint32_t k)
{
    struct join_job job =
        plan_term_job(&s->plan->join[k].by, s->inputs, &s->sub[k].side, s->plan->prune);
    job.self = false;
    return job;
}

/* Takes as many rows as the joins can do in `seconds`; false if even a few take far too long, or if
 * the looks at their costs do. */
static bool take_sample(struct sample *s, const struct span *span, double seconds)
{
    const double all = seconds * omp_get_max_threads(), start = proc_thread_seconds();
    for (uint32_t n = MOST_ROWS;; n /= 2) {
        double cost = 0;
        take_rows(s, span, n);
        for (uint32_t k = 0; k < s->plan->n_joins; k++) {
            double one = 0;
            make_subside(s, k);
            const struct join_job job = sample_job(s, k);
            if (job.a->n && job.b->n)
                (void)join_choose(&job, NULL, &one);
            cost += one;
        }
        if (cost <= all)
            return true;
        const bool late = proc_thread_seconds() - start > seconds;
        if (n == LEAST_ROWS || late)
            return !late && cost <= PATIENCE * all;
        while (n > 2 * LEAST_ROWS && cost > FAR * all) { /* each look at the cost takes time */
            cost /= 2;
            n /= 2;
        }
    }
}

/* ---- Joins -----------------------------------------------------------------------------------*/

/* Where a thread's pairs go. */
struct sample_sink {
    struct join_sink sink; /* first: flush is given this address */
    struct sample *sample;
    uint32_t option;
    struct join_pair pair[1024];
};

/* A join alone: adds the matches of the rows that have the value. */
static void count_matches(struct sample *s, const struct join_pair *p)
{
    const struct side *b = plan_term_side(&s->plan->join[0].by, s->inputs, 1);
    const struct subside *sub = &s->sub[0];
    const bool same = s->inputs->self && sub->value[p->a] == b->value[p->b];
    for (uint64_t i = sub->rows_begin[p->a]; i < sub->rows_begin[p->a + 1]; i++) {
        const uint32_t row = s->row[sub->rows[i]];
        const bool itself = same && row_list_has(&s->inputs->index.rows[1], row);
        s->count[sub->rows[i]] += side_multiplicity(b, p->b) - itself;
        show_pair(s, row, b->rows[b->rows_begin[p->b]], p->score);
    }
}

static void keep_pair(struct sample *s, uint32_t option, const struct join_pair *p)
{
    struct found *f = &s->found[option];
    const struct side *b = plan_term_side(&s->plan->join[option].by, s->inputs, 1);
    f->candidates +=
        (double)side_multiplicity(&s->sub[option].side, p->a) * side_multiplicity(b, p->b);
    if (f->n < MOST_PAIRS)
        f->pair[f->n++] = *p;
}

static void sample_flush(struct join_sink *sink)
{
    struct sample_sink *k = (struct sample_sink *)(void *)sink;
#pragma omp critical(expect_sample)
    for (const struct join_pair *p = k->pair; p < k->sink.next; p++) {
        if (k->sample->plan->kind == PLAN_JOIN)
            count_matches(k->sample, p);
        else
            keep_pair(k->sample, k->option, p);
    }
    k->sink.next = k->pair;
}

/* Runs all items, on all cores. */
static void run_items(struct sample *s, uint32_t option, const struct join *join,
                      const struct join_job *job, struct shm_view index, uint32_t n_items)
{
#pragma omp parallel
    {
        struct sample_sink *sink = calloc(1, sizeof *sink);
        struct join_stats stats = {0};
        struct err unused;
        void *scratch = NULL;
        const bool ok = sink && join->open(job, index, &scratch, &unused);
        if (sink)
            *sink = (struct sample_sink){.sink = {sink->pair, sink->pair + 1024, sample_flush},
                                         .sample = s,
                                         .option = option};
#pragma omp for schedule(dynamic)
        for (uint32_t i = 0; i < n_items; i++)
            if (ok)
                join->run(job, index, scratch, i, &sink->sink, &stats);
        if (ok) {
            sample_flush(&sink->sink);
            join->close(scratch);
        } else {
#pragma omp atomic write
            s->failed = true;
        }
        free(sink);
    }
}

static bool run_join(struct sample *s, uint32_t option, struct err *e)
{
    const struct join_job job = sample_job(s, option);
    struct shm index;
    uint32_t n_items;
    double cost;
    if (job.a->n == 0 || job.b->n == 0)
        return true;
    const struct join *join = join_choose(&job, NULL, &cost);
    if (!shm_create_private(&index, "the index of a sample", 1ull << 38, e))
        return false;
    const bool ok = join->build(&job, &index, &n_items, e);
    if (ok)
        run_items(s, option, join, &job, shm_view_of(&index), n_items);
    shm_close(&index);
    return ok && (!s->failed || err_set(e, ERR_OS, NULL, "not enough memory for a sample"));
}

/* ---- Drawing candidates ----------------------------------------------------------------------*/

/* The sum of the candidates of the pairs up to each; malloced. */
static double *sum_candidates(const struct sample *s, uint32_t option)
{
    const struct found *f = &s->found[option];
    const struct side *b = plan_term_side(&s->plan->join[option].by, s->inputs, 1);
    double *sum = malloc((f->n + 1ull) * sizeof *sum), all = 0;
    for (uint32_t i = 0; sum && i < f->n; i++)
        sum[i] = all += (double)side_multiplicity(&s->sub[option].side, f->pair[i].a) *
                        side_multiplicity(b, f->pair[i].b);
    return sum;
}

static double random_unit(struct sample *s)
{
    return (double)(random_next(&s->random) >> 11) * 0x1p-53;
}

/* A random candidate of an option, into a lane. */
static void draw_candidate(struct sample *s, uint32_t option, const double *sum, struct judge *j,
                           uint32_t lane)
{
    const struct found *f = &s->found[option];
    const struct side *a = &s->sub[option].side;
    const struct side *b = plan_term_side(&s->plan->join[option].by, s->inputs, 1);
    const double at = random_unit(s) * sum[f->n - 1];
    uint32_t from = 0, to = f->n - 1;
    while (from < to) {
        const uint32_t middle = from + (to - from) / 2;
        if (sum[middle] <= at)
            from = middle + 1;
        else
            to = middle;
    }
    const struct join_pair *p = &f->pair[from];
    const uint64_t i = random_next(&s->random) % side_multiplicity(a, p->a);
    const uint64_t k = random_next(&s->random) % side_multiplicity(b, p->b);
    j->row_a[lane] = s->row[a->rows[a->rows_begin[p->a] + i]];
    j->row_b[lane] = b->rows[b->rows_begin[p->b] + k];
}

static void draw_pair(struct sample *s, struct judge *j, uint32_t lane)
{
    const struct row_list *rows = s->inputs->index.rows;
    j->row_a[lane] = s->row[random_next(&s->random) % s->n_rows];
    j->row_b[lane] = (uint32_t)row_list_at(&rows[1], random_next(&s->random) % rows[1].n);
}

static bool reaches(const struct sample *s, const struct judge *j, const struct plan_term *asked,
                    uint32_t lane)
{
    return asked->term == EXPR_NONE ||
           expr_reaches(&s->query->expr.term[asked->term], j->term[asked->term][lane], asked->need);
}

/* The part of a pair that counts for one option: what several options find is shared among them. A
 * candidate reaches the first term of its option, and may not reach the other one. */
static double share(const struct sample *s, uint32_t option, const struct judge *j, uint32_t lane)
{
    double n = 0;
    if (s->plan->n_joins && !reaches(s, j, &s->plan->join[option].also, lane))
        return 0;
    for (uint32_t k = 0; k < s->plan->n_joins; k++)
        n += reaches(s, j, &s->plan->join[k].by, lane) &&
             reaches(s, j, &s->plan->join[k].also, lane);
    return n > 1 ? 1 / n : 1;
}

/* Looks at candidates of an option (sum NULL: at any pairs) until time is up. Returns the fraction
 * of them that match. */
static double draw(struct sample *s, uint32_t option, const double *sum, struct judge *j)
{
    double hits = 0, drawn = 0;
    while (drawn < MOST_DRAWN && (drawn == 0 || log_seconds() < s->deadline)) {
        for (uint32_t i = 0; i < s->lanes; i++)
            if (sum)
                draw_candidate(s, option, sum, j, i);
            else
                draw_pair(s, j, i);
        judge_run(j, s->lanes);
        for (uint32_t i = 0; i < s->lanes; i++) {
            if (!judge_takes(j, i) || (s->inputs->self && j->row_a[i] == j->row_b[i]))
                continue;
            hits += share(s, option, j, i);
            show_pair(s, j->row_a[i], j->row_b[i], judge_score(j, i));
        }
        drawn += s->lanes;
    }
    s->hits += hits;
    s->drawn += drawn;
    return hits / drawn;
}

/* ---- From a sample to all --------------------------------------------------------------------*/

static void set_range(struct expect *x, double pairs, double error)
{
    x->known = true;
    x->pairs = pairs;
    x->least = error < 1 ? pairs * (1 - error) : 0;
    x->most = pairs * (1 + error);
}

/* The relative error of the mean of the counts. */
static double error_of_counts(const struct sample *s, double mean)
{
    double squares = 0;
    for (uint32_t i = 0; i < s->n_rows; i++)
        squares += (s->count[i] - mean) * (s->count[i] - mean);
    return mean > 0 ? SIGMAS * sqrt(squares) / s->n_rows / mean : 1;
}

/* One join gives all matches of the sampled rows. */
static bool expect_join(struct sample *s, struct expect *x, double all_pairs, double others,
                        struct err *e)
{
    double sum = 0;
    if (!run_join(s, 0, e))
        return false;
    for (uint32_t i = 0; i < s->n_rows; i++)
        sum += s->count[i];
    set_range(x, all_pairs * sum / (s->n_rows * others), error_of_counts(s, sum / s->n_rows));
    if (sum == 0)
        x->most = all_pairs * NONE_OF / (s->n_rows * others);
    return true;
}

/* Joins give candidates of the sampled rows; of these some are drawn. */
static bool expect_candidates(struct sample *s, struct expect *x, double all_pairs, double others,
                              struct judge *j, struct err *e)
{
    double pairs = 0, candidates = 0;
    for (uint32_t k = 0; k < s->plan->n_joins; k++) {
        struct found *f = &s->found[k];
        f->pair = malloc(MOST_PAIRS * sizeof *f->pair);
        if (!f->pair)
            return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
        if (!run_join(s, k, e))
            return false;
        double *sum = sum_candidates(s, k);
        if (!sum)
            return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
        pairs += f->n ? f->candidates * draw(s, k, sum, j) : 0;
        candidates += f->candidates;
        free(sum);
    }
    const double each = all_pairs / (s->n_rows * others);
    set_range(x, each * pairs, SIGMAS * sqrt(1 / (s->hits + 1e-9) + 1.0 / s->n_rows));
    if (s->hits == 0)
        x->most = each * (s->drawn > 0 ? candidates * NONE_OF / s->drawn : NONE_OF);
    return true;
}

static void expect_any(struct sample *s, struct expect *x, double all_pairs, struct judge *j)
{
    const double fraction = draw(s, 0, NULL, j);
    set_range(x, all_pairs * fraction, SIGMAS / sqrt(s->hits + 1e-9));
    if (s->hits == 0)
        x->most = all_pairs * NONE_OF / s->drawn;
}

/* ---- Bytes -----------------------------------------------------------------------------------*/

/* Of the lines that are measured. */
struct measure {
    double bytes;
    uint32_t n_terms;
};

static void count_bytes(void *context, const char *p, size_t n, uint32_t n_lines)
{
    (void)p, (void)n_lines;
    ((struct measure *)context)->bytes += (double)n;
}

/* A value of a term is about as long as a score. */
static void some_terms(void *context, uint64_t row_a, uint64_t row_b, double *value)
{
    (void)row_a, (void)row_b;
    for (uint32_t k = 0; k < ((struct measure *)context)->n_terms; k++)
        value[k] = 0.9631372549019607;
}

/* What the lines of the shown pairs take, for each pair. */
static bool measure_lines(const struct sample *s, double *each, struct err *e)
{
    const struct table *table = s->inputs->table;
    struct measure measure = {.n_terms = s->query->lines.n_terms};
    struct emit *emit = NULL;
    *each = 0;
    if (s->n_shown == 0 || s->query->count)
        return true;
    if (!emit_open(&emit, &s->query->lines, &table[0], &table[1], count_bytes, &measure, e))
        return false;
    if (s->query->lines.n_terms)
        emit_set_terms(emit, some_terms);
    for (uint32_t i = 0; i < s->n_shown; i++) {
        emit_row_a(emit, s->shown[i].row_a);
        emit_pair(emit, s->shown[i].row_b, s->shown[i].score);
    }
    emit_finish(emit);
    emit_close(emit);
    *each = measure.bytes / s->n_shown;
    return true;
}

/* ---- What is expected ------------------------------------------------------------------------*/

static bool expect_pairs(struct sample *s, struct expect *x, const struct span *span,
                         double seconds, struct judge *j, struct err *e)
{
    const double all_pairs = span_pairs_taken(span, s->inputs);
    const double others = (double)s->inputs->index.rows[1].n - s->inputs->self;
    if (all_pairs <= 0 || others <= 0)
        return true;
    if (!take_sample(s, span, seconds))
        return true;
    s->deadline = log_seconds() + seconds;
    if (s->plan->kind == PLAN_JOIN)
        return expect_join(s, x, all_pairs, others, e);
    const double each = judge_seconds(j, s->inputs);
    if (each > seconds)
        return true;
    s->lanes = judge_lanes(each, seconds);
    if (s->plan->n_joins)
        return expect_candidates(s, x, all_pairs, others, j, e);
    expect_any(s, x, all_pairs, j);
    return true;
}

bool expect_make(struct expect *x, const struct query *query, const struct inputs *inputs,
                 const struct span *span, const struct plan *plan, double seconds, struct err *e)
{
    *x = (struct expect){.at_most = query->goal.score == EXPR_NONE};
    if (plan->kind == PLAN_NOTHING || (x->at_most && query->goal.where == EXPR_NONE))
        return true;
    struct sample *s = calloc(1, sizeof *s);
    struct judge *j = s ? judge_open(query, inputs, e) : NULL;
    double each = 0;
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for a sample");
    bool ok = j != NULL;
    if (ok) {
        s->query = query;
        s->inputs = inputs;
        s->plan = plan;
        s->random = 20261129;
        ok = expect_pairs(s, x, span, seconds, j, e) && measure_lines(s, &each, e);
        const bool lines = !emit_is_of_values(query->lines.format);
        x->bytes = x->at_most || !lines ? 0 : each * x->pairs;
    }
    for (uint32_t k = 0; k < EXPR_MAX_OPTIONS; k++)
        free(s->found[k].pair);
    judge_close(j);
    free(s);
    return ok;
}

/* ---- The dominant value ----------------------------------------------------------------------*/

static double equal_pairs(const struct inputs *inputs, double rows_a, double rows_b)
{
    return inputs->self ? rows_a * (rows_a - 1) / 2 : rows_a * rows_b;
}

/* The value that most pairs of rows have on both sides. The value ids of a side ascend. */
static void most_frequent(struct dominant *d, const struct inputs *inputs, const struct side *a,
                          const struct side *b, uint32_t place[2])
{
    for (uint32_t i = 0, k = 0; i < a->n && k < b->n;) {
        const uint32_t value = a->value[i], other = b->value[k];
        const double rows_a = side_multiplicity(a, i), rows_b = side_multiplicity(b, k);
        if (value == other && equal_pairs(inputs, rows_a, rows_b) > d->pairs) {
            d->pairs = equal_pairs(inputs, rows_a, rows_b);
            d->rows_a = rows_a;
            d->rows_b = rows_b;
            d->value = value;
            place[0] = i;
            place[1] = k;
        }
        i += value <= other;
        k += other <= value;
    }
}

/* The fraction of the pairs of two places that match. */
static double fraction(struct judge *j, const struct side *a, const struct side *b,
                       const uint32_t place[2])
{
    uint64_t random = 20261129;
    double hits = 0;
    for (uint32_t done = 0; done < DOMINANT_TRIES; done += EXPR_LANES) {
        for (uint32_t i = 0; i < EXPR_LANES; i++) {
            const uint64_t n_a = random_next(&random) % side_multiplicity(a, place[0]);
            const uint64_t n_b = random_next(&random) % side_multiplicity(b, place[1]);
            j->row_a[i] = a->rows[a->rows_begin[place[0]] + n_a];
            j->row_b[i] = b->rows[b->rows_begin[place[1]] + n_b];
        }
        judge_run(j, EXPR_LANES);
        for (uint32_t i = 0; i < EXPR_LANES; i++)
            hits += judge_takes(j, i);
    }
    return hits / DOMINANT_TRIES;
}

bool expect_dominant(struct dominant *best, const struct query *query, const struct inputs *inputs,
                     struct err *e)
{
    const struct expr *x = &query->expr;
    *best = (struct dominant){.pairs = 0};
    if (query->goal.score == EXPR_NONE || x->n_terms == 0)
        return true;
    struct judge *j = judge_open(query, inputs, e);
    if (j && judge_seconds(j, inputs) * DOMINANT_TRIES > DOMINANT_SECONDS) {
        judge_close(j);
        return true;
    }
    for (uint32_t t = 0; j && t < x->n_terms; t++) {
        const struct side *a = &inputs->index.field[x->column[x->term[t].column_a].field].side;
        const struct side *b = &inputs->index.field[x->column[x->term[t].column_b].field].side;
        struct dominant d = {.column_a = x->term[t].column_a};
        uint32_t place[2] = {0};
        most_frequent(&d, inputs, a, b, place);
        if (d.pairs <= best->pairs)
            continue;
        d.pairs *= fraction(j, a, b, place);
        if (d.pairs > best->pairs)
            *best = d;
    }
    judge_close(j);
    return j != NULL;
}
