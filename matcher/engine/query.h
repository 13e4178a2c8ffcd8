/* The values that a run begins with: what is asked, of which tables, and for which rows of A.
 *
 * Each is made once, by one function of matcher/run, and is const afterwards. Not here: how the
 * pairs are found (plan.h), who is told of them (job.h). */
#ifndef AXB_MATCHER_ENGINE_QUERY_H
#define AXB_MATCHER_ENGINE_QUERY_H

#include "core/shm.h"
#include "data/emit.h"
#include "data/table.h"
#include "matcher/expr/expr.h"
#include "matcher/expr/expr_bound.h"
#include "matcher/index/index.h"

#include <stdbool.h>
#include <stdint.h>

struct scorer;

/* A column of the table for people, or of a report: columns of both tables, QUERY_NO_COLUMN where a
 * side has none. */
struct query_shown {
    uint32_t column[2];
};
#define QUERY_NO_COLUMN UINT32_MAX
#define QUERY_MAX_SHOWN 64u /* more never fit beside each other */

/* What is asked. */
struct query {
    struct expr expr;      /* what the score and --where are made of */
    struct expr_goal goal; /* its nodes and the threshold; no node for a score of the scorer */
    uint32_t asked_where;  /* node: what the user asks, without what the claim adds; or EXPR_NONE */
    uint32_t one_sided[2]; /* nodes: what --where says of A alone, and of B alone. It is decided
                              before the index is built, and neither goal nor asked_where has it.
                              Then, and where --where says no such thing, EXPR_NONE */
    uint32_t excluded;     /* node: true for pairs that the scorer's claim excludes; or EXPR_NONE */
    const struct scorer *scorer;      /* borrowed; NULL: the expression gives the score */
    uint32_t n_fields;                /* that the scorer reads */
    uint32_t field[INDEX_MAX_FIELDS]; /* field of the scorer -> field of the index */
    bool count;                       /* pairs are counted and not written */
    bool least;                       /* lower scores are better: it is a distance */
    bool open_ended;        /* neither --min nor --max is given, and nearly all pairs match */
    uint64_t top;           /* match: the best of each row of A are kept, so many; 0: all */
    struct emit_spec lines; /* how pairs are written */
    uint32_t n_shown;       /* for people and reports: columns of their tables … */
    struct query_shown shown[QUERY_MAX_SHOWN];
    uint32_t n_compared_shown; /* the first so many of them are compared */
    uint32_t n_not_shown;      /* … and how many more were asked for */
};

/* The term of a query whose score is one metric and nothing else, bounded from one end at most;
 * EXPR_NONE for other queries. */
uint32_t query_single_term(const struct query *query);

/* Of which tables: views of segments that struct loaded (run/loaded.h) owns and keeps mapped. */
struct inputs {
    bool self;                          /* dedupe: B is A, and pairs are rows i < j */
    const struct shm *table_segment[2]; /* of A and B; the same segment in dedupe */
    const struct shm *index_segment;
    struct table table[2];
    struct index index;
    struct row_list part; /* the rows of A of this part of a prepared run; row NULL: all rows */
    const struct shm *profiles; /* of all records (expr_profile.h), made before; NULL: not yet */
};

/* Which rows of A: all of them, those of a shard, or those that an earlier run has left. */
struct span {
    uint64_t row_from, row_to; /* row_from <= row < row_to */
    uint64_t pairs_before;     /* found by an earlier run in rows before these … */
    uint64_t unmatched_before; /* … and its rows of A without a pair that have a line */
};

/* Says of the terms that weigh values what they can reach in these inputs. */
void query_bound_terms(struct query *query, const struct index *index);

/* The number of pairs of rows in a span; in dedupe the pairs i < j with i in the span. */
double span_pairs(const struct span *span, const struct inputs *inputs);

/* The same of the rows that take part (row_list). */
double span_pairs_taken(const struct span *span, const struct inputs *inputs);

#endif
