/* What one score of a job's metric takes, measured with a bound on the work.
 *
 * A score of two texts of 200,000 characters may take seconds, so long texts are not simply tried.
 * Their beginnings are, each time of more characters, until a few milliseconds are gone. What the
 * last two lengths took says how seconds grow with the product of both lengths, and so what whole
 * texts take. Whoever asks again about the same metric and texts is told the same (score_memo.h).
 * It serves the planner and people, and never decides about a pair. */
#ifndef AXB_MATCHER_JOIN_SCORE_COST_H
#define AXB_MATCHER_JOIN_SCORE_COST_H

#include "matcher/index/dictionary.h"
#include "matcher/metric/metric.h"

#include <stdbool.h>
#include <stdint.h>

/* Texts up to so many characters are scored whole, by everyone who samples. */
#define SCORE_WHOLE 1024u

/* May a metric be asked about the beginning of a text in place of the text? Not if it looks texts
 * up in the dictionary, or reads them as bytes or figures. */
bool score_may_cut(const struct metric *metric);

/* The first `most` characters of a text, by the id of all of it: a state must be given texts that
 * are cut to one length alone. */
static inline struct text score_beginning(struct text text, uint32_t most)
{
    text.n = text.n < most ? text.n : most;
    return text;
}

/* Seconds of one core for a score of a value of A with one of B, on average over all pairs. Takes
 * some 10 ms, or the time of one score where texts must not be cut; next to nothing if it was asked
 * before in this process. 0 where a side is empty, or without memory. */
double score_cost_seconds(const struct metric_use *use, const struct dictionary *dictionary,
                          const struct side *a, const struct side *b);

#endif
