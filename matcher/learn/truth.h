/* `axb learn --truth`: labels of pairs, and the model that is fitted to them.
 *
 * A label takes the place of what the model believes of a pair (fit/fit_labels.h). A file that
 * lists all pairs that match labels each candidate. A file of labelled pairs, as `axb review`
 * writes it, labels some; these were chosen because they are uncertain, so for the threshold each
 * stands for the candidates of about its score. Not here: reading such files (inputs/labels.h). */
#ifndef AXB_MATCHER_LEARN_TRUTH_H
#define AXB_MATCHER_LEARN_TRUTH_H

#include "core/err.h"
#include "matcher/fit/fit_labels.h"
#include "matcher/inputs/labels.h"
#include "matcher/learn/candidates.h"
#include "matcher/run/run.h"

struct truth {
    struct record_ids ids[2]; /* of one table the first alone */
    struct labels labels;
    struct row_list rows; /* of A, with labels, where the file is not complete; else row is NULL */
    uint32_t *row;        /* owned: these rows */
};

/* Reads the file; its ids are those of --id of the run, which is prepared, or the numbers of rows.
 * ERR_DATA for records that do not exist, ids that are not unique, and where no pair matches; what
 * labels_read_truth says. truth_close is due even after a failure, if *t was zeroed. */
bool truth_open(struct truth *t, const char *path, const struct run *r, struct err *e);
void truth_close(struct truth *t);

/* What the labels came to. */
struct truth_fitted {
    uint64_t n_labels, n_matches; /* of the file … */
    uint64_t n_left_out; /* … of records of A that are not looked at: of a complete file … */
    uint64_t n_other_matches; /* … and matches that are no candidates */
    bool complete;            /* the file lists all pairs that match */
    bool has_threshold;       /* threshold_bits; else too few labels say where it is */
    double threshold_bits;
    struct fit_quality seen;    /* at the threshold: of a complete file on its own labels; else as
                                   expected of all pairs */
    struct fit_quality crossed; /* cross-validated; all 0 where the file is not complete */
};

/* Fits a model to candidates with these labels. *e: as fit_model; ERR_DATA if no candidate is
 * labelled as a match. */
bool truth_fit(const struct truth *t, const struct candidates *found,
               const struct fit_options *options, struct fit *fit, struct err *e);

/* The same, and finds the threshold of the greatest F1, and how good it is: fit_supervised, or,
 * where the file is not complete, fit_partly_labelled. */
bool truth_fit_and_judge(const struct truth *t, const struct candidates *found,
                         const struct fit_options *options, uint64_t seed, struct fit *fit,
                         struct truth_fitted *fitted, struct err *e);

#endif
