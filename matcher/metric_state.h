/* Inside the metrics: the state, the bit pattern of a prepared A, and the views.
 *
 * Shared by metric.c and the metric_*.c files; nobody else includes it. */
#ifndef AXB_MATCHER_METRIC_STATE_H
#define AXB_MATCHER_METRIC_STATE_H

#include "matcher/metric.h"

#include <stdint.h>

/* For each code of A a row of 64-bit blocks: bit i of block k is set where A has the code at
 * position 64 k + i. Codes that A has not share row 0, which is zero. */
struct pattern {
    uint32_t *row; /* n_codes + 1: code -> row */
    uint32_t n_codes;
    uint64_t *mask;  /* rows × blocks */
    uint32_t n_rows; /* in use */
    uint32_t blocks; /* of the present A, at least 1 */
    size_t room;     /* of mask, in words */
};

struct metric_state {
    struct metric_use use;
    struct alphabet alphabet;
    uint32_t max_length;
    uint32_t a_id; /* the prepared A, 0 = none */
    struct text a; /* what the pattern was made of */
    struct pattern pattern;
    uint64_t *word; /* scratch, see metric_words */
    size_t word_room;
    void *own; /* the metric's own part, state_bytes long, zeroed at first */
};

/* Makes A the prepared text, unless it is so already. True if it was made anew, so that a metric
 * with more to prepare does that as well. */
bool metric_prepare(struct metric_state *s, struct text a);

/* Forgets the prepared A. */
void metric_forget(struct metric_state *s);

/* At least n words of scratch, zeroed or not. Grows; without memory the process ends, which the
 * boss reports: lengths are bounded by those of the fields that were loaded. */
uint64_t *metric_words(struct metric_state *s, size_t n);
void *metric_grow(void *p, size_t *room, size_t n, size_t size);

/* A figure of a metric that has a distance and a maximum, in the state's view. */
double metric_view_value(const struct metric_state *s, uint64_t distance, uint64_t maximum);

/* Is a code white space between words, as RapidFuzz and Python split? */
bool metric_is_space(const struct metric_state *s, uint32_t code);

/* The length of the longest common subsequence of the prepared A and n codes of b from `from`. */
uint64_t metric_lcs(struct metric_state *s, struct text b, uint32_t from, uint32_t n);

static inline const uint64_t *pattern_row(const struct pattern *p, uint32_t code)
{
    return p->mask + (size_t)p->row[code] * p->blocks;
}

/* Calls body(…, 1), body(…, 2) or body(…, 4), so that the width is a constant in it. */
#define METRIC_BY_WIDTH(width, body, ...)                                                          \
    ((width) == 1   ? body(__VA_ARGS__, 1)                                                         \
     : (width) == 2 ? body(__VA_ARGS__, 2)                                                         \
                    : body(__VA_ARGS__, 4))

#define METRIC_INLINE static inline __attribute__((always_inline))

#endif
