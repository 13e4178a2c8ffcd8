/* axb: compares every record of one CSV file with every record of another, and writes the pairs
 * that match. This page is the contents; the chapters are the functions it calls. */
#include "core/err.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/topology.h"
#include "matcher/command/cmd_data.h"
#include "matcher/command/cmd_eval.h"
#include "matcher/command/cmd_merge.h"
#include "matcher/command/cmd_metrics.h"
#include "matcher/engine/stage.h"
#include "matcher/engine/worker.h"
#include "matcher/options/opts.h"
#include "matcher/run/run.h"

#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static bool match(const struct opts *o, struct err *e)
{
    struct run r;
    struct run_request q = {
        o, {o->inputs[0], o->inputs[1]}, o->score, o->verb == VERB_DEDUPE, o->count, true, false};
    bool ok = run_open(&r, &q, e) && run_prepare(&r, &q, e) && run_execute(&r, e);
    if (ok && !o->plan)
        run_report(&r);
    run_close(&r);
    return ok;
}

bool run_check(struct run *r, struct err *e);
bool run_explain(struct run *r, struct err *e);
static bool check(const struct opts *o, struct err *e)
{
    struct run r;
    struct run_request q = {o,    {o->inputs[1], o->inputs[2]}, o->inputs[0], false, true, false,
                            false};
    bool ok = run_open(&r, &q, e) && run_prepare(&r, &q, e) && run_check(&r, e);
    run_close(&r);
    return ok;
}

static bool explain(const struct opts *o, struct err *e)
{
    struct run r;
    struct run_request q = {
        o, {o->inputs[0], o->inputs[1]}, o->score, o->n_inputs == 1, false, false, true};
    if (!o->pair)
        return err_set(e, ERR_USAGE, "for example: --pair 17,4", "--pair is missing");
    bool ok = run_open(&r, &q, e) && run_prepare(&r, &q, e) && run_explain(&r, e);
    run_close(&r);
    return ok;
}

static bool topology(const struct opts *o, struct err *e)
{
    struct topo *t = NULL;
    bool ok = topo_open(&t, NULL, e) &&
              topo_print(t, o->bind, o->workers ? o->workers : topo_workers(t), stdout, e);
    topo_close(t);
    return ok;
}

static bool do_verb(const struct opts *o, struct err *e)
{
    switch (o->verb) {
    case VERB_MATCH:
    case VERB_DEDUPE:
        return match(o, e);
    case VERB_CHECK:
        return check(o, e);
    case VERB_EXPLAIN:
        return explain(o, e);
    case VERB_EVAL:
        return score_pairs(o->inputs[0], o->inputs[1], stdout, e);
    case VERB_METRICS:
        return metrics_print(stdout, e);
    case VERB_TOPOLOGY:
        return topology(o, e);
    case VERB_MERGE:
        return merge_verb(o, e);
    case VERB_DATA_LOAD:
        return data_verb_load(o, e);
    case VERB_DATA_LS:
        return data_verb_ls(stdout, e);
    case VERB_DATA_RM:
        return data_verb_rm(o, e);
    case VERB_HELP:
    case VERB_VERSION:
    case VERB_MAN:
    case VERB_NONE:
        break;
    }
    fputs(o->text, stdout);
    return true;
}

/* What stdio still holds must reach stdout, or the run has failed. */
static bool flush_stdout(struct err *e)
{
    if (fflush(stdout) != 0)
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    return !ferror(stdout) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}

/* The reader of our results has gone, as after `| head`: what is left to do is to end the way other
 * filters do, without a word, by the signal. */
static void end_by_pipe(void)
{
    signal(SIGPIPE, SIG_DFL);
    raise(SIGPIPE);
}

/* OpenMP does not see the CPU quota, and ends the program where it cannot start a thread. */
static void settle_threads(void)
{
    unsigned cpus = (unsigned)omp_get_max_threads();
    omp_set_num_threads((int)proc_threads(limits_workers(cpus, limits_cgroup_cpus(""))));
}

int main(int argc, char **argv)
{
    struct opts o;
    struct err e = {0};
    signal(SIGUSR1, SIG_IGN); /* until log_setup; in workers for good */
    if (!proc_open_standard(&e) || !proc_raise_limits(&e)) {
        err_print(&e, stderr);
        return (int)e.status;
    }
    if (argc > 1 && strcmp(argv[1], "worker") == 0)
        return worker_main(argc - 2, argv + 2);
    proc_set_exit_status_hook();
    proc_reexec_for_openmp(argv);
    bool ok = opts_parse(&o, argc, argv, &e);
    if (ok) {
        log_setup(o.level, o.progress);
        mem_set_max(o.max_memory_bytes);
        settle_threads();
        ok = opts_check_files(&o, &e) && do_verb(&o, &e) && flush_stdout(&e);
    }
    if (!ok && stage_signal() == SIGPIPE)
        end_by_pipe();
    int status = ok ? 0 : err_status(&e);
    if (!ok)
        err_print(&e, stderr);
    if (!ok && o.resume && e.status == ERR_STOPPED && stage_signal())
        opts_print_command(argc, argv, stderr);
    opts_free(&o);
    return status;
}
