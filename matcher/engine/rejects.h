/* Pairs of rows that are not scored, since the user's scorer failed on them (--on-crash skip).
 *
 * The coordinator adds to the list when it has found the pair at fault (stage_culprit.c); workers
 * that start later leave out what is in it. Not here: finding the pair. */
#ifndef AXB_MATCHER_ENGINE_REJECTS_H
#define AXB_MATCHER_ENGINE_REJECTS_H

#include "core/err.h"
#include "data/emit.h"
#include "data/out.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

struct reject {
    uint32_t row_a, row_b;
    char reason[80]; /* "was killed by SIGSEGV" */
    bool noted;      /* in the journal */
};

struct rejects {
    struct reject *at; /* as they were found, by row of A, then of B once finished */
    uint64_t n, room;
    uint64_t max;     /* more are an error */
    uint64_t n_final; /* these belong to the result */
};

/* The pair as one number, in the order of A, then of B. */
static inline uint64_t reject_key(uint64_t row_a, uint64_t row_b)
{
    return row_a << 32 | row_b;
}

/* Adds a pair that is not in the list. ERR_SCORER if it is one too many. */
bool rejects_add(struct rejects *r, uint64_t row_a, uint64_t row_b, const char *reason,
                 struct err *e);

/* What is in the list belongs to the result, what is added from now on does not: it was met in
 * checking. */
void rejects_finish(struct rejects *r);

/* Writes those of the result as CSV: a, b (ids or row numbers, as `ids` has them), reason. */
bool rejects_write(const struct rejects *r, const struct emit_spec *ids,
                   const struct table tables[2], struct out *out, struct err *e);

void rejects_close(struct rejects *r);

#endif
