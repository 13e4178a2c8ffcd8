/* Loads all columns as they stand, looks at each, pairs them, and says of which kind each pair is.
 */
#include "matcher/learn/learn_columns.h"

#include "core/log.h"
#include "core/shm.h"
#include "data/load.h"
#include "matcher/inputs/column_list.h"
#include "matcher/inputs/sources.h"
#include "matcher/learn/composites.h"
#include "matcher/learn/kind_list.h"
#include "matcher/learn/pairing.h"
#include "matcher/learn/profile.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Both files with all of their columns. */
struct files {
    const struct opts *o;
    bool self;
    struct sources sources;
    const struct load *load[2];
    struct shm shm[2];
    struct table table[2];
    struct profile *profile[2]; /* of each column */
    bool *open[2];              /* columns that may still be compared */
    struct pairing pairing[COMPOSITES_MAX];
    uint32_t n_pairs;
    struct kind_list kinds;
};

static bool out_of_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory");
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static bool load_side(struct files *f, int side, struct err *e)
{
    struct load *l = &f->sources.load[side];
    struct load_stats stats;
    struct load_want *wants = calloc(l->n_columns + 1, sizeof *wants);
    for (uint32_t i = 0; wants && i < l->n_columns; i++)
        wants[i].column = i;
    const bool ok = wants ? shm_create(&f->shm[side], l->shown, 1ull << 40, e) &&
                                load_table(l, wants, l->n_columns, &f->shm[side], &stats, e) &&
                                table_view(&f->table[side], &f->shm[side], e)
                          : out_of_memory(e);
    free(wants);
    return ok;
}

/* In one table side 1 is side 0. */
static bool profile_side(struct files *f, int side, struct err *e)
{
    const size_t n = f->load[side]->n_columns;
    const bool is_known = f->self && side == 1;
    f->profile[side] = calloc(n + 1, sizeof *f->profile[side]);
    f->open[side] = calloc(n + 1, sizeof *f->open[side]);
    if (!f->profile[side] || !f->open[side])
        return out_of_memory(e);
    if (is_known)
        memcpy(f->profile[1], f->profile[0], n * sizeof *f->profile[1]);
    for (uint32_t c = 0; c < n && !is_known; c++)
        if (!profile_column(&f->profile[side][c], &f->table[side], c, e))
            return false;
    return true;
}

static bool open_files(struct files *f, struct err *e)
{
    if (!sources_open(&f->sources, f->o, f->self, e))
        return false;
    for (int side = 0; side < 2; side++) {
        f->load[side] = sources_load(&f->sources, side);
        if (side == 1 && f->self)
            f->table[1] = f->table[0];
        else if (!load_side(f, side, e))
            return false;
        if (!profile_side(f, side, e))
            return false;
    }
    return true;
}

static void close_files(struct files *f)
{
    for (int side = 0; side < 2; side++) {
        free(f->profile[side]);
        free(f->open[side]);
        shm_close(&f->shm[side]);
    }
    sources_close(&f->sources);
    kind_list_free(&f->kinds);
}

/* ---- What is left out ------------------------------------------------------------------------*/

__attribute__((format(printf, 5, 6))) static bool leave_out(struct learn_columns *c, int side,
                                                            const char *name, struct err *e,
                                                            const char *format, ...)
{
    va_list list;
    void *more = realloc(c->left_out, (c->n_left_out + 1) * sizeof *c->left_out);
    if (!more)
        return out_of_memory(e);
    c->left_out = more;
    struct left_out *x = &c->left_out[c->n_left_out];
    x->side = side;
    x->name = strdup(name);
    va_start(list, format);
    vsnprintf(x->why, sizeof x->why, format, list);
    va_end(list);
    c->n_left_out += x->name != NULL;
    return x->name || out_of_memory(e);
}

static bool is_joined(const struct files *f)
{
    return f->self && load_n_parts(f->load[0]) > 1;
}

/* Opens the columns that say something: not all missing, not all alike, not a running number. */
static bool open_columns(struct files *f, struct learn_columns *c, struct err *e)
{
    for (int side = 0; side < 2 - f->self; side++)
        for (uint32_t i = 0; i < f->load[side]->n_columns; i++) {
            const struct profile *p = &f->profile[side][i];
            const char *why = is_joined(f) && i == LOAD_SOURCE ? "it names the file"
                              : p->filled == 0                 ? "no record has a value"
                              : p->distinct <= 1               ? "all records have the same value"
                              : p->running                     ? "it numbers the records"
                                                               : NULL;
            f->open[side][i] = !why;
            if (why && !leave_out(c, f->self ? 2 : side, f->load[side]->names[i], e, "%s", why))
                return false;
        }
    return true;
}

