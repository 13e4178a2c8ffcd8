/* Checks options against each other, then against the headers of the files. */
#include "matcher/command/options_check.h"

#include "core/inherited.h"
#include "data/load.h"
#include "matcher/cluster/grouping.h"
#include "matcher/inputs/column_check.h"
#include "matcher/inputs/column_guess.h"
#include "matcher/options/opts_row.h"
#include "matcher/resolve/choice.h"
#include "matcher/shard/shard.h"
#include "matcher/suggest/histogram.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MOST_REJECTS 10000000u
#define READY_BYTES ((off_t)256 << 20) /* of a file that is opened for a message */
#define PACKED_BYTES ((off_t)8 << 20)  /* of a compressed one, which is unpacked first */

/* ---- Options ---------------------------------------------------------------------------------*/

void options_mistake(const struct opts *o, struct err *e, const char *hint, const char *format, ...)
{
    char text[400];
    struct err one;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err_set(&one, ERR_USAGE, hint, "%s", text);
    err_add(e, &one);
    opts_words_unknown(o->words);
}

/* One of --on and --score is given, if perhaps without its value. */
static bool is_score_given(const struct opts *o)
{
    return o->score || o->on || opts_words_have(o->words, opts_find_row("on")) ||
           opts_words_have(o->words, opts_find_row("score"));
}

/* What is compared: one of --on and --score. */
static void check_score(const struct opts *o, struct err *e)
{
    struct err one;
    if (o->score && o->on)
        options_mistake(o, e, "give one of them",
                        "--on is the short form of --score, and both are given");
    if (o->score && o->metric)
        options_mistake(o, e, "leave it out, or give --on in place of --score",
                        "--metric is for --on, and --score is given");
    if (o->libs && !(o->score && opts_is_scorer_file(o->score)))
        options_mistake(o, e, "for example: --score my.c --libs '-L/folder -lname'",
                        "--libs is for a --score that axb compiles, a .c or .cpp file");
    if (is_score_given(o))
        return;
    err_set(&one, ERR_USAGE, "for example: --on name, or --on 'Company Name=customer'",
            "--on is missing (or --score): it says which column to compare");
    err_add(e, &one);
}

/* An option that --histogram does not go with, since it counts all pairs at once; NULL: none. */
static const char *no_histogram_with(const struct opts *o)
{
    return o->output       ? "output"
           : o->one_to_one ? "one-to-one"
           : o->top        ? "top"
           : o->top_b      ? "top-b"
           : o->best       ? "best"
           : o->unmatched  ? "unmatched"
           : o->linked     ? "linked"
           : o->clusters   ? "clusters"
           : o->golden     ? "golden"
           : o->resume     ? "resume"
           : o->shard      ? "shard"
           : o->audit      ? "audit"
                           : NULL;
}

static void check_histogram(const struct opts *o, struct err *e)
{
    const char *other = no_histogram_with(o);
    if (o->histogram && other)
        options_mistake(o, e, "leave one of them out",
                        "--histogram counts all pairs that match by their scores, and does not go "
                        "together with --%s",
                        other);
    if (o->histogram && o->count && strcmp(o->histogram, "-") == 0)
        options_mistake(o, e, "name a file: --histogram scores.csv",
                        "the number of --count and --histogram both go to stdout");
    if (o->bins && !o->histogram)
        options_mistake(o, e, "add --histogram FILE", "--bins is for --histogram");
    if (o->bins == 1 || o->bins > HISTOGRAM_MOST)
        options_mistake(o, e, NULL, "--bins: it is from 2 to %u", HISTOGRAM_MOST);
}

static bool is_page(const char *path)
{
    static const char end[] = ".html";
    const size_t n = strlen(path);
    return n >= sizeof end && strcmp(path + n - (sizeof end - 1), end) == 0;
}

/* Stdout has what the verb prints; and a browser knows a page by the end of its name. */
void options_check_report(const struct opts *o, struct err *e)
{
    if (o->report && strcmp(o->report, "-") == 0)
        options_mistake(o, e, "name a file: --report report.html",
                        "--report writes a page to a file, not to stdout");
    else if (o->report && !is_page(o->report))
        options_mistake(o, e, "for example: --report report.html",
                        "--report: the name of a page ends in .html");
    if (o->report && o->plan)
        options_mistake(o, e, "leave one of them out",
                        "--plan finds no pairs, so there is nothing for --report to show");
}

