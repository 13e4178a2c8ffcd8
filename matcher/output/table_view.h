/* The table for people: the best pairs, the two records of each one above the other.
 *
 *     score       row  name        city
 *     0.9800  a    17  Paul Smith  Bern
 *             b     4  Paul Smiht  Bern
 *                               ~
 *             a    21  Anna Ravn   Oslo
 *             b
 *     … 4,211 more pairs; -o FILE writes all
 *
 * It takes the records of the format "table" (data/emit.h) while the run goes on and keeps the best
 * of them: by score (of distances the least), then by row of A and of B; and the first that have no
 * partner, if these are written, which come after all pairs. Not here: which columns it shows
 * (query_shown.c), and how a value is cut and marked (table_cell.h). */
#ifndef AXB_MATCHER_OUTPUT_TABLE_VIEW_H
#define AXB_MATCHER_OUTPUT_TABLE_VIEW_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/engine/query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_VIEW_PAIRS 20u
#define TABLE_VIEW_ALONE 10u /* records without a partner */
#define TABLE_VIEW_NO_ROW UINT32_MAX

struct table_view_pair {
    double score;
    uint32_t row[2]; /* from 0; one may be TABLE_VIEW_NO_ROW, and then the score is NaN */
    double term[EMIT_MAX_TERMS];
};

struct table_view {
    uint32_t n_terms;
    bool least;                  /* lower scores are better */
    uint64_t n_all, n_all_alone; /* pairs, and records without a partner, that came */
    uint32_t n, n_alone;         /* that are kept … */
    struct table_view_pair pair[TABLE_VIEW_PAIRS];  /* … the best first … */
    struct table_view_pair alone[TABLE_VIEW_ALONE]; /* … and the first */
    size_t n_partial;                               /* bytes of a record that is not whole yet */
    char partial[2 * sizeof(uint32_t) + (1 + EMIT_MAX_TERMS) * sizeof(double)];
};

void table_view_begin(struct table_view *v, const struct query *query);

/* Takes bytes of the output, in pieces of any length. An out_take_fn of a struct table_view. */
bool table_view_take(void *context, const char *p, size_t n, struct err *e);

/* How it is to look. */
struct table_look {
    unsigned width;     /* columns of the terminal */
    bool colour;        /* what differs is coloured, and not marked by a line of its own */
    const char *enough; /* how all pairs are written: "-o FILE writes all" */
};

/* How it is to look on stdout: as wide as the terminal, else as COLUMNS says, else 80 columns; with
 * colour on a terminal that has it, unless NO_COLOR is set. */
struct table_look table_look_of_stdout(void);

/* Writes what was kept; nothing if there are no pairs. ERR_OS, and what out_write says. */
bool table_view_write(const struct table_view *v, const struct query *query,
                      const struct table tables[2], const struct table_look *look, struct out *out,
                      struct err *e);

#endif
