/* Which columns of the inputs a query needs, and how each is to be loaded.
 *
 * A file is loaded into a table of its wanted columns, in the order in which they were asked for. A
 * named table is used as it is, except for columns that are to be normalized: these are loaded from
 * it into a table of their own. Not here: loading (loaded.h). */
#ifndef AXB_MATCHER_RUN_WANTED_H
#define AXB_MATCHER_RUN_WANTED_H

#include "matcher/index/index.h"
#include "matcher/run/sources.h"

#define WANTED_MAX 1024 /* columns of one input */
#define WANTED_RULES_MAX 64

/* Columns of one input. The same want is in the list once. */
struct want_list {
    struct load_want want[WANTED_MAX];
    size_t n;
};

/* Where a wanted column will be: in the table of a side, or in that of its normalized columns. */
struct wanted_column {
    bool normalized;
    uint32_t column;
};

/* A compared column: field i of the index. */
struct wanted_field {
    uint32_t side, kind; /* as in struct index_field */
    struct wanted_column at;
};

struct wanted {
    struct want_list to_load[2];  /* column i of the loaded table is want i */
    struct want_list in_place[2]; /* of a named table */
    struct wanted_field field[INDEX_MAX_FIELDS];
    uint32_t n_fields;
    bool
        split; /* in dedupe: A and B have fields of their own, since other rows of them take part */
    struct text_rules rules[WANTED_RULES_MAX]; /* each once; wants point to them */
    uint32_t n_rules;
};

/* The rules that are equal to these, kept in *w; NULL, with *e as it was, for none at all. */
bool wanted_rules(struct wanted *w, struct text_rules rules, const struct text_rules **kept,
                  struct err *e);

/* Asks for a column of a side; *at says where it will be. ERR_USAGE for more than WANTED_MAX. */
bool wanted_add(struct wanted *w, const struct sources *s, int side, struct load_want want,
                struct wanted_column *at, struct err *e);

/* Asks for a column of a side as a field of the index; *field is its number. ERR_USAGE for
 * more than INDEX_MAX_FIELDS. */
bool wanted_add_field(struct wanted *w, const struct sources *s, int side, uint32_t kind,
                      struct load_want want, uint32_t *field, struct err *e);

/* Where a column is that was wanted as it stands in its file. */
struct wanted_column wanted_original(const struct wanted *w, const struct sources *s, int side,
                                     uint32_t file_column);

#endif
