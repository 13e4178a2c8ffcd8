/* Makes one system call of one process of a run fail, from outside (ptrace). So it makes no
 * difference whether the call is ours, a library's or the C library's own.
 *
 * Processes are numbered in the order in which they are started: 0 is the coordinator, k its k-th
 * child. What these start in turn (compilers) runs undisturbed. Calls are counted from 1 for each
 * process, over all of its threads, those of calls_rule() that never fail left out. The
 * coordinator's begin after the dynamic loader, since there is no axb before. Threads and workers
 * take turns as they like, so the n-th call need not be the same one the next time. */
#ifndef AXB_TESTS_FAULT_TRACER_H
#define AXB_TESTS_FAULT_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACER_PROCESSES 64

struct tracer_ask {
    unsigned process;
    uint64_t call;    /* 0: none fails, all are counted */
    unsigned flavour; /* of the error, see calls_error */
    bool stays;       /* from then on all calls of the same number in that process fail */
    double seconds;   /* a run that takes longer is late */
};

struct tracer_told {
    int status;           /* of the coordinator, as waitpid gives it */
    bool late;            /* it did not end in time and was killed */
    bool stayed;          /* processes outlived the coordinator and were killed */
    bool failed;          /* the call was made and did fail */
    long number;          /* what it was … */
    int error;            /* … and the errno it gave */
    char what[24];        /* the process it was made by: "coordinator", "worker run", … */
    char site[300];       /* where the call was made, see culprit_stack */
    char crash[300];      /* where the coordinator crashed, if it did */
    unsigned n_processes; /* only the first TRACER_PROCESSES are reported */
    uint64_t calls[TRACER_PROCESSES];
};

/* Watches a run that place_start stopped for us, until its last process is gone. */
void tracer_run(pid_t coordinator, const struct tracer_ask *ask, struct tracer_told *told);

#endif
