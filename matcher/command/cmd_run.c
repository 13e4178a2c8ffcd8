/* `axb run`: does a prepared run, or a part of it. */
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/prepared/prepared.h"

#include "core/err.h"

#include <stdlib.h>

static bool execute(struct run *r, struct err *e)
{
    if (!run_execute(r, e))
        return false;
    if (!r->opts->plan)
        run_report(r);
    return true;
}

static bool run(const struct opts *o, struct err *e)
{
    struct run *r = malloc(sizeof *r); /* of more than a small stack has */
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const bool ok = prepared_open(r, o, e) && execute(r, e);
    run_close(r);
    free(r);
    return ok;
}

const struct command cmd_run = {
    .name = "run",
    .arguments = "RUN.axbrun",
    .min_inputs = 1,
    .max_inputs = 1,
    .topics = OPTS_PART | OPTS_OUTPUT | OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES | OPTS_JSON |
              OPTS_STARTER,
    .what = "do a prepared run, or a part of it",
    .examples = "axb match A.csv B.csv --on name --min 0.9 --prepare names.axbrun\n"
                "axb run names.axbrun --shard 3/16 -o part-3.shard\n"
                "axb merge part-*.shard -o pairs.csv",
    .more = "The file has all that match or dedupe was asked, the tables and the index. It is "
            "mapped, so that a part builds nothing, and a machine has it in memory once. Parts are "
            "rows of A with like values: no value is searched by two of them, and they take "
            "together about as long as the whole. The format is that of --prepare; the name of "
            "-o has to fit it. The file is of this version of axb and of this kind of machine. "
            "It is read whole first, and refused if a byte of it has changed. Still it is trusted "
            "as a program is: use none of people whom you do not trust.",
    .run = run,
};
