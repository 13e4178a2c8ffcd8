/* A dictionary and sides from plain strings in plain memory: what index.c makes from tables, in the
 * slowest obvious way, for tests and benchmarks of joins. One thread, no shared memory. Values are
 * numbered by first appearance, A's before B's. */
#ifndef AXB_TESTS_HARNESS_HARNESS_DICTIONARY_H
#define AXB_TESTS_HARNESS_HARNESS_DICTIONARY_H

#include "matcher/index/dictionary.h"

#include <stddef.h>

struct harness_dictionary {
    struct dictionary dictionary;
    struct side a, b; /* views like those of the engine; b is all zero without texts of B */
};

/* Row i of side A holds the UTF-8 string a[i], row i of side B b[i]; NULL is a missing value.
 * `b` may be NULL with n_b 0. Ends the program if memory is short or a string is no UTF-8. */
void harness_dictionary_make(struct harness_dictionary *r, const char *const *a, size_t n_a,
                             const char *const *b, size_t n_b);
void harness_dictionary_free(struct harness_dictionary *r);

/* Frees what a view points to, which is const to its readers. */
void harness_give_back(const void *view);

#endif
