/* A learned model: which columns are compared, how, and what each level of agreement says.
 *
 * It is a Fellegi-Sunter model (Fellegi and Sunter 1969). Each column has a metric, whose values
 * are cut into levels. A level says how often matches (m), random pairs (u) and, where the model
 * has a third class, related pairs such as housemates reach it. What that comes to for a pair is
 * its score in bits, log2 of the odds that it matches:
 *
 *     soft_min(prior + sum of log2(m / u), related prior + sum of log2(m / related))
 *
 * A model is a file that people can read, edit and compare (model_file.h). For the engine it is an
 * expression (model_text.h). Not here: fitting one (fit/), choosing columns and levels (learn/). */
#ifndef AXB_MATCHER_MODEL_MODEL_H
#define AXB_MATCHER_MODEL_MODEL_H

#include "core/err.h"

#include <stdbool.h>
#include <stdint.h>

#define MODEL_MAX_COLUMNS 30u /* each is two terms of an expression */
#define MODEL_MAX_LEVELS 10u
#define MODEL_MAX_PLACEHOLDERS 16u
#define MODEL_MAX_TEXT 255u /* bytes of a name or a value; an expression holds no longer one */

/* From `at_least` up to the next level. The first begins at 0. */
struct model_level {
    double at_least;
    double m, u; /* shares of the matches, and of random pairs, that reach it and no higher one */
    double related; /* the same of related pairs; 0 in a model without them */
};

struct model_kind;

/* A comparison of a column of A with one of B. Texts are owned by the model. */
struct model_column {
    char *name[2]; /* of A, of B */
    const struct model_kind *kind;
    char *metric;       /* as --metric takes it: "jaro_winkler", "cosine:3" */
    char *rules;        /* as --normalize takes them; "" for none */
    bool rarity;        /* equal values weigh by how rare they are in both files … */
    double rarest_bits; /* … and none counts as rarer than this: log2(1 / f) of the rarest value
                           that both files had */
    uint32_t n_levels;  /* at least 2; the last one begins at 1 */
    struct model_level level[MODEL_MAX_LEVELS];
};

/* A record that stands for nobody, such as "Test", "Patient", "2000-01-01": one that is in a file
 * many times and says little. It matches no record. */
struct model_placeholder {
    char *value[MODEL_MAX_COLUMNS]; /* cleaned, as compared, by column; NULL: missing. Owned */
    uint64_t records[2];            /* of A and of B that are such a one */
};

struct model {
    uint64_t records[2]; /* of the files that it was learned from; one file: records[1] is 0 */
    bool one_to_one;
    double matches;       /* pairs that match, as learning found */
    double related_pairs; /* related pairs; 0: the model has no such class */
    double prior_bits;    /* log2 of the odds of a pair before anything of it is known */
    double related_bits;  /* log2 of matches / related_pairs */
    double threshold_bits;
    char *nulls; /* the values that are missing, as --null takes them; NULL: none */
    uint32_t n_columns;
    struct model_column column[MODEL_MAX_COLUMNS];
    uint32_t n_placeholders;
    struct model_placeholder placeholder[MODEL_MAX_PLACEHOLDERS];
};

/* Does it have a class of related pairs? */
static inline bool model_has_related(const struct model *m)
{
    return m->related_pairs > 0;
}

/* What the levels of a column weigh, in bits. They do not fall from one level to the next. */
struct model_bits {
    double random[MODEL_MAX_LEVELS];  /* against random pairs */
    double related[MODEL_MAX_LEVELS]; /* against related ones */
    double rare;       /* with `rarity`, an equal value of the share f of all records weighs
                          rare + min(log2(1 / f), rarest_bits), and never less than 0 */
    bool one_is_equal; /* the metric is 1 for equal texts alone: not for words in another order, or
                          for dates that are written in another way */
};

struct model_bits model_column_bits(const struct model_column *c);

/* The level of a value of the metric, which is no NaN. */
uint32_t model_column_level(const struct model_column *c, double value);

/* What a pair's comparison of a column comes to. */
struct model_weighed {
    bool missing; /* a value is missing: it adds nothing */
    uint32_t level;
    bool rare; /* its bits follow from how rare the value is */
    double bits, related_bits;
};

/* From the bits of the column, from the value of its metric (NaN: missing), and from what rarity()
 * says of it: 0 where the texts differ or the column has no rarity. */
struct model_weighed model_weigh(const struct model_column *c, const struct model_bits *bits,
                                 double value, double rarity);

/* Frees what *m owns, and zeroes it. Harmless on a zeroed one. */
void model_free(struct model *m);

#endif
