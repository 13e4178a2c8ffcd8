/* `axb match` and `axb dedupe`: the pairs of two tables, or of one, that match. */
#include "core/log.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/prepared/prepared.h"
#include "matcher/prepared/slurm_script.h"
#include "matcher/report/match_page.h"
#include "matcher/resolve/choice.h"
#include "matcher/run/run.h"

enum {
    MATCH_TOPICS = OPTS_INPUT | OPTS_COMPARE | OPTS_SCORE | OPTS_WHICH | OPTS_RUN | OPTS_OUTPUT |
                   OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER |
                   OPTS_CHOOSE | OPTS_SCORES | OPTS_REPORT | OPTS_PREPARE
};

/* Without a threshold a score must be above 0, which those of some functions never are. */
static void note_nothing_above(const struct run *r)
{
    const struct opts *o = r->opts;
    if (!o->plan && !o->min_given && !o->max_given && r->better == CHOOSE_GREATEST &&
        r->n_found == 0)
        log_note("no pair scores above 0; --min=-inf takes other scores as well");
}

static bool execute(struct run *r, struct err *e)
{
    if (r->opts->prepare && !r->opts->plan)
        return prepared_write(r, e);
    if (r->opts->slurm && !r->opts->plan)
        return slurm_script_write(r, e);
    if (!run_execute(r, e))
        return false;
    note_nothing_above(r);
    if (!r->opts->plan)
        run_report(r);
    return true;
}

/* Are the best of each record kept? Then no threshold is needed … */
static bool keeps_best(const struct opts *o, bool self)
{
    const struct choice c = choice_make(o, self);
    return (c.top[0] || c.top[1]) && c.pairing == CHOICE_MANY;
}

/* … but by an option that needs all pairs, of which the best are chosen; NULL if none is given. */
static const char *needs_all(const struct opts *o, bool self)
{
    if (!keeps_best(o, self) || !choice_make(o, self).collects)
        return NULL;
    return o->clusters ? "--clusters"
           : o->golden ? "--golden"
           : o->shard  ? "--shard"
           : o->resume ? "--resume"
           : o->audit  ? "--audit"
                       : NULL;
}

static void check(const struct opts *o, bool self, struct err *e)
{
    struct err one;
    const char *why = needs_all(o, self);
    const bool model = o->score && opts_is_model_file(o->score); /* it has a threshold of its own */
    if (!o->min_given && !o->max_given && !model && (why || !keeps_best(o, self))) {
        err_set(&one, ERR_USAGE,
                "for example: --min 0.9; the scores of most metrics go from 0 to 1. A distance is "
                "bounded by --max",
                "--min is missing: it sets the least score that matches%s%s",
                why ? "; here it can be left out only without " : "", why ? why : "");
        err_add(e, &one);
        opts_words_give(o->words, opts_find_row("min"), "0.9");
    }
    if (o->json && !o->plan) {
        err_set(&one, ERR_USAGE,
                "pairs as JSON, one a line: --format jsonl; the figures of a run, its count among "
                "them: --stats FILE",
                "--json is for --plan");
        err_add(e, &one);
        opts_words_unknown(o->words);
    }
    options_check(o, self, e);
    if (e->status != ERR_NONE)
        options_check_columns(o, self, e);
}

static void check_match(const struct opts *o, struct err *e)
{
    check(o, false, e);
}

static void check_dedupe(const struct opts *o, struct err *e)
{
    check(o, true, e);
}

static bool match(const struct opts *o, bool self, struct err *e)
{
    const struct run_request request = {.self = self, .writes = true, .page = match_page};
    return run_with(o, &request, execute, e);
}

static bool run_match(const struct opts *o, struct err *e)
{
    return match(o, false, e);
}

static bool run_dedupe(const struct opts *o, struct err *e)
{
    return match(o, true, e);
}

const struct command cmd_match = {
    .name = "match",
    .arguments = "A.csv B.csv",
    .min_inputs = 2,
    .max_inputs = 2,
    .topics = MATCH_TOPICS | OPTS_LINK,
    .what = "find the pairs of A and B that match",
    .examples = "axb match A.csv B.csv --on name --min 0.9 -o pairs.csv\n"
                "axb match A.csv B.csv --score 'levenshtein(a.name, b.title)' --min 0.8 --id id\n"
                "axb match A.csv B.csv --score my_score.c --min 0.85",
    .more =
        "Every record of A is compared with every record of B; nothing is lost to blocking. The "
        "output is CSV with the columns a, b and score, sorted by the row of A, then by the row "
        "of B. It has the same bytes for any number of workers. Files may be .gz, .zst or .xz, "
        "and each must be intact to its last byte and checksum; - is stdin, and @NAME a table of "
        "axb data load.\n\n"
        "An expression is made of numbers, columns a.NAME and b.NAME, metrics (axb metrics), "
        "+ - * /, < <= > >= == !=, && || !, c ? x : y, min max abs sqrt floor ceil, "
        "steps(x, w0, t1, w1, ...), soft_min(x, y), number(a.COL), days(a.COL), if_missing(x, v) "
        "and "
        "missing(x). "
        "levenshtein(city) stands for levenshtein(a.city, b.city). A similarity of a missing value "
        "is 0, and a distance of "
        "one has no value. A missing field, a "
        "field that is not a number, and a division by zero have no value. A comparison without a "
        "value is false, and a pair whose score has no value does not match. if_missing(x, v) is "
        "v if anything that x is computed from is missing or has no value, otherwise x. The "
        "manual has examples: man axb-expression.",
    .check = check_match,
    .run = run_match,
};

const struct command cmd_dedupe = {
    .name = "dedupe",
    .arguments = "A.csv [B.csv...]",
    .min_inputs = 1,
    .max_inputs = OPTS_MANY,
    .topics = MATCH_TOPICS | OPTS_CLUSTER,
    .what = "find the pairs of records of A that match",
    .examples =
        "axb dedupe A.csv --on name --min 0.92\n"
        "axb dedupe A.csv --on name --metric levenshtein --min 0.85 --keep name -o pairs.csv\n"
        "axb dedupe A.csv B.csv --on name --min 0.92 --clusters clusters.csv --golden people.csv",
    .more =
        "Each pair of records is compared once and written once, the lower row first. So a score "
        "must be the same if a and b change places, and so must what --where says of both. Several "
        "files are one table: columns are joined by name, and a record is called by its row in "
        "its file, with the file in a.source and b.source. Files may differ in delimiter, "
        "encoding and format; @NAME may be among them. --clusters writes the groups of records "
        "that belong together, each record with all its columns; where that or --golden is given, "
        "the pairs are written only with -o.",
    .check = check_dedupe,
    .run = run_dedupe,
};
