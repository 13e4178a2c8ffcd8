/* Writes the script of --slurm: what a person edits, what is compared, and slurm_job.sh. */
#include "matcher/prepared/slurm_script.h"

#include "core/hash.h"
#include "core/log.h"
#include "core/process.h"
#include "core/string_builder.h"
#include "data/emit.h"
#include "matcher/options/opts_row.h"
#include "matcher/outlook/expect.h"
#include "matcher/prepared/prepared.h"
#include "matcher/run/identity.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define USUAL_CPUS 8u
#define PART_SECONDS 600.0            /* that a part may take: a task that is lost costs no more */
#define SAMPLE_SECONDS 0.3            /* to see how much is written */
#define RANGE_BYTES 64e9              /* that one task merges, in about five minutes */
#define MERGE_BYTES_A_SECOND 200e6    /* of one task */
#define LEAST_LIMIT_SECONDS 900.0     /* that a task is given, whatever is estimated */
#define LIMIT_FACTOR 4                /* by which estimates may be wrong */
#define UNKNOWN_LIMIT_SECONDS 86400.0 /* where nothing is known */
#define GB 1e9
#define ARENA_BYTES 2e9   /* of a task: pairs on their way, and the program */
#define WORKER_BYTES 64e6 /* of a task, for each of its CPUs */
#define CHOSEN_A_BYTE 2   /* bytes of memory for each of the lines that are chosen from */

extern const char slurm_job[]; /* slurm_job.sh, embedded */

/* ---- How large -------------------------------------------------------------------------------*/

