/* cosine_idf by its definition: words are compared as texts, records are counted one by one, and
 * logarithms are those of the C library. */
#ifndef AXB_TESTS_TWIN_TWIN_IDF_H
#define AXB_TESTS_TWIN_TWIN_IDF_H

#include <stddef.h>
#include <stdint.h>

/* Two columns of texts, and the weights of their words. */
struct twin_idf {
    struct twin_record *record[2]; /* of A and of B; of A both times for one column */
    size_t n[2];
};

/* round(log2((n_records + 1) / having)^2 * 2^21), at least 1. */
uint64_t twin_idf_weight(uint64_t n_records, uint64_t having);

/* Texts are UTF-8, NULL a missing one; b NULL: one column, against itself. Freed by twin_idf_free.
 */
void twin_idf_make(struct twin_idf *t, const char *const *a, size_t n_a, const char *const *b,
                   size_t n_b);
void twin_idf_free(struct twin_idf *t);

/* The score of record i of A and record j of B; 0 where one is missing. */
double twin_idf_score(const struct twin_idf *t, size_t i, size_t j);

#endif
