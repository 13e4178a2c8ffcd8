/* `axb suggest`: a threshold for a score, without labels. */
#include "core/log.h"
#include "core/string_builder.h"
#include "data/number.h"
#include "matcher/command/options_check.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/histogram_file.h"
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
                     OPTS_PROGRESS | OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER | OPTS_SCORES
};

#define SHOWN 12.0     /* lines of thresholds, about … */
#define SHOWN_AROUND 8 /* … from so many times fewer pairs than are suggested to so many more */
#define REASON_BYTES 400u
#define FEW 0.4 /* of the records have a match */

/* ---- The threshold in words ------------------------------------------------------------------*/

static const char *digits(double x, char text[33])
{
    text[number_double(x, text)] = 0;
    return text;
}

/* "--min 0.81" */
static const char *option_text(const struct suggestion *s, uint32_t cut, char text[64])
{
    char number[33];
    snprintf(text, 64, "%s %s", s->all.falls ? "--max" : "--min",
             digits(suggestion_score(s, cut), number));
    return text;
}

/* Why, where records of one file say how many pairs are false, into text. */
static void put_within(const struct suggestion *s, const struct threshold *t,
                       char text[REASON_BYTES])
{
    const bool *used = t->used, *known = s->known;
    const int one = used[1], other = !one;
    if (used[0] && used[1])
        snprintf(text, REASON_BYTES,
                 "from how often records of the same file resemble each other, which are no "
                 "matches if no file has duplicates");
    else if (!used[0] && !used[1])
        snprintf(text, REASON_BYTES,
                 "from how often records of the same file resemble each other: as much as those of "
                 "both files");
    else {
        const int n = snprintf(text, REASON_BYTES,
                               "from how often records of %c resemble each other, which are no "
                               "matches if %c has no duplicates",
                               'A' + one, 'A' + one);
        if (known[other])
            snprintf(text + n, REASON_BYTES - (size_t)n,
                     ". Those of %c resemble each other too much for that", 'A' + other);
    }
}

/* Why the false pairs are thought to be so many, into text. */
static const char *reason(const struct suggestion *s, const struct threshold *t,
                          char text[REASON_BYTES])
{
    const bool asked = s->known[0] || s->known[1];
    if (t->source == THRESHOLD_MODEL)
        snprintf(text, REASON_BYTES,
                 "from what the model believes of each pair, before records choose among partners; "
                 "that is too much where its columns depend on each other");
    else if (t->source == THRESHOLD_WITHIN_FILES)
        put_within(s, t, text);
    else if (t->source == THRESHOLD_TAIL)
        snprintf(text, REASON_BYTES, "from how the number of pairs falls as the score rises%s",
                 asked ? "; records of the same file resemble each other as much, so either the "
                         "files have duplicates, as is taken for granted here, or all of these "
                         "pairs are false"
                       : "");
    else
        snprintf(text, REASON_BYTES, "too few scores are seen to tell matches from other pairs");
    return text;
}

/* Is there a second opinion of the false pairs of a model? */
static bool is_doubted(const struct suggestion *s)
{
    return s->second.n && (s->second.source == THRESHOLD_TAIL || threshold_is_told(&s->second));
}

/* Matches below a cut, as far as pairs were counted. */
static double missed(const struct threshold *t, uint32_t i)
{
    return fmax(t->matches - (t->cut[i].pairs - t->cut[i].false_pairs), 0);
}

/* ---- For people ------------------------------------------------------------------------------*/

static void print_cut(const struct suggestion *s, uint32_t i, FILE *f)
{
    const struct threshold *t = &s->threshold;
    const struct threshold_cut *c = &t->cut[i];
    char score[33];
    fprintf(f, "%-12s %12.0f", digits(suggestion_score(s, i), score), c->pairs);
    if (t->source != THRESHOLD_UNKNOWN)
        fprintf(f, " %12.0f", c->false_pairs);
    if (t->source == THRESHOLD_MODEL)
        fprintf(f, " %12.0f", missed(t, i));
    if (t->source != THRESHOLD_UNKNOWN)
        fprintf(f, " %10.2f", threshold_precision(c));
    if (is_doubted(s))
        fprintf(f, " %12.0f", s->second.cut[i].false_pairs);
    fputs(t->separates && i == t->best ? "  suggested\n" : "\n", f);
}

static void print_head(const struct suggestion *s, FILE *f)
{
    const enum threshold_source source = s->threshold.source;
    fprintf(f, "%-12s %12s%s%s%s%s\n", s->all.falls ? "at most" : "at least", "pairs",
            source == THRESHOLD_UNKNOWN ? "" : " false, about",
            source == THRESHOLD_MODEL ? "       missed" : "",
            source == THRESHOLD_UNKNOWN ? "" : "  precision", is_doubted(s) ? "    or false" : "");
}

/* Some of the thresholds, the best score first; near the one that is suggested, if one is. */
static void print_cuts(const struct suggestion *s, FILE *f)
{
    const struct threshold *t = &s->threshold;
    if (t->n == 0)
        return;
    const double at = t->separates ? t->cut[t->best].pairs : 0;
    const double least = at ? at / SHOWN_AROUND : 0,
                 most = at ? at * SHOWN_AROUND : (double)INFINITY;
    const double all = fmin(most, t->cut[0].pairs), first = fmax(least, t->cut[t->n - 1].pairs);
    const double ratio = pow(fmax(all / first, 1), 1 / SHOWN);
    double next = 0;
    print_head(s, f);
    for (uint32_t i = t->n; i-- > 0;) {
        const double pairs = t->cut[i].pairs;
        const bool best = t->separates && i == t->best;
        if (pairs < least || pairs > most || (pairs < next && !best))
            continue;
        print_cut(s, i, f);
        next = pairs * ratio;
    }
}

