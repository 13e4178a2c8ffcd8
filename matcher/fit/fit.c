/* The recipe: which rounds are made, one after the other.
 *
 * 1. Competition, odds k : N - k before a look. A record's pairs share the belief in one match, and
 *    that is harmless where it has several: they give m in equal parts.
 * 2. If allowed, a class of related pairs, which begins with what lost the competition. It is kept
 *    if a column tells its pairs from matches.
 * 3. One to one, and without that class, the odds are k : (rest of A)(rest of B): where most
 *    records have a partner, few are left that a random pair could be made of. If a record may have
 *    several matches, m stays, and k alone is fitted once more, without competition. */
#include "matcher/fit/fit.h"
#include "matcher/fit/fit_em.h"
#include "matcher/fit/fit_weights.h"

#include <math.h>
#include <string.h>

#define START_EXACT .7    /* m of exact agreement */
#define START_MATCHES .3  /* k, of the smaller file */
#define LEAST_ROUNDS 7u   /* k may rest for a round or two while m moves */
#define MOST_GAINED 1.6   /* matches for each one before: a prior that finds more is wrong */
#define FAR_BITS (-10.)   /* below it a pair is neither a match nor of a kind that looks like one */
#define LEAST_LOSERS 10.  /* pairs that a class of related pairs can begin with, and */
#define LOSER_SHARE .1    /* for each match */
#define LOSER_RATIO .3    /* of the weight of a column among losers to that among matches */
#define RELATED_RATIO -.4 /* the same of related pairs, once they are fitted */
#define NEAR_SIZE 1.5     /* related pairs for each match, of those near to matches, … */
#define ALL_SIZE .2       /* … and of all candidates */
#define TELLING_BITS 4.   /* what a column says of matches, by which others can differ from them */

struct fit_options fit_defaults(bool one_to_one)
{
    return (struct fit_options){.one_to_one = one_to_one,
                                .related = true,
                                .alpha = 5,
                                .most_change = 1e-4,
                                .most_rounds = 40,
                                .bipartite_floor = .05};
}

/* ---- Priors ----------------------------------------------------------------------------------*/

static double n_all_pairs(const uint64_t n_rows[2], bool self)
{
    const double n = (double)n_rows[0];
    return fmax(self ? n * (n - 1) / 2 : n * (double)n_rows[1], 1);
}

/* Pairs that are not matches, by which k is divided for the odds. */
static double n_others(const struct fit_data *d, const struct fit_options *o, double k,
                       bool bipartite)
{
    const double all = n_all_pairs(d->n_rows, d->self), n = (double)d->n_rows[0];
    const double floor = o->bipartite_floor;
    if (!bipartite)
        return fmax(all - k, floor * all);
    if (d->self) {
        const double rest = fmax(n - 2 * k, floor * n);
        return fmax(rest * (rest - 1) / 2, 1);
    }
    const double other = (double)d->n_rows[1];
    return fmax(fmax(n - k, floor * n) * fmax(other - k, floor * other), 1);
}

static void set_priors(const struct fit_data *d, const struct fit_options *o, bool bipartite,
                       struct fit *fit)
{
    const double all = n_all_pairs(d->n_rows, d->self);
    fit->prior_bits = log2(fit->k / n_others(d, o, fit->k, bipartite));
    fit->related_prior_bits = fit->has_related ? fit->prior_bits - log2(fit->k_related / all) : 0;
}

/* ---- Rounds ----------------------------------------------------------------------------------*/

void fit_start(const struct fit_column *column, uint32_t n_columns, const uint64_t n_rows[2],
               bool self, struct fit *fit)
{
    *fit = (struct fit){.n_columns = n_columns};
    for (uint32_t c = 0; c < n_columns; c++) {
        const uint32_t exact = column[c].n_levels - 1;
        for (uint32_t l = 0; l < exact; l++)
            fit->m[c][l] = (1 - START_EXACT) / exact;
        fit->m[c][exact] = START_EXACT;
    }
    const double all = n_all_pairs(n_rows, self);
    fit->k = fmin(START_MATCHES * (double)(n_rows[0] < n_rows[1] ? n_rows[0] : n_rows[1]), all / 2);
    fit->k = fmax(fit->k, .5);
    fit->prior_bits = log2(fit->k / fmax(all - fit->k, .5));
}

struct phase {
    enum fit_phase is;
    bool bipartite; /* the prior of files of which each record has one partner */
    bool competes;
    bool holds; /* shares stay as they are; k alone is fitted */
};

