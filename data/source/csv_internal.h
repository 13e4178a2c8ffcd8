/* What csv_record.c lends to csv.c. */
#ifndef AXB_DATA_SOURCE_CSV_INTERNAL_H
#define AXB_DATA_SOURCE_CSV_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

/* Copies a field as what it stands for: doubled quotes halved, escapes resolved (`escape` 0: none),
 * NUL dropped, each byte of invalid UTF-8 replaced, so at most 3 × n bytes. Returns their number.
 */
size_t csv_repair(const char *p, size_t n, bool quoted, char escape, char *out);

#endif
