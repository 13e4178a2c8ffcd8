/* What the pieces of a prepared run hold (shard/run_file.h). For the files whose names begin with
 * prepared; nobody else includes it. */
#ifndef AXB_MATCHER_PREPARED_PREPARED_INTERNAL_H
#define AXB_MATCHER_PREPARED_PREPARED_INTERNAL_H

#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/options/opts.h"
#include "matcher/resolve/choice.h"

#include <stdbool.h>
#include <stdint.h>

/* RUN_FACTS: texts, each ended by a zero byte, one after the other. */
enum prepared_fact {
    PREPARED_IDENTITY, /* of the run, as in identity.h */
    PREPARED_PATH_A,   /* the inputs as users know them */
    PREPARED_PATH_B,
    PREPARED_SCORER,  /* the user's file, or what stands for it; "" without one */
    PREPARED_EXPLAIN, /* the command that explains a pair; "": none is named */
    PREPARED_FACTS
};

/* Pointers of a plan_term as numbers, or PREPARED_NONE. */
#define PREPARED_NONE UINT32_MAX
struct prepared_term {
    uint32_t join; /* row of join_at */
    uint32_t half; /* the piece RUN_HALF + half */
};

/* The same of a plan_join. */
struct prepared_join {
    struct prepared_term by, also;
    uint32_t half, signatures;
};

/* RUN_VALUES: as they are in memory, without what points. */
struct prepared_values {
    struct query query;
    struct plan plan;
    struct prepared_join join[EXPR_MAX_OPTIONS]; /* of plan.join */
    struct choice choice;
    uint32_t better; /* enum choose_better */
    uint32_t format;
    bool self, split;
    enum opts_on_crash on_crash;
    uint64_t max_rejects;
    uint64_t sandbox; /* 1: around the user's code, in all parts */
    double pair_timeout_seconds;
    uint64_t scorer_prepared_bytes; /* of a record */
    uint64_t n_scorer_fields;       /* of scorer.fields, for messages */
    struct scorer_field scorer_field[INDEX_MAX_FIELDS];
    uint32_t isa;            /* of the machine that compiled the user's code */
    char condition[2][1024]; /* of A, of B: as in struct conditions */
};

/* A number that changes with the layout of what pieces hold. */
uint64_t prepared_layout(void);

#endif
