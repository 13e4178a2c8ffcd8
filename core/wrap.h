/* Text for people in lines that fit: wrapped at blanks, by columns of the terminal. */
#ifndef AXB_CORE_WRAP_H
#define AXB_CORE_WRAP_H

#include <stdio.h>

/* Columns to use for text on stdout: 80, or those of the terminal between 60 and 100. */
int wrap_columns(void);

/* Writes text, of which `column` columns of the line are used, in lines of at most `width` columns,
 * the second and later ones indented; ends the last. Line ends in the text stay. One word that is
 * longer than a line stands in a line of its own. */
void wrap_text(FILE *f, const char *text, int column, int indent, int width);

#endif
