/* Reads the model, and puts its texts into a copy of the options. */
#include "matcher/model/model_options.h"

#include "core/string_builder.h"
#include "matcher/model/model_file.h"
#include "matcher/model/model_text.h"

#include <stdlib.h>

static bool refuse(const struct opts *o, const char *option, struct err *e)
{
    return err_set(e, ERR_USAGE, "leave it out, or edit the model, which is a text",
                   "%s says this itself; %s has no place beside it", o->score, option);
}

/* Cleaning belongs to what was learned: other texts would reach other levels. */
static bool check(const struct opts *o, struct err *e)
{
    if (o->normalize.n)
        return refuse(o, "--normalize", e);
    if (o->replace.n)
        return refuse(o, "--replace", e);
    if (o->synonyms.n)
        return refuse(o, "--synonyms", e);
    return !o->stop_words.n || refuse(o, "--stop-words", e);
}

/* Does an option say which of several partners a record keeps? */
static bool chooses(const struct opts *o)
{
    return o->one_to_one || o->top || o->top_b || o->best != OPTS_BEST_ALL;
}

/* Records of one person may differ in much, by more bits than any agreement says, and one such pair
 * would keep whole clusters apart. So no pair counts less than this, in bits below the threshold:
 * it speaks no more than 4 to 1 against a cluster. Less than that lets chains grow; of persons,
 * songs and publications, 1 to 3 bits are about equally good. */
#define FLOOR_BITS 2.0

/* Clusters by the average of the bits of all pairs. */
static void fill_clusters(struct opts *o)
{
    if (o->cluster_method == OPTS_CLUSTER_AUTO)
        o->cluster_method = OPTS_AVERAGE;
    if (o->cluster_method != OPTS_AVERAGE || o->cluster_floor_given)
        return;
    o->cluster_floor = o->min - FLOOR_BITS;
    o->cluster_floor_given = true;
}

/* The condition of --where, and that of the model. Malloced, "" if there is none; NULL without
 * memory. */
static char *join_conditions(const struct model *m, const char *where)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f && where)
        fprintf(f, m->n_placeholders ? "(%s) && " : "%s", where);
    if (f)
        model_write_where(m, f);
    return string_builder_end(&b);
}

static void fill(struct model_options *m, bool self)
{
    struct opts *o = &m->opts;
    o->score = m->score;
    o->where = m->where[0] ? m->where : NULL;
    if (m->rules[0])
        o->normalize = (struct opts_strings){.text = {m->rules}, .n = 1};
    if (!o->min_given)
        o->min = m->model.threshold_bits;
    o->min_given = true;
    if (!self && m->model.one_to_one && !chooses(o))
        o->one_to_one = true;
    if (self)
        fill_clusters(o);
    if (!o->reading.nulls && m->model.nulls && m->model.nulls[0])
        o->reading.nulls = m->model.nulls;
}

/* Here the least score that matches is known at last. */
static bool check_floor(const struct opts *o, struct err *e)
{
    if (!o->cluster_floor_given || o->cluster_floor < o->min)
        return true;
    return err_set(e, ERR_USAGE, "give a lower one, or leave it out",
                   "--cluster-floor %g: it must be below the least score that matches, %g",
                   o->cluster_floor, o->min);
}

bool model_options_make(struct model_options *m, const struct opts *o, bool self, struct err *e)
{
    *m = (struct model_options){.opts = *o};
    if (!o->score || !opts_is_model_file(o->score))
        return true;
    m->used = true;
    if (!check(o, e) || !model_read(&m->model, o->score, e))
        return false;
    m->score = model_text(&m->model, model_write_score);
    m->where = join_conditions(&m->model, o->where);
    m->rules = model_text(&m->model, model_write_rules);
    if (!m->score || !m->where || !m->rules)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    fill(m, self);
    return check_floor(&m->opts, e);
}

void model_options_free(struct model_options *m)
{
    model_free(&m->model);
    free(m->score);
    free(m->where);
    free(m->rules);
    *m = (struct model_options){.used = false};
}
