/* Numbers as decimal text. Not here: reading them. */
#ifndef AXB_DATA_NUMBER_H
#define AXB_DATA_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* The shortest decimal that reads back to x, as printf's %g writes it: of %.15g, %.16g and %.17g
 * the first that does. Not ended by a zero byte; returns its length. */
size_t number_double(double x, char text[32]);

/* Writes n in decimal, at most 20 digits, and returns the end; up to 8 bytes after it are written
 * over. */
char *number_integer(char *p, uint64_t n);

#endif