/* The columns of --id name records, and are not compared. */
static bool close_ids(struct files *f, struct err *e)
{
    struct column_item item;
    uint32_t column[2];
    if (!f->o->id)
        return true;
    if (!column_item_whole(f->o->id, "--id", &item, e) ||
        !column_item_find_both(&item, &f->sources, column, e))
        return false;
    f->open[0][column[0]] = f->open[1][column[1]] = false;
    return true;
}

/* ---- Pairs of columns ------------------------------------------------------------------------*/

static bool is_paired(const struct files *f, const uint32_t column[2])
{
    for (uint32_t i = 0; i < f->n_pairs; i++)
        if (f->pairing[i].column[0] == column[0] && f->pairing[i].column[1] == column[1])
            return true;
    return false;
}

/* Those that --columns names. */
static bool pair_asked(struct files *f, struct err *e)
{
    struct column_item item;
    bool found[2];
    uint32_t column[2];
    for (const char *at = f->o->columns; *at;) {
        if (!column_item_next(&at, "--columns", &item, e))
            return false;
        if (item.every || item.rules || !item.side[0] || !item.side[1])
            return err_set(e, ERR_USAGE, "for example: --columns name,city=town",
                           "--columns takes columns that both files have, or a column of A and one "
                           "of B with = between them");
        if (!column_item_find(&item, &f->sources, found, column, e))
            return false;
        for (int side = 0; side < 2; side++)
            if (!found[side])
                return err_set(e, ERR_USAGE,
                               "where B has another name for it: --columns name=customer",
                               "--columns: %s has no column \"%s\"",
                               sources_path(&f->sources, side), item.name[side]);
        if (is_paired(f, column))
            return err_set(e, ERR_USAGE, "name it once", "--columns: \"%s\" is named twice",
                           item.name[0]);
        if (f->n_pairs == MODEL_MAX_COLUMNS)
            return err_set(e, ERR_USAGE, NULL, "--columns: a model compares %u columns at most",
                           MODEL_MAX_COLUMNS);
        f->pairing[f->n_pairs++] = (struct pairing){{column[0], column[1]}, 0};
    }
    return true;
}

static void pair_self(struct files *f)
{
    for (uint32_t i = 0; i < f->load[0]->n_columns && f->n_pairs < COMPOSITES_MAX; i++)
        if (f->open[0][i])
            f->pairing[f->n_pairs++] = (struct pairing){{i, i}, 0};
}

static bool pair_files(struct files *f, struct learn_columns *c, struct err *e)
{
    struct pairing *all = calloc(f->load[0]->n_columns + 1, sizeof *all);
    uint32_t n;
    bool ok = all ? pairing_find(f->load, f->table, f->open, all, &n, e) : out_of_memory(e);
    for (uint32_t i = 0; ok && i < n; i++) {
        if (f->n_pairs < COMPOSITES_MAX)
            f->pairing[f->n_pairs++] = all[i];
        else
            ok = leave_out(c, 2, f->load[0]->names[all[i].column[0]], e,
                           "the files have more columns than are looked at");
    }
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; ok && i < f->load[side]->n_columns; i++)
            if (f->open[side][i])
                ok = leave_out(c, side, f->load[side]->names[i], e, "%s has no column like it",
                               sources_path(&f->sources, !side));
    free(all);
    return ok;
}

static bool pair_columns(struct files *f, struct learn_columns *c, struct err *e)
{
    if (f->o->columns)
        return pair_asked(f, e);
    if (!open_columns(f, c, e) || !close_ids(f, e))
        return false;
    if (!f->self)
        return pair_files(f, c, e);
    pair_self(f);
    return true;
}

/* ---- Kinds -----------------------------------------------------------------------------------*/

static struct profile profile_of(const struct files *f, const struct pairing *p)
{
    return profile_join(&f->profile[0][p->column[0]], &f->profile[1][p->column[1]]);
}

static bool is_kind(const struct model_kind *kind, const char *name)
{
    return kind && strcmp(kind->name, name) == 0;
}

/* What --kind says of a pair of columns; NULL: nothing. */
static const struct kind_asked *kind_asked_of(struct files *f, const struct pairing *p)
{
    return kind_list_find(&f->kinds, f->load[0]->names[p->column[0]],
                          f->load[1]->names[p->column[1]]);
}

