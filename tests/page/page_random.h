/* Pages of random elements, texts and numbers, for check.py. */
#ifndef AXB_TESTS_PAGE_PAGE_RANDOM_H
#define AXB_TESTS_PAGE_PAGE_RANDOM_H

#include "matcher/page/page.h"

#include <stdint.h>

/* Adds so many elements: of all kinds, with bytes of all kinds, and numbers that are large, small,
 * infinite or none. The same from the same seed. */
void page_random_add(struct page *p, uint64_t seed, uint32_t n_elements);

#endif
