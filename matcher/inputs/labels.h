/* Labelled pairs: what people say of pairs of records, in a file.
 *
 *     a,b,match
 *     17,4,1
 *     21,9,0
 *
 * The first two columns name a record of A and one of B; a later one, called match, says whether
 * they are the same. A pair that it says nothing of has no label. Where a pair stands twice, the
 * last label counts, so that a file to which answers are added can be corrected. A file without
 * that column may list the pairs that match, all of them. Not here: writing such a file
 * (review/truth_file.h), and measuring by it (eval/eval_labels.h). */
#ifndef AXB_MATCHER_INPUTS_LABELS_H
#define AXB_MATCHER_INPUTS_LABELS_H

#include "core/err.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/inputs/record_ids.h"

#include <stdbool.h>
#include <stdint.h>

#define LABELS_NO_COLUMN UINT32_MAX

enum label { LABEL_NONE, LABEL_DIFFER, LABEL_MATCH };

/* The column of a file that has labels; LABELS_NO_COLUMN: its pairs are not labelled. */
uint32_t labels_column(const struct load *l);

/* The labels in a column of a table, which was loaded from *l, by value: malloced. A label is 1,
 * yes, y, true, t or match, or 0, no, n, false, f or differ, in any case. NULL with ERR_DATA for
 * any other value, and ERR_OS. */
enum label *labels_of_values(const struct load *l, const struct table *t, uint32_t column,
                             struct err *e);

struct labelled_pair {
    uint32_t row[2]; /* of A and of B; of one table the lower row comes first */
    bool match;
};

struct labels {
    struct labelled_pair *pair; /* each once, ascending by row of A, then of B; malloced */
    uint64_t n, n_match;
    bool complete;   /* these are all pairs that match; no other one does */
    uint64_t n_none; /* rows of the file without a label, or without a record */
    /* How the file is written, for those who add to it: */
    uint32_t n_columns, column; /* all of them, and the one of the labels */
    struct table_origin origin;
};

/* Reads a file of labelled pairs of the records of[0] and of[1], which are the same where there is
 * one table. ERR_USAGE: no column is called match; ERR_DATA: it names a record that does not exist,
 * or what labels_of_values says; what load_open says. labels_free is due if *labels was zeroed. */
bool labels_read(struct labels *labels, const char *path, const struct load_options *reading,
                 const struct record_ids *const of[2], struct err *e);
/* The same, but a file without a column called match is complete: it lists all pairs that match. */
bool labels_read_truth(struct labels *labels, const char *path, const struct load_options *reading,
                       const struct record_ids *const of[2], struct err *e);
void labels_free(struct labels *labels);

#endif
