/* Which of the pairs that match are kept, and what is written besides: a value made from the
 * options.
 *
 * What concerns one row of A alone, such as the best matches of each row, is done by workers while
 * they write that row. For what concerns other pairs as well, all pairs are collected first
 * (collect.h). */
#ifndef AXB_MATCHER_RESOLVE_CHOICE_H
#define AXB_MATCHER_RESOLVE_CHOICE_H

#include "matcher/choose/found.h"
#include "matcher/engine/query.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

enum choice_pairing {
    CHOICE_MANY,    /* a record may have several partners */
    CHOICE_GREEDY,  /* one at most: the best pair first */
    CHOICE_OPTIMAL, /* one at most: the greatest total score */
};

struct choice {
    uint32_t top[2]; /* the best of each row of A, of each row of B; 0: all */
    enum choice_pairing pairing;
    bool unmatched[2];   /* rows of A, of B, that have no partner are written as well */
    bool unmatched_only; /* … and no pairs */
    bool linked;         /* the columns of A and B beside each other */
    bool clusters;       /* groups of records are made of the pairs */
    double written_from; /* pairs of a lower score count in clusters, and are not written */
    bool collects;       /* all pairs must be known before one is written */
};

/* `self`: the run is a dedupe, where the sides of a pair are one table. */
struct choice choice_make(const struct opts *o, bool self);

/* From which score on pairs are found: --min, or --cluster-floor below it. */
double choice_found_from(const struct opts *o);

/* Does it leave out pairs that match, from the output at least? */
bool choice_leaves_out(const struct choice *choice);

/* What it keeps, as a part of a sentence: "the best match of each record of A". "" if it leaves out
 * nothing. */
#define CHOICE_TEXT_BYTES 200u
void choice_describe(const struct choice *choice, bool self, char text[CHOICE_TEXT_BYTES]);

/* Which of two scores is the better one. Less is better where the score is one distance, and where
 * only --max is given. */
enum choose_better choice_better(const struct opts *o, const struct query *query);

/* All that choosing from the pairs of several parts takes, as a line of facts of a part. */
struct choice_fact {
    struct choice choice; /* top and pairing */
    enum choose_better better;
    struct found_rows rows;
    uint32_t n_terms; /* of a line of the output */
};
#define CHOICE_FACT_BYTES 160u
void choice_fact_print(const struct choice_fact *fact, char text[CHOICE_FACT_BYTES]);
/* Finds the line among others; false if none is there. */
bool choice_fact_read(struct choice_fact *fact, const char *facts);

#endif
