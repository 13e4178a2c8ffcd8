/* Metrics: how alike two values are.
 *
 * A metric is one function and one row in the table of its file (metric_edit.c, metric_jaro.c,
 * metric_set.c, metric_idf.c, metric_partial.c, metric_token.c, metric_fuzz.c, metric_sounds.c,
 * metric_value.c); with the row it is in `axb metrics`, callable in expressions and scorers, tested
 * against its slow twin and benchmarked. The arithmetic is that of RapidFuzz, to the last bit:
 * norm_dist = max ? dist / max : 0, norm_sim = 1 - norm_dist, in double, never contracted. Not
 * here: which pairs are worth comparing (join.h). */
#ifndef AXB_MATCHER_METRIC_METRIC_H
#define AXB_MATCHER_METRIC_METRIC_H

#include "core/err.h"
#include "data/figures/figures.h"
#include "matcher/index/dictionary.h"
#include "matcher/index/idf.h"
#include "matcher/index/rarity.h"
#include "matcher/index/text_form.h"
#include "matcher/kernel/kernel_edit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* One use of a metric: which, which view, with which numbers after the columns. */
struct metric_use {
    const struct metric *metric;
    enum metric_view view;
    unsigned n_args;
    double args[METRIC_MAX_ARGS]; /* as given, or the row's defaults */
    const struct rarity *rarity;  /* the same for a metric that weighs values */
    bool formed; /* the texts have the form of the row, as those of an index have: they are
                    compared by score_formed */
    const struct idf *idf; /* those of both columns, for a metric that weighs words; borrowed,
                                and valid in this process alone */
};

