/* `axb match` and `axb dedupe`: the pairs of two tables, or of one, that match. */
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run.h"

enum {
    MATCH_TOPICS = OPTS_INPUT | OPTS_COMPARE | OPTS_SCORE | OPTS_WHICH | OPTS_RUN | OPTS_OUTPUT |
                   OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER
};

static bool execute(struct run *r, struct err *e)
{
    if (!run_execute(r, e))
        return false;
    if (!r->opts->plan)
        run_report(r);
    return true;
}

static bool match(const struct opts *o, bool self, struct err *e)
{
    const struct run_request request = {.self = self, .writes = true};
    if (!o->min_given)
        return err_set(e, ERR_USAGE, "for example: --min 0.9", "--min is missing");
    if (o->json && !o->plan)
        return err_set(e, ERR_USAGE, "pairs as JSON, one a line: --format jsonl",
                       "--json goes with --plan");
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
    .topics = MATCH_TOPICS,
    .what = "all pairs of A x B whose score is at least --min",
    .examples = "axb match A.csv B.csv --on name --min 0.9 -o pairs.csv\n"
                "axb match A.csv B.csv --score 'levenshtein(a.name, b.title)' --min 0.8 --id id\n"
                "axb match A.csv B.csv --score my_score.c --min 0.85",
    .more =
        "Every record of A is compared with every record of B; nothing is lost to blocking. "
        "The output is CSV with the columns a, b and score, by row of A, then row of B: the "
        "same bytes for any number of workers. Files may be .gz, .zst or .xz, which must be right "
        "to "
        "the last byte and checksum; - is stdin.\n\nAn expression is made of numbers, columns "
        "a.NAME and b.NAME, metrics (`axb "
        "metrics`), + - * /, < <= > >= == !=, && || !, c ? x : y, min max abs sqrt floor ceil, "
        "number(a.COL), days(a.COL), if_missing(x, v) and missing(x); levenshtein(city) stands "
        "for levenshtein(a.city, b.city). A metric of a missing value is 0. A number that is "
        "missing, no number, or divided by zero has no value: comparisons with it are false, and "
        "a score without a value is no match. if_missing(x, v) is v where something that x is "
        "computed from is missing or has no value, else x; what it gives is missing only where v "
        "is, too.",
    .run = run_match,
};

const struct command cmd_dedupe = {
    .name = "dedupe",
    .arguments = "A.csv",
    .min_inputs = 1,
    .max_inputs = 1,
    .topics = MATCH_TOPICS,
    .what = "all pairs of different records of A",
    .examples =
        "axb dedupe A.csv --on name --min 0.92\n"
        "axb dedupe A.csv --on name --metric levenshtein --min 0.85 --keep name -o pairs.csv",
    .more = "Each pair of records is there once, the lower row first.",
    .run = run_dedupe,
};
