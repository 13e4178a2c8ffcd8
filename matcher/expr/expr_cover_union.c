/* Covers by the pigeonhole: a sum cannot reach its threshold while all its terms are low.
 *
 * Each term has a few levels (expr_cover_levels.c), and an option asks one term for a level, or
 * two. A box is the pairs of which each term has at most a given level. A set of options is a cover
 * if every box that satisfies none of them cannot match, which the evaluation over intervals
 * decides. So what it says is exact whatever the operations are: sums, the least of two,
 * conditions.
 *
 * To find a cheap set is to hit all matches with options, as in the hitting set problem, where the
 * matches are found as they are needed (implicit hitting sets: Moreno-Centeno and Karp 2013): take
 * a box that still can match, lower its levels as long as it can, and add the option that satisfies
 * it for the least. In the end no option can be left out, nor ask for more. This is begun several
 * times, each time with all single terms that cost less than some amount. Then each option of the
 * best set is forbidden in turn, and what it covered is covered anew. The result is always a cover;
 * that none costs less is not proved. */
#include "core/base.h"
#include "matcher/expr/expr_bisect.h"
#include "matcher/expr/expr_cover_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORK 12000000u /* of a search, in about four nanoseconds … */
#define MORE_WORK 250000.0 /* … and for each second that its first cover costs so much more … */
#define MOST_WORK 1e8      /* … up to this */
#define MAX_POINTS 512u    /* that are remembered */
#define STARTS 8u

/* Ask term `term` for `level`, and, unless `also` is NOBODY, `also` for `also_level`. */
#define NOBODY 255u
struct pick {
    uint8_t term, level, also, also_level;
};

struct picks {
    double cost;
    uint32_t n;
    struct pick pick[EXPR_MAX_OPTIONS];
};

/* The level of each term. As a box: at most so much. As a point: so much. */
struct box {
    uint8_t level[EXPR_MAX_TERMS];
};

struct search {
    struct expr_eval *v;
    const struct expr_goal *goal;
    const struct expr_costs *costs;
    uint32_t n_terms, work, most_work;
    struct cover_levels levels[EXPR_MAX_TERMS];
    struct expr_span most[EXPR_MAX_TERMS][COVER_MAX_LEVELS + 1]; /* values of at most a level */
    double single[EXPR_MAX_TERMS][COVER_MAX_LEVELS + 1];         /* what an option costs */
    uint32_t first[EXPR_MAX_TERMS], n_levels; /* of a term among the levels of all */
    double *pair;                             /* n_levels of each of n_levels; NaN: not yet known */
    struct pick forbidden;                    /* options that ask for no more are not taken */
    struct box present;                       /* that lane 0 has been run for */
    struct box point[MAX_POINTS];             /* that match, to refuse sets by, in a ring */
    uint32_t n_points;                        /* that were ever put there */
};

static bool is_single(struct pick p)
{
    return p.also == NOBODY;
}

/* ---- Costs -----------------------------------------------------------------------------------*/

static struct expr_option option_of(const struct search *s, struct pick p)
{
    struct expr_option o = {.term = p.term, .also = EXPR_NONE};
    o.need = s->levels[p.term].edge[p.level - 1];
    if (is_single(p))
        return o;
    o.also = p.also;
    o.also_need = s->levels[p.also].edge[p.also_level - 1];
    return o;
}

static struct pick exchanged(struct pick p)
{
    return (struct pick){p.also, p.also_level, p.term, p.level};
}

static double ask_cost(const struct search *s, struct pick p)
{
    const struct expr_option o = option_of(s, p);
    return s->costs->cost(s->costs->context, &o);
}

static double cost_of(struct search *s, struct pick p)
{
    if (is_single(p))
        return s->single[p.term][p.level];
    if (p.also < p.term)
        p = exchanged(p);
    const size_t row = s->first[p.term] + p.level - 1u;
    double *known = &s->pair[row * s->n_levels + s->first[p.also] + p.also_level - 1u];
    if (*known != *known)
        *known = ask_cost(s, p);
    return *known;
}

/* ---- Sets of options -------------------------------------------------------------------------*/

static bool satisfies(const struct box *point, struct pick p)
{
    return point->level[p.term] >= p.level &&
           (is_single(p) || point->level[p.also] >= p.also_level);
}