/* Takes out what is made of other columns, unless --columns says what is compared. */
static bool drop_composites(struct files *f, struct learn_columns *c, struct err *e)
{
    struct composite_column column[COMPOSITES_MAX];
    uint32_t whole[COMPOSITES_MAX], left = 0;
    if (f->o->columns)
        return true;
    for (uint32_t i = 0; i < f->n_pairs; i++) {
        const struct pairing *p = &f->pairing[i];
        const struct profile profile = profile_of(f, p);
        const struct model_kind *kind = profile_kind(&profile);
        column[i] = (struct composite_column){
            .column = {p->column[0], p->column[1]},
            .words = profile.words,
            .bytes = profile.length,
            .text = is_kind(kind, "text"),
            .part = is_kind(kind, "text") || is_kind(kind, "name") || is_kind(kind, "code")};
    }
    composites_find(f->table, column, f->n_pairs, whole);
    for (uint32_t i = 0; i < f->n_pairs; i++) {
        const char *const *names = (const char *const *)f->load[0]->names;
        const char *name = names[f->pairing[i].column[0]];
        if (whole[i] == COMPOSITES_NONE || kind_asked_of(f, &f->pairing[i]))
            f->pairing[left++] = f->pairing[i];
        else if (!leave_out(c, 2, name, e, "it repeats %s and the like",
                            names[f->pairing[whole[i]].column[0]]))
            return false;
    }
    f->n_pairs = left;
    return true;
}

static double share_filled(const struct profile *p)
{
    return p->rows ? (double)p->filled / (double)p->rows : 0;
}

/* Adds a pair of columns to the model. */
static bool add_column(struct files *f, const struct pairing *p, const struct model_kind *kind,
                       const char *metric, struct model *m, struct learn_columns *c, struct err *e)
{
    struct model_column *x = &m->column[m->n_columns];
    struct learn_column *y = &c->of[m->n_columns++];
    *x = (struct model_column){
        .kind = kind,
        .name = {strdup(f->load[0]->names[p->column[0]]), strdup(f->load[1]->names[p->column[1]])},
        .metric = strdup(metric),
        .rules = strdup(kind->rules),
        .rarity = true};
    *y = (struct learn_column){.in_common = p->in_common};
    for (int side = 0; side < 2; side++)
        y->filled[side] = share_filled(&f->profile[side][p->column[side]]);
    return (x->name[0] && x->name[1] && x->metric && x->rules) || out_of_memory(e);
}

/* Adds a pair of columns, or says why it is left out. */
static bool take_pair(struct files *f, const struct pairing *p, struct model *m,
                      struct learn_columns *c, struct err *e)
{
    const struct profile profile = profile_of(f, p);
    const struct kind_asked *asked = kind_asked_of(f, p);
    const struct model_kind *kind = asked ? asked->kind : profile_kind(&profile);
    const char *name = f->load[0]->names[p->column[0]];
    if (!kind)
        return asked || leave_out(c, 2, name, e, "all records have the same value");
    if (m->n_columns == MODEL_MAX_COLUMNS)
        return leave_out(c, 2, name, e, "a model has no place for more columns");
    c->asked[m->n_columns] = asked != NULL;
    return add_column(f, p, kind, asked && asked->metric ? asked->metric : kind->metric, m, c, e);
}

static bool add_columns(struct files *f, struct model *m, struct learn_columns *c, struct err *e)
{
    for (uint32_t i = 0; i < f->n_pairs; i++)
        if (!take_pair(f, &f->pairing[i], m, c, e))
            return false;
    return m->n_columns > 0 ||
           err_set(e, ERR_USAGE, "--columns name,city=town says which columns to compare",
                   "the files have no columns that can be compared");
}

bool learn_columns_choose(const struct opts *o, bool self, struct model *m, struct learn_columns *c,
                          struct err *e)
{
    struct files *f = calloc(1, sizeof *f);
    if (!f)
        return out_of_memory(e);
    *f = (struct files){.o = o, .self = self, .shm = {{.fd = -1}, {.fd = -1}}};
    bool ok = kind_list_read(&f->kinds, &o->kind, e) && open_files(f, e) && pair_columns(f, c, e) &&
              drop_composites(f, c, e) && add_columns(f, m, c, e) &&
              kind_list_all_used(&f->kinds, e);
    for (int side = 0; ok && side < 2; side++)
        m->records[side] = side == 1 && self ? 0 : f->table[side].head->n_rows;
    close_files(f);
    free(f);
    return ok;
}

void learn_columns_free(struct learn_columns *c)
{
    for (uint32_t i = 0; i < c->n_left_out; i++)
        free(c->left_out[i].name);
    free(c->left_out);
}
