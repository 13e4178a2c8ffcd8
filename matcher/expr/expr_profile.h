/* Profiles: what is known of all texts of a record at a glance, side by side in memory.
 *
 * A candidate is looked at by many terms, and nearly all candidates do not match. A profile holds
 * an item of 16 bytes for each pair of columns that is compared: which value the record has there,
 * and a signature of it. So two cache lines or three say of a candidate which values are equal or
 * missing, and bound how alike the others are: by characters in common (Jaro, some edits), by
 * q-grams in common (jaccard, cosine …), or, where texts are short, by the very edits between texts
 * of 16 classes of characters: a distance only falls if characters become the same. Signatures that
 * collide only let more pass.
 *
 * Profiles are made once a run and shared by all workers. Not here: which candidates are dropped
 * (worker/glance.h); the prefilter, which looks at one term of a run of rows (join/prefilter.h). */
#ifndef AXB_MATCHER_EXPR_EXPR_PROFILE_H
#define AXB_MATCHER_EXPR_EXPR_PROFILE_H

#include "core/shm.h"
#include "matcher/expr/expr.h"
#include "matcher/index/index.h"
#include "matcher/kernel/kernel_profile.h"

#define PROFILE_LENGTHS 64u   /* a size below it is known */
#define PROFILE_LONG 64u      /* the size of a text that is too long: nothing more is known */
#define PROFILE_MISSING 65u   /* of a text that is missing */
#define PROFILE_PREFIXES 5u   /* 0 to METRIC_PREFIX_MOST */
#define PROFILE_RARITIES 512u /* values below it; the last one stands for all beyond as well */

/* What items are made of. It follows from the expression, and from the values of columns. */
struct profile_form {
    uint32_t n_items;
    struct profile_source {
        uint32_t column_a, column_b; /* of the expression */
        enum profile_kind {
            PROFILE_VALUE, /* nothing but the value is known */
            PROFILE_CHARACTERS,
            PROFILE_GRAMS,
            PROFILE_EDITS /* CHARACTERS where most texts are long */
        } kind;
        uint32_t q;    /* of q-grams */
        uint32_t rare; /* the term that weighs its values, or EXPR_NONE */
    } source[EXPR_MAX_TERMS];
    uint32_t item[EXPR_MAX_TERMS]; /* of each term */
};

/* All profiles. Those of row r begin at [r * n_items]. */
struct profiles {
    const struct profile_form *form;
    const struct profile_item *a, *b;
    const uint16_t *rarity; /* of the items of A: in 1/16 bits, rounded up; below PROFILE_RARITIES,
                               0 if nobody weighs the values */
};

/* The bytes that profiles take at most. */
size_t profiles_bytes(const struct expr *x, uint64_t rows_a, uint64_t rows_b);

/* Makes the profiles of all rows of both sides in the empty segment `out`. ERR_OS. */
bool profiles_build(const struct expr *x, const struct index *index, struct shm *out,
                    struct err *e);
struct profiles profiles_view(struct shm_view segment);

/* Of a term: the most that two unequal texts of these sizes can reach with so much in common, and
 * such a common beginning; infinity if nothing is known. Of edits, what is not edited of the longer
 * text is in common. */
double profile_most(const struct expr_term *term, uint32_t size_a, uint32_t size_b, uint32_t common,
                    uint32_t prefix);

/* What all texts that are equal reach in a term; false if that is not known. */
bool profile_equal(const struct expr_term *term, double *value);

#endif
