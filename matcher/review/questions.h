/* The questions of a review: which pairs of a file are asked, and in which order.
 *
 * Not here: the order itself (order.h), and asking (review.h). */
#ifndef AXB_MATCHER_REVIEW_QUESTIONS_H
#define AXB_MATCHER_REVIEW_QUESTIONS_H

#include "core/err.h"
#include "data/table.h"
#include "matcher/cluster/pair_file.h"
#include "matcher/inputs/labels.h"
#include "matcher/review/review_records.h"

#include <stdbool.h>
#include <stdint.h>

struct questions {
    const struct review_records *records;
    struct pair_file pairs;
    uint32_t *row[2];  /* of each pair of the file: its records; RECORD_IDS_NONE for none */
    double *score;     /* of each pair; NULL: the file has none */
    uint32_t *pattern; /* of each pair by a model, whose bits the scores then are; else NULL */
    uint32_t *order;   /* n pairs, the first question first */
    uint64_t n;
    uint64_t n_all;           /* different pairs of the file */
    uint64_t n_earlier;       /* of these: labelled earlier, and not asked again … */
    uint64_t n_earlier_match; /* … as a match */
};

/* What the options say. */
struct questions_asked {
    const char *path;
    struct load_options reading;
    bool threshold_given; /* else it is 0 if scores are on both sides of it, else the least score */
    double threshold;
    uint64_t most; /* pairs that are to be labelled in all, those labelled earlier included */
    bool again;    /* those are asked again */
};

/* Opens the file and finds the records of its pairs. questions_close is due even after a failure,
 * if *q was zeroed and pairs.shm.fd was -1. ERR_DATA: a record does not exist, or a score is no
 * number; ERR_USAGE: the pairs are of more than two files; ERR_NOINPUT, ERR_OS. */
bool questions_open(struct questions *q, const struct questions_asked *asked,
                    const struct review_records *records, struct err *e);

/* Scores by a model take the place of those of the file: log2 of the odds of each pair of it, NaN
 * where a record is missing, and which columns agree how much. Both are malloced, and owned by *q
 * from now on. */
void questions_set_scores(struct questions *q, double *bits, uint32_t *pattern);

/* How many pairs the file has, of different records or not. */
uint64_t questions_in_file(const struct questions *q);

/* Puts the pairs that are asked in order. Notes say what is left out, and which pairs come first.
 */
bool questions_order(struct questions *q, const struct questions_asked *asked,
                     const struct labels *labels, struct err *e);
void questions_close(struct questions *q);

/* The text by which the file names the record of a side of a pair. */
struct bytes questions_id(const struct questions *q, uint32_t pair, int side);

#endif
