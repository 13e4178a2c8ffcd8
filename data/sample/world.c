/* The world that people are drawn from; see world.h. */
#include "data/sample/world.h"

#include "data/sample/facts.h"

#include <stdlib.h>
#include <string.h>

/* Composed names are numbered; number k is the same name in every run. */
enum { NAMES_SURNAME = 1, NAMES_MALE = 2, NAMES_FEMALE = 3 };

/* Their numbers are ranks from 2^FROM to 2^UNTIL - 1, so that the tail goes on where lists end. */
enum { FIRST_FROM = 6, FIRST_UNTIL = 13, SURNAME_FROM = 12, SURNAME_UNTIL = 24 };

static bool style_open(struct world_style *s, const struct style *from, struct err *e)
{
    s->weight = from->weight;
    s->mid_percent = from->mid_percent;
    return words_make_even(&s->start, from->start, e) && words_make_even(&s->mid, from->mid, e) &&
           words_make_even(&s->end, from->end, e);
}

static bool styles_open(struct world_styles *s, const struct style *from, struct err *e)
{
    bool ok = true;
    for (; ok && from->name; from++) {
        ok = style_open(&s->style[s->n], from, e);
        s->total_weight += from->weight;
        s->n++;
    }
    return ok;
}

static void styles_close(struct world_styles *s)
{
    for (unsigned i = 0; i < s->n; i++) {
        words_free(&s->style[i].start);
        words_free(&s->style[i].mid);
        words_free(&s->style[i].end);
    }
}

static bool cultures_open(struct world *w, struct err *e)
{
    bool ok = true;
    for (const struct culture *from = list_culture; ok && from->name; from++) {
        struct world_culture *c = &w->culture[w->n_cultures++];
        c->from = from;
        ok = words_make_even(&c->male, from->male, e) &&
             words_make_even(&c->female, from->female, e) &&
             words_make_even(&c->surname, from->surname, e);
    }
    return ok;
}

/* Takes the entry "Name:ZIP3:weight" apart: the name keeps the place, the rest becomes *place. */
static unsigned place_parse(char *entry, const char *state, struct place *place)
{
    char *zip = strchr(entry, ':');
    *zip++ = '\0';
    unsigned weight = (unsigned)strtoul(strchr(zip, ':') + 1, NULL, 10);
    *place = (struct place){.city = entry,
                            .state = state,
                            .zip3 = (unsigned)strtoul(zip, NULL, 10),
                            .zips = weight < 198 ? 1 + weight / 2 : 100};
    return weight;
}

/* Replaces the even slots of w->city by slots by weight. */
static bool places_weigh(struct world *w, const unsigned *weight, struct err *e)
{
    unsigned total = 0;
    for (unsigned i = 0; i < w->city.n; i++)
        total += weight[i];
    uint16_t *slot = calloc(total + 1, sizeof *slot);
    if (!slot)
        return err_set(e, ERR_OS, NULL, "no memory for %u places", w->city.n);
    free(w->city.slot);
    w->city.slot = slot;
    w->city.n_slots = total;
    for (unsigned i = 0; i < w->city.n; i++)
        for (unsigned k = 0; k < weight[i]; k++)
            *slot++ = (uint16_t)i;
    return true;
}

static bool places_open(struct world *w, struct err *e)
{
    struct word_group groups[64] = {0};
    unsigned weight[1024] = {0}, at = 0;
    for (unsigned i = 0; list_place[i].state; i++)
        groups[i] = (struct word_group){1, list_place[i].places};
    if (!words_make(&w->city, groups, e))
        return false;
    w->place = calloc(w->city.n + 1, sizeof *w->place);
    if (!w->place)
        return err_set(e, ERR_OS, NULL, "no memory for %u places", w->city.n);
    for (const struct place_group *g = list_place; g->state; g++)
        for (unsigned until = at + words_count(g->places); at < until; at++) {
            char *entry = w->city.text + (w->city.word[at] - w->city.text);
            weight[at] = place_parse(entry, g->state, &w->place[at]);
        }
    return places_weigh(w, weight, e);
}

static bool nicks_open(struct world *w, struct err *e)
{
    unsigned n = 0;
    while (list_nick[n])
        n++;
    w->nick = calloc(n + 1, sizeof *w->nick);
    if (!w->nick)
        return err_set(e, ERR_OS, NULL, "no memory for %u nicknames", n);
    for (; w->n_nicks < n; w->n_nicks++)
        if (!words_make_even(&w->nick[w->n_nicks], list_nick[w->n_nicks], e))
            return false;
    return true;
}

