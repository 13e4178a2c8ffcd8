/* The words that invented people are made of: names, places, streets, nicknames, morphemes.
 *
 * All lists were written by hand for axb from general knowledge: which names are common and how
 * common, very roughly. They come from no data set and are no statistics. Words stand in one
 * string, separated by blanks; '_' inside a word becomes a blank. */
#ifndef AXB_DATA_SAMPLE_LISTS_H
#define AXB_DATA_SAMPLE_LISTS_H

#include <stdbool.h>

/* Words of the same weight; a list ends with a NULL. */
struct word_group {
    unsigned weight; /* of each word, relative to the list; 1..2000 */
    const char *words;
};

extern const struct word_group list_surname[]; /* about 2400, weight: roughly per 100,000 people */
extern const struct word_group list_male[];    /* weight: roughly per 100,000 men */
extern const struct word_group list_female[];
extern const struct word_group list_street[]; /* what streets are called after */
extern const struct word_group list_street_type[];

/* Places of one state: "Name:ZIP3:weight", ZIP3 the first three digits of its postal codes. */
struct place_group {
    const char *state;
    const char *places;
};
extern const struct place_group list_place[]; /* ends with a NULL state */

/* Names that stand for each other: each string is the full form and then its short forms. */
extern const char *const list_nick[]; /* ends with a NULL */

/* Families whose names are written with other letters than A to Z. */
struct culture {
    const char *name;
    unsigned weight;           /* relative among cultures of the same kind */
    bool latin;                /* accented Latin letters; otherwise another script */
    const char *female_ending; /* added to the surname of women, or "" */
    const char *male, *female, *surname;
};
extern const struct culture list_culture[]; /* ends with a NULL name */

/* A way to compose names: start, sometimes a middle, end. */
struct style {
    const char *name;
    unsigned weight;
    unsigned mid_percent; /* how often there is a middle */
    const char *start, *mid, *end;
};
extern const struct style list_surname_style[]; /* ends with a NULL name */
extern const struct style list_male_style[];
extern const struct style list_female_style[];

#endif
