/* A file of pairs or of clusters, as `axb eval` reads it.
 *
 * Pairs: the first two columns name records of A and B, a third has scores or tags. Labelled pairs
 * have a column called match (inputs/labels.h) instead. Clusters: one
 * column names a cluster, another the record that is in it, one record a row; a column called table
 * may say whether it is of A or of B, or one called source of which of two files. Not here: what
 * the ids are compared with (eval_records.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_FILE_H
#define AXB_MATCHER_EVAL_EVAL_FILE_H

#include "core/err.h"
#include "core/shm.h"
#include "data/load.h"
#include "data/table.h"
#include "matcher/inputs/labels.h"

#include <stdbool.h>

enum eval_form { EVAL_BY_HEADER, EVAL_PAIRS };

/* How a file is to be read. */
struct eval_asked {
    const char *path;
    struct load_options reading;
    enum eval_form form;
    const char *groups; /* the column that names clusters; NULL: the header decides */
    const char *option; /* what that column was given by, "--groups"; for messages */
    bool may_be_labelled;
};

/* Columns of the table: ids of A, ids of B, scores, tags or labels; or ids of records, clusters,
 * and which table a record is of. */
struct eval_file {
    struct load load;
    struct shm shm;
    struct table table;
    bool is_clusters;
    bool has_third;      /* of pairs: there are scores, or tags */
    enum label *label;   /* of labelled pairs: by value of the third column; else NULL; malloced */
    bool has_tables;     /* of clusters: each row says A or B, in the column called table */
    bool has_sources;    /* of clusters: each row says one of two values, in that called source */
    uint32_t value_of_b; /* with one of these: the value, 0 or 1, that is B */
};

/* Opens and loads a file. By its header a file has clusters if one of its first two columns is
 * called cluster or cluster_id, in any case; a note says so. eval_file_close is due even after a
 * failure, if f->shm.fd was -1 before. ERR_USAGE, ERR_DATA, ERR_NOINPUT, ERR_OS. */
bool eval_file_open(struct eval_file *f, const struct eval_asked *asked, struct err *e);

/* Does the row of a file of clusters, which has_tables or has_sources, say that its record is of B?
 * Of sources that of the first row is A, until somebody changes value_of_b. */
bool eval_file_is_of_b(const struct eval_file *f, uint64_t row);
void eval_file_close(struct eval_file *f);

/* Says in a note what holds for n rows or records of a file, nothing if n is 0: "FILE: 3 MANY", or
 * "FILE: 1 ONE". */
void eval_file_say(const char *shown, uint64_t n, const char *one, const char *many);

#endif