/* Whether `p` asks for no more than `other`. */
static bool asks_no_more(struct pick p, struct pick other)
{
    struct box least_point = {{0}};
    least_point.level[other.term] = other.level;
    if (!is_single(other))
        least_point.level[other.also] = other.also_level;
    return satisfies(&least_point, p);
}

static void drop(struct picks *set, uint32_t i)
{
    memmove(&set->pick[i], &set->pick[i + 1], (set->n - i - 1) * sizeof set->pick[0]);
    set->n--;
}

/* Adds an option, in place of those that ask for no less; false if there is no room. */
static bool add(struct search *s, struct picks *set, struct pick p)
{
    for (uint32_t i = set->n; i-- > 0;)
        if (asks_no_more(p, set->pick[i]))
            drop(set, i);
    if (set->n == EXPR_MAX_OPTIONS)
        return false;
    set->pick[set->n++] = p;
    set->cost = 0;
    for (uint32_t i = 0; i < set->n; i++)
        set->cost += cost_of(s, set->pick[i]);
    return true;
}

/* ---- Boxes -----------------------------------------------------------------------------------*/

static bool is_spent(const struct search *s)
{
    return s->work > s->most_work;
}

/* Can a pair of the box match? Only what differs from the box before is evaluated. */
static bool box_can(struct search *s, const struct box *box)
{
    uint64_t changed = 0;
    for (uint32_t t = 0; t < s->n_terms; t++)
        changed |= (uint64_t)(box->level[t] != s->present.level[t]) << t;
    for (uint32_t i = 0; i < s->v->x->n_nodes; i++) {
        const struct expr_node *node = &s->v->x->node[i];
        if (node->op != EXPR_TERM || !(changed >> node->index & 1))
            continue;
        const struct expr_span most = s->most[node->index][box->level[node->index]];
        s->v->lo[i][0] = most.lo;
        s->v->hi[i][0] = most.hi;
    }
    expr_eval_run_terms(s->v, changed, 1);
    s->work += s->v->x->n_nodes + s->n_terms * 4;
    s->present = *box;
    return expr_can_match(s->v, s->goal, 0);
}

/* The term that stands in most of the options that a box satisfies, and the highest level at which
 * it does; NOBODY if the box satisfies none. No option is single. */
static struct pick most_used(const struct search *s, const struct picks *set, const struct box *box)
{
    uint8_t uses[EXPR_MAX_TERMS] = {0}, level[EXPR_MAX_TERMS] = {0};
    struct pick most = {NOBODY, 0, NOBODY, 0};
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pick p = set->pick[i];
        if (is_single(p) || !satisfies(box, p))
            continue;
        uses[p.term]++;
        uses[p.also]++;
        level[p.term] = (uint8_t)greatest(level[p.term], p.level);
        level[p.also] = (uint8_t)greatest(level[p.also], p.also_level);
    }
    for (uint32_t t = 0; t < s->n_terms; t++)
        if (uses[t] > (most.term == NOBODY ? 0 : uses[most.term]))
            most = (struct pick){(uint8_t)t, level[t], NOBODY, 0};
    return most;
}

/* Lowers a box, whose term reaches its level, so that it satisfies no option of that term. */
static void lower_partners(const struct picks *set, struct pick term, struct box *box)
{
    for (uint32_t i = 0; i < set->n; i++) {
        struct pick p = set->pick[i];
        p = p.also == term.term ? exchanged(p) : p;
        if (!is_single(p) && p.term == term.term && p.level <= term.level)
            box->level[p.also] = (uint8_t)least(box->level[p.also], p.also_level - 1u);
    }
}

/* Looks within *box, where the single terms of the set are too low, for a box that satisfies none
 * of the rest and can match; into *box. A term is too low for its options, or its partners are. */
static bool find_within(struct search *s, const struct picks *set, struct box *box)
{
    if (is_spent(s) || !box_can(s, box))
        return false;
    const struct pick term = most_used(s, set, box);
    if (term.term == NOBODY)
        return true;
    struct box part = *box;
    part.level[term.term] = (uint8_t)(term.level - 1);
    bool found = find_within(s, set, &part);
    if (!found) {
        part = *box;
        lower_partners(set, term, &part);
        found = find_within(s, set, &part);
    }
    *box = part;
    return found;
}