/* The figure in a view of a metric that has a distance and a maximum. */
static inline double metric_figure(enum metric_view view, uint64_t distance, uint64_t maximum)
{
    /* Signed, because that is a single instruction. */
    const double d = (double)(int64_t)distance, m = (double)(int64_t)maximum;
    const double normalized = maximum ? d / m : 0.0;
    switch (view) {
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

/* The largest distance out of `maximum` whose figure in a view is good enough: at least `need`, or
 * in a view that falls at most. 0 if none is. */
uint64_t metric_edit_most(enum metric_view view, double need, uint64_t maximum);

struct metric_state;
typedef double metric_score_fn(struct metric_state *s, const struct text *a, const struct text *b);

/* ---- What a row says of its metric -------------------------------------------------------------
 * Joins, filters and the planner ask for these, never for a name. The first two flags are needs,
 * and so are METRIC_WEIGHS_WORDS and METRIC_WEIGHS_VALUES.
 * All the rest are promises, about texts that have the form of the row: one that does not hold
 * loses pairs, one that is left out only costs time. A metric that promises nothing is compared
 * pair by pair. Promises are about the normalized similarity, but those of edits and of numbers are
 * about every view. */
enum metric_flag {
    METRIC_READS_UTF8 = 1, /* reads the UTF-8 of a text, which the dictionary then has to keep */
    METRIC_TAKES_Q = 2,    /* its argument is the length of q-grams: 1, 2 or 3; or 0 for tokens */
    METRIC_BINARY = 4,     /* is 0 or 1 */
    METRIC_EQUALITY = 8,   /* is 1 for equal texts and 0 for others: ids decide */
    METRIC_JARO = 16,      /* is metric_jaro_similarity of what Jaro counts */
    METRIC_PREFIX = 32,    /* rises with a common prefix of up to METRIC_PREFIX_MOST characters; if
                              METRIC_JARO as well, as Winkler's does */
    METRIC_QUOTIENT = 64,  /* is the quotient of the numbers that `number` reads, the smaller by the
                              larger magnitude; 0 for different signs */
    METRIC_WEIGHS_WORDS = 128,  /* reads the words of both columns (use.idf), and texts that are
                                   values of their dictionary alone; it is metric_words_similarity */
    METRIC_WEIGHS_VALUES = 256, /* is rarity_bits of the columns (use.rarity) for equal texts, 0 for
                                   others; texts are values of their dictionary alone. It has no
                                   greatest value */
    METRIC_COLUMN_TEXTS = 512,  /* compares the texts that the columns have once they are read as
                                   `reads`; its promises are about these */
    METRIC_PLACES = 1024,       /* is metric_places_score of the places that texts stand for */
    METRIC_SOUND_OF_ASCII = 2048, /* its codes are of all ASCII characters; others of A to Z */
    METRIC_BEST_PART = 4096, /* is metric_edit_similarity of the insertions and deletions, and of
                                the sum of the lengths, for the shorter text and that part of the
                                longer which it fits best: a part as long as the shorter text, or
                                a shorter one at either end. Of texts of one length either is the
                                shorter. Two empty texts score 1, one scores 0 */
    METRIC_DAMERAU = 8192, /* its distance is that of Damerau and Levenshtein without restriction */
    METRIC_OF_COLUMNS = METRIC_WEIGHS_WORDS | METRIC_WEIGHS_VALUES | METRIC_COLUMN_TEXTS, /* cannot
                                                                       compare two texts alone */
};

#define METRIC_PREFIX_MOST 4u

/* The most that two texts of la and lb characters can score with `common` characters in common
 * (each counted as often as both texts have it) and a common prefix of `prefix` characters, counted
 * up to METRIC_PREFIX_MOST. It does not fall as `common` or `prefix` rises, nor rise as the lengths
 * move apart; where rounding could break that, the bound adds slack. */
typedef double metric_bound_fn(uint32_t la, uint32_t lb, uint32_t common, uint32_t prefix);

/* The most that two unequal texts of at most `length` characters can score; it does not fall with
 * the length. Equal texts score 1, if the metric is not METRIC_WEIGHS_VALUES. */
typedef double metric_unequal_fn(uint64_t length);

/* The distance of two texts if it is at most `most`, else any number above that. */
typedef uint64_t metric_within_fn(struct metric_state *s, const struct text *a,
                                  const struct text *b, uint64_t most);

/* The distance of a metric, and the maximum that its views divide by. */
enum metric_share {
    METRIC_OF_LONGER,      /* edits; the longer length */
    METRIC_OF_SUM,         /* edits; the sum of the lengths */
    METRIC_OF_SUBSEQUENCE, /* the longer length less the common subsequence; the longer length */
};

struct metric_edits {
    enum edit_kind kind; /* what kernels count */
    bool exact;          /* false: the kernel counts from d to d + d / 2 for a distance of d */
    enum metric_share share;
};

/* At which end of two texts a metric counts characters in common. Its distance is the longer length
 * less these, its maximum the longer length. A promise about every view. */
enum metric_end {
    METRIC_NO_END,
    METRIC_COMMON_BEGINNING,
    METRIC_COMMON_ENDING,
};

/* The score, if it is at least `need`, in a view that rises; else anything below `need`. */
typedef double metric_reaching_fn(struct metric_state *s, const struct text *a,
                                  const struct text *b, double need);

/* Sets of q-grams or tokens: the metric is similarity(sizes, elements in common). For two sizes it
 * rises with what is in common; what a threshold asks to be in common rises with the sizes. */
struct metric_sets {
    double (*similarity)(uint64_t na, uint64_t nb, uint64_t common);
    double (*common)(double min, double na, double nb); /* about what it takes to reach min */
};

/* The number that a text stands for, NaN if none. The metric is NaN if a text has none. Else it
 * falls linearly with the difference of both numbers and is 0 from the use's first argument on, if
 * it is not METRIC_QUOTIENT. */
typedef double metric_number_fn(struct bytes text);

struct phonetic_code;
/* Writes the codes of n characters, see metric_phonetic.h. The metric is 1 for texts with a code in
 * common, else 0. */
typedef void metric_phonetic_fn(const char *letters, size_t n, const struct phonetic_code *codes);

/* Where codes need not be equal: are two of them alike? Each text has one code then, of at most
 * METRIC_CODE_MOST characters; it is packed into a number, the first character in its lowest byte.
 */
typedef bool metric_alike_fn(uint64_t code_a, uint64_t code_b);
#define METRIC_CODE_MOST 7u
#define METRIC_NEVER_ALIKE UINT32_MAX

/* How many characters, A to Z or a blank, alike codes of these lengths have in common at least;
 * METRIC_NEVER_ALIKE if they cannot be alike. Codes of one length are alike just if they have so
 * many at the same places. */
typedef uint32_t metric_alike_least_fn(uint32_t length_a, uint32_t length_b);

/* A metric is at most the greatest of factor × part, of both texts in the form of the part. So a
 * pair that reaches a threshold reaches threshold / factor in one part at least. */
struct metric_part {
    const char *metric;  /* its name, as metric_find reads it */
    enum text_form form; /* of the texts that it compares */
    double factor;
    bool any; /* above 0 it allows all that the factor does; at 0 it allows nothing */
    double (*says)(double score); /* what the metric is for a pair that reaches the part with this
                                     score, unless its text of A is empty in the form; or NULL */
};
#define METRIC_PARTS_MOST 8u

struct metric {
    const char *name;
    bool views;            /* has distance, similarity and normalized_distance as well */
    const char *range;     /* "0..1" */
    const char *what;      /* what it measures, one line */
    const char *arguments; /* "", or "[, q = 3]" as help shows it */
    unsigned min_args, max_args;
    double defaults[METRIC_MAX_ARGS];
    size_t state_bytes;     /* of the metric's own part of the state */
    metric_score_fn *score; /* the value in the view of the state's use; normalized ones are from
                               0 to 1; NaN only where there is none */
    bool (*open)(struct metric_state *s);  /* allocates what the own part holds, or NULL */
    void (*close)(struct metric_state *s); /* frees what the own part holds, or NULL; it may be
                                              half open */
    unsigned flags; /* of enum metric_flag; it and all below may be left out */
    metric_bound_fn *bound;
    metric_unequal_fn *unequal;
    const struct metric_edits *edits;
    metric_reaching_fn *reaching; /* where a threshold saves time, and `within` does not serve */
    metric_within_fn *within;     /* where a limit saves time; then `edits` is set as well */
    const struct metric_sets *sets;
    enum text_form form; /* of the texts that are compared: their columns are indexed so. `score`
                            has the same of texts in any form */
    metric_score_fn *score_formed; /* of texts that have the form, if there is one; not slower */
    const struct metric *apart; /* it is token_set_ratio: for texts without a word in common it is
                                   this one of them, for others the best of three ratios
                                   (token_rule.h) */
    const struct metric_part *parts; /* up to METRIC_PARTS_MOST; after the last one without a name.
                                        What comes first is cheap to score */
    enum metric_end end;
    enum figure_kind reads; /* what its texts stand for: its columns are loaded as such */
    metric_number_fn *number;
    metric_phonetic_fn *phonetic;
    metric_alike_fn *alike;             /* NULL: codes must be equal */
    metric_alike_least_fn *alike_least; /* set if `alike` is */
};

/* The table of tables: row i of all metrics, in the order that `axb metrics` shows; NULL after the
 * last. */
const struct metric *metric_at(size_t i);

/* The use that a name of n bytes stands for, in upper or lower case: "levenshtein",
 * "levenshtein_distance"; for --metric with arguments after a colon: "jaccard:3". Unknown names
 * list the nearest that exist. */
bool metric_find(const char *name, size_t n, struct metric_use *use, struct err *e);

/* Checks the number and the values of use->args. */
bool metric_check(const struct metric_use *use, struct err *e);

/* A state holds what a metric needs between calls: the prepared A (kept while a.id stays the
 * same: one A against many B is the fast way) and scratch space. One thread uses it at a time.
 * `alphabet` bounds the codes of all texts and must outlive the state; no text has more than
 * max_length characters. All memory is allocated here: a score cannot fail. Texts without id are
 * allowed, and slow, but to a metric that weighs words or values. ERR_OS without memory, ERR_USAGE
 * if such a metric is given none; *s is NULL then. */
bool metric_open(struct metric_state **s, const struct metric_use *use,
                 const struct alphabet *alphabet, uint32_t max_length, struct err *e);
void metric_close(struct metric_state *s);

/* The score of a against b. */
double metric_score_texts(struct metric_state *s, const struct text *a, const struct text *b);

/* The same. Texts passed by value would be copied for the call, and a copy right after its parts
 * were written stalls the processor at every pair. */
static inline double metric_score(struct metric_state *s, struct text a, struct text b)
{
    return metric_score_texts(s, &a, &b);
}

/* The same for callers who keep a pair only if its score is good enough: at least `need`, or in a
 * view that falls at most. Any other pair may get any score that is not good enough. */
double metric_score_reaching(struct metric_state *s, const struct text *a, const struct text *b,
                             double need);

/* The score of two texts in valid UTF-8 that are no values of a dictionary: both get an alphabet
 * of their own. ERR_OS without memory, ERR_USAGE for a metric that weighs words or values; *score
 * is not set then. */
bool metric_score_utf8(const struct metric_use *use, struct bytes a, struct bytes b, double *score,
                       struct err *e);

/* The same of weighed words: the weight of those in common, and the totals of both texts, in steps
 * (idf.h). From 0 to 1, and 1 where all three are equal. It never falls with `common`, nor rises
 * with a total: each operation is rounded, and rounding keeps the order. */
double metric_words_similarity(uint64_t common, uint64_t total_a, uint64_t total_b);

/* A place on the sphere, in degrees; NaN if a text stands for none. */
struct metric_place {
    double latitude, longitude;
    double cosine; /* of the latitude */
};
struct metric_place metric_place_of(struct bytes text);

#define METRIC_EARTH_KM 6371.0088 /* the mean radius */

/* The score of two places in the view of a use: of their great-circle distance by the haversine
 * formula (Sinnott 1984). NaN if one is none. */
double metric_places_score(const struct metric_use *use, struct metric_place a,
                           struct metric_place b);

/* Of a metric that falls linearly with a difference: no pair that reaches `need` in the view of the
 * use differs by more. Infinity if every difference reaches it. */
double metric_most_difference(const struct metric_use *use, double need);

/* A table of an alphabet's codes, n_codes + 1 long: is the code white space between tokens? The
 * rule of every metric that compares tokens. The caller frees it; NULL without memory. */
uint8_t *metric_spaces(const struct alphabet *alphabet);

/* The exact double that a metric gives for whole numbers: what joins decide with and what they
 * report, the same expressions as metric_score evaluates. For sets see metric_sets. */
double metric_edit_similarity(uint64_t distance, uint64_t maximum); /* 1 - d/max */
double metric_jaro_similarity(uint64_t la, uint64_t lb, uint64_t common, uint64_t transpositions,
                              unsigned prefix, bool winkler); /* transpositions: halved already */

/* What Jaro's own similarity of a pair with this common prefix has to be, for
 * metric_jaro_similarity to reach `need`: solved for it, so give it some slack. Winkler adds
 * nothing to what is not above 0.7. */
double metric_jaro_needed(double need, unsigned prefix, bool winkler);

/* The sorted distinct q-grams (q = 1, 2, 3) of a text, with q - 1 blanks of their own kind before
 * it and, for q >= 2, one after it. A key is exact: the codes + 1 (blank 0), 21 bits each. Writes
 * at most t.n + 2 keys, returns how many there are. */
size_t metric_grams(struct text t, unsigned q, uint64_t *keys);

#endif
