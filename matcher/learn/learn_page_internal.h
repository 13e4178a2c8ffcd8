/* What the files learn_page….c share. */
#ifndef AXB_MATCHER_LEARN_LEARN_PAGE_INTERNAL_H
#define AXB_MATCHER_LEARN_LEARN_PAGE_INTERNAL_H

#include "matcher/learn/learn_page.h"

#define LEARN_PAGE_NAME_BYTES 200u

/* "name", or "name = customer" where B calls it otherwise. Returns text. */
const char *learn_page_name(const struct model_column *c, char text[LEARN_PAGE_NAME_BYTES]);

/* A level in words: "equal", "at least 0.92", "below 0.7". Returns text. */
const char *learn_page_level(const struct model_column *c, uint32_t level, char text[40]);

/* The sections of levels (learn_page_levels.c), and of pairs and of scores (learn_page_pairs.c).
 * ERR_OS without memory. */
bool learn_page_levels(struct page *p, const struct learn_page *x, struct err *e);
bool learn_page_scores(struct page *p, const struct learn_page *x, struct err *e);

#endif
