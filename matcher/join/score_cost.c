/* Timing a metric on beginnings of texts, and the way from there to whole ones. */
#include "matcher/join/score_cost.h"
#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "matcher/join/score_memo.h"

#include <math.h>

#define FIRST_LENGTH 256u
#define GROWTH 4u          /* from one length to the next */
#define STEP_SECONDS 2e-3  /* a length is tried so long … */
#define ALL_SECONDS 8e-3   /* … and after so long altogether no longer one is, … */
#define SCORE_SECONDS 2e-3 /* … nor if a score may take longer: so few say nothing of others */
#define PARTNERS 8u        /* texts of B that one of A is scored with */
#define STEP_PAIRS 512u    /* pairs that are tried at most */
#define POWER_MOST 1.5     /* of the product of both lengths */
#define RANDOM 20261201u   /* the seed */

bool score_may_cut(const struct metric *metric)
{
    return !(metric->flags & (METRIC_OF_COLUMNS | METRIC_READS_UTF8));
}

/* ---- Lengths ---------------------------------------------------------------------------------*/

/* The values of a side by the binary digits of their lengths. */
struct lengths {
    double n[33], characters[33];
};

static void lengths_of(struct lengths *l, const struct dictionary *dictionary,
                       const struct side *side)
{
    *l = (struct lengths){0};
    for (uint32_t i = 0; i < side->n; i++) {
        const uint32_t length = dictionary_length(dictionary, side->value[i]);
        const uint32_t digits = length ? 32 - (uint32_t)__builtin_clz(length) : 0;
        l->n[digits]++;
        l->characters[digits] += length;
    }
}

/* The mean of a power of the lengths, as if those of one number of digits were equal. */
static double mean_power(const struct lengths *l, double power)
{
    double sum = 0, n = 0;
    for (uint32_t i = 1; i < 33; i++)
        sum += l->n[i] > 0 ? l->n[i] * pow(l->characters[i] / l->n[i], power) : 0;
    for (uint32_t i = 0; i < 33; i++)
        n += l->n[i];
    return sum / n;
}

/* ---- Times -----------------------------------------------------------------------------------*/

struct timing {
    const struct metric_use *use;
    const struct dictionary *dictionary;
    const struct side *a, *b;
    const double *need; /* NULL: the score itself is asked */
    uint64_t random;
};

static struct text random_text(struct timing *t, const struct side *side, uint32_t length)
{
    const uint32_t value = side->value[random_next(&t->random) % side->n];
    return score_beginning(dictionary_text(t->dictionary, value), length,
                           t->dictionary->max_length);
}

static void score(const struct timing *t, struct metric_state *metric, const struct text *a,
                  const struct text *b)
{
    if (t->need)
        (void)metric_score_reaching(metric, a, b, *t->need);
    else
        (void)metric_score_texts(metric, a, b);
}

/* What was timed: in all, and how many pairs. */
struct sum {
    struct score_time time;
    uint32_t n;
};

/* Times a text of A with some of B. A scan prepares a text of A once for all of B. So a short text
 * of A, where that would count, is prepared by a score before time is taken. */
static void time_text(struct timing *t, struct metric_state *metric, uint32_t length, uint32_t most,
                      struct sum *sum)
{
    const struct text a = random_text(t, t->a, length);
    if (a.n <= SCORE_WHOLE) {
        const uint64_t random = t->random;
        const struct text b = random_text(t, t->b, length);
        score(t, metric, &a, &b);
        t->random = random;
    }
    const double start = proc_thread_seconds(), end = start + STEP_SECONDS;
    for (uint32_t i = 0; i < most && (i == 0 || proc_thread_seconds() < end); i++) {
        const struct text b = random_text(t, t->b, length);
        score(t, metric, &a, &b);
        sum->time.cells += (double)a.n * b.n;
        sum->n++;
    }
    sum->time.seconds += proc_thread_seconds() - start;
}

/* Scores beginnings of `length` characters of *n pairs, up to `most`. The pairs are the same for
 * every length. Nothing without memory. */
