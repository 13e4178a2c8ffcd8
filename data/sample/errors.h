/* Mistakes in copies of a record, at stated rates: one row per error, printed and obeyed.
 *
 * The rates are those of the copies in B at level std. Copies in A have a quarter of them, level
 * easy halves and level hard doubles them all (never above 0.95). */
#ifndef AXB_DATA_SAMPLE_ERRORS_H
#define AXB_DATA_SAMPLE_ERRORS_H

#include "data/sample/people.h"
#include "data/sample/rng.h"
#include "data/sample/world.h"

#include <stdint.h>
#include <stdio.h>

/* How often each error is tried on the copies of one file. */
struct error_rates {
    double rate[64];
};

/* The rates of copies in A or in B; `level` multiplies them: 0.5 easy, 1 std, 2 hard. */
struct error_rates error_rates_of(bool in_a, double level);

/* Makes mistakes in *r. Returns the set of those that changed it: bit i is error i of the table. */
uint64_t errors_make(struct record *r, const struct error_rates *rates, const struct world *w,
                     struct rng *g);

/* Writes the tags of a set, joined by '+', without an end; returns the bytes, at most
 * ERRORS_TAGS_BYTES. */
enum { ERRORS_TAGS_BYTES = 1024 };
unsigned errors_tags(uint64_t set, char *out);

/* Prints the tables of facts and errors at a level, as the README has them. */
void errors_print(double level, FILE *out);

#endif
