/* `axb suggest`: a threshold for a score, without labels. */
#include "core/log.h"
#include "core/string_builder.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/histogram_file.h"
#include "matcher/report/report_head.h"
#include "matcher/report/suggest_page.h"
#include "matcher/report/suggest_words.h"
#include "matcher/run/run_json.h"
#include "matcher/run/run_suggest.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUGGEST_TOPICS = OPTS_INPUT | OPTS_COMPARE | OPTS_SCORE | OPTS_WHICH | OPTS_WORKERS |
                     OPTS_PROGRESS | OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER | OPTS_SCORES |
                     OPTS_REPORT
};

/* ---- For people ------------------------------------------------------------------------------*/

static void print_cut(const struct suggestion *s, uint32_t i, FILE *f)
{
    const struct threshold *t = &s->threshold;
    const struct threshold_cut *c = &t->cut[i];
    char score[SUGGEST_WORDS_SCORE_BYTES];
    fprintf(f, "%-12s %12.0f", suggest_words_score(s, i, score), c->pairs);
    if (t->source != THRESHOLD_UNKNOWN)
        fprintf(f, " %12.0f", c->false_pairs);
    if (t->source == THRESHOLD_MODEL)
        fprintf(f, " %12.0f", suggest_words_missed(t, i));
    if (t->source != THRESHOLD_UNKNOWN)
        fprintf(f, " %10.2f", threshold_precision(c));
    if (suggest_words_is_doubted(s))
        fprintf(f, " %12.0f", s->second.cut[i].false_pairs);
    fputs(t->separates && i == t->best ? "  suggested\n" : "\n", f);
}

static void print_head(const struct suggestion *s, FILE *f)
{
    const enum threshold_source source = s->threshold.source;
    fprintf(f, "%-12s %12s%s%s%s%s\n", s->all.falls ? "at most" : "at least", "pairs",
            source == THRESHOLD_UNKNOWN ? "" : " false, about",
            source == THRESHOLD_MODEL ? "       missed" : "",
            source == THRESHOLD_UNKNOWN ? "" : "  precision",
            suggest_words_is_doubted(s) ? "    or false" : "");
}

/* Some of the thresholds, the best score first. */
static void print_cuts(const struct suggestion *s, FILE *f)
{
    uint32_t cut[SUGGEST_WORDS_CUTS];
    const uint32_t n = suggest_words_cuts(s, cut);
    if (n)
        print_head(s, f);
    for (uint32_t i = 0; i < n; i++)
        print_cut(s, cut[i], f);
}

static void print_reason(const struct suggestion *s, FILE *f)
{
    struct suggest_words_remarks r;
    char why[SUGGEST_WORDS_REASON_BYTES];
    fprintf(f, "expected:  %s\n", suggest_words_reason(s, &s->threshold, why));
    suggest_words_remarks(s, &r);
    for (uint32_t i = 0; i < r.n; i++)
        fprintf(f, "%s\n", r.text[i]);
}

static void print_suggested(const struct suggestion *s, FILE *f)
{
    const struct threshold *t = &s->threshold;
    const struct threshold_cut *c = &t->cut[t->best];
    char option[SUGGEST_WORDS_OPTION_BYTES];
    fprintf(f, "\nsuggested: %s: %.0f pairs, of which about %.0f are false\n",
            suggest_words_option(s, t->best, option), c->pairs, c->false_pairs);
    print_reason(s, f);
}

static void print_nothing(const struct suggestion *s, FILE *f)
{
    const bool unknown = s->threshold.source == THRESHOLD_UNKNOWN;
    if (s->threshold.n == 0) {
        fputs("no pair has such a score\n", f);
        return;
    }
    fprintf(f, "\nno threshold separates matches from other pairs%s\n",
            unknown ? "" : ": at each, too many of the pairs are expected to be false");
    print_reason(s, f);
}

static void print_to(const struct suggestion *s, FILE *f)
{
    print_cuts(s, f);
    (s->threshold.separates ? print_suggested : print_nothing)(s, f);
}

static bool print(const struct suggestion *s, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        print_to(s, out);
    if (!string_builder_show(&b, stdout))
        return err_set(e, ERR_OS, NULL, "not enough memory");
    return fflush(stdout) == 0 || err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
}

