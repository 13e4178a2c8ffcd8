/* What every trial must do, and what came out of all of them. */
#ifndef AXB_TESTS_FAULT_TRIAL_H
#define AXB_TESTS_FAULT_TRIAL_H

#include "tests/fault/kinds.h"
#include "tests/fault/place.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What is asked of a part, from the command line. */
struct ask {
    uint64_t n;    /* of trials; 0: the part's own number */
    uint64_t from; /* the number of the first */
    uint64_t seed;
    bool is_long;
    unsigned jobs;
    bool stays;       /* what fails once goes on failing */
    double seconds;   /* no trial begins later; 0: no limit */
    const char *kind; /* this kind alone, or NULL */
    const char *only; /* this case alone, or NULL */
};

/* Counted by all jobs at once. */
struct tally {
    _Atomic uint64_t trials, by_status[256], faults, failures, left_out;
    _Atomic uint64_t
        libraries; /* that crashed, or ended the program: these are no failures of ours */
};

/* What a good run of a kind gives. */
struct good {
    struct result result;
    double seconds; /* its duration */
    bool resumes;   /* it can be resumed when it fails */
};

/* Runs a command without any fault; ends the program if it fails. */
void trial_good(const struct place *p, const char *const argv[], struct good *g);

/* The longest that a run may take. */
#define TRIAL_SECONDS 120.0

/* How a run came out. */
struct outcome {
    int status;        /* as waitpid gives it */
    bool late, stayed; /* as in struct tracer_told */
    bool library;      /* if it died, a library did that, see culprit.h */
    bool mute;         /* it may have been kept from saying what is wrong */
};

/* out.csv before a run; a run that fails leaves it alone. */
#define TRIAL_FORMER "what was here before\n"

/* Is the outcome as promised? The status is a documented one, no signal ends the run, and it is
 * never late. With 0 the bytes are those of the good run; else the former output is untouched.
 * Nothing is left. If not, `why` says what is wrong. */
bool trial_judge(const struct place *p, const struct good *g, const struct outcome *o, char *why,
                 size_t bytes);

/* The same, and the run must have succeeded, because nothing that fails was done to it. */
bool trial_judge_done(const struct place *p, const struct good *g, const struct outcome *o,
                      char *why, size_t bytes);

/* Resumes a run that failed, if that is possible. It must give the good bytes now; else `why` says
 * what is wrong. */
void trial_go_on(const struct place *p, const char *const argv[], const struct good *g, int status,
                 char *why, size_t bytes);

/* Counts the outcome, and prints what is wrong with it, if anything is. `fault` says what was done,
 * `again` is the rest of the command that repeats it. */
void trial_count(struct tally *t, const struct outcome *o, const char *why, const char *fault,
                 const char *again);

/* Waits for a run, and kills it when it takes longer. */
struct outcome trial_wait(pid_t coordinator, double seconds);

/* An order of n cases: the first k of them are spread evenly over all, for each k. */
struct trial_order {
    uint64_t n, first, step;
};

void trial_order_open(struct trial_order *o, uint64_t n, uint64_t seed);
uint64_t trial_order_at(const struct trial_order *o, uint64_t i);

/* Calls f(place, i, context) for each i < n. A few are done in `p`, the current directory; many are
 * spread over ask->jobs processes, each with a place of its own with the same tables. */
void trial_each(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                void (*f)(const struct place *p, uint64_t i, void *context), void *context);

/* The same with ask->n trials, or else `n`, and then on until there were `faults` faults. Returns
 * the number of faults. */
uint64_t trial_until(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                     uint64_t faults, void (*f)(const struct place *p, uint64_t i, void *context),
                     void *context);

/* What a part has at hand that tries every kind of run. */
struct trial_kind {
    const struct ask *ask;
    struct tally *tally;
    const struct kind *kind; /* the present one */
    const char *argv[2 * KINDS_ARGUMENTS];
    struct place place;
    struct good good;
};

/* Opens a place with tables of so many rows, and calls f(context) for each kind that ask wants and
 * `takes` accepts (NULL: all of them); s is in *context. */
void trial_kinds(struct trial_kind *s, const struct ask *ask, unsigned rows,
                 bool (*takes)(const struct kind *k), void (*f)(void *context), void *context);

/* The share of n faults that each of these kinds gets in the long form; 0 in the short one. */
uint64_t trial_share(const struct ask *ask, bool (*takes)(const struct kind *k), uint64_t n);

/* As trial_count, of trial i of a part whose trials follow from the seed. */
void trial_count_seeded(const struct trial_kind *s, const char *part, uint64_t i,
                        const struct outcome *o, const char *why, const char *fault);

/* Prints the figures of a part; false if anything failed. */
bool trial_report(const char *part, const struct tally *t, const char *faults);

/* A tally that is shared with the processes that trial_each starts. */
struct tally *trial_tally(void);

double trial_seconds(void);

#endif
