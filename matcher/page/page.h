/* A page for people to keep and to show others: one HTML file with texts, tables, pairs of records
 * and charts (chart.h).
 *
 * The file needs no network, no script and no font of its own. It is made for a phone, a wide
 * screen and paper, in light and in dark (page.css). It is well-formed XML too, so any parser
 * reads the same tree.
 *
 *     page_open       the file can be written; nothing is visible yet
 *     page_head       title, what was run, the result in a sentence
 *     page_section    a heading, which the contents list; then any elements, again and again
 *     page_finish     the file appears as a whole      or page_drop: the old file stays as it was
 *
 * Functions that add elements cannot fail: what goes wrong, page_finish says. Texts may be any
 * bytes. Markup in them is text, bytes that are not UTF-8 become U+FFFD, control characters become
 * visible (page_text.h). Everything is copied; the caller keeps what it passes.
 *
 * A page never becomes larger than PAGE_MOST_BYTES. Long values are cut, long tables lose their
 * last rows, charts put points together, and at last elements are left out; the page says so at
 * each place.
 *
 * Not here: what is shown. This floor knows no runs, no scores and no options. */
#ifndef AXB_MATCHER_PAGE_PAGE_H
#define AXB_MATCHER_PAGE_PAGE_H

#include "core/err.h"
#include "data/table.h"
#include "matcher/page/page_element.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define PAGE_TABLE_ROWS 200u /* of a table, where nobody says how many */
#define PAGE_TABLE_COLUMNS 24u

/* ---- The file --------------------------------------------------------------------------------*/

/* Refuses a place that cannot be written, now (data/out.h). ERR_OS, ERR_IO, ERR_USAGE. */
bool page_open(struct page *p, const char *path, struct err *e);

/* Ends the page and gives the file its name. Closes the page, even if it fails: ERR_OS, ERR_IO. */
bool page_finish(struct page *p, struct err *e);

/* Closes the page and drops it; harmless after page_finish, and on a page of zeros. */
void page_drop(struct page *p);

/* ---- The head --------------------------------------------------------------------------------*/

struct page_head {
    const char *title;   /* "90 of 100 records of A have a partner"; also that of the window */
    const char *summary; /* the result in a sentence or two; NULL: none */
    const char *command; /* as a shell reads it (opts_words_print); NULL: there is none */
    const char *folder;  /* from where it was run; NULL: not said */
    const char *version; /* "axb 0.9" */
    time_t when;         /* when it was run */
    double seconds;      /* how long it took; NaN: not said */
};

/* Once, at any time before page_finish. Whatever the order, the head comes first. */
void page_head(struct page *p, const struct page_head *head);

/* ---- Sections --------------------------------------------------------------------------------*/

/* Begins a section, which ends the one before. */
void page_section(struct page *p, const char *title);
/* A heading within a section; the contents do not list it. */
void page_heading(struct page *p, const char *title);

/* ---- Texts -----------------------------------------------------------------------------------*/

__attribute__((format(printf, 2, 3))) void page_paragraph(struct page *p, const char *format, ...);
/* In a box: something to know; something that may be wrong. */
__attribute__((format(printf, 2, 3))) void page_note(struct page *p, const char *format, ...);
__attribute__((format(printf, 2, 3))) void page_warning(struct page *p, const char *format, ...);
/* A command to copy: one click selects all of it. `text` is as a shell reads it. */
void page_command(struct page *p, const char *text);
/* Lines as they stand, in letters of one width: a model, an error, a part of a file. */
void page_lines(struct page *p, struct bytes text);

/* A line of a list of facts, "key: value". Facts that follow each other make one list. */
__attribute__((format(printf, 3, 4))) void page_fact(struct page *p, const char *key,
                                                     const char *format, ...);

/* ---- Tables ----------------------------------------------------------------------------------*/

struct page_column {
    const char *name;
    bool number; /* to the right, with digits of one width */
};

struct page_table {
    const char *caption; /* NULL: none */
    const struct page_column *column;
    uint32_t n_columns; /* at most PAGE_TABLE_COLUMNS */
    uint32_t most_rows; /* further ones are counted, not shown; 0: PAGE_TABLE_ROWS */
};

/* Between begin and end come cells in reading order, n_columns a row. A wide table scrolls in a box
 * of its own. */
void page_table_begin(struct page *p, const struct page_table *table);
__attribute__((format(printf, 2, 3))) void page_cell(struct page *p, const char *format, ...);
/* A value of a record: written in whatever direction, cut after PAGE_VALUE_BYTES. p is NULL: it is
 * missing, and shown so. */
void page_cell_value(struct page *p, struct bytes value);
/* 1,543,467 */
void page_cell_count(struct page *p, uint64_t n);
/* 0.9412, as page_number writes it (page_number.h); NaN is an empty cell. */
void page_cell_number(struct page *p, double x);
void page_table_end(struct page *p);

/* ---- Pairs of records ------------------------------------------------------------------------*/

/* Bytes from <= i < to of a value. from == to is a place where this value lacks something. Ends
 * within a character are moved to its begin or its end, so that all of it is marked. */
struct page_span {
    uint32_t from, to;
};

/* One side of a field. */
struct page_side {
    struct bytes value; /* p is NULL: missing */
    const struct page_span *differs;
    uint32_t n_differs; /* ascending, and no two have a byte in common */
};

struct page_field {
    const char *name; /* "City", or "Company Name = customer" */
    struct page_side side[2];
    const char *note; /* "jaro_winkler 0.93, 4.1 bits"; NULL: nothing */
};

struct page_pair {
    struct bytes id[2];
    const char *title; /* "score 0.8333"; NULL: none */
    const char *note;  /* a sentence below; NULL: none */
    const struct page_field *field;
    uint32_t n_fields;
};

/* Two records side by side, a field a line; on a phone one above the other. What differs is
 * coloured and underlined. Values that are equal byte for byte are shown faintly, and on a phone
 * once. */
void page_pair(struct page *p, const struct page_pair *pair);

/* ---- Pictures of others ----------------------------------------------------------------------*/

/* A picture that the caller has drawn: one <svg> element, well-formed and safe, which is written as
 * it is. It should have a viewBox, and take its colours from the page: fill="var(--ink)" and so on
 * (page_style.h). `title` is what stands above it, `summary` a sentence for who cannot see it. */
void page_svg(struct page *p, const char *title, const char *summary, const char *svg);

#endif
