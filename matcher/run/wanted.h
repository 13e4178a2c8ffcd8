/* Which columns of the inputs a query needs, and how each is to be loaded.
 *
 * A file is loaded into a table of its wanted columns, in the order in which they were asked for. A
 * named table is used as it is, except for columns that are to be normalized: these are loaded from
 * it into a table of their own. Figures (numbers, dates, places) are made from columns as they
 * stand in the file. Not here: loading (loaded.h). */
#ifndef AXB_MATCHER_RUN_WANTED_H
#define AXB_MATCHER_RUN_WANTED_H

#include "matcher/cluster/golden.h"
#include "matcher/index/index.h"
#include "matcher/inputs/cleaning.h"
#include "matcher/inputs/sources.h"

#define WANTED_MAX 4096 /* columns of one input */
#define WANTED_RULES_MAX 64

/* Columns of one input. The same want is in the list once. */
struct want_list {
    struct load_want want[WANTED_MAX];
    size_t n;
};

/* Where a wanted column will be: in the table of a side, or in that of its normalized columns; or
 * it is the figures of that number (wanted.figures). */
struct wanted_column {
    bool normalized;
    bool figures;
    uint32_t column;
};

/* A column that is wanted as numbers, dates or places. */
struct wanted_figures {
    uint32_t column;             /* in its file */
    struct figure_format asked;  /* what the user says of it */
    struct wanted_column source; /* the texts that it is made from */
};

/* A compared column: field i of the index. */
struct wanted_field {
    uint32_t side, kind; /* as in struct index_field … */
    enum text_form form; /* … and so is this */
    struct wanted_column at;
};

/* The records that clusters are made of: columns of the table of side 0, those that are written,
 * then those by which rules choose. */
struct wanted_records {
    uint32_t column[WANTED_MAX];
    uint32_t n, n_hidden;
    struct golden_rules golden;
};

struct wanted {
    struct want_list to_load[2];                        /* column i of the loaded table is want i */
    struct want_list in_place[2];                       /* of a named table */
    struct wanted_figures figures[2][INDEX_MAX_FIELDS]; /* the same of a column once */
    uint32_t n_figures[2];
    struct wanted_field field[INDEX_MAX_FIELDS];
    uint32_t n_fields;
    struct wanted_records records;
    struct cleaning cleaning; /* owns what the rules point to */
    /* In dedupe: A and B have fields of their own, since other rows of them take part. */
    bool split;
    struct text_rules rules[WANTED_RULES_MAX]; /* each once; wants point to them */
    uint32_t n_rules;
};

/* The rules of a column that is compared, with these flags besides, kept in *w; NULL for none at
 * all. ERR_USAGE, ERR_OS. */
bool wanted_rules(struct wanted *w, int side, uint32_t column, uint32_t flags,
                  const struct text_rules **kept, struct err *e);

/* The rules of a field of the index; NULL: none. */
const struct text_rules *wanted_field_rules(const struct wanted *w, const struct sources *s,
                                            uint32_t field);

/* Asks for a column of a side; *at says where it will be. ERR_USAGE for more than WANTED_MAX. */
bool wanted_add(struct wanted *w, const struct sources *s, int side, struct load_want want,
                struct wanted_column *at, struct err *e);

/* Asks for a column of a side as figures; *at says where they will be. ERR_USAGE for too many. */
bool wanted_add_figures(struct wanted *w, const struct sources *s, int side, uint32_t file_column,
                        const struct figure_format *asked, struct wanted_column *at, struct err *e);

/* Asks for a wanted column of a side as a field of the index, in a form; *field is its number.
 * ERR_USAGE for more than INDEX_MAX_FIELDS. */
bool wanted_add_field(struct wanted *w, const struct sources *s, int side, uint32_t kind,
                      enum text_form form, struct wanted_column at, uint32_t *field, struct err *e);

/* Where a column is that was wanted as it stands in its file. */
struct wanted_column wanted_original(const struct wanted *w, const struct sources *s, int side,
                                     uint32_t file_column);

/* Harmless on a zeroed one. */
void wanted_close(struct wanted *w);

#endif
