/* Sentences about a threshold, and which of the others are worth a line. */
#include "matcher/report/suggest_words.h"

#include "data/number.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define SHOWN 12.0     /* lines of thresholds, about … */
#define SHOWN_AROUND 8 /* … from so many times fewer pairs than are suggested to so many more */
#define FEW 0.4        /* of the records have a match */

/* ---- The threshold ---------------------------------------------------------------------------*/

const char *suggest_words_score(const struct suggestion *s, uint32_t cut,
                                char text[SUGGEST_WORDS_SCORE_BYTES])
{
    text[number_double(suggestion_score(s, cut), text)] = 0;
    return text;
}

const char *suggest_words_option(const struct suggestion *s, uint32_t cut,
                                 char text[SUGGEST_WORDS_OPTION_BYTES])
{
    char number[SUGGEST_WORDS_SCORE_BYTES];
    snprintf(text, SUGGEST_WORDS_OPTION_BYTES, "%s %s", s->all.falls ? "--max" : "--min",
             suggest_words_score(s, cut, number));
    return text;
}

/* Why, where records of one file say how many pairs are false, into text. */
static void put_within(const struct suggestion *s, const struct threshold *t,
                       char text[SUGGEST_WORDS_REASON_BYTES])
{
    const bool *used = t->used, *known = s->known;
    const int one = used[1], other = !one;
    if (used[0] && used[1])
        snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                 "from how often records of the same file resemble each other, which are no "
                 "matches if no file has duplicates");
    else if (!used[0] && !used[1])
        snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                 "from how often records of the same file resemble each other: as much as those of "
                 "both files");
    else {
        const int n = snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                               "from how often records of %c resemble each other, which are no "
                               "matches if %c has no duplicates",
                               'A' + one, 'A' + one);
        if (known[other])
            snprintf(text + n, SUGGEST_WORDS_REASON_BYTES - (size_t)n,
                     ". Those of %c resemble each other too much for that", 'A' + other);
    }
}

const char *suggest_words_reason(const struct suggestion *s, const struct threshold *t,
                                 char text[SUGGEST_WORDS_REASON_BYTES])
{
    const bool asked = s->known[0] || s->known[1];
    if (t->source == THRESHOLD_MODEL)
        snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                 "from what the model believes of each pair, before records choose among partners; "
                 "that is too much where its columns depend on each other");
    else if (t->source == THRESHOLD_WITHIN_FILES)
        put_within(s, t, text);
    else if (t->source == THRESHOLD_TAIL)
        snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                 "from how the number of pairs falls as the score rises%s",
                 asked ? "; records of the same file resemble each other as much, so either the "
                         "files have duplicates, as is taken for granted here, or all of these "
                         "pairs are false"
                       : "");
    else
        snprintf(text, SUGGEST_WORDS_REASON_BYTES,
                 "too few scores are seen to tell matches from other pairs");
    return text;
}

bool suggest_words_is_doubted(const struct suggestion *s)
{
    return s->second.n && (s->second.source == THRESHOLD_TAIL || threshold_is_told(&s->second));
}

double suggest_words_missed(const struct threshold *t, uint32_t i)
{
    return fmax(t->matches - (t->cut[i].pairs - t->cut[i].false_pairs), 0);
}

/* ---- Other thresholds ------------------------------------------------------------------------*/

uint32_t suggest_words_cuts(const struct suggestion *s, uint32_t cut[SUGGEST_WORDS_CUTS])
{
    const struct threshold *t = &s->threshold;
    if (t->n == 0)
        return 0;
    const double at = t->separates ? t->cut[t->best].pairs : 0;
    const double least = at > 0 ? at / SHOWN_AROUND : 0,
                 most = at > 0 ? at * SHOWN_AROUND : (double)INFINITY;
    const double all = fmin(most, t->cut[0].pairs), first = fmax(least, t->cut[t->n - 1].pairs);
    const double ratio = pow(fmax(all / first, 1), 1 / SHOWN);
    double next = 0;
    uint32_t n = 0;
    for (uint32_t i = t->n; i-- > 0 && n < SUGGEST_WORDS_CUTS;) {
        const double pairs = t->cut[i].pairs;
        const bool best = t->separates && i == t->best;
        if (pairs < least || pairs > most || (pairs < next && !best))
            continue;
        cut[n++] = i;
        next = pairs * ratio;
    }
    return n;
}

/* ---- Remarks ---------------------------------------------------------------------------------*/

__attribute__((format(printf, 2, 3))) static void add(struct suggest_words_remarks *r,
                                                      const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(r->text[r->n++], sizeof r->text[0], format, list);
    va_end(list);
}

/* What the scores of a model look like to those who do not believe it. */
static void add_second(const struct suggestion *s, struct suggest_words_remarks *r)
{
    char option[SUGGEST_WORDS_OPTION_BYTES], why[SUGGEST_WORDS_REASON_BYTES];
    if (suggest_words_is_doubted(s))
        add(r, "or false:  %s; by that %s%s", suggest_words_reason(s, &s->second, why),
            s->second.separates ? "it is " : "no threshold separates",
            s->second.separates ? suggest_words_option(s, s->second.best, option) : "");
    else if (s->second.n && (s->known[0] || s->known[1]))
        add(r, "the files themselves do not tell: records of the same file resemble each other as "
               "much as those of both");
}

static void add_suggested(const struct suggestion *s, struct suggest_words_remarks *r)
{
    const struct threshold *t = &s->threshold;
    if (t->best == 0 && !s->floor_is_last)
        add(r, "it is the lowest that was looked at; a lower %s may be better",
            s->all.falls ? "--max" : "--min");
    if (t->matches > s->records)
        add(r,
            "these are more matches than records (%.0f): a value that many records have, such as a "
            "frequent name, proves nothing by itself; compare several columns",
            s->records);
    if (t->matches < FEW * s->records)
        add(r,
            "about %.0f matches are expected of %.0f records: either few have one, or this score "
            "does not find it",
            t->matches, s->records);
}

void suggest_words_remarks(const struct suggestion *s, struct suggest_words_remarks *r)
{
    r->n = 0;
    if (s->threshold.n == 0)
        return;
    add_second(s, r);
    if (s->threshold.separates)
        add_suggested(s, r);
    else
        add(r, "try another column, or several: --score '0.6 * jaro_winkler(name) + 0.4 * "
               "levenshtein(city)'");
}