static void check_output(const struct opts *o, struct err *e)
{
    if (o->count && o->output)
        options_mistake(o, e, "leave one of them out",
                        "--count prints a number and writes no pairs to --output");
    if (o->resume && o->audit)
        options_mistake(o, e, "leave one of them out",
                        "--audit looks at a run as a whole, --resume at parts of it");
    if (o->resume && !o->count && !o->output && !o->plan)
        options_mistake(o, e, "for example: --output pairs.csv",
                        "--resume needs --output: what went to stdout cannot be taken back");
    if (o->rejects && o->on_crash != ON_CRASH_SKIP)
        options_mistake(o, e, "add --on-crash skip",
                        "--rejects: pairs are skipped only with --on-crash skip");
    if (o->max_rejects > MOST_REJECTS)
        options_mistake(o, e, NULL, "--max-rejects: at most %u can be skipped", MOST_REJECTS);
    if (opts_in_parts(o) && o->max_results)
        options_mistake(o, e, "leave one of them out",
                        "--max-results is for all pairs, and a shard sees some of them");
}

/* What is chosen from all pairs, so that a shard cannot do it alone; NULL: nothing is. */
static const char *chooses_from_all(const struct opts *o, bool self)
{
    return o->one_to_one                                 ? "one-to-one"
           : o->top_b                                    ? "top-b"
           : o->best && (self || o->best != OPTS_BEST_A) ? "best"
           : self && o->top                              ? "top"
                                                         : NULL;
}

/* A shard leaves its pairs to axb merge, which chooses from them and writes nothing besides. */
static void check_shard(const struct opts *o, bool self, struct err *e)
{
    const char *chooses = chooses_from_all(o, self);
    const char *besides = o->clusters    ? "clusters"
                          : o->golden    ? "golden"
                          : o->count     ? "count"
                          : o->unmatched ? "unmatched"
                          : o->linked    ? "linked"
                                         : NULL;
    if (!opts_in_parts(o) || !besides || !choice_make(o, self).collects)
        return;
    if (o->clusters || o->golden)
        options_mistake(o, e, "give the merged pairs to axb cluster",
                        "--shard sees some of the pairs, and --%s depends on all of them", besides);
    else if (chooses)
        options_mistake(
            o, e, "leave one of the three out",
            "--%s and --%s do not go together with --shard: it sees some of the pairs, and whose "
            "partner is kept depends on all of them",
            besides, chooses);
    else
        options_mistake(
            o, e, "leave one of them out",
            "--unmatched %s and --shard do not go together: it sees some of the pairs, and which "
            "records of B have no partner depends on all of them",
            o->unmatched == OPTS_UNMATCHED_BOTH     ? "both"
            : o->unmatched == OPTS_UNMATCHED_ONLY_B ? "only-b"
                                                    : "b");
}

/* Which of the matches are kept. */
static void check_choice(const struct opts *o, bool self, struct err *e)
{
    if (o->optimal && !o->one_to_one)
        options_mistake(o, e, "add --one-to-one", "--optimal is for --one-to-one");
    if (o->one_to_one && (o->top || o->top_b || o->best))
        options_mistake(o, e, "leave one of them out",
                        "--one-to-one and --%s both say which matches of a record are kept",
                        o->top     ? "top"
                        : o->top_b ? "top-b"
                                   : "best");
    if (o->best && (o->top || o->top_b))
        options_mistake(o, e, "leave one of them out",
                        "--best keeps one match of a record, and --%s says how many",
                        o->top ? "top" : "top-b");
    if (o->linked && !o->best && opts_words_have(o->words, opts_find_row("best")))
        options_mistake(
            o, e, "leave out --best all; or --top 3 with --linked writes three of each record",
            "--linked writes the best match of each record of A, and --best all asks for all");
    check_shard(o, self, e);
}

