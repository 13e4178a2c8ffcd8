/* Searching for pairs of values whose words in common weigh enough: the inside of the join of
 * words (join_words.c).
 *
 * A posting says that a value has a word, and where in the list of its words, which begins with the
 * rarest. All postings of one word, of A and of B, are a group. Values of a group share its word;
 * within it, those that share one more word are a smaller group, and so on: the words on the way
 * are the path. Each pair that matches is found once, on the path of the first words that it has in
 * common (adaptive prefixes: Wang, Li and Feng, 2012; weights and bounds: Bayardo, Ma and Srikant,
 * 2007; Xiao et al., 2011). */
#ifndef AXB_MATCHER_JOIN_WORDS_SEARCH_H
#define AXB_MATCHER_JOIN_WORDS_SEARCH_H

#include "matcher/join/join.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value that has the word of a group. */
struct words_posting {
    uint32_t place;
    uint32_t at;    /* which of its words that is */
    double rest;    /* the weight of those that come after it */
    double inverse; /* 1 / sqrt of the weight of all its words */
};

/* The postings of one word, by falling inverse: values of little weight come first. */
struct words_list {
    const struct words_posting *posting;
    uint32_t n;
};

/* Where bounds are computed in doubles, they are so much too low: far more than is rounded, and far
 * less than lets other pairs pass in number. */
#define WORDS_SLACK (1 - 1e-9)

/* The memory of a search, of one thread. */
struct words_search {
    const struct join_job *job;
    struct join_sink *sink;
    struct join_stats *stats;
    double need;             /* with slack */
    char *memory;            /* taken from the front on, and given back at the end of each group */
    size_t capacity, in_use; /* bytes */
};

/* Memory for groups whose values have up to n_postings further words in all. ERR_OS. */
bool words_search_open(struct words_search *s, const struct join_job *job, uint64_t n_postings,
                       struct err *e);
void words_search_close(struct words_search *s);

/* The least weight that the words in common must have, of a value whose words weigh `total`,
 * whatever the other one is: sqrt(common / total) is at least the score. With slack. */
double words_least_common(double need, double total);

/* Sorts n keys, word << 32 | number, by their words; equal words keep their order. `spare` has room
 * for as many. */
void words_sort_keys(uint64_t *key, uint64_t *spare, uint32_t n);

/* The end of the keys, n in all and sorted, that have the word of the one at `from`. */
uint32_t words_end_of_word(const uint64_t *key, uint32_t n, uint32_t from);

/* Reports the pairs of a group whose first word in common is that of the group. `same`: both lists
 * are the same, and each pair is to be reported once. */
void words_search_group(struct words_search *s, uint32_t word, struct words_list x,
                        struct words_list y, bool same);

#endif
