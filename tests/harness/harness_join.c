/* Random texts, and the double loop that joins are compared with. */
#include "tests/harness/harness_join.h"

#include "core/shm.h"
#include "data/text.h"
#include "tests/harness/harness_random.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Random texts ----------------------------------------------------------------------------*/

struct points {
    uint32_t *p;
    size_t n;
};

static void *allocate(size_t bytes)
{
    void *p = calloc(bytes + 1, 1);
    if (!p)
        abort();
    return p;
}

static uint32_t random_point(const struct harness_shape *s)
{
    if (harness_below(1000) < s->blanks)
        return ' ';
    bool few = s->skewed && harness_below(5);
    return s->first_point + harness_below(few ? s->alphabet / 8 + 1 : s->alphabet);
}

static struct points fresh(const struct harness_shape *s)
{
    struct points t = {.n = s->shortest + harness_below(s->longest - s->shortest + 1)};
    t.p = allocate(t.n * sizeof *t.p);
    for (size_t i = 0; i < t.n; i++)
        t.p[i] = s->period && i >= s->period ? t.p[i - s->period] : random_point(s);
    return t;
}

/* Inserts, deletes, swaps, replaces. */
static struct points edited(struct points old, const struct harness_shape *s)
{
    uint32_t edits = harness_below(s->edits + 1);
    struct points t = {allocate((2 * old.n + edits) * sizeof *t.p), old.n};
    if (old.n)
        memcpy(t.p, old.p, old.n * sizeof *t.p);
    while (edits-- > 0) {
        size_t at = t.n ? harness_below((uint32_t)t.n) : 0;
        uint32_t what = harness_below(4);
        if (t.n == 0 || what == 0) {
            memmove(t.p + at + 1, t.p + at, (t.n - at) * sizeof *t.p);
            t.p[at] = random_point(s);
            t.n++;
        } else if (what == 1) {
            memmove(t.p + at, t.p + at + 1, (t.n - at - 1) * sizeof *t.p);
            t.n--;
        } else if (what == 2 && at + 1 < t.n) {
            uint32_t swapped = t.p[at];
            t.p[at] = t.p[at + 1];
            t.p[at + 1] = swapped;
        } else {
            t.p[at] = random_point(s);
        }
    }
    return t;
}

static char *encode(struct points t)
{
    char *text = allocate(4 * t.n), *p = text;
    for (size_t i = 0; i < t.n; i++) {
        uint32_t c = t.p[i];
        if (c < 0x80) {
            *p++ = (char)c;
        } else if (c < 0x800) {
            *p++ = (char)(0xc0 | c >> 6);
            *p++ = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            *p++ = (char)(0xe0 | c >> 12);
            *p++ = (char)(0x80 | (c >> 6 & 63));
            *p++ = (char)(0x80 | (c & 63));
        } else {
            *p++ = (char)(0xf0 | c >> 18);
            *p++ = (char)(0x80 | (c >> 12 & 63));
            *p++ = (char)(0x80 | (c >> 6 & 63));
            *p++ = (char)(0x80 | (c & 63));
        }
    }
    return text;
}

void harness_texts_random(struct harness_texts *a, struct harness_texts *b,
                          const struct harness_shape *shape, uint64_t seed)
{
    size_t n = shape->n;
    struct points *points = allocate(2 * n * sizeof *points);
    harness_seed(seed);
    *a = (struct harness_texts){allocate(n * sizeof *a->text), n};
    *b = (struct harness_texts){allocate(n * sizeof *b->text), n};
    for (size_t i = 0; i < 2 * n; i++) {
        points[i] = i && harness_below(3)
                        ? edited(points[harness_below((uint32_t)(i < n ? i : n))], shape)
                        : fresh(shape);
        (i < n ? a->text : b->text - n)[i] = encode(points[i]);
    }
    for (size_t i = 0; i < 2 * n; i++)
        free(points[i].p);
    free(points);
}

void harness_texts_free(struct harness_texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->text[i]);
    free(t->text);
}

void harness_dictionary_of(struct harness_dictionary *r, const struct harness_texts *a,
                           const struct harness_texts *b)
{
    harness_dictionary_make(r, (const char *const *)a->text, a->n,
                            b ? (const char *const *)b->text : NULL, b ? b->n : 0);
}

void harness_texts_form(struct harness_texts *t, enum text_form form)
{
    for (size_t i = 0; i < t->n; i++) {
        const size_t bytes = strlen(t->text[i]);
        uint32_t *points = allocate(bytes * sizeof *points), *out = allocate(bytes * sizeof *out);
        const size_t n = text_decode(t->text[i], bytes, points);
        free(t->text[i]);
        t->text[i] = encode((struct points){out, twin_form(form, points, n, out)});
        free(points);
        free(out);
    }
}

void harness_dictionary_random(struct harness_dictionary *r, const struct harness_shape *shape,
                               bool self, uint64_t seed)
{
    harness_dictionary_formed(r, shape, TEXT_FORM_VALUE, self, seed);
}