struct model {
    struct fit_em em;
    const struct fit_options *options;
    fit_shares start_m, u; /* what alpha pairs are like: of matches, of related pairs */
};

static bool is_steady(const struct fit *before, const struct fit *after, double most_change)
{
    const bool steady = fabs(log(after->k / before->k)) < most_change;
    return steady &&
           (!after->has_related || fabs(log(after->k_related / before->k_related)) < most_change);
}

static void maximise(struct model *model, struct fit *fit)
{
    struct fit_em *em = &model->em;
    const double alpha = model->options->alpha;
    fit_shares sum;
    fit_em_sum(em, em->mass, sum);
    /* Beside related pairs m leans on what it was: the start would have matches like them. */
    fit_em_maximise(em, sum, alpha, fit->has_related ? fit->m : model->start_m, fit->m);
    if (fit->has_related) {
        fit_em_sum(em, em->related_mass, sum);
        fit_em_maximise(em, sum, alpha, model->u, fit->h);
    }
}

static void note_round(struct fit *fit, enum fit_phase phase)
{
    if (fit->rounds < FIT_MAX_ROUNDS)
        fit->round[fit->rounds] = (struct fit_round){phase, fit->k};
    fit->rounds++;
}

/* The rounds that led to another fit count as those of this one. */
static void take_rounds(struct fit *fit, const struct fit *other)
{
    fit->rounds = other->rounds;
    memcpy(fit->round, other->round, sizeof fit->round);
}

static void one_round(struct model *model, struct phase phase, struct fit *fit)
{
    struct fit_em *em = &model->em;
    fit_em_expect(em, fit, phase.competes);
    fit->k = fit_em_total(em, em->mass);
    if (em->labels)
        fit->k += em->labels->n_other_matches / em->data->share;
    if (fit->has_related)
        fit->k_related = fit_em_total(em, em->related_mass);
    if (!phase.holds)
        maximise(model, fit);
    set_priors(em->data, model->options, phase.bipartite, fit);
    note_round(fit, phase.is);
}

static void run_phase(struct model *model, struct phase phase, struct fit *fit)
{
    set_priors(model->em.data, model->options, phase.bipartite, fit);
    fit->converged = false;
    for (uint32_t round = 1; round <= model->options->most_rounds && !fit->converged; round++) {
        const struct fit before = *fit;
        one_round(model, phase, fit);
        fit->converged =
            round >= LEAST_ROUNDS && is_steady(&before, fit, model->options->most_change);
    }
}

/* ---- The class of related pairs --------------------------------------------------------------*/

static double mean_bits(const double *share, const double *bits, uint32_t n)
{
    double sum = 0;
    for (uint32_t l = 0; l < n; l++)
        sum += share[l] * bits[l];
    return sum;
}

/* True duplicates agree as matches do, in every column. Relatives fail in one that says much of
 * matches, as housemates do in the date of birth: there it speaks against them. */
static bool differ(const struct fit_column *column, const struct fit *fit, double most_ratio)
{
    struct fit_weights w;
    bool some = false;
    fit_weights(column, fit, &w);
    for (uint32_t c = 0; c < fit->n_columns; c++) {
        const double of_matches = mean_bits(fit->m[c], w.bits[c], column[c].n_levels);
        const double of_related = mean_bits(fit->h[c], w.bits[c], column[c].n_levels);
        some = some || (of_matches >= TELLING_BITS && of_related <= most_ratio * of_matches);
    }
    return some;
}

/* Begins the class with the losers of the competition, whose posteriors are still in em; false if
 * there are too few of them, or if they agree in every column about as matches do: they are true
 * duplicates then. (Seen: .68 and more among duplicates, -.08 and less among relatives.) */
static bool begin_related(struct model *model, struct fit *fit)
{
    struct fit_em *em = &model->em;
    fit_shares lost;
    fit_em_losers(em);
    const double losers = fit_em_total(em, em->related_mass);
    if (losers * em->data->share < LEAST_LOSERS || losers < LOSER_SHARE * fit->k)
        return false;
    fit->has_related = true;
    fit->k_related = losers;
    fit_em_sum(em, em->related_mass, lost);
    fit_em_maximise(em, lost, model->options->alpha, model->u, fit->h);
    return differ(em->data->column, fit, LOSER_RATIO);
}

/* Fits on from `begun`; *fit is that model if its related pairs are some: unlike matches, and at
 * least so many for each match. */
