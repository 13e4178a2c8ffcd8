/* One text against many: the texts, and which way serves a metric. */
#include "matcher/metric/metric_many.h"
#include "matcher/metric/metric_many_internal.h"

#include <stdlib.h>

static const struct many_way *const ways[] = {&many_way_lanes, &many_way_sets, &many_way_sounds,
                                              NULL};

/* ---- Texts -----------------------------------------------------------------------------------*/

bool metric_texts_open(struct metric_texts **texts, const struct alphabet *alphabet, uint32_t most,
                       struct err *e)
{
    struct metric_texts *t = *texts = calloc(1, sizeof *t);
    if (t) {
        *t = (struct metric_texts){.alphabet = *alphabet, .most = most};
        t->text = malloc((most + 1) * sizeof *t->text);
        if (t->text && many_lanes_open(t))
            return true;
    }
    metric_texts_close(t);
    *texts = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for texts to compare");
}

void metric_texts_close(struct metric_texts *t)
{
    if (!t)
        return;
    many_lanes_close(t);
    free(t->text);
    free(t);
}

void metric_texts_set(struct metric_texts *t, const struct text *texts, uint32_t n)
{
    t->n = n;
    t->version++;
    t->in_lanes = false;
    for (uint32_t i = 0; i < n; i++)
        t->text[i] = texts[i];
}

/* ---- The metric ------------------------------------------------------------------------------*/

static const struct many_way *way_of(const struct metric *metric)
{
    const struct many_way *const *way = ways;
    while (*way && !(*way)->serves(metric))
        way++;
    return *way;
}

static bool open_way(struct metric_many *m, const struct metric *metric)
{
    m->way = way_of(metric);
    if (!m->way)
        return true;
    m->own = calloc(1, m->way->own_bytes);
    return m->own && m->way->open(m);
}

bool metric_many_open(struct metric_many **many, const struct metric_use *use,
                      const struct alphabet *alphabet, uint32_t max_length, uint32_t most,
                      struct err *e)
{
    struct metric_many *m = *many = calloc(1, sizeof *m);
    if (m && !metric_open(&m->state, use, alphabet, max_length, e)) {
        metric_many_close(m);
        *many = NULL;
        return false;
    }
    if (m) {
        m->max_length = max_length;
        m->most = most;
        if (open_way(m, use->metric))
            return true;
    }
    metric_many_close(m);
    *many = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
}

void metric_many_close(struct metric_many *m)
{
    if (!m)
        return;
    if (m->own)
        m->way->close(m);
    metric_close(m->state);
    free(m->own);
    free(m);
}

double metric_many_one(struct metric_many *m, const struct text *a, const struct text *b)
{
    return metric_score_texts(m->state, a, b);
}

void metric_many_lay(struct metric_many *m, struct metric_texts *t)
{
    if (!m->way || (m->laid == t && m->laid_version == t->version))
        return;
    m->way->lay(m, t);
    m->laid = t;
    m->laid_version = t->version;
}

void metric_many_scores(struct metric_many *m, const struct text *a, struct metric_texts *t,
                        double *scores)
{
    metric_many_lay(m, t);
    if (m->way)
        m->way->scores(m, a, t, scores);
    for (uint32_t i = 0; !m->way && i < t->n; i++)
        scores[i] = many_one(m, a, t, i);
}
