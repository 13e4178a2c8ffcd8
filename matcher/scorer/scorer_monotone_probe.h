/* axb.h for the second compilation of a scorer with AXB_MONOTONE, which finds out what its score
 * can be for given values of the metrics.
 *
 * Here a text is only the number of its column, and a metric of two columns is a value that the
 * engine sets. The engine also sets whether a text is missing. A scorer that reads anything else
 * (the characters of a text, a number) does not compile against this header. Then nothing can be
 * said of its score, and it runs as any other. The functions are those of axb.h whose value rises
 * from 0 to 1 with similarity; distances fall. Not part of axb itself, but carried inside it as
 * text (cmake/embed.cmake). */
#ifndef AXB_H
#define AXB_H

#include <stdint.h>
#include <string.h>

typedef struct axb_str {
    uint32_t axb_column; /* in its file; the highest bit is set for B */
} axb_str;

typedef struct axb_row_a axb_row_a;
typedef struct axb_row_b axb_row_b;

#define AXB_WHERE(expression) static const char axb_where[] = expression
#define AXB_MONOTONE enum { axb_monotone = 1 }

#include <scorer_monotone_abi.h>

/* Is the column missing? Notes that the scorer asks. */
static int axb_is_missing(uint32_t column)
{
    for (uint32_t i = 0; i < axb_terms.n_absences; i++)
        if (axb_terms.absence[i].column == column)
            return axb_terms.absence[i].missing;
    return 0;
}

static inline int axb_missing(axb_str s)
{
    for (uint32_t i = 0; i < axb_terms.n_absences; i++)
        if (axb_terms.absence[i].column == s.axb_column)
            return axb_terms.absence[i].missing;
    if (axb_terms.n_absences == AXB_MAX_ABSENCES)
        axb_terms.unknown = 1;
    else
        axb_terms.absence[axb_terms.n_absences++].column = s.axb_column;
    return 0;
}

/* The value of a metric of a column of A and one of B. */
static double axb_value(const char *metric, uint32_t a, uint32_t b, uint32_t n_args,
                        double argument)
{
    for (uint32_t i = 0; i < axb_terms.n; i++) {
        const struct axb_term *t = &axb_terms.term[i];
        if (t->column_a == a && t->column_b == b && t->argument == argument &&
            strcmp(t->metric, metric) == 0)
            return t->value;
    }
    if (axb_terms.n == AXB_MAX_TERMS) {
        axb_terms.unknown = 1;
        return 1;
    }
    struct axb_term *t = &axb_terms.term[axb_terms.n++];
    strncpy(t->metric, metric, sizeof t->metric - 1);
    t->column_a = a;
    t->column_b = b;
    t->n_args = n_args;
    t->argument = argument;
    t->value = 1;
    return 1;
}

static double axb_term(const char *metric, axb_str x, axb_str y, uint32_t n_args, double argument)
{
    uint32_t a = x.axb_column, b = y.axb_column;
    if (axb_is_missing(a) || axb_is_missing(b))
        return 0;
    if (a & AXB_SIDE_B || !(b & AXB_SIDE_B)) {
        axb_terms.unknown = 1; /* not a column of A and one of B */
        return 1;
    }
    return axb_value(metric, a, b & ~AXB_SIDE_B, n_args, argument);
}

#define AXB_METRIC(name)                                                                           \
    static inline double axb_##name(axb_str a, axb_str b)                                          \
    {                                                                                              \
        return axb_term(#name, a, b, 0, 0);                                                        \
    }
#define AXB_METRIC_OF(name, type)                                                                  \
    static inline double axb_##name(axb_str a, axb_str b, type argument)                           \
    {                                                                                              \
        return axb_term(#name, a, b, 1, (double)argument);                                         \
    }

AXB_METRIC(equal)
AXB_METRIC(levenshtein)
AXB_METRIC(osa)
AXB_METRIC(damerau_levenshtein)
AXB_METRIC(hamming)
AXB_METRIC(indel)
AXB_METRIC(ratio)
AXB_METRIC(partial_ratio)
AXB_METRIC(token_sort_ratio)
AXB_METRIC(token_set_ratio)
AXB_METRIC(token_ratio)
AXB_METRIC(partial_token_sort_ratio)
AXB_METRIC(partial_token_set_ratio)
AXB_METRIC(partial_token_ratio)
AXB_METRIC(QRatio)
AXB_METRIC(WRatio)
AXB_METRIC(lcsseq)
AXB_METRIC(prefix)
AXB_METRIC(postfix)
AXB_METRIC(jaro)
AXB_METRIC(jaro_winkler)
AXB_METRIC(soundex)
AXB_METRIC(double_metaphone)
AXB_METRIC(nysiis)
AXB_METRIC(metaphone)
AXB_METRIC(match_rating)
AXB_METRIC_OF(jaccard, int)
AXB_METRIC_OF(dice, int)
AXB_METRIC_OF(cosine, int)
AXB_METRIC_OF(overlap, int)
AXB_METRIC_OF(number, double)
AXB_METRIC(number_ratio)
AXB_METRIC_OF(days, double)
AXB_METRIC_OF(km, double)

#endif