/* Finds a box that can match and satisfies no option of the set. */
static bool find_gap(struct search *s, const struct picks *set, struct box *box)
{
    for (uint32_t t = 0; t < s->n_terms; t++)
        box->level[t] = (uint8_t)s->levels[t].n;
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pick p = set->pick[i];
        if (is_single(p) && box->level[p.term] >= p.level)
            box->level[p.term] = (uint8_t)(p.level - 1);
    }
    return find_within(s, set, box);
}

/* Whether the set leaves no gap, as far as the points say that are known. */
static bool covers_points(struct search *s, const struct picks *set)
{
    for (uint32_t k = 0; k < least(s->n_points, MAX_POINTS); k++) {
        uint32_t i = 0;
        while (i < set->n && !satisfies(&s->point[k], set->pick[i]))
            i++;
        s->work += i / 2;
        if (i == set->n)
            return false;
    }
    return true;
}

static bool covers(struct search *s, const struct picks *set)
{
    struct box gap;
    return covers_points(s, set) && !find_gap(s, set, &gap) && !is_spent(s);
}

/* The terms of a box, the one whose level costs least as a single option first. */
static uint32_t in_order(const struct search *s, const struct box *box,
                         uint32_t order[EXPR_MAX_TERMS])
{
    uint32_t n = 0;
    for (uint32_t t = 0; t < s->n_terms; t++) {
        if (box->level[t] == 0)
            continue;
        uint32_t at = n++;
        const double cost = s->single[t][box->level[t]];
        for (; at > 0 && s->single[order[at - 1]][box->level[order[at - 1]]] > cost; at--)
            order[at] = order[at - 1];
        order[at] = t;
    }
    return n;
}

/* Lowers the levels of a box that can match as long as it can. What would be cheap to ask for goes
 * first: so the point that is left is dear to hit. */
static void lower_box(struct search *s, struct box *box)
{
    uint32_t order[EXPR_MAX_TERMS];
    const uint32_t n = in_order(s, box, order);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *level = &box->level[order[i]];
        bool can = true;
        while (can && *level > 0) {
            (*level)--;
            can = box_can(s, box);
        }
        *level = (uint8_t)(*level + !can);
    }
}

/* ---- Making a cover --------------------------------------------------------------------------*/

/* Takes the set with `p` added into *best, if it costs less. */
static void try_pick(struct search *s, const struct picks *set, struct pick p, struct picks *best)
{
    struct picks with = *set;
    const bool allowed = s->forbidden.level == 0 || !asks_no_more(p, s->forbidden);
    if (allowed && isfinite(cost_of(s, p)) && add(s, &with, p) && with.cost < best->cost)
        *best = with;
}

/* Two terms at the levels of a point; or both at such levels that another option with the same
 * terms is no longer needed. */
static void try_pairs(struct search *s, const struct picks *set, struct pick p, struct picks *best)
{
    const double alone = fmin(s->single[p.term][p.level], s->single[p.also][p.also_level]);
    if (!(cost_of(s, p) < alone))
        return;
    try_pick(s, set, p, best);
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pick other = set->pick[i];
        if (other.term == p.term && other.also == p.also) {
            struct pick both = p;
            both.level = (uint8_t)least(p.level, other.level);
            both.also_level = (uint8_t)least(p.also_level, other.also_level);
            try_pick(s, set, both, best);
        }
    }
}

/* Adds to the set the option that satisfies the point for the least. */
static bool hit(struct search *s, struct picks *set, const struct box *point)
{
    struct picks best = {.cost = (double)INFINITY};
    for (uint32_t t = 0; t < s->n_terms; t++) {
        const uint8_t level = point->level[t];
        if (level > 0)
            try_pick(s, set, (struct pick){(uint8_t)t, level, NOBODY, 0}, &best);
        for (uint32_t u = t + 1; u < s->n_terms && level > 0; u++)
            if (point->level[u] > 0)
                try_pairs(s, set, (struct pick){(uint8_t)t, level, (uint8_t)u, point->level[u]},
                          &best);
    }
    if (!isfinite(best.cost))
        return false;
    *set = best;
    return true;
}

/* Adds options until the set is a cover; false if that cannot be. */
static bool complete(struct search *s, struct picks *set)
{
    struct box gap;
    while (find_gap(s, set, &gap)) {
        lower_box(s, &gap);
        s->point[s->n_points++ % MAX_POINTS] = gap;
        if (!hit(s, set, &gap))
            return false;
    }
    return !is_spent(s);
}

