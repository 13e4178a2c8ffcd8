/* Everything that people are drawn from: names, composed names, places, nicknames. Read-only once
 * open, so that all threads share it. */
#ifndef AXB_DATA_SAMPLE_WORLD_H
#define AXB_DATA_SAMPLE_WORLD_H

#include "core/err.h"
#include "data/sample/rng.h"
#include "data/sample/str.h"
#include "data/sample/weighted_list.h"

struct world_style {
    unsigned weight, mid_percent;
    struct words start, mid, end;
};

/* Ways to compose names, drawn by weight. */
struct world_styles {
    struct world_style style[32];
    unsigned n, total_weight;
};

struct world_culture {
    const struct culture *from;
    struct words male, female, surname;
};

struct place {
    const char *city;  /* owned by world.city */
    const char *state; /* two letters */
    unsigned zip3;     /* first three digits of its postal codes */
    unsigned zips;     /* how many postal codes it has, 1..100 */
};

struct world {
    struct words surname, male, female, street, street_type;
    struct world_styles surname_style, male_style, female_style;
    struct world_culture culture[32];
    unsigned n_cultures;
    struct words city; /* "Name:ZIP3:weight" taken apart; parallel to place */
    struct place *place;
    struct words *nick; /* one list per group: the full form first */
    unsigned n_nicks;
};

bool world_open(struct world *w, struct err *e);
void world_close(struct world *w);

/* Draws a first name, by list or composed, and appends it. */
void world_first(const struct world *w, struct rng *g, bool female, struct str *out);

/* The same for a surname. */
void world_surname(const struct world *w, struct rng *g, struct str *out);

/* A culture whose letters are accented Latin, or of another script. */
const struct world_culture *world_draw_culture(const struct world *w, struct rng *g, bool latin);

const struct place *world_draw_place(const struct world *w, struct rng *g);

/* Another form of a first name, short or full; NULL if it has none. */
const char *world_nick(const struct world *w, struct rng *g, const struct str *first);

#endif
