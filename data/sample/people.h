/* Households: people who share an address, mostly a surname, and are easily taken for each other.
 *
 * Couples, children, twins and sons named like their father are the hard negatives: nearly the same
 * record, another person. What is drawn here is clean; errors.h makes mistakes in copies of it. */
#ifndef AXB_DATA_SAMPLE_PEOPLE_H
#define AXB_DATA_SAMPLE_PEOPLE_H

#include "data/sample/rng.h"
#include "data/sample/str.h"
#include "data/sample/world.h"

enum field {
    FIELD_FIRST,
    FIELD_LAST,
    FIELD_SEX,
    FIELD_DOB,
    FIELD_STREET,
    FIELD_CITY,
    FIELD_ZIP,
    FIELD_PHONE,
    FIELD_EMAIL,
    FIELD_COUNT
};

struct record {
    struct str field[FIELD_COUNT]; /* an empty one is missing */
    const char *state;             /* of the address; not a column of its own */
    bool female;                   /* as it is, whatever the column says */
    bool blank_phone;              /* the phone is written as "", present but empty */
    char initial;                  /* of the middle name */
};

enum { HOUSEHOLD_MAX = 7 };

struct household {
    struct record person[HOUSEHOLD_MAX];
    unsigned n;
};

void household_draw(struct household *h, const struct world *w, struct rng *g);

/* Draw a new address (street, city, zip, state) and phone or e-mail into r. */
void address_draw(struct record *r, const struct world *w, struct rng *g);
void phone_draw(struct record *r, struct rng *g);
void email_draw(struct record *r, struct rng *g);

#endif