void harness_dictionary_formed(struct harness_dictionary *r, const struct harness_shape *shape,
                               enum text_form form, bool self, uint64_t seed)
{
    struct harness_texts a, b;
    harness_texts_random(&a, &b, shape, seed);
    harness_texts_form(&a, form);
    harness_texts_form(&b, form);
    harness_dictionary_of(r, &a, self ? NULL : &b);
    harness_texts_free(&a);
    harness_texts_free(&b);
}

/* ---- The double loop -------------------------------------------------------------------------*/

struct join_job harness_join_job(const char *metric, const struct harness_dictionary *r, bool self)
{
    struct err e;
    struct join_job job = {.self = self,
                           .prune = true,
                           .dictionary = &r->dictionary,
                           .a = &r->a,
                           .b = self ? &r->a : &r->b};
    if (!metric_find(metric, strlen(metric), &job.use, &e))
        abort();
    job.use.formed = job.use.metric->form != TEXT_FORM_VALUE;
    return job;
}

double *harness_scores(const struct join_job *job)
{
    struct err e = {0};
    struct metric_state *s;
    double *score = allocate(sizeof *score * job->a->n * job->b->n), *next = score;
    if (!metric_open(&s, &job->use, &job->dictionary->alphabet, job->dictionary->max_length, &e))
        abort();
    for (uint32_t a = 0; a < job->a->n; a++)
        for (uint32_t b = 0; b < job->b->n; b++)
            *next++ = metric_score(s, dictionary_text(job->dictionary, job->a->value[a]),
                                   dictionary_text(job->dictionary, job->b->value[b]));
    metric_close(s);
    return score;
}

static void collect(struct join_sink *sink)
{
    struct harness_collector *c = (struct harness_collector *)(void *)sink;
    for (const struct join_pair *p = c->buffer; p < sink->next; p++) {
        if (c->n == c->capacity) {
            c->capacity = 2 * c->capacity + 1024;
            c->pairs = realloc(c->pairs, c->capacity * sizeof *c->pairs);
            if (!c->pairs)
                abort();
        }
        c->pairs[c->n++] = *p;
    }
    sink->next = c->buffer;
}