/* ---- For programs ----------------------------------------------------------------------------*/

static json_t *cut_json(const struct suggestion *s, uint32_t i)
{
    const struct threshold_cut *c = &s->threshold.cut[i];
    json_t *json = json_object();
    const bool known = s->threshold.source != THRESHOLD_UNKNOWN;
    json_object_set_new(json, "score", json_number(suggestion_score(s, i)));
    json_object_set_new(json, "pairs", json_count(c->pairs));
    json_object_set_new(json, "expected_false", json_number(known ? c->false_pairs : (double)NAN));
    json_object_set_new(json, "expected_precision",
                        json_number(known ? threshold_precision(c) : (double)NAN));
    if (s->threshold.source == THRESHOLD_MODEL)
        json_object_set_new(json, "expected_missed",
                            json_number(suggest_words_missed(&s->threshold, i)));
    if (suggest_words_is_doubted(s))
        json_object_set_new(json, "second_false", json_number(s->second.cut[i].false_pairs));
    return json;
}

static const char *const sources[] = {
    [THRESHOLD_UNKNOWN] = "unknown",
    [THRESHOLD_WITHIN_FILES] = "within files",
    [THRESHOLD_TAIL] = "tail",
    [THRESHOLD_MODEL] = "model",
};

/* The second opinion of a model. */
static json_t *second_json(const struct suggestion *s)
{
    const struct threshold *t = &s->second;
    char why[SUGGEST_WORDS_REASON_BYTES];
    if (!suggest_words_is_doubted(s))
        return json_null();
    return json_pack("{s:o, s:s, s:s}", "suggested",
                     json_number(t->separates ? suggestion_score(s, t->best) : (double)NAN), "from",
                     sources[t->source], "reason", suggest_words_reason(s, t, why));
}

static json_t *text_json(const struct suggestion *s)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f)
        print_to(s, f);
    return json_built(&b);
}

static bool print_json(const struct run *r, const struct suggestion *s, struct err *e)
{
    const struct threshold *t = &s->threshold;
    json_t *json = json_object(), *cuts = json_array();
    char score[400], why[SUGGEST_WORDS_REASON_BYTES];
    run_score_text(r, score, sizeof score);
    for (uint32_t i = t->n; i-- > 0;)
        json_array_append_new(cuts, cut_json(s, i));
    json_object_set_new(json, "score", json_text(score));
    json_object_set_new(json, "less_is_better", json_boolean(s->all.falls));
    json_object_set_new(json, "floor", json_number(s->floor));
    json_object_set_new(json, "suggested",
                        json_number(t->separates ? suggestion_score(s, t->best) : (double)NAN));
    json_object_set_new(json, "expected_matches",
                        json_number(t->separates ? t->matches : (double)NAN));
    json_object_set_new(json, "records", json_count(s->records));
    json_object_set_new(json, "from", json_string(sources[t->source]));
    json_object_set_new(json, "reason", json_string(suggest_words_reason(s, t, why)));
    if (t->source == THRESHOLD_MODEL)
        json_object_set_new(json, "second", second_json(s));
    json_object_set_new(json, "thresholds", cuts);
    json_object_set_new(json, "text", text_json(s));
    return json_print(json, e);
}

/* ---- The picture -----------------------------------------------------------------------------*/

/* The false pairs of each bin; malloced. */
static double *false_of_bins(const struct threshold *t)
{
    double *each = malloc((t->n + 1ull) * sizeof *each);
    for (uint32_t i = 0; each && i < t->n; i++)
        each[i] = threshold_false_in_bin(t, i);
    return each;
}

static bool write_histogram(const struct run *r, const struct suggestion *s, struct out *out,
                            struct err *e)
{
    const struct threshold *t = &s->threshold;
    const double at = t->separates ? suggestion_score(s, t->best) : (double)NAN;
    double *each = false_of_bins(t);
    char score[400];
    if (!each)
        return err_set(e, ERR_OS, NULL, "not enough memory for the histogram");
    run_score_text(r, score, sizeof score);
    const struct histogram_shown shown = {
        .bin = s->input.bin,
        .n = s->input.n,
        .level = s->all.level,
        .falls = s->all.falls,
        .score = score,
        .false_pairs = t->source == THRESHOLD_UNKNOWN ? NULL : each,
        .threshold = t->separates ? &at : NULL,
    };
    const bool ok = histogram_file_write(out, r->opts->histogram, &shown, e);
    free(each);
    return ok;
}

