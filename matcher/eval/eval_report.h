/* What `axb eval` counts, as plain numbers. Not here: counting (eval.h), printing (command/). */
#ifndef AXB_MATCHER_EVAL_EVAL_REPORT_H
#define AXB_MATCHER_EVAL_EVAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EVAL_MAX_TAGS 64u
#define EVAL_MAX_STEPS 11u
#define EVAL_BINS_A_STEP 10u
#define EVAL_MAX_BINS (EVAL_BINS_A_STEP * (EVAL_MAX_STEPS - 1) + 1)
#define EVAL_TAG_BYTES 40u

/* Pairs that were found, pairs that are true, and those that are both. */
struct eval_counts {
    uint64_t found, truth, both;
};

/* A share of nothing is 0. */
static inline double eval_share(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

static inline double eval_precision(const struct eval_counts *c)
{
    return eval_share(c->both, c->found);
}

static inline double eval_recall(const struct eval_counts *c)
{
    return eval_share(c->both, c->truth);
}

/* The harmonic mean; 0 if both are 0. */
static inline double eval_f1(double precision, double recall)
{
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

/* Records of one table, by their partners: the records that a pair or a cluster joins them with. */
struct eval_partners {
    uint64_t with_true;  /* that have a true partner … */
    uint64_t right;      /* … of these: for which a true partner was found */
    uint64_t all_right;  /* … of these: for which all true partners were found */
    uint64_t best_right; /* … of these: whose pair with the greatest score is true */
    uint64_t with_found; /* for which a partner was found … */
    uint64_t wrong;      /* … of these: for which one was found that is not true */
};

/* Both partitions of the records into clusters. A record that one file does not name is a cluster
 * of its own there. */
struct eval_clusters {
    uint64_t n_records;       /* that either file names */
    uint64_t n_clusters[2];   /* of two records or more: found, true */
    uint64_t n_same;          /* of two records or more, that are both found and true */
    uint64_t n_largest[2];    /* records of the largest cluster: found, true */
    struct eval_counts pairs; /* pairs of records within a cluster */
    double bcubed_precision, bcubed_recall;
    double adjusted_rand, homogeneity, completeness;
};

struct eval_step {
    double min;
    struct eval_counts counts;
};

/* Pairs that were found, by their score: from `from` up to the next bin; those of the last bin have
 * the greatest score. */
struct eval_bin {
    double from;
    uint64_t right, wrong;
};

struct eval_tag {
    char name[EVAL_TAG_BYTES];
    uint64_t all, hit;
};

/* The truth has labelled pairs, and all figures are of these alone. */
struct eval_labels {
    bool are_there;
    uint64_t n_labelled;      /* pairs that have a label */
    uint64_t n_found_without; /* pairs that were found and have none: they do not count */
};

struct eval_report {
    struct eval_labels labels;
    bool self;           /* all records are of one table, and pairs have no order */
    bool is_clusters[2]; /* the file of what was found, the truth: it has clusters, not pairs */
    bool has_scores;     /* of the pairs that were found */
    struct eval_counts all;
    struct eval_partners partners[2]; /* of A, of B; if self of all records, in the first */
    struct eval_clusters clusters;
    struct eval_step best; /* has_scores: with the greatest F1; of several the greatest threshold */
    size_t n_steps;        /* of the curve over thresholds; 0: there is none */
    struct eval_step step[EVAL_MAX_STEPS];
    size_t n_bins; /* of the scores, each step the begin of one; 0 where there are no steps */
    struct eval_bin bin[EVAL_MAX_BINS];
    bool has_tags;
    size_t n_tags;
    struct eval_tag tag[EVAL_MAX_TAGS]; /* the largest first */
};

#endif
