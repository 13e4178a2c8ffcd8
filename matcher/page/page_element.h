/* Where the files of this folder write what they add to a page, and how much of it there may be.
 *
 * Not for others: they call page.h and chart.h. */
#ifndef AXB_MATCHER_PAGE_PAGE_ELEMENT_H
#define AXB_MATCHER_PAGE_PAGE_ELEMENT_H

#include "matcher/page/page.h"

#include <stdio.h>

/* The most that one element writes; a text is cut before that. */
#define PAGE_ELEMENT_BYTES 400000u
#define PAGE_TEXT_BYTES 16384u /* of a text before it is escaped, which makes at most 6 of one */

/* Begins an element: ends an open list or table. NULL: the page is full, and it is counted that
 * something is left out; the caller does nothing more. */
FILE *page_element(struct page *p);

/* Ends an open list or table. */
void page_close_element(struct page *p);

/* Is there space for so many bytes and what ends the page? */
bool page_has_space(struct page *p, size_t bytes);

/* Writes a text in an element: <tag class="class">text</tag>; class may be NULL. Cut after
 * PAGE_TEXT_BYTES, and says so. */
void page_element_text(FILE *f, const char *tag, const char *class, const char *text);

#endif
