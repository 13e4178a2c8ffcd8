/* Sorting numbered things by keys of 22 bits: two rounds of a counting sort. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_SORT_H
#define AXB_MATCHER_JOIN_JARO_JARO_SORT_H

#include <stdint.h>

#define JARO_KEY_BITS 22u

struct jaro_entry {
    uint32_t key; /* below 2^JARO_KEY_BITS */
    uint32_t position;
};

/* Sorts n entries by key; equal keys keep their order. There is room for n at `spare`, whose
 * contents are then undefined. */
void jaro_sort(struct jaro_entry *entry, struct jaro_entry *spare, uint32_t n);

#endif