static struct score_time time_length(struct timing *t, uint32_t length, uint32_t most, uint32_t *n)
{
    struct sum sum = {0};
    struct metric_state *metric;
    struct err ignored;
    *n = 0;
    if (!metric_open(&metric, t->use, &t->dictionary->alphabet, length, &ignored))
        return sum.time;
    t->random = RANDOM;
    while (sum.n < most && sum.time.seconds < STEP_SECONDS)
        time_text(t, metric, length, least(PARTNERS, most - sum.n), &sum);
    metric_close(metric);
    *n = sum.n;
    return (struct score_time){sum.time.seconds / sum.n, sum.time.cells / sum.n};
}

/* ---- Growth ----------------------------------------------------------------------------------*/

/* By which power of the product of lengths seconds grow. If texts did not become longer: 1, as
 * where all pairs of characters are compared. */
static double power_between(struct score_time shorter, struct score_time longer)
{
    if (shorter.cells <= 0 || longer.cells < 2 * shorter.cells)
        return 1;
    const double power = log(longer.seconds / shorter.seconds) / log(longer.cells / shorter.cells);
    return fmin(fmax(power, 0), POWER_MOST);
}

struct score_law score_law_between(struct score_time shorter, struct score_time longer)
{
    const double power = power_between(shorter, longer), length = sqrt(longer.cells);
    if (power <= 0.5 || power >= 1)
        return (struct score_law){{longer.seconds / pow(longer.cells, power), 0}, {power, 0}};
    const double before = sqrt(shorter.cells);
    const double cell = (longer.seconds / length - shorter.seconds / before) / (length - before);
    return (struct score_law){{longer.seconds / length - cell * length, cell}, {0.5, 1}};
}

double score_law_seconds(const struct score_law *law, double cells)
{
    return law->seconds[0] * pow(cells, law->power[0]) +
           law->seconds[1] * pow(cells, law->power[1]);
}

/* On average over all pairs of two sides. */
static double mean_seconds(const struct score_law *law, const struct lengths *a,
                           const struct lengths *b)
{
    double seconds = 0;
    for (uint32_t i = 0; i < 2; i++)
        if (law->seconds[i] > 0)
            seconds +=
                law->seconds[i] * mean_power(a, law->power[i]) * mean_power(b, law->power[i]);
    return seconds;
}

/* ---- All of it -------------------------------------------------------------------------------*/

/* What a score of the next length may take. */
static double next_seconds(struct score_time before, struct score_time now)
{
    return now.seconds * (before.seconds > 0 ? now.seconds / before.seconds : GROWTH * GROWTH);
}

static double measure(struct timing *t)
{
    const uint32_t longest = greatest(t->dictionary->max_length, 1);
    uint32_t length = score_may_cut(t->use->metric) ? least(longest, FIRST_LENGTH) : longest, n;
    struct score_time before = {0, 0}, now = {0, 0};
    struct lengths of_a, of_b;
    const double start = proc_thread_seconds();
    for (;; length = least(longest, length * GROWTH)) {
        before = now;
        now = time_length(t, length, STEP_PAIRS, &n);
        if (length == longest || proc_thread_seconds() - start > ALL_SECONDS ||
            next_seconds(before, now) > SCORE_SECONDS)
            break;
    }
    if (length == longest || now.cells <= 0)
        return now.seconds;
    before = time_length(t, length / GROWTH, n, &n);
    const struct score_law law = score_law_between(before, now);
    lengths_of(&of_a, t->dictionary, t->a);
    lengths_of(&of_b, t->dictionary, t->b);
    return mean_seconds(&law, &of_a, &of_b);
}

static double measure_once(struct timing *t)
{
    double seconds;
    if (t->a->n == 0 || t->b->n == 0)
        return 0;
    const uint64_t key = score_memo_key(t->use, t->dictionary, t->a, t->b, t->need);
    if (!score_memo_find(key, &seconds)) {
        seconds = measure(t);
        if (seconds > 0) /* there was memory */
            score_memo_keep(key, seconds);
    }
    return seconds;
}

double score_cost_seconds(const struct metric_use *use, const struct dictionary *dictionary,
                          const struct side *a, const struct side *b)
{
    return measure_once(&(struct timing){use, dictionary, a, b, NULL, 0});
}

double score_cost_reaching(const struct metric_use *use, const struct dictionary *dictionary,
                           const struct side *a, const struct side *b, double need)
{
    return measure_once(&(struct timing){use, dictionary, a, b, &need, 0});
}