/* Replaces option i by one that asks for more, or leaves it out, if the set stays a cover. */
static bool trim_one(struct search *s, struct picks *set, uint32_t i)
{
    struct picks less = *set;
    drop(&less, i);
    struct picks more[3] = {less, less, less};
    const struct pick p = set->pick[i];
    uint32_t n = 1;
    less.cost = set->cost - cost_of(s, p);
    if (p.level < s->levels[p.term].n)
        add(s, &more[n++], (struct pick){p.term, (uint8_t)(p.level + 1), p.also, p.also_level});
    if (!is_single(p) && p.also_level < s->levels[p.also].n)
        add(s, &more[n++], (struct pick){p.term, p.level, p.also, (uint8_t)(p.also_level + 1)});
    more[0].cost = less.cost;
    for (uint32_t k = 0; k < n; k++)
        if (more[k].cost <= set->cost && covers(s, &more[k])) {
            *set = more[k];
            return true;
        }
    return false;
}

/* The dearest option first. */
static void sort_picks(struct search *s, struct picks *set)
{
    for (uint32_t i = 1; i < set->n; i++) {
        const struct pick p = set->pick[i];
        uint32_t at = i;
        for (; at > 0 && cost_of(s, set->pick[at - 1]) < cost_of(s, p); at--)
            set->pick[at] = set->pick[at - 1];
        set->pick[at] = p;
    }
}

/* Leaves out what can be left out of a cover, the dearest first, and asks for more where it can. */
static void trim(struct search *s, struct picks *set)
{
    for (bool changed = true; changed;) {
        changed = false;
        sort_picks(s, set);
        for (uint32_t i = 0; i < set->n && !changed; i++)
            changed = trim_one(s, set, i);
    }
}

/* ---- The search ------------------------------------------------------------------------------*/

/* Completes and trims a set, and takes it into *best if it costs less. */
static bool try_from(struct search *s, struct picks *set, struct picks *best)
{
    if (!complete(s, set))
        return false;
    trim(s, set);
    if (!(set->cost < best->cost))
        return false;
    *best = *set;
    return true;
}

/* For each term its lowest level that costs at most `cost`. */
static struct picks all_below(struct search *s, double cost)
{
    struct picks set = {.cost = 0};
    for (uint32_t t = 0; t < s->n_terms && set.n < EXPR_MAX_OPTIONS; t++) {
        uint32_t level = 1;
        while (level <= s->levels[t].n && !(s->single[t][level] <= cost))
            level++;
        if (level <= s->levels[t].n)
            add(s, &set, (struct pick){(uint8_t)t, (uint8_t)level, NOBODY, 0});
    }
    return set;
}

static void range_of_costs(const struct search *s, double *lowest, double *highest)
{
    *lowest = (double)INFINITY;
    *highest = 0;
    for (uint32_t t = 0; t < s->n_terms; t++)
        for (uint32_t k = 1; k <= s->levels[t].n; k++)
            if (isfinite(s->single[t][k])) {
                *lowest = fmin(*lowest, s->single[t][k]);
                *highest = fmax(*highest, s->single[t][k]);
            }
}

/* From all that costs less than some amount, from the greatest down, and from nothing. Each has its
 * share of the work, so one cover at least is found if there is any. */
static void search_starts(struct search *s, struct picks *best)
{
    double lowest, cost;
    range_of_costs(s, &lowest, &cost);
    const double factor = pow(lowest / cost, 1.0 / STARTS);
    for (uint32_t i = 0; i <= STARTS; i++, cost *= factor) {
        struct picks set = all_below(s, i < STARTS ? cost : 0);
        s->most_work = s->work + MAX_WORK / 2 / (STARTS + 1);
        try_from(s, &set, best);
    }
    s->most_work = MAX_WORK;
}

/* Forbids each option in turn, and covers anew what it covered. What takes long is worth a longer
 * search. */
static void search_near(struct search *s, struct picks *best)
{
    s->most_work += (uint32_t)fmin(MORE_WORK * best->cost, best->n ? MOST_WORK : 0);
    for (uint32_t i = 0; i < best->n && !is_spent(s);) {
        struct picks set = *best;
        s->forbidden = set.pick[i];
        drop(&set, i);
        i = try_from(s, &set, best) ? 0 : i + 1;
    }
    s->forbidden = (struct pick){0, 0, 0, 0};
}

