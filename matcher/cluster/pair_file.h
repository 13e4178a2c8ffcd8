/* A file of pairs, as axb or anybody else writes it: which two records, and how much they match.
 *
 * Its first two columns name the records. The score is in the column of that name, else in the
 * third column if that holds numbers. Columns a.source and b.source, which axb writes of several
 * files, belong to the names. Not here: which records these are (pair_names.h). */
#ifndef AXB_MATCHER_CLUSTER_PAIR_FILE_H
#define AXB_MATCHER_CLUSTER_PAIR_FILE_H

#include "core/err.h"
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIR_FILE_NO_COLUMN UINT32_MAX
#define PAIR_FILE_MOST_TERMS 32u

struct pair_file {
    struct load load;
    struct shm shm;
    struct table table;  /* column 0 and 1: the names; then those below */
    uint32_t score;      /* or PAIR_FILE_NO_COLUMN */
    uint32_t source[2];  /* both or none */
    uint32_t mixed;      /* a third column that has numbers and texts; or PAIR_FILE_NO_COLUMN */
    uint32_t mixed_text; /* the first value of it that is a text */
    uint32_t n_terms;    /* if they were asked for: what axb writes after the score besides columns
                            of records, such as the values of metrics */
    uint32_t term[PAIR_FILE_MOST_TERMS];
};

/* Opens and loads it, with the terms if they are asked for. pair_file_close is due in any case.
 * ERR_DATA if it has fewer than two columns, and what load_open and load_table say. */
bool pair_file_open(struct pair_file *f, const char *path, const struct load_options *options,
                    bool terms, struct err *e);
void pair_file_close(struct pair_file *f);

/* Has it scores, as an option of this name needs? ERR_USAGE if none is meant; ERR_DATA if the third
 * column has other values besides numbers. */
bool pair_file_need_scores(const struct pair_file *f, const char *option, struct err *e);

/* The scores by value of their column, malloced: NaN for those that are no numbers. NULL without
 * memory. */
double *pair_file_scores(const struct pair_file *f);

#endif
