/* The kinds of stage, one row each: what the workers do, and which segments they need.
 *
 * The row of a kind stands in the file that does its work (worker.c, worker_emit.c …). A new kind
 * is a row there, its name here, and its name in the list of stage_kind.c. The engine knows no more
 * of worker/ than these rows: a worker is another process. */
#ifndef AXB_MATCHER_ENGINE_STAGE_KIND_H
#define AXB_MATCHER_ENGINE_STAGE_KIND_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

struct worker;

struct stage_kind {
    const char *what; /* "matching", for the progress line */
    /* In a worker: does tiles until none is left. */
    bool (*work)(struct worker *w, struct err *e);
    bool finds_pairs; /* tiles are items; their pairs go to the pair arena, in any order */
    bool has_rows;  /* tiles are ranges of rows of A; their bytes go through the rings, in order */
    bool has_sides; /* compares two fields of the index: task.sides */
    bool has_lists; /* reads the ordered pairs of two terms: task.pair */
    bool has_options; /* reads candidates by the options of task.refine */
    bool reads_pairs; /* reads the ordered pairs of one join */
    bool runs_module; /* calls the user's code, if the task has a module */
    bool by_item;   /* tiles are runs of items, which stand in for tables and index (map_items.h) */
    bool by_record; /* calls it for one record at a time, not for pairs; writes what it prepares */
};

extern const struct stage_kind stage_prepare; /* what the scorer makes of each record */
extern const struct stage_kind stage_claim;   /* tries a scorer's claim on a sample of pairs */
extern const struct stage_kind stage_join;    /* pairs of values */
extern const struct stage_kind stage_pair;    /* pairs of compounds, by joins over two columns */
extern const struct stage_kind stage_nested;  /* pairs of rows, by joins within pairs of values */
extern const struct stage_kind stage_emit;    /* the pairs of a join, expanded to rows */
extern const struct stage_kind stage_refine;  /* candidates, decided on */
extern const struct stage_kind stage_loop;    /* every pair, scored */
extern const struct stage_kind stage_probe;   /* one run of pairs, scored one by one */
extern const struct stage_kind stage_map;     /* items of a list, each given to a function */

/* Kinds by number: across processes a kind is named by its number. NULL after the last. */
const struct stage_kind *stage_kind_at(uint32_t number);
uint32_t stage_kind_number(const struct stage_kind *kind);

#endif
