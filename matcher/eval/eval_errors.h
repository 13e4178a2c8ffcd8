/* The list of errors: false pairs and missed pairs, with both records beside each other.
 *
 *     a,b,score,error,a.name,b.name
 *     17,4,0.97,false,Paul Smith,Paula Smith
 *     21,9,,missed,Ann Lee,Lee Ann
 *
 * First the false pairs, the greatest score first, then the missed ones; pairs that are alike in
 * this come in the order of the rows of A, then of B. Not here: which pairs are shared
 * (eval_part.h). */
#ifndef AXB_MATCHER_EVAL_EVAL_ERRORS_H
#define AXB_MATCHER_EVAL_EVAL_ERRORS_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/eval/eval_part.h"
#include "matcher/eval/eval_records.h"
#include "matcher/eval/eval_tables.h"

/* Where the list goes, and how it is written: not a binary format. */
struct eval_errors {
    uint32_t format; /* as of emit_find */
    struct out *out;
};

/* Writes the errors of the parts, found and truth, which are marked. n says how many pairs are
 * false and how many are missed. Without tables (NULL) ids alone are written, in the order in which
 * the files name them. ERR_OS: there is not enough memory for 32 bytes an error; what out_write
 * says. */
bool eval_errors_write(const struct eval_errors *x, const struct eval_part part[2],
                       const uint64_t n[2], const struct eval_records *r,
                       const struct eval_tables *t, struct err *e);

#endif