static bool try_related(struct model *model, const struct fit *begun, double least_size,
                        struct fit *fit)
{
    struct fit trial = *begun;
    take_rounds(&trial, fit);
    run_phase(model, (struct phase){.is = FIT_RELATED, .competes = true}, &trial);
    take_rounds(fit, &trial);
    if (!differ(model->em.data->column, &trial, RELATED_RATIO) ||
        trial.k_related < least_size * trial.k)
        return false;
    *fit = trial;
    return true;
}

/* Tries the class on the pairs that are near to matches. Of all candidates it would rather describe
 * the many pairs of one city than the few of one household. Where so few are near that it takes the
 * matches themselves, it is tried on all. */
static bool fit_related(struct model *model, struct fit *fit)
{
    struct fit begun = *fit;
    if (!begin_related(model, &begun))
        return false;
    fit_em_leave_out(&model->em, FAR_BITS);
    const bool near = try_related(model, &begun, NEAR_SIZE, fit);
    fit_em_take_in(&model->em);
    return near || try_related(model, &begun, ALL_SIZE, fit);
}

/* The bipartite prior finds more and more where columns depend on each other. */
static void fit_bipartite(struct model *model, struct fit *fit)
{
    struct fit trial = *fit;
    run_phase(model, (struct phase){.is = FIT_BIPARTITE, .bipartite = true, .competes = true},
              &trial);
    take_rounds(fit, &trial);
    if (trial.k <= MOST_GAINED * fit->k)
        *fit = trial;
}

static void follow_recipe(struct model *model, struct fit *fit)
{
    const struct fit_options *o = model->options;
    run_phase(model, (struct phase){.is = FIT_COMPETING, .competes = true}, fit);
    const bool related = o->related && fit_related(model, fit);
    if (o->one_to_one && !related)
        fit_bipartite(model, fit);
    if (!o->one_to_one)
        run_phase(model, (struct phase){.is = FIT_COUNTING, .holds = true}, fit);
}

/* ---- From beginning to end -------------------------------------------------------------------*/

static bool check_column(const struct fit_column *column, uint32_t c, struct err *e)
{
    double total = 0;
    bool right = column->n_levels >= 2 && column->n_levels <= FIT_MAX_LEVELS &&
                 (!column->rarity || column->n_values > 0);
    for (uint32_t l = 0; right && l < column->n_levels; l++) {
        right = column->u[l] > 0;
        total += column->u[l];
    }
    if (!right || fabs(total - 1) > 1e-6)
        return err_set(e, ERR_SOFTWARE, NULL, "column %u of a fit is not as it should be", c + 1);
    return true;
}

static bool check_data(const struct fit_data *d, struct err *e)
{
    if (d->n_columns < 1 || d->n_columns > FIT_MAX_COLUMNS || d->n_pairs > UINT32_MAX ||
        d->n_rows[0] > UINT32_MAX || d->n_rows[1] > UINT32_MAX || !(d->share > 0 && d->share <= 1))
        return err_set(e, ERR_SOFTWARE, NULL, "the data of a fit are not as they should be");
    for (uint32_t c = 0; c < d->n_columns; c++)
        if (!check_column(&d->column[c], c, e))
            return false;
    bool right = true;
#pragma omp parallel for schedule(static) reduction(&& : right)
    for (uint64_t i = 0; i < d->n_pairs; i++) {
        const bool ordered =
            i == 0 || d->a[i - 1] < d->a[i] || (d->a[i - 1] == d->a[i] && d->b[i - 1] < d->b[i]);
        right = right && ordered && d->a[i] < d->n_rows[0] && d->b[i] < d->n_rows[1] &&
                (!d->self || d->a[i] < d->b[i]);
        for (uint32_t c = 0; c < d->n_columns; c++)
            right =
                right && (d->level[c][i] == FIT_MISSING || d->level[c][i] < d->column[c].n_levels);
    }
    return right || err_set(e, ERR_SOFTWARE, NULL, "the pairs of a fit are not as they should be");
}

bool fit_model(const struct fit_data *data, const struct fit_options *options,
               const struct fit_labels *labels, struct fit *fit, struct err *e)
{
    struct model model = {.options = options};
    if (!check_data(data, e))
        return false;
    const bool ok = fit_em_open(&model.em, data, labels, e);
    if (ok) {
        fit_start(data->column, data->n_columns, data->n_rows, data->self, fit);
        memcpy(model.start_m, fit->m, sizeof model.start_m);
        for (uint32_t c = 0; c < data->n_columns; c++)
            memcpy(model.u[c], data->column[c].u, sizeof model.u[c]);
        follow_recipe(&model, fit);
    }
    fit_em_close(&model.em);
    return ok;
}
