/* The joins of the edit family against a double loop over a plain dynamic programme: the same
 * pairs, the same doubles, for every metric, many thresholds and texts that are hard on filters. */
#include "matcher/edit_segments.h"
#include "matcher/join.h"
#include "tests/ref_words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct join join_edit, join_edit_scan;

#define MAX_TEXTS 240

static const char *const metrics[] = {"levenshtein", "osa",    "damerau_levenshtein",
                                      "ratio",       "lcsseq", "hamming"};
#define N_METRICS (sizeof metrics / sizeof *metrics)

/* ---- Data ------------------------------------------------------------------------------------ */

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

struct texts {
    char *text[MAX_TEXTS];
    size_t n;
};

static void add_text(struct texts *t, const uint32_t *points, size_t n)
{
    char *s = malloc(4 * n + 1), *p = s;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = points[i];
        if (c < 0x80) {
            *p++ = (char)c;
        } else if (c < 0x800) {
            *p++ = (char)(0xc0 | c >> 6);
            *p++ = (char)(0x80 | (c & 63));
        } else {
            *p++ = (char)(0xe0 | c >> 12);
            *p++ = (char)(0x80 | (c >> 6 & 63));
            *p++ = (char)(0x80 | (c & 63));
        }
    }
    *p = 0;
    t->text[t->n++] = s;
}

static void free_texts(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->text[i]);
    t->n = 0;
}

/* How the texts of a set look. Half are drawn afresh, half are earlier ones with some edits. */
struct shape {
    const char *name;
    uint32_t alphabet, first_point;
    uint32_t shortest, longest;
    uint32_t edits;  /* up to so many */
    uint32_t period; /* > 0: repeats itself */
    size_t n;
};

static const struct shape shapes[] = {
    {"two letters", 2, 'a', 0, 12, 3, 0, 90},
    {"short words", 8, 'a', 3, 9, 2, 0, 80},
    {"names", 26, 'a', 8, 20, 4, 0, 100},
    {"one length", 20, 'a', 12, 12, 3, 0, 110},
    {"two letters, one length", 2, 'a', 14, 14, 3, 0, 110},
    {"repeats", 3, 'a', 1, 30, 3, 4, 70},
    {"around 32", 26, 'a', 28, 36, 8, 0, 50},
    {"around 64", 40, 'A', 60, 68, 12, 0, 40},
    {"around 128", 40, 'A', 108, 131, 25, 0, 30},
    {"long", 30, 'a', 200, 400, 60, 0, 8},
    {"any length", 12, 'a', 0, 150, 12, 0, 60},
    {"many scripts", 3000, 0x400, 2, 14, 3, 0, 90},
    {"many scripts, long", 3000, 0x400, 30, 90, 12, 0, 36},
};

static size_t edit_points(uint32_t *p, size_t n, const struct shape *s)
{
    for (uint32_t k = random_below(s->edits + 1); k > 0; k--) {
        size_t at = n ? random_below((uint32_t)n) : 0;
        uint32_t c = s->first_point + random_below(s->alphabet);
        uint32_t what = random_below(4);
        if (what == 0 || n == 0) {
            memmove(p + at + 1, p + at, (n - at) * sizeof *p);
            p[at] = c;
            n++;
        } else if (what == 1) {
            memmove(p + at, p + at + 1, (n - at - 1) * sizeof *p);
            n--;
        } else if (what == 2 && at + 1 < n) {
            uint32_t x = p[at];
            p[at] = p[at + 1];
            p[at + 1] = x;
        } else {
            p[at] = c;
        }
    }
    return n;
}

