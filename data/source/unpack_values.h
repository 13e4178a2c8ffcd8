/* Reading the format "values" (matcher/pairs/values_file.h says how it is written): pairs of
 * distinct values, with the rows that have them, become the lines that the format CSV has for the
 * same pairs.
 *
 * So whoever reads a file of pairs reads one of this format as well. The lines take many times the
 * room of the file. Not here: ids and other columns of the tables, which such a file does not have.
 */
#ifndef AXB_DATA_SOURCE_UNPACK_VALUES_H
#define AXB_DATA_SOURCE_UNPACK_VALUES_H

#include "core/err.h"
#include "data/sink.h"

#include <stdbool.h>
#include <stddef.h>

/* Do the bytes p[0..n) begin as such a file does? */
bool unpack_values_is(const char *p, size_t n);

/* Appends "a,b,score" and a line for each pair of rows, from 1, by row of A, then row of B. p is
 * aligned to 8 bytes. ERR_DATA if the file was cut or is damaged, ERR_OS if memory does not
 * suffice.
 */
bool unpack_values(const char *p, size_t n, struct sink *s, struct err *e);

#endif