static double bound(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

struct slurm_sizes slurm_sizes_of(const struct slurm_facts *f)
{
    struct slurm_sizes s = {.cpus = f->cpus ? f->cpus : USUAL_CPUS, .ranges = 1};
    const double useful = ceil(f->search_seconds / s.cpus / PART_SECONDS);
    s.parts = f->parts ? f->parts : (uint32_t)bound(useful, 1, SLURM_MOST_PARTS);
    if (f->has_ranges)
        s.ranges = (uint32_t)bound(ceil(f->output_bytes / RANGE_BYTES), 1, SLURM_MOST_PARTS);
    s.part_seconds = f->search_seconds / s.cpus / s.parts;
    s.merge_seconds = f->output_bytes / s.ranges / MERGE_BYTES_A_SECOND;
    const double most = f->most_bytes > 0 ? f->most_bytes : (double)INFINITY;
    s.part_bytes = fmin(most, 1.25 * f->common_bytes + ARENA_BYTES + s.cpus * WORKER_BYTES);
    s.prepare_bytes = 2 * f->peak_bytes + GB;
    s.merge_bytes = ARENA_BYTES + (f->chooses ? CHOSEN_A_BYTE * f->output_bytes : 0);
    return s;
}

/* How much memory this process has had at once. */
static double peak_bytes(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0;
}

static bool find_facts(struct run *r, bool prepared, struct slurm_facts *f, struct err *e)
{
    const bool sampled = !r->by_rounds && !r->query.open_ended;
    if (sampled && !expect_make(&r->expect, &r->query, &r->loaded.inputs, &r->span, &r->plan,
                                SAMPLE_SECONDS, e))
        return false;
    run_expect_seconds(r);
    const struct part_cost cost = run_part_cost(r);
    *f = (struct slurm_facts){.cpus = r->opts->workers,
                              .begin_seconds = cost.begin,
                              .search_seconds = cost.search,
                              .common_bytes = (double)run_common_bytes(r),
                              .peak_bytes = peak_bytes(),
                              .most_bytes = (double)r->opts->max_memory_bytes,
                              .output_bytes =
                                  r->expect.known && !r->expect.at_most ? r->expect.bytes : 0,
                              .has_ranges = prepared && prepared_by_value(r) && !r->choice.collects,
                              .chooses = r->choice.collects};
    if (r->opts->shard)
        return shard_parse_parts(r->opts->shard, &f->parts, e);
    return !isnan(f->search_seconds) ||
           err_set(e, ERR_USAGE, "add --shard auto/N",
                   "--slurm: how many parts are useful is not known, since %s was not timed",
                   r->query.scorer ? r->query.scorer->path : "the score");
}

/* ---- What a person edits ---------------------------------------------------------------------*/

/* A time limit as Slurm reads it: in whole quarters of an hour. */
static void put_limit(double seconds, FILE *out)
{
    const double limit = isfinite(seconds) ? seconds * LIMIT_FACTOR : UNKNOWN_LIMIT_SECONDS;
    const double quarters = ceil(bound(limit, LEAST_LIMIT_SECONDS, 7e6) / 900);
    const unsigned minutes = (unsigned)quarters * 15;
    fprintf(out, "#SBATCH --time=%u-%02u:%02u:00\n", minutes / 1440, minutes / 60 % 24,
            minutes % 60);
}

/* What the longest of all tasks takes; NaN if a part takes nobody knows how long. */
static double longest(const struct slurm_facts *f, const struct slurm_sizes *s)
{
    const double other = fmax(s->merge_seconds, f->begin_seconds);
    return s->part_seconds <= other ? other : s->part_seconds;
}

static void put_memory(const char *name, double bytes, FILE *out)
{
    fprintf(out, "%s=%.0fM\n", name, ceil(bytes / (1 << 20)));
}

static void put_path(const char *name, const char *path, FILE *out)
{
    fprintf(out, "%s=", name);
    if (path[0] == '-')
        fputs("./", out);
    opts_words_put(path, out);
    fputc('\n', out);
}

/* What the script is, and what was estimated. A name has no place in a comment: it may have several
 * lines. */
static void put_opening(const struct slurm_facts *f, FILE *out)
{
    char time[32], bytes[32];
    fprintf(
        out,
        "#!/bin/sh\n"
        "# A run of axb " AXB_VERSION " on a cluster with Slurm: it is prepared, done in parts, "
        "and merged. Run this file\n"
        "# by sh to submit what is missing: at first all of it. Lines with #SBATCH hold for all of "
        "its tasks; take one #\n"
        "# away where there are two.\n"
        "# Estimated: %s on one core to find the pairs; %s of tables and index",
        log_duration(f->search_seconds, time), log_bytes(f->common_bytes, bytes));
    if (f->output_bytes > 0)
        fprintf(out, "; %s of pairs", log_bytes(f->output_bytes, bytes));
    fputs(".\n# shellcheck disable=SC2016 # dollar signs in names are meant\n", out);
}

static void put_sizes(const struct slurm_facts *f, const struct slurm_sizes *s, FILE *out)
{
    char time[32];
    put_limit(longest(f, s), out);
    fprintf(out,
            "##SBATCH --partition=NAME\n"
            "##SBATCH --account=NAME\n"
            "set -eu\n\n"
            "parts=%u # estimated: %s each\n"
            "ranges=%u # files of the output: each of several is merged by a task%s\n"
            "tries=10 # so often a task is started again that was stopped\n"
            "part_cpus=%u\n"
            "prepare_cpus=%u\n",
            s->parts, log_duration(s->part_seconds, time), s->ranges,
            f->has_ranges ? "" : "; this run has one", s->cpus, s->cpus);
    put_memory("part_memory", s->part_bytes, out);
    put_memory("prepare_memory", s->prepare_bytes, out);
    put_memory("merge_memory", s->merge_bytes, out);
}

/* ---- What is compared ------------------------------------------------------------------------*/

/* Does the option say what is compared? Others say where, with how much, and what is told. */
static bool is_of_run(const struct opts_row *row)
{
    return !(row->topic & (OPTS_OUTPUT | OPTS_WORKERS | OPTS_PREPARE | OPTS_PART | OPTS_PROGRESS |
                           OPTS_MESSAGES | OPTS_STARTER));
}

static void put_run(const struct run *r, FILE *out)
{
    fprintf(out, "    exec \"$axb\" %s", r->sources.self ? "dedupe" : "match");
    opts_print_words(r->asked, is_of_run, out);
    if (!r->asked->format)
        fprintf(out, " --format %s", emit_name(r->format));
    fputs(" \"$@\"\n", out);
}

/* A path after a blank; find takes none that begins with a dash. */
static void put_file(const char *path, FILE *out)
{
    fputs(path[0] == '/' ? " " : " ./", out);
    opts_words_put(path, out);
}

/* The files that are read and that may change. */
static void put_changed(const struct run *r, FILE *out)
{
    const struct opts *o = r->asked;
    fputs("# Which files are newer than the prepared run?\nchanged() {\n    find -L", out);
    for (size_t i = 0; i < o->n_inputs; i++)
        put_file(o->inputs[i], out);
    if (o->score && (opts_is_scorer_file(o->score) || opts_is_model_file(o->score)))
        put_file(o->score, out);
    fputs(" -newer \"$run\"\n}\n", out);
}

static void put_steps(const struct run *r, bool prepared, FILE *out)
{
    fprintf(out, "prepared=%s\n\n", prepared ? "yes" : "no");
    fprintf(out, "%s() {\n", prepared ? "prepare" : "part");
    put_run(r, out);
    fputs("}\n", out);
    if (prepared)
        fputs("part() {\n    exec \"$axb\" run \"$run\" \"$@\"\n}\n", out);
    put_changed(r, out);
}

/* ---- The file --------------------------------------------------------------------------------*/

/* Where the tables are: relative paths of the command begin there. */
static bool put_places(const struct run *r, FILE *out, struct err *e)
{
    char folder[PATH_MAX], program[PATH_MAX];
    char *identity;
    if (!getcwd(folder, sizeof folder))
        return err_system(e, ERR_OS, errno, NULL, "this folder has no name");
    if (!proc_self_path(program, sizeof program, e) || !identity_make(r, &identity, e))
        return false;
    fprintf(out, "id=%016llx # another one for other options and tables\n",
            (unsigned long long)hash_bytes(identity, strlen(identity)));
    free(identity);
    put_path("folder", folder, out);
    put_path("output", r->opts->output, out);
    put_path("axb", program, out);
    return true;
}

static bool put_script(struct run *r, const struct slurm_facts *f, const struct slurm_sizes *s,
                       bool prepared, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    bool ok = true;
    if (out) {
        put_opening(f, out);
        put_sizes(f, s, out);
        ok = put_places(r, out, e);
        put_steps(r, prepared, out);
        fputs(slurm_job, out);
    }
    char *text = string_builder_end(&b);
    if (ok && !text)
        ok = err_set(e, ERR_OS, NULL, "not enough memory");
    ok = ok && out_write(&r->outputs.prepared, text, b.bytes, e);
    free(text);
    return ok;
}

static void note_script(const struct run *r, const struct slurm_sizes *s)
{
    char time[32];
    log_note("%s: %u part%s, %s each on %u cores; sh %s submits what is missing", r->opts->slurm,
             s->parts, s->parts == 1 ? "" : "s", log_duration(s->part_seconds, time), s->cpus,
             r->opts->slurm);
    if (s->parts == 1 && !r->opts->shard)
        log_note("one machine is enough; --shard auto/N asks for more parts");
}

bool slurm_script_write(struct run *r, struct err *e)
{
    struct err why;
    struct slurm_facts f;
    const bool prepared = prepared_check(r, &why);
    if (!find_facts(r, prepared, &f, e))
        return false;
    const struct slurm_sizes s = slurm_sizes_of(&f);
    if (!prepared)
        log_note("%s; so each part reads the tables", why.text);
    if (!put_script(r, &f, &s, prepared, e) || !out_commit(&r->outputs.prepared, e))
        return false;
    r->outputs.prepared_open = false;
    log_progress_end();
    note_script(r, &s);
    return true;
}
