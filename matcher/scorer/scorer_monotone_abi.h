/* What the engine shares with a scorer that is compiled against scorer_monotone_probe.h. */
#ifndef AXB_MATCHER_SCORER_SCORER_MONOTONE_ABI_H
#define AXB_MATCHER_SCORER_SCORER_MONOTONE_ABI_H

#include <stdint.h>

#define AXB_MAX_TERMS 24
#define AXB_MAX_ABSENCES 8
#define AXB_SIDE_B 0x80000000u

/* A metric of a column of A and one of B. Its value is at most 1, or less if the engine says so. */
struct axb_term {
    char metric[32];
    uint32_t column_a, column_b; /* in their files */
    uint32_t n_args;
    double argument, value;
};

/* A column that the scorer asks whether it is missing. */
struct axb_absence {
    uint32_t column; /* as axb_str.axb_column */
    uint32_t missing;
};

struct axb_terms {
    uint32_t n, n_absences;
    struct axb_term term[AXB_MAX_TERMS];
    struct axb_absence absence[AXB_MAX_ABSENCES];
    double (*score)(void); /* for the values in `term` and `absence`; adds those that it meets for
                              the first time, with the value 1, and as not missing */
    uint32_t unknown;      /* it met more than the arrays hold: nothing can be said */
};

#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern struct axb_terms axb_terms;

#endif
