/* The metrics as a scorer calls them: axb_levenshtein(a->name, b->name).
 *
 * Each thread has states of its own, opened at the first call of a metric. A metric is fast on one
 * A against many B, because its state keeps the prepared A. A scorer that compares five columns of
 * one pair with the same metric has five such A at a time. So a metric has STATES states, and a
 * call takes the one that has its A. */
#include "data/text.h"
#include "matcher/metric/metric.h"
#include "matcher/scorer/scorer_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATES 8u /* so many columns can be compared with one metric at full speed */

/* The states of one metric with one argument (0 if it takes none), of one thread. */
struct states {
    struct states *next;    /* of the same metric, with another argument */
    struct states *sibling; /* of the same thread */
    struct metric_use use;
    double argument;
    uint32_t hot;  /* the state that was used last */
    uint32_t turn; /* the state that is given up next */
    uint32_t a_id[STATES];
    struct metric_state *state[STATES];
};

static const struct dictionary *bound;
static const struct alphabet no_alphabet;
static pthread_key_t thread_states; /* struct states *, linked by sibling */
static pthread_once_t once = PTHREAD_ONCE_INIT;

void scorer_bind_dictionary(const struct dictionary *dictionary)
{
    bound = dictionary;
}

const struct dictionary *scorer_dictionary(void)
{
    return bound;
}

/* ---- States ----------------------------------------------------------------------------------*/

static void close_states(void *first)
{
    for (struct states *s = first, *next; s; s = next) {
        next = s->sibling;
        for (uint32_t i = 0; i < STATES; i++)
            if (s->state[i])
                metric_close(s->state[i]);
        free(s);
    }
}

static void make_key(void)
{
    pthread_key_create(&thread_states, close_states);
}

/* A scorer cannot say that a call failed, and a wrong score would be worse than none: ends the
 * process. */
static _Noreturn void fail(const struct err *e)
{
    err_print(e, stderr);
    _exit((int)e->status);
}

static struct states *open_states(const char *name, unsigned n_args, double argument)
{
    struct err e = {0};
    struct states *s = calloc(1, sizeof *s);
    if (!s) {
        err_set(&e, ERR_OS, NULL, "no memory for axb_%s", name);
        fail(&e);
    }
    if (!metric_find(name, strlen(name), &s->use, &e))
        fail(&e);
    s->argument = argument;
    if (n_args) {
        s->use.n_args = n_args;
        s->use.args[0] = argument;
    }
    if (!metric_check(&s->use, &e))
        fail(&e);
    pthread_once(&once, make_key);
    s->sibling = pthread_getspecific(thread_states);
    pthread_setspecific(thread_states, s);
    return s;
}

static struct metric_state *open_state(const struct states *s)
{
    struct err e = {0};
    struct metric_state *state;
    if (!metric_open(&state, &s->use, bound ? &bound->alphabet : &no_alphabet,
                     bound ? bound->max_length : 0, &e))
        fail(&e);
    return state;
}

/* Finds or opens the states of the metric with this argument. *first is the list of the thread. */
static struct states *find_states(struct states **first, const char *name, unsigned n_args,
                                  double argument)
{
    for (struct states *s = *first; s; s = s->next)
        if (s->argument == argument)
            return s;
    struct states *s = open_states(name, n_args, argument);
    s->next = *first;
    return *first = s;
}

/* The state that has the A of this id, or gets it. */
static struct metric_state *state_for(struct states *s, uint32_t id)
{
    if (s->a_id[s->hot] == id)
        return s->state[s->hot];
    for (uint32_t i = 0; i < STATES; i++) {
        if (s->a_id[i] == id) {
            s->hot = i;
            return s->state[i];
        }
    }
    s->hot = s->turn;
    s->turn = (s->turn + 1) % STATES;
    if (!s->state[s->hot])
        s->state[s->hot] = open_state(s);
    s->a_id[s->hot] = id;
    return s->state[s->hot];
}

/* ---- Calls -----------------------------------------------------------------------------------*/

static double score_plain(const struct states *s, axb_str a, axb_str b)
{
    struct err e = {0};
    double score;
    if (text_valid_prefix(a.p, a.n) != a.n || text_valid_prefix(b.p, b.n) != b.n)
        return metric_missing(s->use.view);
    if (!metric_score_utf8(&s->use, (struct bytes){a.p, a.n}, (struct bytes){b.p, b.n}, &score, &e))
        fail(&e);
    return score;
}

static inline double call(struct states **first, const char *name, unsigned n_args, double argument,
                          axb_str a, axb_str b)
{
    struct states *s = *first;
    if (!s || s->argument != argument)
        s = find_states(first, name, n_args, argument);
    if (!a.p || !b.p)
        return metric_missing(s->use.view);
    if (!a.id || !b.id || !bound)
        return score_plain(s, a, b);
    return metric_score(state_for(s, a.id), scorer_text(bound, a), scorer_text(bound, b));
}

#define CALL(name)                                                                                 \
    double axb_##name(axb_str a, axb_str b)                                                        \
    {                                                                                              \
        static _Thread_local struct states *first;                                                 \
        return call(&first, #name, 0, 0, a, b);                                                    \
    }

#define CALL_WITH(name, type, argument)                                                            \
    double axb_##name(axb_str a, axb_str b, type argument)                                         \
    {                                                                                              \
        static _Thread_local struct states *first;                                                 \
        return call(&first, #name, 1, (double)argument, a, b);                                     \
    }

extern inline double axb_equal(axb_str a, axb_str b);

CALL(levenshtein)
CALL(levenshtein_distance)
CALL(osa)
CALL(osa_distance)
CALL(damerau_levenshtein)
CALL(damerau_levenshtein_distance)
CALL(hamming)
CALL(hamming_distance)
CALL(indel)
CALL(indel_distance)
CALL(ratio)
CALL(partial_ratio)
CALL(token_sort_ratio)
CALL(token_set_ratio)
CALL(token_ratio)
CALL(partial_token_sort_ratio)
CALL(partial_token_set_ratio)
CALL(partial_token_ratio)
CALL(QRatio)
CALL(WRatio)
CALL(lcsseq)
CALL(lcsseq_distance)
CALL(prefix)
CALL(prefix_distance)
CALL(postfix)
CALL(postfix_distance)
CALL(jaro)
CALL(jaro_winkler)
CALL(soundex)
CALL(double_metaphone)
CALL(nysiis)
CALL(metaphone)
CALL(match_rating)
CALL_WITH(jaccard, int, q)
CALL_WITH(dice, int, q)
CALL_WITH(cosine, int, q)
CALL_WITH(overlap, int, q)
CALL_WITH(number, double, scale)
CALL(number_distance)
CALL(number_ratio)
CALL_WITH(days, double, scale)
CALL(days_distance)
CALL_WITH(km, double, scale)
CALL(km_distance)
