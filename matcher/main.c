/* axb: compares every record of one CSV file with every record of another, and writes the pairs
 * that match. */
#include "core/err.h"
#include "core/inherited.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/machine/topology.h"
#include "core/memory.h"
#include "core/process.h"
#include "core/report.h"
#include "core/shm.h"
#include "core/string_builder.h"
#include "matcher/command/commands.h"
#include "matcher/engine/stage.h"
#include "matcher/kernel/isa.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/worker/worker.h"

#include <errno.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FEW_BYTES (64u << 10) /* of input files, some hundred records */

/* Called before the libraries are initialised: OpenMP binds the first thread as it is loaded. */
__attribute__((section(".preinit_array"),
               used)) static void (*const save_given_first)(void) = topo_save_given;

/* What stdio still holds must reach stdout. Otherwise the run has failed. */
static bool flush_stdout(struct err *e)
{
    if (fflush(stdout) != 0)
        return err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
    return !ferror(stdout) || err_set(e, ERR_IO, NULL, "stdout cannot be written");
}

/* Ends by the signal that stopped us, as other filters do: only then does a shell end its loop
 * after control-C. After SIGPIPE, when the reader of our results has gone, without a message. */
static void end_by_signal(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

/* Bytes that an argument may have us read: those of a file, which may be the value of an option, 0
 * for what names none, UINT64_MAX for what may have any number, such as a pipe. */
static uint64_t bytes_of(const char *argument)
{
    struct stat st;
    const char *value = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    argument = value ? value + 1 : argument;
    const bool descriptor = strncmp(argument, "fd:", 3) == 0;
    if (argument[0] == '@' || strcmp(argument, "-") == 0)
        return UINT64_MAX;
    if ((descriptor ? fstat(atoi(argument + 3), &st) : stat(argument, &st)) != 0)
        return 0;
    return S_ISREG(st.st_mode) ? (uint64_t)st.st_size : UINT64_MAX;
}

/* Is so little to be read that one thread does it, before others have started? */
static bool reads_little(char **argv)
{
    uint64_t bytes = 0;
    for (char **argument = argv; *argument; argument++) {
        const uint64_t more = bytes_of(*argument);
        if (more > FEW_BYTES || (bytes += more) > FEW_BYTES)
            return false;
    }
    return true;
}

/* OpenMP does not see the CPU quota, and ends the program if it cannot start a thread. */
static void limit_threads(bool threads)
{
    if (!threads) {
        omp_set_num_threads(1);
        return;
    }
    unsigned cpus = (unsigned)omp_get_max_threads();
    const int n = (int)proc_threads(limits_workers(cpus, limits_quota("").cpus));
    omp_set_num_threads(n);
    shm_set_threads(n);
}

/* --max-memory, else what a job was given. */
static void limit_memory(const struct opts *o)
{
    const size_t of_job = limits_job_memory_bytes();
    if (o->max_memory_bytes || of_job == SIZE_MAX)
        mem_set_max(o->max_memory_bytes, false);
    else
        mem_set_max(of_job, true);
}

/* --report-fd and --alive-fd; the first even where the rest of the command line is wrong. */
static bool follow_starter(const struct opts *o, bool parsed, struct err *e)
{
    struct err wrong;
    if (!parsed) {
        (void)report_open((int)o->report_fd, &wrong);
        return false;
    }
    if (o->alive_fd)
        inherited_keep((int)o->alive_fd);
    return report_open((int)o->report_fd, e) &&
           (!o->alive_fd || proc_end_with((int)o->alive_fd, e));
}

/* Adds to the hint the whole command as it was most likely meant. Those are words of a shell, for
 * people. */
static void add_correction(const struct opts *o, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    const bool known = out && opts_words_print(o->words, out);
    char *command = string_builder_end(&b);
    const size_t n = strlen(e->hint);
    if (known && command)
        snprintf(e->hint + n, sizeof e->hint - n, "%stry: %s", n ? "\n" : "", command);
    free(command);
}

static void note_kernels(void)
{
    char text[200];
    if (isa_is_refused(text, sizeof text))
        log_note("%s", text);
}

static void show_error(const struct opts *o, struct err *e)
{
    log_progress_end();
    if (report_active()) {
        report_error(e);
        return;
    }
    if (e->status == ERR_USAGE)
        add_correction(o, e);
    err_print(e, stderr);
}

/* Parses and checks the command line; all that is wrong with it is in *e. */
static bool read_command(struct opts *o, int argc, char **argv, struct err *e)
{
    (void)opts_parse(o, &command_table, argc, argv, e);
    if (o->command && o->command->check)
        o->command->check(o, e);
    return e->status == ERR_NONE;
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
    proc_explain_bus_errors();
    proc_set_exit_status_hook();
    const bool threads = !reads_little(argv + 1);
    if (threads)
        proc_reexec_for_openmp(argv);
    if (argc < 2) {
        command_put_help(stderr, true);
        return ERR_USAGE;
    }
    bool ok = read_command(&o, argc, argv, &e);
    ok = follow_starter(&o, ok, &e);
    if (ok) {
        log_setup(o.level, o.progress);
        note_kernels();
        limit_memory(&o);
        limit_threads(threads);
        ok = opts_check_files(&o, &e) && o.command->run(&o, &e) && flush_stdout(&e);
    }
    if (!ok && stage_signal() == SIGPIPE)
        end_by_signal(SIGPIPE);
    int status = ok ? 0 : err_status(&e);
    if (!ok)
        show_error(&o, &e);
    if (!ok && o.resume && e.status == ERR_STOPPED && stage_signal() && !report_active())
        opts_print_command(argc, argv, stderr);
    const bool interrupted = !ok && stage_signal() == SIGINT && !o.resume;
    opts_free(&o);
    if (interrupted)
        end_by_signal(SIGINT);
    return status;
}
