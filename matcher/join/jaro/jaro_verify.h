/* Verifying candidates of a Jaro join: any pairs, gathered into batches that fill a vector. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_VERIFY_H
#define AXB_MATCHER_JOIN_JARO_JARO_VERIFY_H

#include "matcher/join/jaro/jaro_rule.h"
#include "matcher/join/jaro/jaro_texts.h"

/* What is the same for many candidates. */
struct jaro_verify_task {
    const struct join_job *job;
    const struct jaro_rule *rule;
    const struct jaro_texts *a, *b;
    unsigned prefix; /* of every candidate, as scores count it */
    struct join_sink *sink;
    struct join_stats *stats; /* verified and matches are added to */
};

struct jaro_verify; /* a worker's scratch */

bool jaro_verify_open(struct jaro_verify **v, const struct join_job *job, struct err *e);
void jaro_verify_close(struct jaro_verify *v);

/* The task stays valid and unchanged until jaro_verify_end, which verifies what still waits. */
void jaro_verify_begin(struct jaro_verify *v, const struct jaro_verify_task *task);
void jaro_verify_end(struct jaro_verify *v);

/* A value of at most JARO_SHORT_LENGTH_MAX characters of a byte each. Of both values of a pair the
 * bytes of one JARO_SHORT_LENGTH can be read: the shortest that both fit. */
struct jaro_short {
    const uint8_t *codes;
    uint32_t position, length;
};

/* Adds a candidate of two short values. */
void jaro_verify_short(struct jaro_verify *v, struct jaro_short a, struct jaro_short b);

/* Adds any candidate of at most JARO_PAIR_LENGTH characters on each side; fastest with many for one
 * `a` in turn. */
void jaro_verify_pair(struct jaro_verify *v, uint32_t a, struct text text_a, uint32_t b,
                      struct text text_b);

#endif
