/* axb.h: what your own scorer sees. This is the one public header of axb.
 *
 * The simplest scorer is one function. axb makes the types of the rows from the headers of your two
 * CSV files, so a column that does not exist is a compiler error in your own line:
 *
 *     #include <axb.h>
 *     double score(const axb_row_a *a, const axb_row_b *b)
 *     {
 *         return axb_jaro_winkler(a->name, b->name);
 *     }
 *
 * Column `name` is the text `a->name`. The same field as a number is `a->name_number`, and as a
 * date, in days since 1970-01-01, `a->name_days`; they are NaN where the text is not a number or a
 * date. Both are read in the format of the whole column, as --decimal and --dates say or as its
 * values show. A header that is not a name in C gets one: "Full Name" is `a->Full_Name`.
 * `a->full_name` works as well, if only one column differs from it in case alone. `axb check
 * my_score.c A.csv B.csv` lists these names, compiles the scorer, and shows what it gives for some
 * pairs.
 *
 * A pair matches if its score is at least --min. NaN never matches. The engine calls `score` for
 * any pair, in any order, in many processes at once: let the result depend on the two rows alone.
 *
 * Languages. A .c file is C17 with the extensions of gcc; a .cpp, .cc or .cxx file is C++20. For
 * more of the C library, #define _GNU_SOURCE or the like before the first #include, as in any C
 * file. #include "x.h" looks in the folder of the scorer. In C++, `score` is declared as above,
 * without extern "C". An exception that leaves it counts as a crash, and axb says what was thrown.
 *
 * Compilers. The environment variable AXB_CC, or else CC, names the C compiler, with options if you
 * like: AXB_CC='gcc -I/folder'. AXB_CXX, or else CXX, names the one for C++. CFLAGS and CXXFLAGS
 * are not read: options that were meant for something else, such as -ffast-math, would change
 * scores. `--libs '-L/folder -lname'` links libraries after the scorer.
 *
 * Faults. A fault ends in a crash, and axb names the pair. This also holds where the compiler could
 * assume that the code is never reached: a null pointer, a whole number divided by zero,
 * __builtin_unreachable(). A function without its return statement does not compile. A write or
 * read past an array crashes only where the memory ends; the compiler warns if it sees one. A
 * faulty read whose result nobody uses is left out. */
#ifndef AXB_H
#define AXB_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values ----------------------------------------------------------------------------------*/

/* A text: n bytes of UTF-8 at p. They are borrowed for the call, and no zero byte follows them.
 * Equal ids mean equal texts, whatever the columns; id 0 marks a text that you made yourself. A
 * missing field has p = NULL and n = 0; an empty text has n = 0 and p not NULL. */
typedef struct axb_str {
    const char *p;
    uint32_t n;
    uint32_t id;
#ifdef AXB_TILES
    struct axb_tag axb_tag; /* axb's own, in a scorer that it compiles */
#endif
} axb_str;

/* A record of each file, with a member for each column that the scorer reads. */
typedef struct axb_row_a axb_row_a;
typedef struct axb_row_b axb_row_b;

/* Makes a text of your own from the n bytes at p. Metrics take it, but more slowly than a field. */
static inline axb_str axb_text(const char *p, uint32_t n)
{
    axb_str s = {p, n, 0};
    return s;
}

static inline int axb_missing(axb_str s)
{
    return !s.p;
}

/* ---- Two optional lines at the top of a scorer, which make it fast ---------------------------*/

/* Says which pairs are worth scoring, as --where does; the others do not match:
 * AXB_WHERE("a.year == b.year"); */
#define AXB_WHERE(expression) static const char axb_where[] = expression

/* Says that the score never falls when the value of a metric rises. axb then skips pairs whose
 * metrics are too low for --min, if the score depends on metrics and axb_missing alone:
 * AXB_MONOTONE; */
#define AXB_MONOTONE enum { axb_monotone = 1 }

/* ---- Once a record ---------------------------------------------------------------------------
 * To compute something once for each record, instead of once for each pair, put it into a struct of
 * your own:
 *
 *     struct key { double x, y; };
 *     AXB_PREPARED(struct key);
 *     static void prepare_a(const axb_row_a *a, struct key *out) { ... }
 *     static void prepare_b(const axb_row_b *b, struct key *out) { ... }
 *
 * In `score`, a->prepared and b->prepared point to the results:
 *
 *     const struct key *key_a = a->prepared, *key_b = b->prepared;
 *
 * The struct is zero at first, and holds at most 64 KiB. It is copied between processes as bytes: a
 * pointer in it, or a std::string, would mean nothing there. */
