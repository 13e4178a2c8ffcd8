/* Any bytes as text of HTML and XML, in elements and in attributes alike.
 *
 * Markup is escaped: < > & " '. A byte that is not UTF-8 becomes U+FFFD, as do code points that XML
 * does not have. A line end becomes ↵, a tab ⇥, other control characters their
 * pictures (U+2400 …); those of U+0080 to U+009F and
 * those that change the direction of writing become U+FFFD; so a value cannot change the
 * order of what stands around it. Not here: elements (page.h). */
#ifndef AXB_MATCHER_PAGE_PAGE_TEXT_H
#define AXB_MATCHER_PAGE_PAGE_TEXT_H

#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_VALUE_BYTES 400u /* of a value; the rest is left out, and the page says how much */

/* Writes all of the text. */
void page_text_put(FILE *f, struct bytes text);
/* The same, but line ends and tabs stay what they are. */
void page_text_lines(FILE *f, struct bytes text);

/* Bytes of the longest prefix of at most `most` bytes that does not end within a character. */
size_t page_text_prefix(struct bytes text, size_t most);

/* A name in a line: of a column, a series, a field; ended by a zero byte. Cut after
 * PAGE_NAME_COLUMNS. */
#define PAGE_NAME_COLUMNS 80u
void page_text_name(FILE *f, const char *text);

/* Says that so many bytes are left out; nothing if there are none. */
void page_text_rest(FILE *f, uint32_t bytes);

/* A value of a record: isolated from the direction of what surrounds it; p is NULL: "missing". Cut
 * after PAGE_VALUE_BYTES, with the number of bytes that are left out. */
void page_text_value(FILE *f, struct bytes value);

/* The text in at most `columns` columns as a terminal counts them, with "…" where it is cut. True
 * if it was cut. For labels in charts, which cannot wrap. */
bool page_text_label(FILE *f, struct bytes text, unsigned columns);

#endif
