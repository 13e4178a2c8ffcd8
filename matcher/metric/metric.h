/* Metrics: how alike two values are.
 *
 * A metric is one function and one row in the table of its file (metric_edit.c, metric_jaro.c,
 * metric_set.c, metric_token.c, metric_value.c); with the row it is in `axb metrics`, callable in
 * expressions and scorers, tested against its slow twin and benchmarked. The arithmetic is that
 * of RapidFuzz, to the last bit: norm_dist = max ? dist / max : 0, norm_sim = 1 - norm_dist, in
 * double, never contracted. Not here: which pairs are worth comparing (join.h). */
#ifndef AXB_MATCHER_METRIC_METRIC_H
#define AXB_MATCHER_METRIC_METRIC_H

#include "core/err.h"
#include "matcher/index/dictionary.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Metrics of one family share their joins and kernels. */
enum metric_family {
    METRIC_EQUAL,       /* equal */
    METRIC_LEVENSHTEIN, /* levenshtein */
    METRIC_OSA,
    METRIC_DAMERAU,
    METRIC_INDEL, /* indel, ratio */
    METRIC_LCSSEQ,
    METRIC_HAMMING,
    METRIC_AFFIX, /* prefix, postfix */
    METRIC_JARO,
    METRIC_JARO_WINKLER,
    METRIC_TOKEN, /* partial_ratio, token_sort_ratio, token_set_ratio */
    METRIC_JACCARD,
    METRIC_DICE,
    METRIC_COSINE,
    METRIC_OVERLAP,
    METRIC_PHONETIC, /* soundex, double_metaphone */
    METRIC_NUMBER,   /* number, days, km */
};

/* Which figure of a metric: `levenshtein` is its normalized similarity, `levenshtein_distance`
 * and so on are the other views, for metrics whose row has a maximum. */
enum metric_view {
    METRIC_NORMALIZED_SIMILARITY,
    METRIC_DISTANCE,
    METRIC_SIMILARITY,
    METRIC_NORMALIZED_DISTANCE,
};

/* Is a view the less the more alike two texts are? */
static inline bool metric_falls(enum metric_view view)
{
    return view == METRIC_DISTANCE || view == METRIC_NORMALIZED_DISTANCE;
}

/* The figure where a text is missing: as little alike as can be. A distance has no greatest value;
 * there is none then, so that no comparison with it is true. */
static inline double metric_missing(enum metric_view view)
{
    return view == METRIC_DISTANCE ? __builtin_nan("") : view == METRIC_NORMALIZED_DISTANCE ? 1 : 0;
}

#define METRIC_MAX_ARGS 2

/* One use of a metric: which, which view, with which numbers behind the columns. */
struct metric_use {
    const struct metric *metric;
    enum metric_view view;
    unsigned n_args;
    double args[METRIC_MAX_ARGS]; /* as given, or the row's defaults */
};

struct metric_state;
typedef double metric_score_fn(struct metric_state *s, const struct text *a, const struct text *b);

struct metric {
    const char *name;
    enum metric_family family;
    bool views;            /* has distance, similarity and normalized_distance as well */
    const char *range;     /* "0..1" */
    const char *what;      /* what it measures, one line */
    const char *arguments; /* "", or "[, q = 3]" as help shows it; q = 0 stands for words */
    unsigned min_args, max_args;
    double defaults[METRIC_MAX_ARGS];
    size_t state_bytes;     /* of the metric's own part of the state */
    metric_score_fn *score; /* the value in the view of the state's use; NaN only where there is
                               no value, as for a number that is none */
    bool (*open)(struct metric_state *s);  /* allocates what the own part holds, or NULL */
    void (*close)(struct metric_state *s); /* frees what the own part holds, or NULL; it may be
                                              half open */
};

/* The table of tables: row i of all metrics, in the order that `axb metrics` shows; NULL after the
 * last. */
const struct metric *metric_at(size_t i);

/* The use that a name of n bytes stands for: "levenshtein", "levenshtein_distance"; for --metric
 * with arguments behind a colon: "jaccard:3". Unknown names list the nearest that exist. */
bool metric_find(const char *name, size_t n, struct metric_use *use, struct err *e);

/* Checks the number and the values of use->args. */
bool metric_check(const struct metric_use *use, struct err *e);

/* A state holds what a metric needs between calls: the prepared A (kept while a.id stays the
 * same: one A against many B is the fast way) and scratch space. One thread uses it at a time.
 * `alphabet` bounds the codes of all texts and must outlive the state; no text has more than
 * max_length characters. All memory is allocated here: a score cannot fail. Texts without id are
 * allowed, and slow. ERR_OS without memory; *s is NULL then. */
bool metric_open(struct metric_state **s, const struct metric_use *use,
                 const struct alphabet *alphabet, uint32_t max_length, struct err *e);
void metric_close(struct metric_state *s);

/* The score of a against b. */
double metric_score_texts(struct metric_state *s, const struct text *a, const struct text *b);

/* The same. By value the texts would be copied for the call, and a copy right behind the writing
 * of its parts stalls the processor at every pair; so they are not. */
static inline double metric_score(struct metric_state *s, struct text a, struct text b)
{
    return metric_score_texts(s, &a, &b);
}

/* The score of two texts in valid UTF-8 that are no values of a dictionary: both get an alphabet
 * of their own. ERR_OS without memory; *score is not set then. */
bool metric_score_utf8(const struct metric_use *use, struct bytes a, struct bytes b, double *score,
                       struct err *e);

/* A table of an alphabet's codes, n_codes + 1 long: is the code white space between tokens? The
 * rule of every metric that compares tokens. The caller frees it; NULL without memory. */
uint8_t *metric_spaces(const struct alphabet *alphabet);

/* The exact double that a bare metric gives for whole-number evidence: what joins decide with and
 * what they report, the same expressions as metric_score evaluates. */
double metric_edit_similarity(uint64_t distance, uint64_t maximum); /* 1 - d/max */
double metric_jaro_similarity(uint64_t la, uint64_t lb, uint64_t common, uint64_t transpositions,
                              unsigned prefix, bool winkler); /* transpositions: halved already */
double metric_set_similarity(enum metric_family family, uint64_t na, uint64_t nb, uint64_t overlap);

/* The sorted distinct q-grams (q = 1, 2, 3) of a text: q - 1 blanks of their own kind in front and,
 * for q >= 2, one behind. A key is exact: the codes + 1 (blank 0), 21 bits each. Writes at most
 * t.n + 2 keys, returns how many there are. */
size_t metric_grams(struct text t, unsigned q, uint64_t *keys);

#endif
