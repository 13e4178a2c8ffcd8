/* A value in a table for people: cut to the width of its column, with marks where it differs from
 * the value above or below it.
 *
 * Widths are columns of a terminal. Control characters do not reach the terminal: a blank stands
 * for white space, a question mark for the others. Not here: which values, and where they stand
 * (table_view.h). */
#ifndef AXB_MATCHER_OUTPUT_TABLE_CELL_H
#define AXB_MATCHER_OUTPUT_TABLE_CELL_H

#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TABLE_CELL_MOST 160u /* characters; the rest of a longer value is not looked at */

struct table_cell {
    uint32_t n;     /* characters; 0 of a missing value */
    uint32_t width; /* of all of them */
    bool cut;       /* the value is longer */
    bool gap_at_end;
    struct {
        const char *p; /* its bytes, in the value, or what stands for them */
        char control;  /* the control character that is not shown; 0: none */
        uint8_t bytes, width;
        bool differs; /* the other value lacks it */
        bool gap;     /* before it the other value has something that this one lacks */
    } at[TABLE_CELL_MOST];
};

/* The cell of a value; *c borrows its bytes. */
void table_cell_make(struct table_cell *c, struct bytes value);

/* Marks where the two differ: what is not in a longest common subsequence of their characters; all
 * of both where little is common, and nothing where one is empty. */
void table_cell_compare(struct table_cell *a, struct table_cell *b);
bool table_cell_is_marked(const struct table_cell *c);

/* The characters of a cell from `from` on that fit into `width` columns, at least 4, as a cell of
 * their own, for values that go on in further lines. Returns where the next piece begins; c->n:
 * this is the last, and it says what the cell says of its end. */
uint32_t table_cell_piece(const struct table_cell *c, uint32_t from, unsigned width,
                          struct table_cell *piece);

#define TABLE_CELL_NUMBER_BYTES 32u

/* A number as tables for people have it: in four places, or the digits that count of what is too
 * large or too small for that. Empty for NaN. Returns its text, which lies in text. */
struct bytes table_cell_number(double x, char text[TABLE_CELL_NUMBER_BYTES]);

#define TABLE_CELL_NAME_BYTES 400u

/* The name of a field whose columns are called so in A and in B: "name", or "name/customer" where
 * they differ, in text; of a side that lacks it n is 0, and the other one's name is its name. */
struct bytes table_cell_name(struct bytes a, struct bytes b, char text[TABLE_CELL_NAME_BYTES]);

/* A line that grows from left to right. Blanks at its end are never written. */
struct table_line {
    FILE *out;
    int blanks;  /* due before the next character */
    bool colour; /* the terminal can show colours, and wants to */
};
void table_line_blanks(struct table_line *l, unsigned n);
void table_line_text(struct table_line *l, const char *text);
void table_line_end(struct table_line *l);

/* Writes a cell in `width` columns, cut with "…" where it is wider; with colour, marked characters
 * are coloured, and "…" where it hides some. `right`: blanks come before it. */
void table_cell_print(const struct table_cell *c, unsigned width, bool right, struct table_line *l);
/* Writes what stands below it without colour: ~ for each column of a marked character, ^ where it
 * lacks something. */
void table_cell_print_marks(const struct table_cell *c, unsigned width, struct table_line *l);

#endif
