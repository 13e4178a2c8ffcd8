/* axb.h: what a scorer of your own sees. The one public header of axb.
 *
 * The simplest scorer is one function. The types of the rows are made from the headers of your
 * two CSV files, so a column that does not exist is a compiler error in your own line:
 *
 *     #include <axb.h>
 *     double score(const axb_row_a *a, const axb_row_b *b)
 *     {
 *         return axb_jaro_winkler(a->name, b->name);
 *     }
 *
 * Column `name` is the text `a->name`; `a->name_number` is the same field as a number and
 * `a->name_days` as a date in days since 1970-01-01 (NaN where it is none). The pair is kept if the
 * score is at least --min; NaN is no match. `axb check my_score.c A.csv B.csv` compiles it, tries
 * it, and lists the names that were made for headers that do not suit C. */
#ifndef AXB_H
#define AXB_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values ----------------------------------------------------------------------------------*/

/* A text: n bytes of UTF-8 at p, borrowed for the call and not terminated. Equal ids mean equal
 * texts, whatever the columns; id 0 marks a text that is no field (made by you). A missing field
 * (unquoted and empty) has p = NULL and n = 0; an empty one ("") has n = 0 and p not NULL. */
typedef struct axb_str {
    const char *p;
    uint32_t n;
    uint32_t id;
} axb_str;

/* ---- Metrics: each gives 0 for a missing text ------------------------------------------------*/
double axb_equal(axb_str a, axb_str b);
double axb_levenshtein(axb_str a, axb_str b);
double axb_jaro_winkler(axb_str a, axb_str b);
/* … every metric of `axb metrics` */

/* ---- What a compiled module offers: for .so files made by other compilers --------------------*/
#define AXB_ABI 1u

enum { AXB_TEXT = 1, AXB_NUMBER = 2, AXB_DAYS = 3 };

/* A field that the module reads. The engine hands over one array a field: axb_str for AXB_TEXT,
 * double for the others, in the order of the module's list for that side. */
typedef struct axb_field {
    uint32_t side; /* 0: A, 1: B */
    uint32_t kind;
    const char *column; /* its name in the CSV header */
} axb_field;

typedef struct axb_module {
    uint32_t abi;         /* AXB_ABI */
    uint32_t bytes;       /* sizeof(axb_module) */
    uint64_t fingerprint; /* of the fields, as `axb check` prints it; 0: not checked */
    uint32_t n_fields;
    uint32_t flags;
    const axb_field *fields;
    /* Record i of the A arrays against the records from <= j < to of the B arrays: writes the j and
     * the score of each pair with score >= min, in ascending j, and returns how many. hits and
     * scores have room for to - from. */
    uint32_t (*match)(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                      uint32_t to, double min, uint32_t *hits, double *scores);
    /* One pair. */
    double (*score)(const void *const *a, uint32_t i, const void *const *b, uint32_t j);
    const char *where; /* AXB_WHERE text, or NULL */
} axb_module;

/* A module exports one of these under this name. */
extern const axb_module axb_scorer;

#ifdef __cplusplus
}
#endif
#endif
