/* Sniffing: how a text of records is written, seen from its first part. A pure function of these
 * bytes. Its encoding is known before (data/source/encoding.h).
 *
 * The delimiter is the one of , ; tab | by which most records have as many fields as each other, by
 * the rules of data/source/csv.h, quotes and all, and the first record more than one. Of equals the comma
 * comes first, unless it stands between digits alone, where it is a decimal point. If most records
 * have one field by each of them, the file has one column, whatever commas its texts have. */
#ifndef AXB_DATA_SOURCE_SNIFF_H
#define AXB_DATA_SOURCE_SNIFF_H

#include "data/source/csv.h"

#include <stdbool.h>
#include <stddef.h>

#define SNIFF_BYTES ((size_t)1 << 20) /* of a file that are looked at */

/* The delimiter of the records from `from` on; CSV_ONE_COLUMN if there is none. Of `format` only
 * escape and comment count. *splits: it is none, though lines after the first have delimiters. */
char sniff_delimiter(const struct csv_text *text, const struct csv_format *format, size_t from,
                     bool *splits);

/* The bytes of a first line such as "sep=;", as Excel writes it, and its delimiter; 0: none. */
size_t sniff_separator_line(const struct csv_text *text, char *delimiter);

/* Do lines end in CR alone: is there no LF in all the text, but a CR in its first part? */
bool sniff_cr_lines(const char *p, size_t n);

/* Is it JSON, an object a line: does it begin with { and a name, or with {}? */
bool sniff_json(const char *p, size_t n);

/* Does the record at `from` look like data rather than like names? It has numbers or dates where
 * those after it have such, or values that occur again below; and no name above numbers. */
bool sniff_header_is_data(const struct csv_text *text, const struct csv_format *format,
                          size_t from);

#endif
