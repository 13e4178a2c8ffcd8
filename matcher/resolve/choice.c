/* From options to a choice. */
#include "matcher/resolve/choice.h"

#include "matcher/metric/metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum choose_better choice_better(const struct opts *o, const struct query *query)
{
    const uint32_t term = query_single_term(query);
    const bool falls =
        term != EXPR_NONE && metric_falls((enum metric_view)query->expr.term[term].view);
    return falls || (o->max_given && !o->min_given) ? CHOOSE_LEAST : CHOOSE_GREATEST;
}

/* Do pairs below --min count in clusters? */
static bool counts_below(const struct opts *o)
{
    return (o->clusters || o->golden) && o->cluster_floor_given;
}

double choice_found_from(const struct opts *o)
{
    return counts_below(o) ? o->cluster_floor : o->min_given ? o->min : -(double)INFINITY;
}

/* As many as the option says; with --best the best alone. */
static uint32_t top_of(uint64_t option, bool best)
{
    const uint64_t top = best && (option == 0 || option > 1) ? 1 : option;
    return top < UINT32_MAX ? (uint32_t)top : UINT32_MAX;
}

struct choice choice_make(const struct opts *o, bool self)
{
    const bool mutual = o->best == OPTS_BEST_MUTUAL;
    /* Of itself --linked has a line for each record of A; what is asked for goes before that. */
    const bool one = o->linked && !o->one_to_one && !o->top && !o->top_b && !o->best;
    /* In dedupe a record of A is one of B. */
    const bool best_a = mutual || o->best == OPTS_BEST_A || (self && o->best == OPTS_BEST_B);
    const enum opts_unmatched alone = o->unmatched;
    const bool both = alone == OPTS_UNMATCHED_BOTH;
    const bool only[2] = {alone == OPTS_UNMATCHED_ONLY_A, alone == OPTS_UNMATCHED_ONLY_B};
    struct choice c = {.top = {top_of(o->top, best_a || one),
                               top_of(o->top_b, mutual || (!self && o->best == OPTS_BEST_B))},
                       .pairing = !o->one_to_one ? CHOICE_MANY
                                  : o->optimal   ? CHOICE_OPTIMAL
                                                 : CHOICE_GREEDY,
                       .unmatched = {o->linked || both || only[0] || alone == OPTS_UNMATCHED_A,
                                     both || only[1] || alone == OPTS_UNMATCHED_B},
                       .unmatched_only = only[0] || only[1],
                       .linked = o->linked,
                       .clusters = o->clusters || o->golden,
                       .written_from = counts_below(o) ? o->min : -(double)INFINITY};
    c.collects =
        c.top[1] || c.pairing != CHOICE_MANY || c.unmatched[1] || c.clusters || (self && c.top[0]);
    return c;
}

bool choice_leaves_out(const struct choice *choice)
{
    return choice->top[0] || choice->top[1] || choice->pairing != CHOICE_MANY ||
           choice->unmatched_only;
}

static void describe_top(const struct choice *choice, bool self, char text[CHOICE_TEXT_BYTES])
{
    const uint32_t *top = choice->top;
    const int side = top[0] == 0;
    size_t n = 0;
    if (top[0] == 1 && top[1] == 1)
        snprintf(text, CHOICE_TEXT_BYTES, "the pairs whose records are the best of each other");
    else if (top[side] == 1)
        n = (size_t)snprintf(text, CHOICE_TEXT_BYTES, "the best match of each record");
    else
        n = (size_t)snprintf(text, CHOICE_TEXT_BYTES, "the %u best matches of each record",
                             top[side]);
    if (n && !self)
        n += (size_t)snprintf(text + n, CHOICE_TEXT_BYTES - n, " of %c", 'A' + side);
    if (n && top[0] && top[1])
        snprintf(text + n, CHOICE_TEXT_BYTES - n, " that are among the %u best of the record of B",
                 top[1]);
}

void choice_describe(const struct choice *choice, bool self, char text[CHOICE_TEXT_BYTES])
{
    text[0] = 0;
    if (choice->top[0] || choice->top[1])
        describe_top(choice, self, text);
    if (choice->pairing != CHOICE_MANY)
        snprintf(text, CHOICE_TEXT_BYTES, "one partner at most for each record, %s",
                 choice->pairing == CHOICE_GREEDY ? "the best pairs first"
                                                  : "with the best total of scores");
}

#define FACT_PRINT "choice top %u %u, pairing %u, better %u, rows %u %u, self %u, terms %u"

void choice_fact_print(const struct choice_fact *f, char text[CHOICE_FACT_BYTES])
{
    snprintf(text, CHOICE_FACT_BYTES, FACT_PRINT, f->choice.top[0], f->choice.top[1],
             (unsigned)f->choice.pairing, (unsigned)f->better, f->rows.n[0], f->rows.n[1],
             (unsigned)f->rows.self, f->n_terms);
}

bool choice_fact_read(struct choice_fact *f, const char *facts)
{
    unsigned pairing, better, self;
    const char *line = strstr(facts, "\nchoice ");
    *f = (struct choice_fact){.n_terms = 0};
    if (!line || sscanf(line + 1, FACT_PRINT, &f->choice.top[0], &f->choice.top[1], &pairing,
                        &better, &f->rows.n[0], &f->rows.n[1], &self, &f->n_terms) != 8)
        return false;
    f->choice.pairing = (enum choice_pairing)pairing;
    f->better = (enum choose_better)better;
    f->rows.self = self != 0;
    return true;
}