bool world_open(struct world *w, struct err *e)
{
    *w = (struct world){0};
    letters_open();
    return words_make(&w->surname, list_surname, e) && words_make(&w->male, list_male, e) &&
           words_make(&w->female, list_female, e) && words_make(&w->street, list_street, e) &&
           words_make(&w->street_type, list_street_type, e) &&
           styles_open(&w->surname_style, list_surname_style, e) &&
           styles_open(&w->male_style, list_male_style, e) &&
           styles_open(&w->female_style, list_female_style, e) && cultures_open(w, e) &&
           places_open(w, e) && nicks_open(w, e);
}

void world_close(struct world *w)
{
    words_free(&w->surname);
    words_free(&w->male);
    words_free(&w->female);
    words_free(&w->street);
    words_free(&w->street_type);
    words_free(&w->city);
    styles_close(&w->surname_style);
    styles_close(&w->male_style);
    styles_close(&w->female_style);
    for (unsigned i = 0; i < w->n_cultures; i++) {
        words_free(&w->culture[i].male);
        words_free(&w->culture[i].female);
        words_free(&w->culture[i].surname);
    }
    for (unsigned i = 0; i < w->n_nicks; i++)
        words_free(&w->nick[i]);
    free(w->nick);
    free(w->place);
}

/* A rank from 2^from to 2^until - 1: each octave is as likely as the next, which is Zipf's law with
 * exponent 1 up to the evenness inside an octave, and needs no floating point. */
static unsigned draw_rank(struct rng *g, unsigned from, unsigned until)
{
    unsigned octave = from + rng_below(g, until - from);
    return (1U << octave) + rng_below(g, 1U << octave);
}

static const struct world_style *draw_style(const struct world_styles *s, struct rng *g)
{
    unsigned at = rng_below(g, s->total_weight), i = 0;
    while (at >= s->style[i].weight)
        at -= s->style[i++].weight;
    return &s->style[i];
}

/* Appends composed name number `rank` of a family of names. */
static void compose(const struct world_styles *styles, unsigned names, unsigned rank,
                    struct str *out)
{
    struct rng g = rng_stream(names, rank);
    const struct world_style *s = draw_style(styles, &g);
    str_add(out, words_draw(&s->start, &g));
    if (rng_below(&g, 100) < s->mid_percent)
        str_add(out, words_draw(&s->mid, &g));
    str_add(out, words_draw(&s->end, &g));
}

void world_first(const struct world *w, struct rng *g, bool female, struct str *out)
{
    if (rng_chance(g, facts[FACT_COMMON_FIRST].rate))
        str_add(out, words_draw(female ? &w->female : &w->male, g));
    else if (female)
        compose(&w->female_style, NAMES_FEMALE, draw_rank(g, FIRST_FROM, FIRST_UNTIL), out);
    else
        compose(&w->male_style, NAMES_MALE, draw_rank(g, FIRST_FROM, FIRST_UNTIL), out);
}

void world_surname(const struct world *w, struct rng *g, struct str *out)
{
    if (rng_chance(g, facts[FACT_COMMON_SURNAME].rate))
        str_add(out, words_draw(&w->surname, g));
    else
        compose(&w->surname_style, NAMES_SURNAME, draw_rank(g, SURNAME_FROM, SURNAME_UNTIL), out);
}

const struct world_culture *world_draw_culture(const struct world *w, struct rng *g, bool latin)
{
    unsigned total = 0;
    for (unsigned i = 0; i < w->n_cultures; i++)
        total += w->culture[i].from->latin == latin ? w->culture[i].from->weight : 0;
    unsigned at = rng_below(g, total);
    for (unsigned i = 0;; i++) {
        unsigned weight = w->culture[i].from->latin == latin ? w->culture[i].from->weight : 0;
        if (at < weight)
            return &w->culture[i];
        at -= weight;
    }
}

const struct place *world_draw_place(const struct world *w, struct rng *g)
{
    return &w->place[w->city.slot[rng_below(g, w->city.n_slots)]];
}

const char *world_nick(const struct world *w, struct rng *g, const struct str *first)
{
    for (unsigned i = 0; i < w->n_nicks; i++) {
        const struct words *group = &w->nick[i];
        for (unsigned k = 0; k < group->n; k++)
            if (str_is(first, group->word[k]))
                return group->word[(k + 1 + rng_below(g, group->n - 1)) % group->n];
    }
    return NULL;
}
