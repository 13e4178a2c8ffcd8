/* The joins of the edit family against a double loop over a plain dynamic programme: the same
 * pairs, the same doubles, for every metric, many thresholds and texts that are hard on filters. In
 * short the thresholds are taken in turn, half of them for each metric, kind of text and join. */
#include "core/shm.h"
#include "matcher/join/edit/edit_ask.h"
#include "matcher/join/edit/edit_segments.h"
#include "matcher/join/join.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

extern const struct join join_edit, join_edit_scan;

static const char *const metrics[] = {"levenshtein", "osa",    "damerau_levenshtein",
                                      "ratio",       "lcsseq", "hamming"};
#define N_METRICS (sizeof metrics / sizeof *metrics)

/* ---- Data ------------------------------------------------------------------------------------ */

static const struct harness_shape shapes[] = {
    {"two letters", 2, 'a', 0, 12, 3, 0, 90},
    {"short words", 8, 'a', 3, 9, 2, 0, 80},
    {"names", 26, 'a', 8, 20, 4, 0, 100},
    {"one length", 20, 'a', 12, 12, 3, 0, 110},
    {"two letters, one length", 2, 'a', 14, 14, 3, 0, 110},
    {"repeats", 3, 'a', 1, 30, 3, 0, 70, .period = 4},
    {"around 32", 26, 'a', 28, 36, 8, 0, 50},
    {"around 64", 40, 'A', 60, 68, 12, 0, 40},
    {"around 128", 40, 'A', 108, 131, 25, 0, 30},
    {"long", 30, 'a', 200, 400, 60, 0, 8},
    {"any length", 12, 'a', 0, 150, 12, 0, 60},
    {"many scripts", 3000, 0x400, 2, 14, 3, 0, 90},
    {"many scripts, long", 3000, 0x400, 30, 90, 12, 0, 36},
};

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
static uint32_t slow_edit(const char *metric, struct text a, struct text b)
{
    bool once = strcmp(metric, "osa") == 0, always = strcmp(metric, "damerau_levenshtein") == 0;
    uint32_t w = b.n + 1, *d = calloc((size_t)(a.n + 1) * w, sizeof *d);
    for (uint32_t i = 0; i <= a.n; i++)
        for (uint32_t j = 0; j <= b.n; j++) {
            uint32_t best =
                i && j ? d[(i - 1) * w + j - 1] + (at(a, i - 1) != at(b, j - 1)) : i + j;
            if (i)
                best = least(best, d[(i - 1) * w + j] + 1);
            if (j)
                best = least(best, d[i * w + j - 1] + 1);
            uint32_t reach = once ? 1 : always ? i + j : 0;
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

struct figures {
    uint32_t distance, maximum;
};

static struct figures slow_figures(const char *metric, struct text a, struct text b)
{
    uint32_t longer = a.n > b.n ? a.n : b.n;
    struct figures f = {longer, longer};
    if (strcmp(metric, "indel") == 0 || strcmp(metric, "ratio") == 0) {
        f.maximum = a.n + b.n;
        f.distance = f.maximum - 2 * slow_lcs(a, b);
    } else if (strcmp(metric, "lcsseq") == 0) {
        f.distance -= slow_lcs(a, b);
    } else if (strcmp(metric, "hamming") == 0) {
        for (uint32_t i = 0; i < a.n && i < b.n; i++)
            f.distance -= at(a, i) == at(b, i);
    } else {
        f.distance = slow_edit(metric, a, b);
    }
    return f;
}

static double view_of(struct figures f, enum metric_view view)
{
    double share = f.maximum ? (double)f.distance / (double)f.maximum : 0.0;
    return view == METRIC_DISTANCE              ? f.distance
           : view == METRIC_NORMALIZED_DISTANCE ? share
                                                : 1.0 - share;
}

/* ---- Running a join -------------------------------------------------------------------------- */

/* The segment index for every pair of lengths that can be cut into pieces, worth it or not, in two
 * parts; the other lengths by bitslices. */
static void run_pieces(const struct join_job *job, struct harness_collector *c,
                       struct join_stats *stats)
{
    struct err e = {0};
    struct shm index;
    struct edit_classes classes;
    struct edit_rows_at at_a, at_b;
    struct edit_task t;
    edit_classes_make(&classes, job->dictionary);
    assert_true(shm_create(&index, "test index", 1u << 28, &e));
    assert_true(edit_rows_build(&at_a, job->dictionary, job->a, &index, &e));
    assert_true(edit_rows_build(&at_b, job->dictionary, job->b, &index, &e));
    struct edit_rows a = edit_rows_view(shm_view_of(&index), &at_a),
                     b = edit_rows_view(shm_view_of(&index), &at_b);
    assert_true(edit_task_open(&t, job, &a, &b, &classes, &e));
    struct edit_segments *segments = edit_segments_open();
    t.sink = &c->sink;
    t.stats = stats;
    for (uint32_t la = 0; la <= job->dictionary->max_length; la++)
        for (uint32_t lb = job->self ? la : 0; lb <= job->dictionary->max_length; lb++) {
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
    const struct harness_dictionary *r;
    struct side a, b;
    bool self;
    struct figures *figures; /* a.n × b.n */
    double *score;           /* the same in the present view */
};

static void fill_table(struct score_table *t, const char *metric)
{
    for (uint32_t i = 0; i < t->a.n; i++)
        for (uint32_t j = 0; j < t->b.n; j++)
            t->figures[(size_t)i * t->b.n + j] =
                slow_figures(metric, dictionary_text(&t->r->dictionary, t->a.value[i]),
                             dictionary_text(&t->r->dictionary, t->b.value[j]));
}

static void view_table(struct score_table *t, enum metric_view view)
{
    for (size_t i = 0; i < (size_t)t->a.n * t->b.n; i++)
        t->score[i] = view_of(t->figures[i], view);
}

/* Without a join the segment index itself is checked. */
static void check(const struct score_table *t, const struct join *join,
                  const struct metric_use *use, double min, const char *what)
{
    struct join_job job = {.use = *use,
                           .need = min,
                           .self = t->self,
                           .prune = true,
                           .dictionary = &t->r->dictionary,
                           .a = &t->a,
                           .b = t->self ? &t->a : &t->b};
    struct harness_collector c;
    struct join_stats stats = {0};
    if (join) {
        assert_true(harness_join_matches(join, &job, t->score, what, NULL));
        return;
    }
    harness_collector_open(&c);
    run_pieces(&job, &c, &stats);
    assert_true(harness_collector_matches(&c, &job, t->score, what));
}

static void check_thresholds(const struct score_table *t, const struct join *join,
                             const struct metric_use *use, const char *what)
{
    static const double fixed[] = {0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1e-9};
    static size_t turn;
    const size_t step = harness_tries(2, 1);
    for (size_t i = turn++ % step; i < sizeof fixed / sizeof *fixed; i += step)
        check(t, join, use, fixed[i], what);
    for (size_t tries = 0, done = 0; tries < 200 && done < harness_tries(1, 3); tries++) {
        double attained = t->score[harness_below(t->a.n * t->b.n)];
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
    static const double most[] = {0, 1, 2.5, 5}, share[] = {0.2, 1};
    view_table(t, use.view = METRIC_DISTANCE);
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        check(t, join, &use, most[i], what);
    view_table(t, use.view = METRIC_NORMALIZED_DISTANCE);
    for (size_t i = 0; i < sizeof share / sizeof *share; i++)
        check(t, join, &use, share[i], what);
}

/* All ways to join the texts of a shape, each metric, each threshold. */
static void check_metrics(struct score_table *t, const struct harness_shape *shape)
{
    for (size_t m = 0; m < N_METRICS; m++) {
        struct metric_use use;
        struct err e;
        assert_true(metric_find(metrics[m], strlen(metrics[m]), &use, &e));
        bool pieces = shape->longest + shape->edits <= EDIT_PAIR_LENGTH;
        const struct join *const ways[] = {&join_edit_scan, &join_edit, NULL};
        fill_table(t, metrics[m]);
        view_table(t, use.view);
        for (size_t w = 0; w < 2u + pieces; w++)
            check_thresholds(t, ways[w], &use, shape->name);
        for (size_t w = 0; w < 2u + pieces; w++)
            check_distances(t, ways[w], use, shape->name);
    }
}

static void check_texts(const struct harness_dictionary *r, const struct harness_shape *shape,
                        bool self)
{
    struct score_table t = {.r = r, .a = r->a, .b = self ? r->a : r->b, .self = self};
    t.figures = malloc(sizeof *t.figures * t.a.n * t.b.n);
    t.score = malloc(sizeof *t.score * t.a.n * t.b.n);
    check_metrics(&t, shape);
    free(t.figures);
    free(t.score);
}

static void check_shape(const struct harness_shape *shape, bool self)
{
    struct harness_dictionary r;
    harness_dictionary_random(&r, shape, self, 1000 + (uint64_t)(shape - shapes));
    check_texts(&r, shape, self);
    harness_dictionary_free(&r);
}

/* ---- Codes above 255 -------------------------------------------------------------------------*/

#define SCRIPT_TEXTS 60u
#define SCRIPT_LETTERS 4u
#define SCRIPT_BYTES 40u
#define CODES 300u /* of the longest text, after those of the four letters */

/* Letters a to d, or characters whose codes differ from theirs by 256. */
static void make_script(char *text, bool foreign)
{
    const uint32_t n = 4 + harness_below(6);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t letter = harness_below(SCRIPT_LETTERS);
        const uint32_t code_point = 0x400 + 256 - SCRIPT_LETTERS + letter;
        if (!foreign || harness_below(2)) {
            *text++ = (char)('a' + letter);
            continue;
        }
        *text++ = (char)(0xc0 | code_point >> 6);
        *text++ = (char)(0x80 | (code_point & 63));
    }
    *text = 0;
}

/* Has all codes, and is too long to have a row. */
static void make_alphabet(char *text)
{
    for (uint32_t i = 0; i < SCRIPT_LETTERS; i++)
        *text++ = (char)('a' + i);
    for (uint32_t i = 0; i < CODES; i++) {
        *text++ = (char)(0xc0 | (0x400 + i) >> 6);
        *text++ = (char)(0x80 | ((0x400 + i) & 63));
    }
    *text = 0;
}

/* The dictionary has more than 256 codes, but of the texts that have rows those of neither side
 * have one, or those of one side alone. */
static void codes_of_the_sides_decide(void **state)
{
    static const struct harness_shape shape = {
        "codes above 255 on one side", SCRIPT_LETTERS, 'a', 4, CODES, 3, 0, SCRIPT_TEXTS};
    static char text[2][SCRIPT_TEXTS][SCRIPT_BYTES], alphabet[2 * CODES + 2 * SCRIPT_LETTERS];
    const char *pointer[2][SCRIPT_TEXTS];
    (void)state;
    make_alphabet(alphabet);
    for (int foreign = 0; foreign < 3; foreign++) { /* nowhere, in A, in B */
        struct harness_dictionary r;
        for (int side = 0; side < 2; side++)
            for (uint32_t i = 0; i < SCRIPT_TEXTS; i++) {
                make_script(text[side][i], foreign == side + 1);
                pointer[side][i] = i ? text[side][i] : alphabet;
            }
        harness_dictionary_make(&r, pointer[0], SCRIPT_TEXTS, pointer[1], SCRIPT_TEXTS);
        assert_true(r.dictionary.alphabet.n_codes > 256);
        check_texts(&r, &shape, false);
        harness_dictionary_free(&r);
    }
}

/* What metric_score takes where it decides: something where pairs are proposed, and nothing where a
 * side is empty, or where the kernels decide. */
static void pairs_that_are_asked_for_cost(void **state)
{
    static const struct harness_shape shape = {"words", 20, 'a', 9, 12, 0, 0, 60};
    struct harness_dictionary r;
    struct edit_rule rule;
    (void)state;
    harness_dictionary_random(&r, &shape, false, 7);
    struct join_job job = harness_join_job("damerau_levenshtein", &r, false);
    job.need = 0.1;
    assert_true(edit_rule_make(&rule, &job));
    const double asked = edit_ask_seconds(&job, &rule);
    assert_true(asked > 0 && asked < 1);
    const struct side none = {.n = 0};
    const struct side *b = job.b;
    job.b = &none;
    assert_true(edit_ask_seconds(&job, &rule) == 0);
    job = harness_join_job("osa", &r, false);
    job.need = 0.1;
    job.b = b;
    assert_true(edit_rule_make(&rule, &job));
    assert_true(edit_ask_seconds(&job, &rule) == 0);
    harness_dictionary_free(&r);
}

/* Among many texts few pairs are proposed, and yet many in all. */
static void few_pairs_of_many_are_asked_for(void **state)
{
    static const struct harness_shape shape = {"names", 26, 'a', 12, 16, 2, 0, 60000};
    struct harness_dictionary r;
    struct edit_rule rule;
    (void)state;
    harness_dictionary_random(&r, &shape, false, 7);
    struct join_job job = harness_join_job("damerau_levenshtein", &r, false);
    job.need = 0.85;
    assert_true(edit_rule_make(&rule, &job));
    const double seconds = edit_ask_seconds(&job, &rule) * (double)join_n_pairs(&job);
    assert_true(seconds > 1e-3 && seconds < 1);
    harness_dictionary_free(&r);
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
        cmocka_unit_test(codes_of_the_sides_decide),
        cmocka_unit_test(pairs_that_are_asked_for_cost),
        cmocka_unit_test(few_pairs_of_many_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
