/* Inside the metrics: the state, the pattern of a prepared A, the words of a text, and the views.
 *
 * Shared by the metric*.c files; nobody else includes it. */
#ifndef AXB_MATCHER_METRIC_METRIC_INTERNAL_H
#define AXB_MATCHER_METRIC_METRIC_INTERNAL_H

#include "core/base.h"
#include "matcher/kernel/kernel_pattern.h"
#include "matcher/metric/metric.h"

#include <stdint.h>

struct metric_state {
    metric_score_fn *score; /* that of the use */
    const struct metric_kernels *kernel;
    struct metric_use use;
    struct alphabet alphabet;
    uint32_t max_length;
    uint32_t a_id; /* the prepared A, 0 = none */
    struct pattern pattern;
    uint64_t *scratch; /* as kernels need it, see metric_prepare */
    size_t scratch_capacity;
    uint8_t *is_space; /* n_codes + 1: is the code white space between words? */
    void *own;         /* the metric's own part, state_bytes long, zeroed at first */
};

/* ---- Preparing A
 * -------------------------------------------------------------------------------*/

/* As metric_prepare where there is something to do. */
bool metric_prepare_anew(struct metric_state *s, const struct text *a, const struct text *b);

/* Makes A the prepared text unless it is so already, and sees to scratch for this B. True if it
 * was made anew, so that a metric with more to prepare does that as well. */
static inline bool metric_prepare(struct metric_state *s, const struct text *a,
                                  const struct text *b)
{
    if (a->id && a->id == s->a_id && b->n <= s->max_length)
        return false;
    return metric_prepare_anew(s, a, b);
}

/* A pattern for texts over n_codes codes, with room for those of max_length characters; longer
 * ones make it grow. Codes may be n_codes itself, for a character that no text has. */
bool pattern_open(struct pattern *p, uint32_t n_codes, uint32_t max_length);
void pattern_close(struct pattern *p);
void pattern_make(struct pattern *p, const struct text *a, bool backwards);

/* Room for n items of `size` bytes. Without memory the process ends, which the boss reports:
 * lengths are bounded by those of the fields that were loaded. */
void *metric_grow(void *p, size_t *room, size_t n, size_t size);

/* The part of a text from character `from`, n characters long. It has no id. */
static inline struct text text_part(const struct text *t, uint32_t from, uint32_t n)
{
    return (struct text){
        .codes = (const char *)t->codes + (size_t)from * t->width, .n = n, .width = t->width};
}

/* ---- Figures
 * -----------------------------------------------------------------------------------*/

/* A figure of a metric that has a distance and a maximum, in the state's view. */
static inline double metric_view_value(const struct metric_state *s, uint64_t distance,
                                       uint64_t maximum)
{
    /* Signed, because that is a single instruction. */
    double d = (double)(int64_t)distance, m = (double)(int64_t)maximum;
    double normalized = maximum ? d / m : 0.0;
    switch (s->use.view) {
    case METRIC_DISTANCE:
        return d;
    case METRIC_SIMILARITY:
        return m - d;
    case METRIC_NORMALIZED_DISTANCE:
        return normalized;
    case METRIC_NORMALIZED_SIMILARITY:
        break;
    }
    return 1.0 - normalized;
}

/* ---- Words of a text
 * ---------------------------------------------------------------------------*/

struct span {
    uint64_t head; /* its first eight bytes of codes, ordered as the words are; zeros behind */
    uint32_t from, n;
};

/* The words of a text between white space, in ascending order of their code points. */
struct split {
    struct text text;
    uint32_t id; /* of the text, 0 = split again every time */
    uint32_t n;
    struct span *span;
    size_t room;
};

bool split_open(struct split *w, uint32_t max_length);
void split_close(struct split *w);

/* Splits a text, unless it is so already; true if it was done anew. Repeated words are kept only if
 * `repeated`. */
bool split_text(const struct metric_state *s, struct split *w, const struct text *t, bool repeated);

/* The order of two words of two texts: below, equal to or above zero. */
int split_compare(const struct split *x, uint32_t i, const struct split *y, uint32_t k);

#endif