#ifdef __cplusplus
#define AXB_PREPARED(type)                                                                         \
    static_assert(__is_trivially_copyable(type), "AXB_PREPARED: the struct is copied as bytes");   \
    typedef type axb_prepared
#else
#define AXB_PREPARED(type) typedef type axb_prepared
#endif

/* ---- Metrics ---------------------------------------------------------------------------------
 * These are the metrics of `axb metrics`. They say how alike two texts are, from 0 to 1. If a text
 * is missing the value is 0, and so it is for a text of your own that is not UTF-8. Characters are
 * Unicode code points. The functions whose names end in _distance count differences, from 0 for
 * equal texts; they return NaN if a text is missing, and every comparison with NaN is false. */

/* 1 if both are the same text, else 0. */
#ifdef AXB_TILES
static
#endif
    inline double
    axb_equal(axb_str a, axb_str b)
{
    if (!a.p || !b.p)
        return 0;
    if (a.id && b.id)
        return a.id == b.id;
    return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

#ifndef AXB_TILES /* else axb has put its own in their place */
/* Edits. They insert, delete or replace one character; osa and damerau_levenshtein also swap two
 * neighbours. */
double axb_levenshtein(axb_str a, axb_str b);
double axb_levenshtein_distance(axb_str a, axb_str b);
double axb_osa(axb_str a, axb_str b);
double axb_osa_distance(axb_str a, axb_str b);
double axb_damerau_levenshtein(axb_str a, axb_str b);
double axb_damerau_levenshtein_distance(axb_str a, axb_str b);
double axb_hamming(axb_str a, axb_str b);
double axb_hamming_distance(axb_str a, axb_str b);

/* These only insert and delete; ratio is another name for indel. */
double axb_indel(axb_str a, axb_str b);
double axb_indel_distance(axb_str a, axb_str b);
double axb_ratio(axb_str a, axb_str b);
double axb_partial_ratio(axb_str a, axb_str b);
double axb_token_sort_ratio(axb_str a, axb_str b);
double axb_token_set_ratio(axb_str a, axb_str b);
double axb_token_ratio(axb_str a, axb_str b);
double axb_partial_token_sort_ratio(axb_str a, axb_str b);
double axb_partial_token_set_ratio(axb_str a, axb_str b);
double axb_partial_token_ratio(axb_str a, axb_str b);
double axb_QRatio(axb_str a, axb_str b);
double axb_WRatio(axb_str a, axb_str b);

/* These measure what both have in common: a subsequence, the beginning, the end. */
double axb_lcsseq(axb_str a, axb_str b);
double axb_lcsseq_distance(axb_str a, axb_str b);
double axb_prefix(axb_str a, axb_str b);
double axb_prefix_distance(axb_str a, axb_str b);
double axb_postfix(axb_str a, axb_str b);
double axb_postfix_distance(axb_str a, axb_str b);

/* These are made for names. */
double axb_jaro(axb_str a, axb_str b);
double axb_jaro_winkler(axb_str a, axb_str b);
double axb_soundex(axb_str a, axb_str b);
double axb_double_metaphone(axb_str a, axb_str b);
double axb_nysiis(axb_str a, axb_str b);
double axb_metaphone(axb_str a, axb_str b);
double axb_match_rating(axb_str a, axb_str b);

/* These compare the sets of q-grams; with q = 0, the sets of words. */
double axb_jaccard(axb_str a, axb_str b, int q);
double axb_dice(axb_str a, axb_str b, int q);
double axb_cosine(axb_str a, axb_str b, int q);
double axb_overlap(axb_str a, axb_str b, int q);
#endif

/* This one weighs words by how many records of both columns have them, so it cannot be called. It
 * is for expressions: AXB_WHERE("cosine_idf(title) >= 0.5"), --score and --where. */
#if defined(__GNUC__)
__attribute__((
    error("cosine_idf weighs words by both whole columns, so it cannot compare two texts "
          "alone; it is for expressions: AXB_WHERE, --score, --where")))
#endif
double
axb_cosine_idf(axb_str a, axb_str b);

/* Nor can these: one weighs values in the same way, and one reads dates in the format of their
 * whole columns. */
#if defined(__GNUC__)
__attribute__((error("rarity weighs values by both whole columns, so it cannot compare two texts "
                     "alone; it is for expressions: AXB_WHERE, --score, --where")))
#endif
double
axb_rarity(axb_str a, axb_str b);
#if defined(__GNUC__)
__attribute__((
    error("date_osa reads dates in the format of their columns, so it cannot compare two "
          "texts alone; it is for expressions: AXB_WHERE, --score, --where")))
#endif
double
axb_date_osa(axb_str a, axb_str b);

/* These read texts as numbers, dates (2024-12-31) or places ("48.1, 11.6"). The value is 1 -
 * difference / scale, but not below 0; number_ratio is the smaller number divided by the larger. It
 * is NaN where a text is not such a thing. Each text is read by itself, without its column: "1,234"
 * has a decimal point, "1.234,5" a decimal comma, and "03/04/2021", which may be two dates, is
 * none. a->year_number and a->born_days are read in the format of their columns. They are also much
 * faster if you compare a number or date often. */
#ifndef AXB_TILES
double axb_number(axb_str a, axb_str b, double scale);
double axb_number_distance(axb_str a, axb_str b);
double axb_number_ratio(axb_str a, axb_str b);
double axb_days(axb_str a, axb_str b, double scale);
double axb_days_distance(axb_str a, axb_str b);
double axb_km(axb_str a, axb_str b, double scale);
double axb_km_distance(axb_str a, axb_str b);
#endif

/* ---- Modules that axb does not compile: a .so from any language ------------------------------
 * Such a file exports one struct, `axb_scorer`, which lists the columns that it reads and has the
 * functions that score pairs. axb loads it with --score ./my.so, checks the struct, and hands over
 * one array for each column. share/axb/examples/rust has a whole one. A module may call the metrics
 * above; the loader finds them in the program. A scorer of the kind at the top of this file is
 * always given as its source: its row types are made by axb, so it cannot be built by hand. */
#define AXB_ABI 1u

enum { AXB_TEXT = 1, AXB_NUMBER = 2, AXB_DAYS = 3 };

/* Bits of axb_module.flags. */
enum { AXB_FLAG_MONOTONE = 1 };

/* A field that the module reads. axb hands over one array for each field, with an entry for each
 * record: axb_str for AXB_TEXT, double for the others. The arrays of a side have the order of the
 * module's list: a[0] is its first field with side 0, b[0] its first with side 1. */
typedef struct axb_field {
    uint32_t side; /* 0: A, 1: B */
    uint32_t kind;
    const char *column; /* its name in the CSV header; or "#3" for the third column */
} axb_field;

typedef struct axb_module {
    uint32_t abi;         /* AXB_ABI */
    uint32_t bytes;       /* sizeof(axb_module) */
    uint64_t fingerprint; /* that of the fields, which `axb check` prints; 0: it is not checked */
    uint32_t n_fields;
    uint32_t flags;
    const axb_field *fields;
    /* Scores record i of the A arrays against the records from <= j < to of the B arrays. It writes
     * the j and the score of each pair with score >= min, in ascending j, and returns how many.
     * hits and scores have room for to - from. */
    uint32_t (*match)(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                      uint32_t to, double min, uint32_t *hits, double *scores);
    /* Scores one pair: to name the pair that crashes, and for `axb explain`. */
    double (*score)(const void *const *a, uint32_t i, const void *const *b, uint32_t j);
    const char *where; /* the text of AXB_WHERE, or NULL */
    /* 0, or the size of what is made once from each record: prepare_a and prepare_b then fill in
     * that many bytes, which are zero before. `match` and `score` get one more array after those of
     * each side, with a pointer for each record to what was made of it. */
    uint64_t prepared_bytes;
    void (*prepare_a)(const void *const *a, uint32_t i, void *out);
    void (*prepare_b)(const void *const *b, uint32_t i, void *out);
} axb_module;

/* A module exports one under this name. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern const axb_module axb_scorer;

#ifdef __cplusplus
}
#endif
#endif