/* What the scores of a model look like to those who do not believe it. */
static void print_second(const struct suggestion *s, FILE *f)
{
    char option[64], why[REASON_BYTES];
    if (is_doubted(s))
        fprintf(f, "or false:  %s; by that %s%s\n", reason(s, &s->second, why),
                s->second.separates ? "it is " : "no threshold separates",
                s->second.separates ? option_text(s, s->second.best, option) : "");
    else if (s->second.n && (s->known[0] || s->known[1]))
        fputs("the files themselves do not tell: records of the same file resemble each other as "
              "much as those of both\n",
              f);
}

static void print_suggested(const struct suggestion *s, FILE *f)
{
    const struct threshold *t = &s->threshold;
    const struct threshold_cut *c = &t->cut[t->best];
    char option[64], why[REASON_BYTES];
    fprintf(f, "\nsuggested: %s: %.0f pairs, of which about %.0f are false\n",
            option_text(s, t->best, option), c->pairs, c->false_pairs);
    fprintf(f, "expected:  %s\n", reason(s, t, why));
    print_second(s, f);
    if (t->best == 0 && !s->floor_is_last)
        fprintf(f, "it is the lowest that was looked at; a lower %s may be better\n",
                s->all.falls ? "--max" : "--min");
    if (t->matches > s->records)
        fprintf(
            f,
            "these are more matches than records (%.0f): a value that many records have, such as a "
            "frequent name, proves nothing by itself; compare several columns\n",
            s->records);
    if (t->matches < FEW * s->records)
        fprintf(f,
                "about %.0f matches are expected of %.0f records: either few have one, or this "
                "score does not find it\n",
                t->matches, s->records);
}

static void print_nothing(const struct suggestion *s, FILE *f)
{
    const bool unknown = s->threshold.source == THRESHOLD_UNKNOWN;
    char why[REASON_BYTES];
    if (s->threshold.n == 0) {
        fputs("no pair has such a score\n", f);
        return;
    }
    fprintf(f, "\nno threshold separates matches from other pairs%s\n",
            unknown ? "" : ": at each, too many of the pairs are expected to be false");
    fprintf(f, "expected:  %s\n", reason(s, &s->threshold, why));
    print_second(s, f);
    fputs("try another column, or several: --score '0.6 * jaro_winkler(name) + 0.4 * "
          "levenshtein(city)'\n",
          f);
}

static void print_to(const struct suggestion *s, FILE *f)
{
    print_cuts(s, f);
    (s->threshold.separates ? print_suggested : print_nothing)(s, f);
}

static bool print(const struct suggestion *s, struct err *e)
{
    print_to(s, stdout);
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
        json_object_set_new(json, "expected_missed", json_number(missed(&s->threshold, i)));
    if (is_doubted(s))
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
    char why[REASON_BYTES];
    if (!is_doubted(s))
        return json_null();
    return json_pack("{s:o, s:s, s:s}", "suggested",
                     json_number(t->separates ? suggestion_score(s, t->best) : (double)NAN), "from",
                     sources[t->source], "reason", reason(s, t, why));
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
    char score[400], why[REASON_BYTES];
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
    json_object_set_new(json, "reason", json_string(reason(s, t, why)));
    if (t->source == THRESHOLD_MODEL)
        json_object_set_new(json, "second", second_json(s));
    json_object_set_new(json, "thresholds", cuts);
    json_object_set_new(json, "text", text_json(s));
    return json_print(json, e);
}

/* ---- The picture -----------------------------------------------------------------------------*/

/* The false pairs of each bin, of those of all from a bin up; malloced. */
static double *false_of_bins(const struct threshold *t)
{
    double *each = malloc((t->n + 1ull) * sizeof *each);
    for (uint32_t i = 0; each && i < t->n; i++) {
        const double above = i + 1 < t->n ? t->cut[i + 1].false_pairs : 0;
        each[i] = fmax(t->cut[i].false_pairs - above, 0);
    }
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

/* Finds the threshold, and tells it; *out is the file of --histogram, or NULL. */
static bool find_and_tell(struct run *r, struct out *out, struct err *e)
{
    struct suggestion s;
    bool ok = run_suggest(r, &s, e) && (!out || write_histogram(r, &s, out, e)) && tell(r, &s, e);
    suggestion_close(&s);
    return ok;
}

static bool act(struct run *r, struct err *e)
{
    const char *path = r->opts->histogram;
    struct out out;
    if (!path)
        return find_and_tell(r, NULL, e);
    if (!out_open(&out, path, e))
        return false;
    const bool ok = find_and_tell(r, &out, e) && out_commit(&out, e);
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

static bool suggest(const struct opts *o, struct err *e)
{
    const struct run_request request = {.self = is_self(o), .unplanned = true};
    return run_with(o, &request, act, e);
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
                "axb suggest A.csv B.csv --score model.axb",
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
            "stands beside it.",
    .check = check,
    .run = suggest,
};