/* ---- Edges that are no steps -----------------------------------------------------------------*/

struct raise {
    struct search *s;
    const struct picks *set;
    uint32_t term, level;
};

static void move_edge(struct search *s, uint32_t term, uint32_t level, double edge)
{
    s->levels[term].edge[level - 1] = edge;
    s->most[term][level - 1] = cover_worse(&s->v->x->term[term], edge);
    s->present.level[term] = COVER_MAX_LEVELS + 1; /* what was set before is no longer so */
}

static bool covers_from(void *context, double edge)
{
    const struct raise *r = context;
    struct box gap;
    move_edge(r->s, r->term, r->level, edge);
    return !find_gap(r->s, r->set, &gap) && !is_spent(r->s);
}

/* Asks of a term at a level as much as the cover allows; the level of a step asks for it all. */
static void raise_edge(struct search *s, const struct picks *set, uint32_t term, uint32_t level)
{
    const struct cover_levels *levels = &s->levels[term];
    const double edge = levels->edge[level - 1];
    if (level == levels->n || levels->step[level - 1])
        return;
    struct raise r = {s, set, term, level};
    move_edge(s, term, level, bisect_first(covers_from, &r, levels->edge[level], edge));
}

static void raise_edges(struct search *s, const struct picks *set)
{
    for (uint32_t i = 0; i < set->n; i++) {
        const struct pick p = set->pick[i];
        raise_edge(s, set, p.term, p.level);
        if (!is_single(p))
            raise_edge(s, set, p.also, p.also_level);
    }
}

/* ---- Beginning and end -----------------------------------------------------------------------*/

static bool open_pairs(struct search *s, struct err *e)
{
    const size_t n = (size_t)s->n_levels * s->n_levels;
    s->pair = malloc((n + 1) * sizeof *s->pair);
    if (!s->pair)
        return err_set(e, ERR_OS, NULL, "not enough memory for the terms of an expression");
    for (size_t i = 0; i < n; i++)
        s->pair[i] = (double)NAN;
    return true;
}

static void open_levels(struct search *s, double known)
{
    expr_eval_set_unknown(s->v, EXPR_LANES);
    expr_eval_run(s->v, EXPR_LANES);
    for (uint32_t t = 0; t < s->n_terms; t++) {
        const struct expr_term *term = &s->v->x->term[t];
        s->levels[t] = cover_levels_of(s->v, s->goal, t, s->costs, known);
        const struct cover_levels *levels = &s->levels[t];
        s->first[t] = s->n_levels;
        s->n_levels += levels->n;
        s->most[t][levels->n] = cover_all(term);
        s->present.level[t] = (uint8_t)levels->n;
        for (uint32_t k = 1; k <= levels->n; k++) {
            s->most[t][k - 1] = cover_worse(term, levels->edge[k - 1]);
            s->single[t][k] = ask_cost(s, (struct pick){(uint8_t)t, (uint8_t)k, NOBODY, 0});
        }
    }
}

static struct expr_cover cover_from(struct search *s, const struct picks *set)
{
    struct expr_cover cover = {.n = set->n};
    for (uint32_t i = 0; i < set->n; i++) {
        cover.cost += ask_cost(s, set->pick[i]);
        cover.option[i] = option_of(s, set->pick[i]);
    }
    return cover;
}

bool cover_union(struct expr_eval *v, const struct expr_goal *goal, const struct expr_costs *costs,
                 struct expr_cover *cover, struct err *e)
{
    struct search *s = malloc(sizeof *s);
    struct picks best = {.cost = (double)INFINITY};
    if (!s)
        return err_set(e, ERR_OS, NULL, "not enough memory for the terms of an expression");
    *s = (struct search){.v = v, .goal = goal, .costs = costs, .n_terms = v->x->n_terms};
    open_levels(s, cover->cost);
    const bool ok = open_pairs(s, e);
    if (ok) {
        search_starts(s, &best);
        search_near(s, &best);
        s->most_work = s->work + MAX_WORK / 8;
        raise_edges(s, &best);
    }
    if (isfinite(best.cost))
        *cover = cover_cheaper(*cover, cover_from(s, &best));
    free(s->pair);
    free(s);
    return ok;
}
