/* A radix sort from the lowest digit, on threads (Seward, 1954; Zagha and Blelloch, 1991).
 *
 * Each thread has a run of the pairs. It counts the digits of its run, and so knows where each of
 * its pairs goes. Digits that all pairs share cost nothing but the first count. */
#include "matcher/choose/found_order.h"

#include <omp.h>
#include <stdlib.h>

#define DIGIT_BITS 8u
#define DIGIT_VALUES (1u << DIGIT_BITS)
#define DIGITS (64u / DIGIT_BITS)
#define MOST_THREADS 64
#define PAIRS_FOR_THREADS 16384u /* fewer are sorted by one thread */
#define PAIRS_FOR_DIGITS 64u     /* fewer are sorted by inserting */

static uint32_t digit_of(const struct found_pair *p, enum choose_better better, unsigned digit)
{
    return (uint32_t)(found_rank(p->score, better) >> digit * DIGIT_BITS) & (DIGIT_VALUES - 1);
}

static void sort_few(struct found_pair *pair, uint64_t n, enum choose_better better)
{
    for (uint64_t i = 1; i < n; i++) {
        const struct found_pair p = pair[i];
        const uint64_t rank = found_rank(p.score, better);
        uint64_t k = i;
        for (; k > 0 && found_rank(pair[k - 1].score, better) > rank; k--)
            pair[k] = pair[k - 1];
        pair[k] = p;
    }
}

/* The bits in which some ranks differ. */
static uint64_t bits_that_differ(const struct found_pair *pair, uint64_t n,
                                 enum choose_better better)
{
    const uint64_t first = found_rank(pair[0].score, better);
    uint64_t differ = 0;
#pragma omp parallel for schedule(static) reduction(| : differ) if (n > PAIRS_FOR_THREADS)
    for (uint64_t i = 0; i < n; i++)
        differ |= found_rank(pair[i].score, better) ^ first;
    return differ;
}

/* Pairs of each digit in the run of each thread; then where the next of them goes. */
typedef uint64_t digit_counts[MOST_THREADS][DIGIT_VALUES];

static void places_of_counts(digit_counts counts, int n_threads)
{
    uint64_t place = 0;
    for (unsigned d = 0; d < DIGIT_VALUES; d++)
        for (int t = 0; t < n_threads; t++) {
            const uint64_t here = counts[t][d];
            counts[t][d] = place;
            place += here;
        }
}

static int threads_for(uint64_t n)
{
    const int most = omp_get_max_threads();
    if (n <= PAIRS_FOR_THREADS)
        return 1;
    return most < MOST_THREADS ? most : MOST_THREADS;
}

static void sort_by_digit(const struct found_pair *from, struct found_pair *to, uint64_t n,
                          enum choose_better better, unsigned digit)
{
    digit_counts counts = {{0}};
#pragma omp parallel num_threads(threads_for(n))
    {
        const uint64_t threads = (uint64_t)omp_get_num_threads(),
                       t = (uint64_t)omp_get_thread_num();
        const uint64_t begin = n / threads * t, end = t + 1 == threads ? n : n / threads * (t + 1);
        uint64_t *count = counts[t];
        for (uint64_t i = begin; i < end; i++)
            count[digit_of(&from[i], better, digit)]++;
#pragma omp barrier
#pragma omp single
        places_of_counts(counts, (int)threads);
        for (uint64_t i = begin; i < end; i++)
            to[count[digit_of(&from[i], better, digit)]++] = from[i];
    }
}

struct found_pair *found_order(struct found_pair *pair, struct found_pair *spare, uint64_t n,
                               enum choose_better better)
{
    if (n < PAIRS_FOR_DIGITS) {
        sort_few(pair, n, better);
        return pair;
    }
    const uint64_t differ = bits_that_differ(pair, n, better);
    struct found_pair *from = pair, *to = spare;
    for (unsigned digit = 0; digit < DIGITS; digit++) {
        if (!(differ >> digit * DIGIT_BITS & (DIGIT_VALUES - 1)))
            continue;
        sort_by_digit(from, to, n, better, digit);
        struct found_pair *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}