/* The records without a partner alone. */
static void check_unmatched_only(const struct opts *o, struct err *e)
{
    const bool only_b = o->unmatched == OPTS_UNMATCHED_ONLY_B;
    const char *only = only_b ? "only-b" : "only-a";
    if (!only_b && o->unmatched != OPTS_UNMATCHED_ONLY_A)
        return;
    if (o->count)
        options_mistake(o, e,
                        "leave out --count; the closing line says how many records have no partner",
                        "--count counts the pairs, and --unmatched %s writes none", only);
    if (o->audit)
        options_mistake(o, e, "give --audit without --unmatched",
                        "--audit looks at the pairs that are "
                        "written, and --unmatched %s writes none",
                        only);
    if (o->linked && only_b)
        options_mistake(
            o, e, "leave out --linked; --keep 'b.*' writes the columns of B",
            "--linked has a line for each record of A, and --unmatched only-b writes those of B");
}

/* The first option that says how clusters are made; NULL: none does. */
static const char *about_clusters(const struct opts *o)
{
    return o->max_cluster           ? "max-cluster"
           : o->min_cluster         ? "min-cluster"
           : o->cluster_method      ? "cluster-method"
           : o->cluster_floor_given ? "cluster-floor"
                                    : NULL;
}

/* What a pair counts at least must be below --min; of a model alone it always is. */
static void check_floor(const struct opts *o, bool model, struct err *e)
{
    struct err one;
    if (!o->min_given || o->min > o->cluster_floor)
        return;
    if (o->cluster_floor_given)
        options_mistake(o, e, "give a lower one, or leave it out",
                        "--cluster-floor %g: it must be below --min, which is %g", o->cluster_floor,
                        o->min);
    else if (!model && !grouping_check_average(o->min, o->cluster_floor, &one)) {
        err_add(e, &one);
        opts_words_unknown(o->words);
    }
}

void options_check_method(const struct opts *o, struct err *e)
{
    const bool model = o->score && opts_is_model_file(o->score);
    const bool average =
        o->cluster_method == OPTS_AVERAGE || (o->cluster_method == OPTS_CLUSTER_AUTO && model);
    if (o->cluster_floor_given && !average)
        options_mistake(o, e, "add --cluster-method average",
                        "--cluster-floor is what a pair counts at least in an average");
    else if (average)
        check_floor(o, model, e);
    if (o->max_cluster && o->cluster_method == OPTS_BEST_LINK)
        options_mistake(o, e, "leave one of them out",
                        "--max-cluster has no meaning for stars, as --cluster-method best-link "
                        "makes them");
    if (o->golden_rule.n && !o->golden)
        options_mistake(o, e, "add --golden FILE", "--golden-rule is for --golden");
}

/* Groups of records, and several files. */
static void check_clusters(const struct opts *o, bool self, struct err *e)
{
    const bool wanted = o->clusters || o->golden;
    if (wanted && o->count)
        options_mistake(o, e, "leave one of them out",
                        "--count prints a number, and --%s needs the pairs",
                        o->clusters ? "clusters" : "golden");
    if (wanted && o->max_results)
        options_mistake(o, e, "leave one of them out",
                        "--max-results stops half-way, and --%s needs all pairs",
                        o->clusters ? "clusters" : "golden");
    const char *about = about_clusters(o);
    if (!wanted && about)
        options_mistake(o, e, "add --clusters FILE",
                        "--%s is about clusters, and none are asked for", about);
    options_check_method(o, e);
    if (self && o->across && o->n_inputs < 2)
        options_mistake(o, e, "name the other files too",
                        "--across is for several files, and one is given");
}

/* An option about the pairs of a whole run, which is done later or in parts; NULL: none. */
static const char *about_pairs(const struct opts *o)
{
    return o->resume        ? "resume"
           : o->audit       ? "audit"
           : o->count       ? "count"
           : o->histogram   ? "histogram"
           : o->clusters    ? "clusters"
           : o->golden      ? "golden"
           : o->rejects     ? "rejects"
           : o->stats       ? "stats"
           : o->report      ? "report"
           : o->max_results ? "max-results"
                            : NULL;
}

