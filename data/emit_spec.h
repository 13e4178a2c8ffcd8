/* What is written of a pair: a flat value, made once and handed to all who write lines.
 *
 * Not here: writing them (emit.h). */
#ifndef AXB_DATA_EMIT_SPEC_H
#define AXB_DATA_EMIT_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#define EMIT_ROW_NUMBER UINT32_MAX /* instead of an id column: the row number, from 1 */
#define EMIT_MAX_KEEP 4096
#define EMIT_MAX_TERMS 64
#define EMIT_TERM_BYTES 8192

/* What to write; flat, so that it can be handed to workers as it is. */
struct emit_spec {
    uint32_t format;                  /* index in the table of formats */
    uint32_t id_a, id_b;              /* columns of the tables, or EMIT_ROW_NUMBER */
    uint32_t n_keep[2];               /* of A, of B */
    uint32_t keep[EMIT_MAX_KEEP];     /* columns of A's table, then of B's */
    uint32_t n_terms;                 /* further numbers of a pair, written after the score */
    uint32_t term_at[EMIT_MAX_TERMS]; /* their names, ended by zero bytes, in term_names */
    char term_names[EMIT_TERM_BYTES];
    bool linked; /* a line has the columns that A keeps, the score, those that B keeps: no ids */
    bool unmatched[2];   /* a row of A, of B, without a pair has a line of its own */
    bool unmatched_only; /* … and no pair has one */
};

#endif
