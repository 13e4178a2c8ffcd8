/* What the files query_….c share, and nobody else sees. */
#ifndef AXB_MATCHER_RUN_QUERY_INTERNAL_H
#define AXB_MATCHER_RUN_QUERY_INTERNAL_H

#include "matcher/engine/query.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/run/wanted.h"

/* A query in the making. */
struct maker {
    const struct opts *opts;
    bool originals;
    const struct sources *sources;
    struct query *query;
    struct wanted *wanted;
};

#define QUERY_ANY_COLUMN UINT32_MAX

/* The format that --decimal and --dates give a column of a side; of
 * QUERY_ANY_COLUMN what they say of all columns. ERR_USAGE. */
bool query_figure_format(const struct maker *m, int side, uint32_t file_column,
                         enum figure_kind kind, struct figure_format *format, struct err *e);
/* Are these options right, whether a column needs them or not? */
bool query_check_figures(const struct maker *m, struct err *e);

/* Wants the columns of the expressions. */
bool query_want_columns(struct maker *m, struct err *e);
/* Wants those that a scorer reads. */
bool query_want_scorer_fields(struct maker *m, const struct scorer *s, struct err *e);
/* Are several files one table? Then a record is called by its file and its row there. Not in the
 * binary formats, which have the rows of the table. */
bool query_is_joined(const struct maker *m);
/* Wants a column that is written as it stands in the file, not normalized. */
bool query_want_plain(struct maker *m, int side, uint32_t file_column, uint32_t *column,
                      struct err *e);
/* Wants those of the table for people, and of a report: the compared ones, then those of --keep. */
bool query_want_shown(struct maker *m, struct err *e);
/* Wants those of the records of clusters (--clusters, --golden). */
bool query_want_records(struct maker *m, struct err *e);
/* Wants those that are written. */
bool query_want_output(struct maker *m, struct err *e);

#endif