/* A run that is prepared finds no pairs. */
static void check_prepare(const struct opts *o, struct err *e)
{
    const char *other = o->output ? "output" : o->shard ? "shard" : about_pairs(o);
    if (o->prepare && other)
        options_mistake(o, e, "leave one of them out; axb run takes --output, --shard and --resume",
                        "--prepare finds no pairs, and --%s is about them", other);
}

/* Stdin, a descriptor and a named table are no files that another machine could read. */
static bool is_file(const char *input)
{
    return strcmp(input, "-") != 0 && input[0] != '@' && !inherited_is(input);
}

/* A job script says where the pairs go, and reads its tables again, elsewhere. */
static void check_slurm(const struct opts *o, struct err *e)
{
    const char *other = o->prepare ? "prepare" : about_pairs(o);
    struct err ignored;
    uint32_t parts;
    if (!o->slurm)
        return;
    if (other)
        options_mistake(o, e, "leave one of them out",
                        "--slurm finds no pairs, and its script has no --%s", other);
    if (!o->output || strcmp(o->output, "-") == 0)
        options_mistake(o, e, "for example: --output pairs.csv",
                        "--slurm needs --output: the pairs of a job go to a file");
    for (size_t i = 0; i < o->n_inputs; i++)
        if (!is_file(o->inputs[i]))
            options_mistake(o, e, "name a file that all machines see",
                            "--slurm: %s is of this machine alone", o->inputs[i]);
    if (o->shard && !shard_parse_parts(o->shard, &parts, &ignored))
        options_mistake(o, e, "for example: --shard auto/16",
                        "--slurm does all parts; of --shard it needs how many there are");
}

void options_check(const struct opts *o, bool self, struct err *e)
{
    check_score(o, e);
    check_output(o, e);
    options_check_report(o, e);
    check_histogram(o, e);
    check_choice(o, self, e);
    check_unmatched_only(o, e);
    check_clusters(o, self, e);
    check_prepare(o, e);
    check_slurm(o, e);
    if (!self && o->n_inputs > 1 && strcmp(o->inputs[0], "-") == 0 &&
        strcmp(o->inputs[1], "-") == 0)
        options_mistake(o, e, "give one of them as a file", "only one side can be stdin");
}

/* ---- Columns ---------------------------------------------------------------------------------*/

static bool is_packed(const char *path)
{
    static const char *const ends[] = {".gz", ".zst", ".xz"};
    const size_t n = strlen(path);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (n > strlen(ends[i]) && strcmp(path + n - strlen(ends[i]), ends[i]) == 0)
            return true;
    return false;
}

/* Is it opened in no time, and can it be opened again? A path that does not exist is, too: it is
 * one finding more. */
static bool is_ready(const char *path)
{
    struct stat st;
    if (path[0] == '@' || stat(path, &st) != 0)
        return strcmp(path, "-") != 0 && strncmp(path, "fd:", 3) != 0;
    return S_ISREG(st.st_mode) && st.st_size <= (is_packed(path) ? PACKED_BYTES : READY_BYTES);
}

/* Where --on is missing: two columns that are alike. */
static void propose_on(const struct opts *o, const struct sources *s)
{
    uint32_t column[2];
    char value[2 * 1024 + 8];
    if (is_score_given(o))
        return;
    if (!column_guess_pair(s, column)) {
        opts_words_unknown(o->words);
        return;
    }
    column_check_on_value(s, column, value, sizeof value);
    opts_words_give(o->words, opts_find_row("on"), value);
}

static void look(const struct opts *o, bool self, struct err *e)
{
    struct sources s;
    struct err one;
    if (sources_open(&s, o, self, &one)) {
        (void)column_check(o, &s, e);
        propose_on(o, &s);
    } else {
        err_add(e, &one);
        opts_words_unknown(o->words);
    }
    sources_close(&s);
}

void options_check_columns(const struct opts *o, bool self, struct err *e)
{
    const size_t n = self ? 1 : 2;
    bool ready = o->n_inputs == n;
    for (size_t i = 0; i < n && ready; i++)
        ready = is_ready(o->inputs[i]);
    if (ready)
        look(o, self, e);
    else if (!is_score_given(o))
        opts_words_unknown(o->words);
}
