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

/* The beginning of a text. The longest text has `longest` characters, and is cut to `most`. Others
 * are cut in proportion, so that a pair is as unequal in length as the whole texts are. No text is
 * cut to less than half of `most`, or short texts among long ones would be next to nothing. The
 * beginning has the id of the whole text: a state must be given texts that are cut alike. */
static inline struct text score_beginning(struct text text, uint32_t most, uint32_t longest)
{
    const uint32_t half = text.n < most / 2 ? text.n : most / 2;
    const uint32_t share = most < longest ? (uint32_t)((uint64_t)text.n * most / longest) : text.n;
    text.n = share > half ? share : half;
    return text;
}

/* Seconds of a score by the product of both lengths: the sum of seconds × product ^ power. */
struct score_law {
    double seconds[2], power[2];
};

/* What a score takes on average, and the product of the lengths of its texts. */
struct score_time {
    double seconds, cells;
};

/* The law that two times of the same pairs follow, of shorter and of longer beginnings. If seconds
 * grow by a power between 1/2 and 1, some of them grow by the length and others by the product. */
struct score_law score_law_between(struct score_time shorter, struct score_time longer);

double score_law_seconds(const struct score_law *law, double cells);

/* Seconds of one core for a score of a value of A with one of B, on average over all pairs. Takes
 * some 10 ms, or the time of one score where texts must not be cut; next to nothing if it was asked
 * before in this process. 0 where a side is empty, or without memory. */
double score_cost_seconds(const struct metric_use *use, const struct dictionary *dictionary,
                          const struct side *a, const struct side *b);

/* The same for those who need a score of `need`, and ask metric_score_reaching. */
double score_cost_reaching(const struct metric_use *use, const struct dictionary *dictionary,
                           const struct side *a, const struct side *b, double need);

#endif
