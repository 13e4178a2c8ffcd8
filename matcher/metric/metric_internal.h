/* Inside the metrics: the state, the pattern of a prepared A, the tokens of a text, and the views.
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
    uint64_t *scratch; /* as kernels need it for texts of max_length characters */
    void *own;         /* the metric's own part, state_bytes long, zeroed at first */
    struct {
        double need;
        uint64_t maximum, most; /* metric_edit_most of these; maximum 0: of none yet */
    } reaching;
};

/* ---- Preparing A -----------------------------------------------------------------------------*/

/* A pattern for texts over n_codes codes, of up to max_length characters. Codes may be n_codes
 * itself, for a character that no text has. False without memory. */
bool pattern_open(struct pattern *p, uint32_t n_codes, uint32_t max_length);
void pattern_close(struct pattern *p);
void pattern_make(struct pattern *p, const struct text *a, bool backwards);

/* The same backwards, so that the last bit of the last block stands for the first character: block
 * k has the characters that block `blocks` - 1 - k of the pattern onwards has. */
void pattern_make_mirrored(struct pattern *p, const struct text *a);

/* Makes A the prepared text unless it is so already. True if its pattern was made: a metric that
 * prepares more of A then does so. */
static inline bool metric_prepare(struct metric_state *s, const struct text *a)
{
    if (a->id && a->id == s->a_id)
        return false;
    pattern_make(&s->pattern, a, false);
    s->a_id = a->id;
    return true;
}

/* The part of a text from character `from`, n characters long. It has no id. */
static inline struct text text_part(const struct text *t, uint32_t from, uint32_t n)
{
    return (struct text){
        .codes = (const char *)t->codes + (size_t)from * t->width, .n = n, .width = t->width};
}

/* ---- Figures ---------------------------------------------------------------------------------*/

/* A figure of a metric that has a distance and a maximum, in the state's view. */
static inline double metric_view_value(const struct metric_state *s, uint64_t distance,
                                       uint64_t maximum)
{
    return metric_figure(s->use.view, distance, maximum);
}

/* ---- What other rows share (metric_edit.c) ---------------------------------------------------*/

/* Those of `indel` and `ratio`. */
double metric_indel(struct metric_state *s, const struct text *a, const struct text *b);
uint64_t metric_indel_within(struct metric_state *s, const struct text *a, const struct text *b,
                             uint64_t most);
double metric_bound_of_sum(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix);
double metric_unequal_of_sum(uint64_t length);
extern const struct metric_edits metric_edits_indel;

/* ---- Jaro ------------------------------------------------------------------------------------*/

#define METRIC_PREFIX_WEIGHT 0.1
#define METRIC_BOOST_ABOVE 0.7

/* Jaro's similarity with what Winkler adds for a common beginning. */
static inline double metric_boosted(double sim, unsigned prefix)
{
    if (sim <= METRIC_BOOST_ABOVE)
        return sim;
    sim += (double)prefix * METRIC_PREFIX_WEIGHT * (1.0 - sim);
    return sim < 1.0 ? sim : 1.0;
}

/* ---- Tokens ----------------------------------------------------------------------------------*/

/* A token: characters from .. from + n - 1 of its text. */
struct span {
    uint64_t head; /* its first eight bytes of codes, then zeros: heads are in the tokens' order */
    uint32_t from, n;
};

/* The tokens of a text, which white space separates, in ascending order of their code points. */
struct split {
    struct text text;
    uint32_t id; /* of the text; 0: it is split at every call */
    uint32_t n;
    struct span *span;       /* n, and as many again for sorting them */
    const uint8_t *is_space; /* metric_spaces; borrowed */
};

/* `is_space` is that of the texts' alphabet and outlives the split. False without memory. */
bool split_open(struct split *w, const uint8_t *is_space, uint32_t max_length);
void split_close(struct split *w);

enum split_order {
    SPLIT_SORTED,
    SPLIT_SET,           /* sorted, and each token once */
    SPLIT_AS_THEY_STAND, /* of a text whose tokens are sorted */
};

/* Splits a text, unless the last one had the same id; true if it did. */
bool split_text(struct split *w, const struct text *t, enum split_order order);

/* The code between tokens that are joined: a blank if the texts have one, else one that none has.
 */
uint32_t metric_blank(const struct alphabet *alphabet);

/* Appends token k to n codes, after a blank if it is not the first; returns how many there are. */
uint32_t split_append(const struct split *w, uint32_t k, uint32_t blank, uint32_t *codes,
                      uint32_t n);

/* The order of two tokens of two texts: below, equal to or above zero. */
int split_compare(const struct split *x, uint32_t i, const struct split *y, uint32_t k);

#endif
