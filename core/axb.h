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
 * `a->name_days` as a date in days since 1970-01-01 (NaN where it is none). Both are read in the
 * format of the whole column, as --decimal and --dates say or as its values show. The pair is kept
 * if the score is at least --min; NaN is no match. `axb check my_score.c A.csv B.csv` compiles it, tries
 * it, and lists the names that were made for headers that do not suit C.
 *
 * The engine calls `score` for any pair, in any order, in many processes at once: let the result
 * depend on the two rows alone.
 *
 * It is C17 with the extensions of gcc. For more of the C library, #define _GNU_SOURCE or the like
 * before the first #include, as in any C file.
 *
 * A fault is a crash, which names the pair, also where the compiler could take it for code that is
 * never reached: a null pointer, a whole number divided by zero, __builtin_unreachable(). A
 * function without its return statement does not compile. A write or read past an array crashes
 * only where the memory ends; the compiler warns if it sees it. What a fault would have read, and
 * nobody uses, is left out. */
#ifndef AXB_H
#define AXB_H

#include <stdint.h>
#include <string.h>

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

/* A record of each file, with a member for each column that the scorer reads. */
typedef struct axb_row_a axb_row_a;
typedef struct axb_row_b axb_row_b;

/* A text of your own: n bytes at p. The metrics take it, more slowly than a field. */
static inline axb_str axb_text(const char *p, uint32_t n)
{
    axb_str s;
    s.p = p;
    s.n = n;
    s.id = 0;
    return s;
}

static inline int axb_missing(axb_str s)
{
    return !s.p;
}

/* ---- Two optional lines at the top of a scorer, which make it fast ---------------------------*/

/* Which pairs are worth scoring at all, as in --where: AXB_WHERE("a.year == b.year"); */
#define AXB_WHERE(expression) static const char axb_where[] = expression

/* "My score never falls when the value of a metric rises": AXB_MONOTONE; */
#define AXB_MONOTONE enum { axb_monotone = 1 }

/* ---- Once a record ---------------------------------------------------------------------------
 * What is to be computed once a record, not once a pair, goes into a struct of your own:
 *
 *     struct key { double x, y; };
 *     AXB_PREPARED(struct key);
 *     static void prepare_a(const axb_row_a *a, struct key *out) { ... }
 *     static void prepare_b(const axb_row_b *b, struct key *out) { ... }
 *
 * In `score`, a->prepared and b->prepared point to what they have made; assign them to a
 * `const struct key *`. The struct is all zero at first; pointers in it would mean nothing in other
 * processes. */
#ifdef __cplusplus
#define AXB_PREPARED(type)                                                                         \
    static_assert(__is_trivially_copyable(type), "AXB_PREPARED: the struct is copied as bytes");   \
    typedef type axb_prepared
#else
#define AXB_PREPARED(type) typedef type axb_prepared
#endif

/* ---- Metrics ---------------------------------------------------------------------------------
 * Those of `axb metrics`: how alike two texts are, from 0 to 1. A missing text gives 0 (and so
 * does a text of your own that is not UTF-8). Characters are Unicode code points. The functions
 * with _distance at the end count, from 0 for equal texts; NaN, which is neither below nor above
 * anything, if one is missing. */

/* 1 if they are the same text, else 0. */
inline double axb_equal(axb_str a, axb_str b)
{
    if (!a.p || !b.p)
        return 0;
    if (a.id && b.id)
        return a.id == b.id;
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Edits: insert, delete, replace one character; osa and damerau_levenshtein also swap two. */
double axb_levenshtein(axb_str a, axb_str b);
double axb_levenshtein_distance(axb_str a, axb_str b);
double axb_osa(axb_str a, axb_str b);
double axb_osa_distance(axb_str a, axb_str b);
double axb_damerau_levenshtein(axb_str a, axb_str b);
double axb_damerau_levenshtein_distance(axb_str a, axb_str b);
double axb_hamming(axb_str a, axb_str b);
double axb_hamming_distance(axb_str a, axb_str b);

/* Insert and delete alone; ratio is another name for indel. */
double axb_indel(axb_str a, axb_str b);
double axb_indel_distance(axb_str a, axb_str b);
double axb_ratio(axb_str a, axb_str b);
double axb_partial_ratio(axb_str a, axb_str b);
double axb_token_sort_ratio(axb_str a, axb_str b);
double axb_token_set_ratio(axb_str a, axb_str b);

/* What they have in common: a subsequence, the beginning, the end. */
double axb_lcsseq(axb_str a, axb_str b);
double axb_lcsseq_distance(axb_str a, axb_str b);
double axb_prefix(axb_str a, axb_str b);
double axb_prefix_distance(axb_str a, axb_str b);
double axb_postfix(axb_str a, axb_str b);
double axb_postfix_distance(axb_str a, axb_str b);

/* Names. */
double axb_jaro(axb_str a, axb_str b);
double axb_jaro_winkler(axb_str a, axb_str b);
double axb_soundex(axb_str a, axb_str b);
double axb_double_metaphone(axb_str a, axb_str b);

/* Sets of q-grams, or of words with q = 0. */
double axb_jaccard(axb_str a, axb_str b, int q);
double axb_dice(axb_str a, axb_str b, int q);
double axb_cosine(axb_str a, axb_str b, int q);
double axb_overlap(axb_str a, axb_str b, int q);

/* Texts that are numbers, dates (2024-12-31), places ("48.1, 11.6"): 1 - difference / scale, not
 * below 0; number_ratio is the smaller by the larger. NaN where a text is no such thing. Each text
 * is read by itself, without its column: "1,234" has a decimal point, "1.234,5" a comma, and
 * "03/04/2021", which may be two dates, is none. a->year_number and a->born_days are read in the
 * format of their columns, and are much faster where they are compared often. */
double axb_number(axb_str a, axb_str b, double scale);
double axb_number_distance(axb_str a, axb_str b);
double axb_number_ratio(axb_str a, axb_str b);
double axb_days(axb_str a, axb_str b, double scale);
double axb_days_distance(axb_str a, axb_str b);
double axb_km(axb_str a, axb_str b, double scale);
double axb_km_distance(axb_str a, axb_str b);

/* ---- What a compiled module offers: for .so files made by other compilers --------------------*/
#define AXB_ABI 1u

enum { AXB_TEXT = 1, AXB_NUMBER = 2, AXB_DAYS = 3 };

/* Bits of axb_module.flags. */
enum { AXB_FLAG_MONOTONE = 1 };

/* A field that the module reads. The engine hands over one array a field: axb_str for AXB_TEXT,
 * double for the others, in the order of the module's list for that side: a[0] is its first field
 * with side 0, b[0] its first with side 1. */
typedef struct axb_field {
    uint32_t side; /* 0: A, 1: B */
    uint32_t kind;
    const char *column; /* its name in the CSV header; or "#3", the third column */
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
     * scores can hold to - from. */
    uint32_t (*match)(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                      uint32_t to, double min, uint32_t *hits, double *scores);
    /* One pair. */
    double (*score)(const void *const *a, uint32_t i, const void *const *b, uint32_t j);
    const char *where; /* AXB_WHERE text, or NULL */
    /* 0, or: make that many bytes of record i, zeroed before. `match` and `score` then get one
     * array more after those of each side: a pointer a record to what was made of it. */
    uint64_t prepared_bytes;
    void (*prepare_a)(const void *const *a, uint32_t i, void *out);
    void (*prepare_b)(const void *const *b, uint32_t i, void *out);
} axb_module;

/* A module exports one of these under this name. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const axb_module axb_scorer;

#ifdef __cplusplus
}
#endif
#endif
