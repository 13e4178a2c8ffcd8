/* The weighed words of a dictionary in plain memory: what index/idf.c makes from tables, in the
 * slowest obvious way, for tests of joins and metrics. */
#ifndef AXB_TESTS_HARNESS_HARNESS_IDF_H
#define AXB_TESTS_HARNESS_HARNESS_IDF_H

#include "matcher/index/idf.h"
#include "tests/harness/harness_dictionary.h"

#include <stdbool.h>

/* The words of both sides; `self`: of side A alone, whose records count once. Words are what single
 * blanks separate. Freed by harness_idf_free. */
void harness_idf_make(struct idf *idf, const struct harness_dictionary *d, bool self);
void harness_idf_free(struct idf *idf);

#endif