/* ---- The verb --------------------------------------------------------------------------------*/

static bool tell(struct run *r, const struct suggestion *s, struct err *e)
{
    return r->opts->json ? print_json(r, s, e) : print(s, e);
}

/* Finds the threshold, and tells it; *out is the file of --histogram, *page that of --report, each
 * NULL where it is not asked for. */
static bool find_and_tell(struct run *r, struct out *out, struct page *page, struct err *e)
{
    struct suggestion s;
    bool ok = run_suggest(r, &s, e) && (!page || suggest_page_write(page, r, &s, e)) &&
              (!out || write_histogram(r, &s, out, e)) && tell(r, &s, e);
    suggestion_close(&s);
    return ok;
}

static bool act(struct run *r, struct page *page, struct err *e)
{
    const char *path = r->opts->histogram;
    struct out out;
    if (!path)
        return find_and_tell(r, NULL, page, e);
    if (!out_open(&out, path, e))
        return false;
    const bool ok = find_and_tell(r, &out, page, e) && out_commit(&out, e);
    if (!ok)
        out_abort(&out);
    return ok;
}

static bool is_self(const struct opts *o)
{
    return o->n_inputs == 1;
}

static void check(const struct opts *o, struct err *e)
{
    struct err one;
    options_check(o, is_self(o), e);
    if (o->histogram && !histogram_file_check(o->histogram, &one))
        err_add(e, &one);
    if (o->histogram && strcmp(o->histogram, "-") == 0)
        options_mistake(o, e, "name a file: --histogram scores.csv",
                        "the thresholds and --histogram both go to stdout");
    if (e->status != ERR_NONE)
        options_check_columns(o, is_self(o), e);
}

static bool run_and_act(const void *context, struct page *page, struct err *e)
{
    const struct opts *o = context;
    const struct run_request request = {.self = is_self(o), .unplanned = true};
    struct run *r = malloc(sizeof *r); /* of more than a small stack has */
    if (!r)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const bool ok = run_open(r, o, &request, e) && run_prepare(r, &request, e) && act(r, page, e);
    run_close(r);
    free(r);
    return ok;
}

static bool suggest(const struct opts *o, struct err *e)
{
    return report_with(o, run_and_act, o, e);
}

const struct command cmd_suggest = {
    .name = "suggest",
    .arguments = "A.csv [B.csv]",
    .min_inputs = 1,
    .max_inputs = 2,
    .topics = SUGGEST_TOPICS,
    .what = "suggest a threshold (--min) for a score",
    .examples = "axb suggest A.csv B.csv --on name\n"
                "axb suggest A.csv B.csv --score '0.6 * jaro_winkler(name) + 0.4 * osa(zip)'\n"
                "axb suggest A.csv --on name --metric levenshtein --histogram scores.svg\n"
                "axb suggest A.csv B.csv --score model.axb\n"
                "axb suggest A.csv B.csv --on name --report scores.html",
    .more = "It needs no labels. All pairs are counted by their scores, exactly, from --min on, or "
            "from a score on that axb finds. How many of them are false is expected from how often "
            "records of the same file have such a score: they are no matches if the file has no "
            "duplicates. Where the files have duplicates, or there is one file alone, it is "
            "expected from how the number of pairs falls as the score rises. The threshold that is "
            "suggested has the greatest F1 by these expectations. If at each threshold more than "
            "half of the pairs are expected to be false, none is suggested. An expectation is no "
            "measurement: look at some pairs near the threshold, or give `axb eval` a truth.\n\n"
            "With --score model.axb each pair says itself how likely it matches. The false and the "
            "missed matches of each threshold are then what the model expects; what the files say "
            "stands beside it. --report shows the scores, what is expected of each threshold, and "
            "the pairs around the suggested one on a page.",
    .check = check,
    .run = suggest,
};
