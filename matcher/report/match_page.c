/* The sections in their order, and the result in a sentence. */
#include "matcher/report/match_page.h"

#include "matcher/page/page_number.h"
#include "matcher/report/match_pairs.h"
#include "matcher/report/match_partners.h"
#include "matcher/report/match_scores.h"
#include "matcher/report/match_work.h"
#include "matcher/report/report_data.h"
#include "matcher/report/report_head.h"
#include "matcher/report/report_sample.h"
#include "matcher/run/run_histogram.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_BYTES 1200u

/* Does the run keep some of the pairs alone, and if so, are the others not even counted? */
static bool keeps_some(const struct run *r)
{
    return choice_leaves_out(&r->choice) && !(r->shard.of && r->choice.collects);
}

static bool counts_kept_alone(const struct run *r)
{
    return r->query.top || r->by_rounds;
}

/* "4,375,594 pairs match", "2,368 clusters of 5,333 records", or what else the run was for. */
static void title_of(const struct run *r, char text[TEXT_BYTES])
{
    const uint64_t *alone = r->result.unmatched;
    const bool kept = keeps_some(r) || counts_kept_alone(r);
    const uint64_t pairs = kept ? r->result.pairs : r->n_found;
    char n[PAGE_NUMBER_BYTES], records[PAGE_NUMBER_BYTES];
    if (r->choice.clusters)
        snprintf(text, TEXT_BYTES, "%s cluster%s of %s records",
                 page_number_count((double)r->clusters.figures.several, n),
                 r->clusters.figures.several == 1 ? "" : "s",
                 page_number_count((double)r->clusters.figures.records, records));
    else if (r->query.lines.unmatched_only)
        snprintf(text, TEXT_BYTES, "%s records have no partner",
                 page_number_count((double)(alone[0] + alone[1]), n));
    else
        snprintf(text, TEXT_BYTES, "%s pair%s %s", page_number_count((double)pairs, n),
                 pairs == 1 ? "" : "s",
                 kept         ? "kept"
                 : pairs == 1 ? "matches"
                              : "match");
}

/* Adds to a text of TEXT_BYTES. */
__attribute__((format(printf, 2, 3))) static void add(char *text, const char *format, ...)
{
    const size_t n = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + n, TEXT_BYTES - n, format, args);
    va_end(args);
}

/* Which pairs match. */
static void add_rule(const struct run *r, char *text)
{
    char score[400], n[2][PAGE_NUMBER_BYTES];
    const double from = run_min(r), to = run_max(r);
    run_score_text(r, score, sizeof score);
    if (r->query.open_ended)
        add(text, " The score is %s.", score);
    else if (isinf(to))
        add(text, " A pair matches if %s is %s or more.", score, page_number(from, n[0]));
    else if (isinf(from))
        add(text, " A pair matches if %s is %s or less.", score, page_number(to, n[0]));
    else
        add(text, " A pair matches if %s is from %s to %s.", score, page_number(from, n[0]),
            page_number(to, n[1]));
}

/* What of the pairs, and how many records have a partner. */
static void summarise(const struct run *r, const struct match_partners *m, char text[TEXT_BYTES])
{
    char n[2][PAGE_NUMBER_BYTES];
    const double all = span_pairs(&r->span, &r->loaded.inputs);
    text[0] = 0;
    add(text, "Of %s pairs of records%s", page_number_count(all, n[0]),
        r->sources.self ? " of one table" : "");
    if (r->shard.of)
        add(text, " in shard %u of %u", r->shard.number, r->shard.of);
    if (r->query.lines.unmatched_only)
        add(text, ", which were compared.");
    else if (counts_kept_alone(r))
        add(text, ", %s are kept.", page_number_count((double)r->result.pairs, n[0]));
    else if (keeps_some(r))
        add(text, ", %s match and %s are kept.", page_number_count((double)r->n_found, n[0]),
            page_number_count((double)r->result.pairs, n[1]));
    else
        add(text, ", %s match.", page_number_count((double)r->n_found, n[0]));
    add_rule(r, text);
    if (m->known[0] && m->records[0])
        add(text, " %s of the records%s%s have a partner.",
            page_number_share(1 - (double)m->by[0][0] / (double)m->records[0], n[0]),
            r->sources.self ? "" : " of A", r->shard.of ? " in it" : "");
}

/* What a reader must know before the figures. */
static void warn(struct page *p, const struct run *r)
{
    char n[PAGE_NUMBER_BYTES];
    if (r->rejects.n_in_result)
        page_warning(p, "%s pairs were skipped, since the scorer failed on them.",
                     page_number_count((double)r->rejects.n_in_result, n));
    if (r->opts->resume && r->span.row_from < r->span.row_to)
        page_note(p, "With --resume the time, the workers and the scores are those of the last "
                     "run alone.");
    if (r->opts->audit)
        page_note(p,
                  "Audited: %s pairs were scored by brute force as well, and the same pairs "
                  "match.",
                  page_number_count(r->audit.pairs, n));
}

static bool show(struct page *p, struct run *r, const struct report_sample *s,
                 const struct match_partners *partners, struct err *e)
{
    char title[TEXT_BYTES], summary[TEXT_BYTES];
    title_of(r, title);
    summarise(r, partners, summary);
    report_head(p, r->asked, title, summary, r->started);
    report_run_files(p, r);
    warn(p, r);
    if (!report_data(p, r, e) || !match_scores(p, r, s, e) || !match_pairs(p, r, s, e))
        return false;
    match_partners(p, r, partners);
    if (!match_work(p, r, e))
        return false;
    report_said(p);
    return true;
}

bool match_page(struct run *r, struct err *e)
{
    struct report_sample sample;
    struct match_partners partners;
    const bool ok = report_sample_make(&sample, r, e) && match_partners_make(&partners, r, e) &&
                    show(&r->outputs.report, r, &sample, &partners, e);
    report_sample_close(&sample);
    return ok;
}
