/* Models whose weights follow from shares among matches and among random pairs. */
#include "tests/expr/random_model.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTION_SECONDS 0.02 /* of a join, besides its pairs */
#define ROW_SECONDS 1e-7
#define PAIR_SECONDS 2e-7

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context, (void)side, (void)e;
    *column = (uint32_t)strtoul(name + 1, NULL, 10);
    return true;
}

static double uniform(double lo, double hi)
{
    return lo + (hi - lo) * harness_below(1000001) / 1e6;
}

/* Shares of random pairs, by which levels below equality are cut. */
static const double cuts[] = {3e-4, 3e-3, 3e-2, 0.15};

static void make_levels(struct random_model_column *c, uint32_t most_levels)
{
    const double equal = pow(10, uniform(-6, -0.3));
    double share[HARNESS_MODEL_LEVELS] = {equal}, threshold = 1;
    uint32_t n = 1;
    for (uint32_t i = 0; i < sizeof cuts / sizeof *cuts && n < most_levels; i++)
        if (cuts[i] > 1.5 * equal && harness_below(4))
            share[n++] = cuts[i];
    *c = (struct random_model_column){.n_levels = n, .weighs_rarity = harness_below(3) == 0};
    for (uint32_t k = n; k-- > 0; threshold -= uniform(0.03, 0.15)) {
        c->threshold[k] = threshold;
        c->share[k] = share[n - 1 - k];
    }
}

/* log2(m / u) of each level, rising. */
static void weigh_levels(struct random_model_column *c)
{
    double left = 1; /* share of matches below the level */
    double weight = (double)INFINITY;
    for (uint32_t k = c->n_levels; k > 0; k--) {
        const double above = k == c->n_levels ? 0 : c->share[k];
        const double m = left * uniform(0.5, 0.95);
        weight = fmin(weight, log2(m / (c->share[k - 1] - above)));
        c->weight[0][k] = weight;
        c->weight[1][k] = weight > 0 ? weight * uniform(0.1, 1) : weight;
        left -= m;
    }
    c->weight[0][0] = fmin(weight, log2(left / (1 - c->share[0])));
    c->weight[1][0] = c->weight[0][0];
    for (uint32_t k = 1; k <= c->n_levels; k++)
        c->weight[1][k] = fmax(c->weight[1][k], c->weight[1][k - 1]);
}

/* if_missing(steps(osa(c3), -3.1, 0.8, 5, 1, 12), 0), or with the rarity of equal texts. */
static size_t print_column(const struct random_model *m, uint32_t i, int sum, char *out)
{
    const struct random_model_column *c = &m->column[i];
    const char *metric = c->n_levels == 1 ? "equal" : i % 2 ? "jaro_winkler" : "osa";
    const double top = c->weight[sum][c->n_levels];
    size_t n = (size_t)sprintf(out, " + if_missing(");
    if (c->weighs_rarity) /* the similarity stands in for a rarity: it is 0 or more */
        n += (size_t)sprintf(out + n,
                             "%s(c%u) >= 1 ? max(0, %.4f + levenshtein_similarity(c%u)) : ", metric,
                             i, top - 10, i);
    n += (size_t)sprintf(out + n, "steps(%s(c%u), %.4f", metric, i, c->weight[sum][0]);
    for (uint32_t k = 1; k <= c->n_levels; k++)
        n += (size_t)sprintf(out + n, ", %.4f, %.4f", c->threshold[k - 1], c->weight[sum][k]);
    return n + (size_t)sprintf(out + n, "), 0)");
}

static size_t print_sum(const struct random_model *m, int sum, char *out)
{
    size_t n = (size_t)sprintf(out, "%.4f", m->prior[sum]);
    for (uint32_t i = 0; i < m->n_columns; i++)
        n += print_column(m, i, sum, out + n);
    return n;
}

void random_model_make(struct random_model *m, uint32_t n_columns, uint32_t most_levels,
                       double rows)
{
    const struct expr_names names = {.find = find};
    struct err e = {0};
    size_t n = 0;
    *m = (struct random_model){.n_columns = n_columns, .rows = rows};
    m->related = harness_below(2);
    m->prior[0] = -log2(rows / 0.3);
    m->prior[1] = -uniform(0, 6);
    for (uint32_t i = 0; i < n_columns; i++) {
        make_levels(&m->column[i], most_levels);
        weigh_levels(&m->column[i]);
    }
    n += (size_t)sprintf(m->text, m->related ? "min(" : "");
    n += print_sum(m, 0, m->text + n);
    if (m->related) {
        n += (size_t)sprintf(m->text + n, ", ");
        n += print_sum(m, 1, m->text + n);
        sprintf(m->text + n, ")");
    }
    m->goal = (struct expr_goal){EXPR_NONE, EXPR_NONE, 0, (double)INFINITY};
    if (!expr_parse(&m->x, m->text, "model", &names, &m->goal.score, &e))
        fail_msg("%s\n%s", m->text, e.text);
}

/* Which share of random pairs reaches a need. */
static double share_of(const struct random_model *m, uint32_t term, double need)
{
    const struct expr_term *t = &m->x.term[term];
    const struct random_model_column *c = &m->column[m->x.column[t->column_a].column];
    const double equal = c->share[c->n_levels - 1];
    if (t->view == METRIC_SIMILARITY)
        return fmin(equal, 0.5 * exp2(-need));
    uint32_t k = 0;
    while (k + 1 < c->n_levels && c->threshold[k] < need)
        k++;
    return c->share[k];
}

double random_model_cost(void *model, const struct expr_option *o)
{
    const struct random_model *m = model;
    double share = share_of(m, o->term, o->need);
    double seconds = OPTION_SECONDS + m->rows * ROW_SECONDS;
    if (o->also != EXPR_NONE) {
        const uint32_t column = m->x.column[m->x.term[o->term].column_a].column;
        const uint32_t other = m->x.column[m->x.term[o->also].column_a].column;
        const double second = share_of(m, o->also, o->also_need);
        share = column == other ? fmin(share, second) : share * second;
        seconds *= 2;
    }
    return seconds + m->rows * m->rows * share * PAIR_SECONDS;
}
