/* axb-mpi: a rank of a job of Open MPI that does a prepared run in parts. `axb mpi` executes it.
 *
 * It is a program of its own, so that axb needs no MPI. All its ranks are alike: each opens the
 * file of the run, and has `axb run` do parts; rank 0 leads as well. One thread does it all, and
 * sleeps between two looks: a rank that waits as MPI does would take a core from axb. */
#include "core/log.h"
#include "core/process.h"
#include "matcher/command/commands.h"
#include "matcher/mpi/leader.h"
#include "matcher/mpi/runner.h"
#include "matcher/output/output_form.h"
#include "matcher/prepared/prepared.h"
#include "matcher/worker/worker.h"

#include "data/emit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 5 /* between two looks for messages */

static volatile sig_atomic_t stopped_by; /* a signal; 0 */

static void on_signal(int number)
{
    stopped_by = number;
}

static void catch_signals(void)
{
    const int all[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        sigaction(all[i], &(struct sigaction){.sa_handler = on_signal}, NULL);
}

/* ---- The file of the run ---------------------------------------------------------------------*/

/* What this rank needs of it. */
struct seen_run {
    char *identity;
    struct leader_run run;
    unsigned workers; /* on this machine */
};

/* As the first of several parts would open it; so all that parts would be refused for is found
 * now. */
static bool open_run(struct run *r, struct opts *part, const struct opts *o, struct err *e)
{
    *part = *o;
    part->shard = "1/1";
    part->plan = true; /* no output is opened */
    return prepared_open(r, part, e) && output_form_fits(o->output, emit_name(r->format), e);
}

/* What the leader must know. A scorer is tried for some tenths of a second, if nobody has said how
 * many parts there are. */
static bool look_closer(struct run *r, struct seen_run *seen, struct err *e)
{
    if (!r->opts->parts)
        run_expect_seconds(r);
    topo_note_rank(r->topo);
    seen->identity = strdup(r->identity);
    seen->run = (struct leader_run){seen->identity, r->expected_seconds,
                                    span_pairs(&r->span, &r->loaded.inputs)};
    return seen->identity || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool see_run(const struct opts *o, bool leads, struct seen_run *seen, struct err *e)
{
    struct run *r = malloc(sizeof *r); /* of more than a small stack has */
    struct opts part;
    *seen = (struct seen_run){0};
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const bool ok = open_run(r, &part, o, e) && (!leads || look_closer(r, seen, e));
    seen->workers = r->plan_request.workers;
    run_close(r);
    free(r);
    return ok;
}

/* ---- Ranks -----------------------------------------------------------------------------------*/

struct mpi_job {
    struct peers peers;
    struct leader leader; /* of rank 0 */
    struct runner runner;
};

static bool leads(const struct mpi_job *j)
{
    return j->peers.rank == 0;
}

static bool take_messages(struct mpi_job *j, struct err *e)
{
    for (;;) {
        struct peer_message m;
        uint32_t from;
        bool come;
        if (!peers_receive(&j->peers, &from, &m, &come, e))
            return false;
        if (!come)
            return true;
        const bool of_leader = m.kind == PEER_LEASE || m.kind == PEER_STOP;
        if (!(of_leader ? runner_take(&j->runner, &m, e) : leader_take(&j->leader, from, &m, e)))
            return false;
    }
}

static bool refuse_signal(const struct mpi_job *j, struct err *e)
{
    return err_set(e, ERR_STOPPED, "start it again to go on: parts that are whole are kept",
                   "stopped by SIG%s; the parts are in %s.parts", sigabbrev_np(stopped_by),
                   j->runner.o->output);
}

/* Until the leader says that the run is over. */
static bool take_part(struct mpi_job *j, struct err *e)
{
    while (!j->runner.over) {
        if (stopped_by)
            return refuse_signal(j, e);
        if (!take_messages(j, e) || (leads(j) && !leader_step(&j->leader, e)) ||
            !runner_step(&j->runner, LOOK_MS, e))
            return false;
        if (leads(j) && j->leader.state == LEADER_IS_DONE)
            break;
    }
    return true;
}

/* All ranks leave together when the leader says so. One that ends otherwise has mpirun end the
 * others. */
static void leave(struct mpi_job *j)
{
    runner_stop(&j->runner);
    if (leads(j))
        leader_stop(&j->leader);
    if (!stopped_by && (leads(j) || j->runner.over))
        peers_close(&j->peers);
}

static bool do_run(struct mpi_job *j, const struct opts *o, struct err *e)
{
    struct seen_run seen;
    struct err not_ready = {0};
    const bool ready = see_run(o, leads(j), &seen, &not_ready);
    catch_signals(); /* after workers that tried a scorer have gone */
    const bool ok =
        (!leads(j) || leader_open(&j->leader, o, &seen.run, &j->peers, e)) &&
        runner_open(&j->runner, o, &j->peers, seen.workers, ready ? NULL : &not_ready, e) &&
        take_part(j, e);
    leave(j);
    leader_close(&j->leader);
    free(seen.identity);
    return ok;
}

/* ---- The program -----------------------------------------------------------------------------*/

/* The command line of `axb mpi`, of which ours is what stands after the verb. */
static bool read_command(struct opts *o, int argc, char **argv, struct err *e)
{
    static char program[] = "axb", verb[] = "mpi";
    char **words = calloc((size_t)argc + 2, sizeof *words);
    if (!words)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    words[0] = program;
    words[1] = verb;
    memcpy(words + 2, argv + 1, (size_t)argc * sizeof *words);
    (void)opts_parse(o, &command_table, argc + 1, words, e);
    free(words);
    if (o->command && o->command->check)
        o->command->check(o, e);
    return e->status == ERR_NONE && opts_check_files(o, e);
}

static bool run(const struct opts *o, struct mpi_job *j, struct err *e)
{
    log_setup(o->level, o->progress);
    return peers_open(&j->peers, e) && do_run(j, o, e);
}

/* A mistake in the command line, and a signal, are every rank's; the first of them says so. */
static bool is_everyones(const struct err *e)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK");
    return (e->status == ERR_USAGE || stopped_by) && rank && strcmp(rank, "0") != 0;
}

int main(int argc, char **argv)
{
    static struct mpi_job j;
    struct opts o;
    struct err e = {0};
    if (!proc_open_standard(&e) || !proc_raise_limits(&e)) {
        err_print(&e, stderr);
        return (int)e.status;
    }
    if (argc > 1 && strcmp(argv[1], "worker") == 0) /* of ours, that tries a scorer */
        return worker_main(argc - 2, argv + 2);
    proc_explain_bus_errors();
    const bool ok = read_command(&o, argc, argv, &e) &&
                    (o.command == &cmd_mpi ? run(&o, &j, &e) : o.command->run(&o, &e));
    log_progress_end();
    if (!ok && !is_everyones(&e))
        err_print(&e, stderr);
    opts_free(&o);
    return ok ? 0 : err_status(&e);
}
