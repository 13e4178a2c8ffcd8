/* Pairs of rows that are not scored, because the user's scorer failed on them (--on-crash skip).
 *
 * The coordinator adds a pair when it has found the culprit (stage_culprit.c). Workers that start
 * later leave out the pairs of the list. Not here: finding the pair. */
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
    struct reject *at; /* as found; after rejects_complete by row of A, then of B */
    uint64_t n, capacity;
    uint64_t max;         /* more are an error */
    uint64_t n_in_result; /* the first n_in_result belong to the result */
};

/* The pair as one number, which orders pairs by row of A, then of B. */
static inline uint64_t reject_key(uint64_t row_a, uint64_t row_b)
{
    return row_a << 32 | row_b;
}

/* Adds a pair that is not in the list. ERR_SCORER if the list has `max` pairs already. */
bool rejects_add(struct rejects *r, uint64_t row_a, uint64_t row_b, const char *reason,
                 struct err *e);

/* The pairs of the list belong to the result. Pairs that are added later do not: an audit met
 * them. */
void rejects_complete(struct rejects *r);

/* Writes the pairs of the result as CSV: a, b (ids or row numbers, as `ids` has them), reason. */
bool rejects_write(const struct rejects *r, const struct emit_spec *ids,
                   const struct table tables[2], struct out *out, struct err *e);

void rejects_close(struct rejects *r);

#endif
