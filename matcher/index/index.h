/* The index: what all workers share of the compared columns, in one flat segment.
 *
 * It has one dictionary over all text columns of a comparison or scorer (dictionary.h), a side for
 * each such column, one double a row for each column that is read as a number or a date, and the
 * words and values of pairs of columns that a metric weighs (idf.h, rarity.h). It is
 * built once in the coordinator with OpenMP from the tables' distinct values, then only read. Not
 * here: the filters of a join (join.h). */
#ifndef AXB_MATCHER_INDEX_INDEX_H
#define AXB_MATCHER_INDEX_INDEX_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/index/dictionary.h"
#include "matcher/index/idf.h"
#include "matcher/index/rarity.h"
#include "matcher/index/text_form.h"

#include <stdbool.h>
#include <stdint.h>

#define INDEX_MAX_FIELDS 512
#define INDEX_MAX_PAIRS 64 /* of columns whose words or values are weighed */

enum index_kind { INDEX_TEXT = 1, INDEX_NUMBER = 2, INDEX_DAYS = 3 }; /* as in axb.h: AXB_TEXT … */

/* A column to index, which stands for side 0 (A) or 1 (B) and is read in a table of that side. */
struct index_field {
    uint32_t side;
    uint32_t kind;
    const struct table *table;
    uint32_t column;     /* of that table */
    enum text_form form; /* of INDEX_TEXT: the texts that the dictionary holds of its values */
};

/* Two text fields that are weighed together: of A and of B; in dedupe they may be the same field.
 */
struct index_pair {
    uint32_t field_a, field_b;
    unsigned weighed; /* flags of index_weighed */
};

enum index_weighed {
    INDEX_WORDS = 1,  /* their words (idf.h) */
    INDEX_VALUES = 2, /* their values (rarity.h) */
};

/* The rows of a side that take part in the comparison, ascending. What --where says of one side
 * alone is decided before the index is built, and a row for which it is false is in no list, has no
 * value in any text field, and is never compared. */
struct row_list {
    const uint32_t *row; /* n of them; NULL: the rows 0 to n - 1 */
    uint64_t n;
};

/* The row at position i < n. */
static inline uint64_t row_list_at(const struct row_list *list, uint64_t i)
{
    return list->row ? list->row[i] : i;
}

/* The first position whose row is not below `row`; n if all are. */
uint64_t row_list_from(const struct row_list *list, uint64_t row);

/* Is the row in the list? */
bool row_list_has(const struct row_list *list, uint64_t row);

/* A view of a mapped index; field i of the spec is field i here. */
struct index {
    struct dictionary dictionary;
    struct row_list rows[2]; /* of A and B */
    uint32_t n_fields;
    struct index_view {
        struct side side;     /* of a text field */
        const double *number; /* of the others: one a row, NaN where it is none */
    } field[INDEX_MAX_FIELDS];
    uint32_t n_pairs;
    struct index_pair_view {
        struct index_pair fields;
        struct idf idf;       /* INDEX_WORDS */
        struct rarity rarity; /* INDEX_VALUES */
    } pair[INDEX_MAX_PAIRS];
};

/* The words of two fields; NULL: nobody weighs them. */
const struct idf *index_idf(const struct index *index, uint32_t field_a, uint32_t field_b);

/* The rarity of their values; NULL: nobody weighs them. */
const struct rarity *index_rarity(const struct index *index, uint32_t field_a, uint32_t field_b);

/* What an index is to hold besides the dictionary and sides. */
enum index_wanted {
    INDEX_POSTINGS = 1, /* the rows of each value (side.rows): joins need them */
    INDEX_UTF8 = 2,     /* the texts as they stand (dictionary.utf8): scorers and some metrics need
                         them */
};

/* What an index is to be made of. */
struct index_spec {
    const struct index_field *fields;
    uint32_t n_fields;
    const struct row_list *rows;    /* of A and B, that take part; NULL: all, and the index has no
                                       lists of them. In dedupe fields of side 0 alone may exist,
                                       which then have those of A */
    const struct index_pair *pairs; /* that are weighed, each once … */
    uint32_t n_pairs;               /* … at most INDEX_MAX_PAIRS */
    unsigned wanted;                /* flags of index_wanted */
};

/* Builds the index into the empty segment `out`. ERR_OS without memory; ERR_DATA if the columns
 * have too many distinct values for an id, or too many words. */
bool index_build(const struct index_spec *spec, struct shm *out, struct err *e);

/* Copies an index into the empty segment `out`, with fewer rows of one side that take part: `rows`,
 * ascending, some of those in its list. Field f is one of that side if of_side[f]; the others, the
 * dictionary and the other list stay as they are. ERR_OS without memory. (index_restrict.c) */
bool index_restrict(const struct index *index, int side, struct row_list rows, const bool *of_side,
                    struct shm *out, struct err *e);

/* The same of an index whose fields are those of both sides, as in dedupe: field f becomes field f
 * of A and field n_fields + f of B, of which one side has fewer rows. There must be no more than
 * INDEX_MAX_FIELDS then. */
bool index_restrict_self(const struct index *index, int side, struct row_list rows, struct shm *out,
                         struct err *e);

/* Copies an index into the empty segment `out`; there the rows of one side stand for both, so that
 * they can be compared among themselves by the fields of that side. What is weighed is weighed as
 * before, by the records of both columns that take part. */
bool index_one_side(const struct index *index, int side, struct shm *out, struct err *e);

/* The number of a value of a field that is read as a number or a date; NaN where it is none. */
double index_number(const struct index_field *field, uint32_t value);

/* Makes *index a view of a mapped segment, in any process. It is valid while *s is mapped.
 * ERR_SOFTWARE if the segment holds no index. */
bool index_view(struct index *index, const struct shm *s, struct err *e);

#endif
