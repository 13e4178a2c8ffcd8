/* Inside metric_many: the texts, and the ways in which metrics are computed for all of them.
 *
 * Shared by the metric_many*.c files; nobody else includes it. */
#ifndef AXB_MATCHER_METRIC_METRIC_MANY_INTERNAL_H
#define AXB_MATCHER_METRIC_METRIC_MANY_INTERNAL_H

#include "matcher/kernel/kernel_many.h"
#include "matcher/metric/metric_internal.h"
#include "matcher/metric/metric_many.h"

#define MANY_SYMBOLS 256u /* with 0, which no text in a lane has */
#define MANY_LENGTHS (MANY_LENGTH + 1)

/* Many texts and, once they are asked for, their lanes. */
struct metric_texts {
    struct alphabet alphabet;
    uint32_t n, most;
    struct text *text;
    uint64_t version; /* counts metric_texts_set */

    bool in_lanes;               /* what follows is that of these texts */
    uint16_t *symbol;            /* of a code; 0: no text in a lane has it; n_codes + 1 */
    uint32_t code[MANY_SYMBOLS]; /* of a symbol */
    uint32_t n_symbols;
    uint16_t *order;                          /* the texts by length */
    uint32_t begin[MANY_LENGTHS + 2];         /* in `order`: the first that is at least so long */
    uint32_t group_end[MANY_LANE_SIZES];      /* in `order`: lanes of 8 bits, of 16 … */
    struct many_lanes lanes[MANY_LANE_SIZES]; /* of each group */
    char *rows, *masks, *lengths;             /* of all lanes; at multiples of a vector */
};

/* Memory for `lanes`; false without. many_lanes_close is due even then. */
bool many_lanes_open(struct metric_texts *t);
void many_lanes_close(struct metric_texts *t);

/* A way in which metrics are computed for many texts at once. */
struct many_way {
    bool (*serves)(const struct metric *metric);
    size_t own_bytes;
    bool (*open)(struct metric_many *m);  /* allocates what the own part holds; false without
                                             memory. The own part is zeroed before */
    void (*close)(struct metric_many *m); /* even if it is half open */
    void (*lay)(struct metric_many *m, struct metric_texts *t); /* makes what it needs of texts */
    void (*scores)(struct metric_many *m, const struct text *a, struct metric_texts *t,
                   double *scores); /* of texts that were laid */
};
extern const struct many_way many_way_lanes, many_way_sets, many_way_sounds;

struct metric_many {
    struct metric_state *state;
    const struct many_way *way; /* NULL: one by one */
    void *own;                  /* the way's part */
    uint32_t max_length, most;
    const struct metric_texts *laid; /* the texts that were laid … */
    uint64_t laid_version;           /* … and their version */
};

/* The score of a against text i. */
static inline double many_one(struct metric_many *m, const struct text *a,
                              const struct metric_texts *t, uint32_t i)
{
    return metric_score_texts(m->state, a, &t->text[i]);
}

#endif
