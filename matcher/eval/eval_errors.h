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

/* A pair that is false or missed. */
struct eval_error {
    double score;     /* NaN: none */
    uint32_t pair[2]; /* the records of A and B */
    uint32_t row[2];  /* what orders them: their rows, or without tables their numbers */
    bool missed;
};

struct eval_error_list {
    struct eval_error *error; /* in the order of the list; owned */
    uint64_t n, n_false;      /* the false ones come first */
};

/* Lists the errors of the parts, found and truth, which are marked. most[] says how many pairs are
 * false and how many are missed, at most. Without tables (NULL) they come in the order in which the
 * files name the records. ERR_OS: there is not enough memory for 32 bytes an error.
 * eval_error_list_free is due even then. */
bool eval_error_list_make(struct eval_error_list *list, const struct eval_part part[2],
                          const uint64_t most[2], const struct eval_records *r,
                          const struct eval_tables *t, struct err *e);
void eval_error_list_free(struct eval_error_list *list);

/* Where the list goes, and how it is written: not a binary format. */
struct eval_errors {
    uint32_t format; /* as of emit_find */
    struct out *out;
};

/* Writes the list; without tables (NULL) ids alone. ERR_OS; what out_write says. */
bool eval_errors_write(const struct eval_errors *x, const struct eval_error_list *list,
                       const struct eval_records *r, const struct eval_tables *t, struct err *e);

/* What a record has in a kept column of its side; p is NULL: nothing. */
struct bytes eval_errors_value(const struct eval_tables *t, int side, uint32_t k, uint32_t row);

#endif
