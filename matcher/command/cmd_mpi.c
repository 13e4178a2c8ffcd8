/* `axb mpi`: does a prepared run as a job of Open MPI. It becomes axb-mpi, the one program that
 * knows MPI (matcher/mpi/), so that axb needs none. */
#include "core/process.h"
#include "matcher/command/commands.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/shard/shard.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096u

static void check(const struct opts *o, struct err *e)
{
    if (!o->output || strcmp(o->output, "-") == 0)
        options_mistake(o, e, "for example: --output pairs.csv",
                        "--output is missing: parts are collected in a folder beside it");
    if (o->parts > SHARD_MOST)
        options_mistake(o, e, NULL, "--parts %llu: at most %u parts are possible",
                        (unsigned long long)o->parts, SHARD_MOST);
}

/* The words after the verb; it returns only if there is no such program. */
static bool become(char *program, const struct opts_words *words, struct err *e)
{
    char **argv = calloc(words->n + 1, sizeof *argv);
    if (!argv)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    argv[0] = program;
    for (size_t i = 2; i < words->n; i++)
        argv[i - 1] = (char *)(uintptr_t)words->word[i];
    execv(program, argv);
    const int failed = errno;
    free(argv);
    return failed == ENOENT ? err_set(e, ERR_UNAVAILABLE,
                                      "build axb where Open MPI is installed (libopenmpi-dev)",
                                      "%s does not exist: this axb was built without MPI", program)
                            : err_system(e, ERR_OS, failed, NULL, "%s cannot be started", program);
}

static bool run(const struct opts *o, struct err *e)
{
    char path[PATH_BYTES];
    return proc_sibling_path("axb-mpi", path, sizeof path, e) && become(path, o->words, e);
}

const struct command cmd_mpi = {
    .name = "mpi",
    .arguments = "RUN.axbrun",
    .min_inputs = 1,
    .max_inputs = 1,
    .topics = OPTS_MPI | OPTS_OUTPUT | OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES,
    .what = "do a prepared run on many machines (Open MPI)",
    .examples = "axb match A.csv B.csv --on name --min 0.9 --prepare names.axbrun\n"
                "mpirun --map-by ppr:1:node --bind-to none axb mpi names.axbrun -o pairs.csv",
    .more = "Start one rank on each machine, bound to no core. Rank 0 leases parts of the run to "
            "all ranks, itself included, and each has axb run do them, on all cores of its "
            "machine. At the end rank 0 merges them. The format is that of --prepare; the name of "
            "-o has to fit it. The run, the output and the folder OUTPUT.parts beside it are on "
            "storage that all machines share. A rank that dies ends "
            "the job; the same command goes on: parts that are whole are not done again, and "
            "others begin where their journals end. A part that fails is done once more, on "
            "another machine if there is one.",
    .check = check,
    .run = run,
};
