/* A page that is being written, and what all of its elements have in common.
 *
 * `struct page` is here for the files of this folder; others open one by page.h, which includes
 * this, and look at none of its members. */
#ifndef AXB_MATCHER_PAGE_PAGE_ELEMENT_H
#define AXB_MATCHER_PAGE_PAGE_ELEMENT_H

#include "core/string_builder.h"
#include "data/out.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAGE_MOST_BYTES 2000000u   /* of the file */
#define PAGE_ELEMENT_BYTES 450000u /* the most that one element writes */
#define PAGE_TITLE_COLUMNS 300u
#define PAGE_TEXT_BYTES 16384u /* of a text before it is escaped, which makes 6 of one at most */

struct page {
    struct out out;
    struct string_builder head, contents, body;
    uint32_t n_sections;
    uint32_t left_out; /* elements, since the page is full */
    bool is_open, has_head;
    void (*close)(struct page *p); /* ends the list or table that is open; NULL: none is */
    struct page_table_state {
        uint32_t n_columns;
        uint64_t most_rows;
        uint64_t cells;   /* so far, in reading order */
        uint64_t shown;   /* rows that are on the page */
        uint64_t numbers; /* bit k: column k has numbers */
        bool is_absent;   /* the page was full before */
    } table;
};

/* Begins an element, and ends an open list or table. NULL: the page is full, and it is counted that
 * something is left out; the caller does nothing more. */
FILE *page_element(struct page *p);

/* Ends an open list or table. */
void page_element_close(struct page *p);

/* Is there space for so many bytes and what ends the page? */
bool page_has_space(struct page *p, size_t bytes);

/* Writes a text in an element: <tag class="class">text</tag>; class may be NULL. Cut after
 * PAGE_TEXT_BYTES, and says so. Not for titles, which hold no other element. */
void page_element_text(FILE *f, const char *tag, const char *class, const char *text);
void page_element_bytes(FILE *f, const char *tag, const char *class, struct bytes text);

/* Writes <title>, <desc>, <h1> and the like: plain text, cut after PAGE_TITLE_COLUMNS. */
void page_element_title(FILE *f, const char *tag, const char *text);

#endif
