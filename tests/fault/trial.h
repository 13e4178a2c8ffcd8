/* What every trial is held to, and what came out of all of them. */
#ifndef AXB_TESTS_FAULT_TRIAL_H
#define AXB_TESTS_FAULT_TRIAL_H

#include "tests/fault/kinds.h"
#include "tests/fault/place.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What is wanted of a part; from the command line. */
struct ask {
    uint64_t n;    /* trials; 0: the part's own number */
    uint64_t from; /* the first of them */
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
    _Atomic uint64_t libraries; /* that crashed, or ended the program: no failures of ours */
};

/* What a good run of a kind gives. */
struct good {
    struct result result;
    double seconds; /* how long it took */
    bool resumes;   /* it can be taken up again when it fails */
};

/* Runs a command without any fault; ends the program if it fails. */
void trial_good(const struct place *p, const char *const argv[], struct good *g);

/* How long a run may take. */
#define TRIAL_SECONDS 120.0

/* How a run came out. */
struct outcome {
    int status;        /* as waitpid gives it */
    bool late, stayed; /* as in struct tracer_told */
    bool library;      /* if it died, a library did that, see culprit.h */
    bool mute;         /* it may have been kept from saying what is wrong */
};

/* What was in out.csv before; a run that fails leaves it alone. */
#define TRIAL_FORMER "what was here before\n"

/* Is the outcome as promised? A documented exit status, never a signal, never late; 0 with the
 * bytes of the good run alone, else the former output untouched; and nothing left behind. If not,
 * `why` says what is wrong. */
bool trial_judge(const struct place *p, const struct good *g, const struct outcome *o, char *why,
                 size_t bytes);

/* The same, and it must have done what it was told to, since nothing that fails was done to it. */
bool trial_judge_done(const struct place *p, const struct good *g, const struct outcome *o,
                      char *why, size_t bytes);

/* Takes up a run that failed, if that is possible: it must give the good bytes now, else `why` says
 * what is wrong. */
void trial_go_on(const struct place *p, const char *const argv[], const struct good *g, int status,
                 char *why, size_t bytes);

/* Counts the outcome, and prints what is wrong with it, if anything is: `fault` says what was done,
 * `again` is the rest of the command that repeats it. */
void trial_count(struct tally *t, const struct outcome *o, const char *why, const char *fault,
                 const char *again);

/* Waits for a run, and kills it when it takes longer. */
struct outcome trial_wait(pid_t coordinator, double seconds);

/* An order of n cases in which any number of them is spread evenly over all. */
struct trial_order {
    uint64_t n, first, step;
};

void trial_order_open(struct trial_order *o, uint64_t n, uint64_t seed);
uint64_t trial_order_at(const struct trial_order *o, uint64_t i);

/* Calls f(place, i, context) for each i < n: in `p`, the current directory, or, when they are many,
 * spread over ask->jobs processes, each with a place of its own with the same tables. */
void trial_each(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                void (*f)(const struct place *p, uint64_t i, void *context), void *context);

/* The same with ask->n, or else `n`, trials, and then on until there were `faults` faults. Returns
 * how many there were. */
uint64_t trial_until(const struct ask *ask, struct tally *t, const struct place *p, uint64_t n,
                     uint64_t faults, void (*f)(const struct place *p, uint64_t i, void *context),
                     void *context);

/* What a part has at hand that tries every kind of run. */
struct trial_kind {
    const struct ask *ask;
    struct tally *tally;
    const struct kind *kind; /* the present one */
    const char *argv[2 * KINDS_WORDS];
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