static int by_place(const void *x, const void *y)
{
    const struct join_pair *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

void harness_collector_open(struct harness_collector *c)
{
    *c = (struct harness_collector){.sink = {c->buffer, c->buffer + 5, collect, NULL}};
}

/* Runs the items, the last first, since any order is allowed, on a copy of the index at another
 * address, as in a worker. `rows`, unless NULL, are the sink's. */
static bool run(const struct join *join, const struct join_job *job, struct harness_collector *c,
                uint64_t *rows, struct join_stats *stats)
{
    struct err e = {0};
    struct shm index;
    void *scratch = NULL;
    uint32_t n_items = 0;
    harness_collector_open(c);
    c->sink.rows = rows;
    if (!shm_create(&index, "test index", (size_t)1 << 30, &e) ||
        !join->build(job, &index, &n_items, &e)) {
        err_print(&e, stderr);
        return false;
    }
    char *copy = aligned_alloc(4096, (index.used_bytes + 4096) / 4096 * 4096);
    if (!copy)
        abort();
    memcpy(copy, index.base, index.used_bytes);
    struct shm_view view = {copy, index.used_bytes};
    shm_close(&index);
    bool ok = join->open(job, view, &scratch, &e);
    if (!ok)
        err_print(&e, stderr);
    for (uint32_t i = n_items; ok && i-- > 0;)
        join->run(job, view, scratch, i, &c->sink, stats);
    if (ok)
        join->close(scratch);
    free(copy);
    return ok;
}

static bool compare(const struct join_job *job, const double *score,
                    const struct harness_collector *c, const char *what)
{
    size_t k = 0;
    for (uint32_t i = 0; i < job->a->n; i++)
        for (uint32_t j = job->self ? i : 0; j < job->b->n; j++) {
            double x = score[(size_t)i * job->b->n + j];
            bool found = k < c->n && c->pairs[k].a == i && c->pairs[k].b == j;
            bool wanted = metric_falls(job->use.view) ? x <= job->need : x >= job->need;
            if (found == wanted && (!found || c->pairs[k].score == x)) {
                k += found;
                continue;
            }
            fprintf(stderr, "%s: places %u and %u of score %.17g, min %.17g, %s\n", what, i, j, x,
                    job->need, found ? "reported, or with another score" : "lost or out of order");
            for (size_t q = k < 2 ? 0 : k - 2; q < k + 3 && q < c->n; q++)
                fprintf(stderr, "%u %u %.17g (%.17g)\n", c->pairs[q].a, c->pairs[q].b,
                        c->pairs[q].score,
                        score[(size_t)c->pairs[q].a * job->b->n + c->pairs[q].b]);
            return false;
        }
    if (k != c->n)
        fprintf(stderr, "%s: %zu pairs too many, min %.17g\n", what, c->n - k, job->need);
    return k == c->n;
}

bool harness_collector_matches(struct harness_collector *c, const struct join_job *job,
                               const double *score, const char *what)
{
    collect(&c->sink);
    if (c->n)
        qsort(c->pairs, c->n, sizeof *c->pairs, by_place);
    bool ok = compare(job, score, c, what);
    free(c->pairs);
    c->pairs = NULL;
    return ok;
}

/* Does the join find nothing where side a has no values, as in some parts of a run? Its plan is
 * that of a usual side. */
static bool finds_nothing(const struct join *join, const struct join_job *job, const char *text)
{
    struct harness_collector c;
    struct join_stats stats = {0};
    struct join_job without = *job;
    struct side none = *job->a;
    none.n = 0;
    without.a = &none;
    without.b = job->self ? &none : job->b;
    if (!run(join, &without, &c, NULL, &stats))
        return false;
    collect(&c.sink);
    const bool ok = c.n == 0 && stats.pairs == 0;
    free(c.pairs);
    if (!ok)
        fprintf(stderr, "%s: %zu pairs of no values\n", text, c.n);
    return ok;
}

/* harness_join_matches when the join has made its half of side b before, for quite another side a.
 */
static bool matches_halved(const struct join *join, const struct join_job *job, const double *score,
                           const char *text)
{
    struct err e = {0};
    struct shm half;
    struct harness_collector c;
    struct join_stats stats = {0};
    struct join_job other = *job, halved = *job;
    other.a = job->b;
    if (!shm_create(&half, "test half", (size_t)1 << 30, &e) || !join->prepare(&other, &half, &e)) {
        err_print(&e, stderr);
        return false;
    }
    halved.half = shm_view_of(&half);
    bool ok = run(join, &halved, &c, NULL, &stats) &&
              harness_collector_matches(&c, &halved, score, text) &&
              finds_nothing(join, &halved, text);
    shm_close(&half);
    return ok;
}

bool harness_join_matches(const struct join *join, const struct join_job *job, const double *score,
                          const char *what, struct join_stats *stats)
{
    struct harness_collector c;
    struct join_stats own = {0};
    char text[200];
    uint64_t n = job->a->n, pairs = job->self ? n * (n + 1) / 2 : n * job->b->n;
    snprintf(text, sizeof text, "%s, %s (view %d), %s%s%s", join->name, job->use.metric->name,
             (int)job->use.view, what, job->self ? ", self" : "", job->prune ? "" : ", all pairs");
    bool ok = run(join, job, &c, NULL, &own) && harness_collector_matches(&c, job, score, text);
    if (ok && (own.pairs != pairs || own.matches != c.n || own.verified < own.matches ||
               own.candidates < own.verified)) {
        fprintf(stderr, "%s: wrong counters\n", text);
        ok = false;
    }
    ok = ok && finds_nothing(join, job, text);
    if (ok && join->prepare && !job->self)
        ok = matches_halved(join, job, score, text);
    if (stats)
        *stats = own;
    return ok;
}

static uint64_t rows_of(const struct join_job *job, uint32_t a, uint32_t b)
{
    const uint64_t m = side_multiplicity(job->a, a);
    return job->self && a == b ? m * (m - 1) / 2 : m * side_multiplicity(job->b, b);
}

bool harness_join_counts(const struct join *join, const struct join_job *job, const double *score,
                         const char *what)
{
    struct harness_collector c;
    struct join_stats stats = {0};
    uint64_t rows = 0, wanted_rows = 0, wanted = 0;
    if (!run(join, job, &c, &rows, &stats))
        return false;
    collect(&c.sink);
    for (size_t k = 0; k < c.n; k++)
        rows += rows_of(job, c.pairs[k].a, c.pairs[k].b);
    free(c.pairs);
    for (uint32_t i = 0; i < job->a->n; i++)
        for (uint32_t j = job->self ? i : 0; j < job->b->n; j++) {
            const bool takes = join_takes(job, score[(size_t)i * job->b->n + j]);
            wanted += takes;
            wanted_rows += takes ? rows_of(job, i, j) : 0;
        }
    if (rows == wanted_rows && stats.matches == wanted)
        return true;
    fprintf(
        stderr,
        "%s, %s: %llu pairs of rows instead of %llu, of %llu pairs instead of %llu, min %.17g\n",
        join->name, what, (unsigned long long)rows, (unsigned long long)wanted_rows,
        (unsigned long long)stats.matches, (unsigned long long)wanted, job->need);
    return false;
}

bool harness_join_thresholds(const struct join *join, struct join_job job, const double *score,
                             const char *what)
{
    static const double fixed[] = {1e-9, 0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};
    size_t n = (size_t)job.a->n * job.b->n;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        job.need = fixed[i];
        if (join->cost(&job) <= 1e300 && !harness_join_matches(join, &job, score, what, NULL))
            return false;
    }
    for (size_t tries = 0, done = 0; n && tries < 200 && done < 5; tries++) {
        job.need = score[harness_below((uint32_t)n)];
        bool low = !metric_falls(job.use.view) && (!(job.need > 0) || (done > 2 && job.need < 0.5));
        if (low || isnan(job.need) || !(join->cost(&job) <= 1e300))
            continue;
        if (!harness_join_matches(join, &job, score, what, NULL))
            return false;
        done++;
    }
    return true;
}