static void make_texts(struct texts *t, const struct shape *s, struct texts *old)
{
    static uint32_t kept[MAX_TEXTS][1024];
    static size_t kept_n[MAX_TEXTS], n_kept;
    if (!old)
        n_kept = 0;
    for (t->n = 0; t->n < s->n;) {
        uint32_t p[1024];
        size_t n = s->shortest + random_below(s->longest - s->shortest + 1);
        for (size_t i = 0; i < n; i++)
            p[i] = s->period && i >= s->period ? p[i - s->period]
                                               : s->first_point + random_below(s->alphabet);
        if (n_kept && random_below(3)) {
            size_t k = random_below((uint32_t)n_kept);
            n = kept_n[k];
            memcpy(p, kept[k], n * sizeof *p);
            n = edit_points(p, n, s);
        } else if (n_kept < MAX_TEXTS) {
            memcpy(kept[n_kept], p, n * sizeof *p);
            kept_n[n_kept++] = n;
        }
        add_text(t, p, n);
    }
}

/* ---- The slow twin --------------------------------------------------------------------------- */

static uint32_t at(struct text t, size_t i)
{
    return text_code(t.codes, t.width, i);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t slow_lcs(struct text a, struct text b)
{
    uint32_t *row = calloc(b.n + 1, sizeof *row);
    for (uint32_t i = 0; i < a.n; i++)
        for (uint32_t j = 0, corner = 0; j < b.n; j++) {
            uint32_t up = row[j + 1];
            row[j + 1] = at(a, i) == at(b, j) ? corner + 1 : row[j] > up ? row[j] : up;
            corner = up;
        }
    uint32_t lcs = row[b.n];
    free(row);
    return lcs;
}

/* Levenshtein, OSA and Damerau by the recurrence, the last with every transposition tried. */
static uint32_t slow_edit(enum metric_family family, struct text a, struct text b)
{
    uint32_t w = b.n + 1, *d = calloc((size_t)(a.n + 1) * w, sizeof *d);
    for (uint32_t i = 0; i <= a.n; i++)
        for (uint32_t j = 0; j <= b.n; j++) {
            uint32_t best =
                i && j ? d[(i - 1) * w + j - 1] + (at(a, i - 1) != at(b, j - 1)) : i + j;
            if (i)
                best = least(best, d[(i - 1) * w + j] + 1);
            if (j)
                best = least(best, d[i * w + j - 1] + 1);
            uint32_t reach = family == METRIC_OSA ? 1 : family == METRIC_DAMERAU ? i + j : 0;
            uint32_t x = 0, y = 0; /* a's last b_j before i, b's last a_i before j */
            for (x = 1; i && j && x <= reach && x < i && at(a, i - 1 - x) != at(b, j - 1);)
                x++;
            for (y = 1; i && j && y <= reach && y < j && at(b, j - 1 - y) != at(a, i - 1);)
                y++;
            if (i && j && x <= reach && y <= reach && x < i && y < j)
                best = least(best, d[(i - 1 - x) * w + j - 1 - y] + x + y - 1);
            d[i * w + j] = best;
        }
    uint32_t distance = d[a.n * w + b.n];
    free(d);
    return distance;
}

static double slow_score(const struct metric_use *use, struct text a, struct text b)
{
    enum metric_family family = use->metric->family;
    uint32_t longer = a.n > b.n ? a.n : b.n, maximum = longer, distance = 0;
    if (family == METRIC_INDEL) {
        maximum = a.n + b.n;
        distance = maximum - 2 * slow_lcs(a, b);
    } else if (family == METRIC_LCSSEQ) {
        distance = longer - slow_lcs(a, b);
    } else if (family == METRIC_HAMMING) {
        distance = longer;
        for (uint32_t i = 0; i < a.n && i < b.n; i++)
            distance -= at(a, i) == at(b, i);
    } else {
        distance = slow_edit(family, a, b);
    }
    double norm = maximum ? (double)distance / (double)maximum : 0.0;
    return use->view == METRIC_DISTANCE              ? distance
           : use->view == METRIC_NORMALIZED_DISTANCE ? norm
                                                     : 1.0 - norm;
}

/* ---- Running a join -------------------------------------------------------------------------- */

struct collector {
    struct join_sink sink;
    struct join_pair buffer[5]; /* small, so that it is flushed in the middle of everything */
    struct join_pair *pairs;
    size_t n, room;
};

static void collect(struct join_sink *sink)
{
    struct collector *c = (struct collector *)(void *)sink;
    for (const struct join_pair *p = c->buffer; p < sink->next; p++) {
        if (c->n == c->room) {
            c->room = c->room ? 2 * c->room : 1024;
            c->pairs = realloc(c->pairs, c->room * sizeof *c->pairs);
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

static void run_join(const struct join *join, const struct join_job *job, struct collector *c,
                     struct join_stats *stats)
{
    struct err e = {0};
    struct shm index;
    void *scratch;
    uint32_t n_items = 0;
    assert_true(shm_create(&index, "test index", 1u << 28, &e));
    assert_true(join->build(job, &index, &n_items, &e));
    assert_true(join->open(job, index.base, &scratch, &e));
    for (uint32_t i = n_items; i-- > 0;)
        join->run(job, index.base, scratch, i, &c->sink, stats);
    join->close(scratch);
    shm_close(&index);
}

/* The segment index for every pair of lengths that can be cut into pieces, worth it or not, in two
 * parts; the other lengths by slices. */
static void run_pieces(const struct join_job *job, struct collector *c, struct join_stats *stats)
{
    struct err e = {0};
    struct shm index;
    struct edit_classes classes;
    struct edit_rows_at at_a, at_b;
    struct edit_task t;
    edit_classes_make(&classes, job->words);
    assert_true(shm_create(&index, "test index", 1u << 28, &e));
    assert_true(edit_rows_build(&at_a, job->words, job->a, &classes, &index, &e));
    assert_true(edit_rows_build(&at_b, job->words, job->b, &classes, &index, &e));
    struct edit_rows a = edit_rows_view(index.base, &at_a), b = edit_rows_view(index.base, &at_b);
    assert_true(edit_task_open(&t, job, &a, &b, &classes, &e));
    struct edit_segments *segments = edit_segments_open();
    t.sink = &c->sink;
    t.stats = stats;
    for (uint32_t la = 0; la <= job->words->max_length; la++)
        for (uint32_t lb = job->self ? la : 0; lb <= job->words->max_length; lb++) {
            uint32_t n_a = a.side.begin[la + 1] - a.side.begin[la];
            uint32_t n_b = b.side.begin[lb + 1] - b.side.begin[lb];
            uint32_t n_short = la <= lb ? n_a : n_b, n_long = la <= lb ? n_b : n_a;
            struct edit_range range = {0, n_short, 0, n_long};
            struct edit_piece pieces[EDIT_PAIR_LENGTH + 1];
            edit_task_set(&t, least(la, lb), la < lb ? lb : la, la <= lb);
            if (!n_a || !n_b || !t.bounds.possible)
                continue;
            uint32_t n = edit_pieces(pieces, t.rule.kind, &t.bounds, t.short_length, t.long_length);
            if (n) {
                edit_segments_run(segments, &t, range, n / 2, n);
                edit_segments_run(segments, &t, range, 0, n / 2);
            } else {
                edit_segments_run_all(segments, &t, range);
            }
        }
    edit_segments_close(segments);
    edit_task_close(&t);
    shm_close(&index);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

struct score_table {
    const struct ref_words *r;
    struct side a, b;
    bool self;
    double *score; /* a.n × b.n */
};

static void fill_table(struct score_table *t, const struct metric_use *use)
{
    for (uint32_t i = 0; i < t->a.n; i++)
        for (uint32_t j = 0; j < t->b.n; j++)
            t->score[(size_t)i * t->b.n + j] =
                slow_score(use, words_text(&t->r->words, t->a.word[i]),
                           words_text(&t->r->words, t->b.word[j]));
}

/* Without a join the segment index itself is checked. */
static void check(const struct score_table *t, const struct join *join,
                  const struct metric_use *use, double min, const char *what)
{
    struct join_job job = {.use = *use,
                           .min = min,
                           .self = t->self,
                           .prune = true,
                           .words = &t->r->words,
                           .a = &t->a,
                           .b = t->self ? &t->a : &t->b};
    struct collector c = {.sink = {c.buffer, c.buffer + 5, collect}};
    struct join_stats stats = {0};
    if (join)
        run_join(join, &job, &c, &stats);
    else
        run_pieces(&job, &c, &stats);
    collect(&c.sink);
    qsort(c.pairs, c.n, sizeof *c.pairs, by_place);
    size_t k = 0, bad = 0;
    for (uint32_t i = 0; i < t->a.n && !bad; i++)
        for (uint32_t j = t->self ? i : 0; j < t->b.n && !bad; j++) {
            double score = t->score[(size_t)i * t->b.n + j];
            bool found = k < c.n && c.pairs[k].a == i && c.pairs[k].b == j;
            bool wanted = metric_falls(use->view) ? score <= min : score >= min;
            if (found != wanted || (found && c.pairs[k].score != score))
                bad = 1;
            if (bad)
                print_message("%s, %s (view %d) of %s, min %.17g: pair %u %u of score %.17g %s\n",
                              join ? join->name : "pieces", use->metric->name, (int)use->view, what,
                              min, i, j, score,
                              found ? "reported wrongly" : "lost, or another one too many");
            k += found;
        }
    assert_int_equal(bad, 0);
    assert_int_equal(k, c.n);
    assert_int_equal(stats.matches, c.n);
    uint64_t n = t->a.n;
    if (join)
        assert_int_equal(stats.pairs, t->self ? n * (n + 1) / 2 : n * t->b.n);
    free(c.pairs);
}

static void check_thresholds(const struct score_table *t, const struct join *join,
                             const struct metric_use *use, const char *what)
{
    static const double fixed[] = {0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1e-9};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        check(t, join, use, fixed[i], what);
    for (size_t tries = 0, done = 0; tries < 200 && done < 3; tries++) {
        double attained = t->score[random_below(t->a.n * t->b.n)];
        if (attained < 0.55)
            continue;
        check(t, join, use, attained, what);
        done++;
    }
}

/* Distances and normalized distances of at most so much. */
static void check_distances(struct score_table *t, const struct join *join, struct metric_use use,
                            const char *what)
{
    static const double most[] = {0, 2, 4.5}, share[] = {0.2, 1};
    use.view = METRIC_DISTANCE;
    fill_table(t, &use);
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        check(t, join, &use, most[i], what);
    use.view = METRIC_NORMALIZED_DISTANCE;
    fill_table(t, &use);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++)
        check(t, join, &use, share[i], what);
}

/* All ways to join the texts of a shape, each metric, each threshold. */
static void check_metrics(struct score_table *t, const struct shape *shape)
{
    for (size_t m = 0; m < N_METRICS; m++) {
        struct metric_use use;
        struct err e;
        assert_true(metric_find(metrics[m], strlen(metrics[m]), &use, &e));
        bool pieces = shape->longest + shape->edits <= EDIT_PAIR_LENGTH;
        const struct join *const ways[] = {&join_edit_scan, &join_edit, NULL};
        fill_table(t, &use);
        for (size_t w = 0; w < 2u + pieces; w++)
            check_thresholds(t, ways[w], &use, shape->name);
        for (size_t w = 0; w < 2u + pieces; w++)
            check_distances(t, ways[w], use, shape->name);
    }
}

static void check_shape(const struct shape *shape, bool self)
{
    seed = 1000 + (uint64_t)(shape - shapes);
    struct texts a, b;
    make_texts(&a, shape, NULL);
    make_texts(&b, shape, &a);
    struct ref_words r;
    ref_words_make(&r, (const char *const *)a.text, a.n, self ? NULL : (const char *const *)b.text,
                   self ? 0 : b.n);
    struct score_table t = {.r = &r, .a = r.a, .b = self ? r.a : r.b, .self = self};
    t.score = malloc(sizeof(double) * t.a.n * t.b.n);
    check_metrics(&t, shape);
    free(t.score);
    ref_words_free(&r);
    free_texts(&a);
    free_texts(&b);
}

static void match_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], false);
}

static void dedupe_finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        check_shape(&shapes[i], true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_finds_all),
        cmocka_unit_test(dedupe_finds_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
