/* Timing a metric on beginnings of texts, and the way from there to whole ones. */
#include "matcher/join/score_cost.h"
#include "core/base.h"
#include "core/process.h"
#include "core/random.h"
#include "matcher/join/score_memo.h"

#include <math.h>

#define FIRST_LENGTH 256u
#define GROWTH 4u         /* from one length to the next */
#define STEP_SECONDS 2e-3 /* a length is tried so long … */
#define ALL_SECONDS 8e-3  /* … and after so long altogether no longer one is */
#define PARTNERS 8u       /* texts of B that one of A is scored with */
#define STEP_TEXTS 64u    /* texts of A that are tried at most */
#define POWER_MOST 1.5    /* of the product of both lengths */

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

/* What a score of texts of some length takes, and the product of their lengths. */
struct timed {
    double seconds, cells;
};

struct timing {
    const struct metric_use *use;
    const struct dictionary *dictionary;
    const struct side *a, *b;
    uint64_t random;
};

static struct text random_text(struct timing *t, const struct side *side, uint32_t length)
{
    const uint32_t value = side->value[random_next(&t->random) % side->n];
    return score_beginning(dictionary_text(t->dictionary, value), length);
}

/* Times a text of A with some of B. The first of them prepares A, as it does in a scan,
 * and is not timed if that may matter. */
static void time_text(struct timing *t, struct metric_state *metric, uint32_t length,
                      struct timed *sum, double *n)
{
    const struct text a = random_text(t, t->a, length);
    if (a.n <= SCORE_WHOLE)
        (void)metric_score(metric, a, random_text(t, t->b, length));
    const double start = proc_thread_seconds(), end = start + STEP_SECONDS;
    for (uint32_t i = 0; i < PARTNERS && (i == 0 || proc_thread_seconds() < end); i++) {
        const struct text b = random_text(t, t->b, length);
        (void)metric_score(metric, a, b);
        sum->cells += (double)a.n * b.n;
        (*n)++;
    }
    sum->seconds += proc_thread_seconds() - start;
}

/* Scores beginnings of `length` characters. Nothing without memory. */
static struct timed time_length(struct timing *t, uint32_t length)
{
    struct timed sum = {0, 0};
    struct metric_state *metric;
    struct err ignored;
    double n = 0;
    if (!metric_open(&metric, t->use, &t->dictionary->alphabet, length, &ignored))
        return sum;
    for (uint32_t i = 0; i < STEP_TEXTS && sum.seconds < STEP_SECONDS; i++)
        time_text(t, metric, length, &sum, &n);
    metric_close(metric);
    return (struct timed){sum.seconds / n, sum.cells / n};
}

/* By which power of the product of lengths seconds grow. Where texts did not become longer, as with
 * those of all pairs of characters. */
static double power_between(struct timed shorter, struct timed longer)
{
    if (shorter.cells <= 0 || longer.cells < 2 * shorter.cells)
        return 1;
    const double power = log(longer.seconds / shorter.seconds) / log(longer.cells / shorter.cells);
    return fmin(fmax(power, 0), POWER_MOST);
}

static double measure(const struct metric_use *use, const struct dictionary *dictionary,
                      const struct side *a, const struct side *b)
{
    struct timing t = {use, dictionary, a, b, 20261201};
    const uint32_t longest = greatest(dictionary->max_length, 1);
    uint32_t length = score_may_cut(use->metric) ? least(longest, FIRST_LENGTH) : longest;
    struct timed before = {0, 0}, now = {0, 0};
    struct lengths of_a, of_b;
    const double start = proc_thread_seconds();
    for (;; length = least(longest, length * GROWTH)) {
        before = now;
        now = time_length(&t, length);
        if (length == longest || proc_thread_seconds() - start > ALL_SECONDS)
            break;
    }
    if (length == longest || now.cells <= 0)
        return now.seconds;
    const double power = power_between(before, now);
    lengths_of(&of_a, dictionary, a);
    lengths_of(&of_b, dictionary, b);
    return now.seconds / pow(now.cells, power) * mean_power(&of_a, power) *
           mean_power(&of_b, power);
}

double score_cost_seconds(const struct metric_use *use, const struct dictionary *dictionary,
                          const struct side *a, const struct side *b)
{
    double seconds;
    if (a->n == 0 || b->n == 0)
        return 0;
    const uint64_t key = score_memo_key(use, dictionary, a, b);
    if (!score_memo_find(key, &seconds)) {
        seconds = measure(use, dictionary, a, b);
        if (seconds > 0) /* there was memory */
            score_memo_keep(key, seconds);
    }
    return seconds;
}
