/* Which record each name in a file of pairs stands for.
 *
 * Names are texts. In pairs of one table equal names are one record; in pairs of two tables a name
 * in the first column is a record of A, and in the second one of B. Where the file of the records
 * is known, records are its rows. Otherwise they are those that the pairs name: by number if all
 * names are whole numbers, else in the order in which they come. */
#ifndef AXB_MATCHER_CLUSTER_PAIR_NAMES_H
#define AXB_MATCHER_CLUSTER_PAIR_NAMES_H

#include "core/err.h"
#include "data/table.h"
#include "matcher/cluster/pair_file.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIR_NAMES_NONE TABLE_MISSING

/* All arrays are malloced. */
struct pair_names {
    uint32_t n;          /* records */
    uint32_t *record[2]; /* of each pair: the record of each side, PAIR_NAMES_NONE for no name */
    /* Where the file of the records is not known: of each record */
    struct bytes *name;
    struct bytes *source; /* its file, or "A" or "B" of two tables; NULL: there is one table */
};

/* Records as the pairs name them. ERR_USAGE if `tables` is OPTS_TABLES_AUTO and a name is in both
 * columns, since it may be one record or two. pair_names_free is due in any case. */
bool pair_names_make(struct pair_names *names, const struct pair_file *f, enum opts_tables tables,
                     struct err *e);

/* Records are the rows of a table, called by a column of it, or by their rows, from 1, if that is
 * PAIR_FILE_NO_COLUMN; `load` is where they are from. ERR_DATA if a name is that of no record or of
 * several, ERR_USAGE if the pairs speak of several files. */
bool pair_names_find(struct pair_names *names, const struct pair_file *f,
                     const struct table *records, uint32_t id, const struct load *load,
                     struct err *e);

/* The same of several files that are one table (load_open_joined), whose column 0 is the file and
 * `id` a column of it. Of two files without a.source and b.source in the pairs, the first column
 * names records of the first, the second those of the second. */
bool pair_names_find_in_files(struct pair_names *names, const struct pair_file *f,
                              const struct table *records, uint32_t id, const struct load *load,
                              struct err *e);

void pair_names_free(struct pair_names *names);

#endif
