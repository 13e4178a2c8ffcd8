/* `axb cluster`: from a file of pairs to groups of records. What dedupe does with --clusters, for
 * pairs that somebody else has found, merged, or checked by hand. */
#include "core/log.h"
#include "data/emit.h"
#include "matcher/cluster/clusters.h"
#include "matcher/cluster/pair_list.h"
#include "matcher/command/options_check.h"
#include "matcher/inputs/column_list.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/output_form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All that a call works with. */
struct work {
    const struct opts *o;
    struct pair_file pairs;
    struct pair_names names;
    struct pair_list list;
    struct sources records; /* --records; all of its columns are loaded, none is cleaned */
    struct shm shm;
    struct table table;
    uint32_t id; /* a column of it, or PAIR_FILE_NO_COLUMN */
    struct golden_rules rules;
    struct record_column id_column, *column; /* of the records */
    struct record_set set;
    struct out out, golden;
    bool out_open, golden_open;
    uint32_t format, golden_format;
    struct clusters_result result;
};

/* ---- Reading ---------------------------------------------------------------------------------*/

/* Loads all columns of the records. */
static bool load_records(struct work *w, struct err *e)
{
    const struct load_options options = sources_options(w->o, 1, true);
    struct load *l = &w->records.load[0];
    struct load_stats stats;
    w->records.self = true;
    const struct opts_strings *files = &w->o->records;
    if (!(files->n > 1 ? load_open_joined(l, files->text, files->n, &options, e)
                       : load_open(l, files->text[0], &options, e)))
        return false;
    const size_t n = l->n_columns + (files->n > 1); /* the row in its file */
    struct load_want *wants = calloc(n + 1, sizeof *wants);
    for (uint32_t i = 0; wants && i < n; i++)
        wants[i] = (struct load_want){.column = i, .plain = true};
    const bool ok = wants ? shm_create(&w->shm, l->shown, 1ull << 40, e) &&
                                load_table(l, wants, n, &w->shm, &stats, e) &&
                                table_view(&w->table, &w->shm, e)
                          : err_set(e, ERR_OS, NULL, "not enough memory");
    free(wants);
    return ok;
}

static bool is_joined(const struct work *w)
{
    return w->o->records.n > 1;
}

static bool find_id(struct work *w, struct err *e)
{
    struct column_item item;
    uint32_t column[2];
    w->id = is_joined(w) ? (uint32_t)w->records.load[0].n_columns : PAIR_FILE_NO_COLUMN;
    if (!w->o->id)
        return true;
    if (!column_item_whole(w->o->id, "--id", &item, e) ||
        !column_item_find_both(&item, &w->records, column, e))
        return false;
    w->id = column[0];
    return true;
}

static bool read_inputs(struct work *w, struct err *e)
{
    const struct load_options options = sources_options(w->o, 0, true);
    if (!pair_file_open(&w->pairs, w->o->inputs[0], &options, false, e))
        return false;
    if ((w->o->min_given || w->o->max_given) &&
        !pair_file_need_scores(&w->pairs, w->o->min_given ? "--min" : "--max", e))
        return false;
    if (!w->o->records.n)
        return pair_names_make(&w->names, &w->pairs, w->o->tables, e);
    return load_records(w, e) && find_id(w, e) &&
           golden_rules_read(&w->rules, &w->o->golden_rule, &w->records, e) &&
           (is_joined(w) ? pair_names_find_in_files : pair_names_find)(
               &w->names, &w->pairs, &w->table, w->id, &w->records.load[0], e);
}

/* ---- Records ---------------------------------------------------------------------------------*/

/* What the pairs say of the records: their names, and of which table or file they are. */
static void name_columns(struct work *w)
{
    const bool files = w->pairs.source[0] != PAIR_FILE_NO_COLUMN;
    w->id_column = (struct record_column){.text = w->names.name};
    w->set = (struct record_set){.n = w->names.n, .id = &w->id_column, .column = w->column};
    if (!w->names.source)
        return;
    w->column[0] = (struct record_column){.name = files ? (struct bytes){"source", 6}
                                                        : (struct bytes){"table", 5},
                                          .text = w->names.source};
    w->set.source = w->column;
    w->set.n_columns = 1;
}

static void add_column(struct work *w, uint32_t column)
{
    w->column[w->set.n_columns++] = record_column_of(&w->table, column);
}

/* --keep: the columns of the records that are written; all without it. */
static bool keep_columns(struct work *w, struct err *e)
{
    struct column_item item;
    bool found[2];
    uint32_t column[2];
    const uint32_t n = (uint32_t)w->records.load[0].n_columns;
    bool *kept = calloc(n + 1ull, sizeof *kept),
         ok = kept || err_set(e, ERR_OS, NULL, "not enough memory");
    if (ok && is_joined(w)) {
        kept[LOAD_SOURCE] = true;
        add_column(w, LOAD_SOURCE);
    }
    for (const char *at = w->o->keep; ok && *at;) {
        ok = column_item_next(&at, "--keep", &item, e) &&
             (item.every || column_item_find(&item, &w->records, found, column, e));
        for (uint32_t i = 0; ok && i < n; i++)
            if (!kept[i] && (item.every || (found[0] && column[0] == i))) {
                kept[i] = true;
                add_column(w, i);
            }
    }
    free(kept);
    return ok;
}

/* Rows of the file. All its columns follow as hidden ones, for rules to choose by. */
static bool row_columns(struct work *w, struct err *e)
{
    const uint32_t n = (uint32_t)w->records.load[0].n_columns;
    w->set = (struct record_set){.n = w->names.n, .column = w->column};
    if (w->id != PAIR_FILE_NO_COLUMN) {
        w->id_column = record_column_of(&w->table, w->id);
        w->set.id = &w->id_column;
    }
    for (uint32_t i = 0; !w->o->keep && i < n; i++)
        add_column(w, i);
    if (w->o->keep && !keep_columns(w, e))
        return false;
    for (uint32_t i = 0; i < n; i++)
        w->column[w->set.n_columns + i] = record_column_of(&w->table, i);
    w->set.n_hidden = n;
    w->set.source = is_joined(w) ? w->column : NULL;
    return true;
}

static bool make_set(struct work *w, struct err *e)
{
    const size_t n = w->o->records.n ? 2 * w->records.load[0].n_columns : 1;
    w->column = calloc(n + 1, sizeof *w->column);
    if (!w->column)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    if (w->o->records.n)
        return row_columns(w, e);
    name_columns(w);
    return true;
}

/* ---- All of it -------------------------------------------------------------------------------*/

static bool open_outputs(struct work *w, struct err *e)
{
    const struct opts *o = w->o;
    if (!output_form_of_clusters(o, o->output ? o->output : "-", "--output", &w->format, e) ||
        !(w->out_open = out_open(&w->out, o->output, e)))
        return false;
    return !o->golden || (output_form_of_fields(o, o->golden, "--golden", &w->golden_format, e) &&
                          (w->golden_open = out_open(&w->golden, o->golden, e)));
}

static bool commit(struct work *w, struct err *e)
{
    w->golden_open = w->golden_open && !out_commit(&w->golden, e);
    if (w->golden_open)
        return false;
    w->out_open = !out_commit(&w->out, e);
    return !w->out_open;
}

static bool write_clusters(struct work *w, enum choose_better better, double least, double most,
                           struct err *e)
{
    const struct opts *o = w->o;
    const struct clusters_request request = {
        .grouping = {.records = &w->set,
                     .found = &w->list.found,
                     .better = better,
                     .worst = better == CHOOSE_LEAST ? most : least,
                     .scored = w->pairs.score != PAIR_FILE_NO_COLUMN,
                     .method = o->cluster_method,
                     .floor = o->cluster_floor,
                     .max_cluster = o->max_cluster},
        .rules = &w->rules,
        .golden_rows = o->golden_rows,
        .min_cluster = o->min_cluster,
        .lines = {&w->out, w->format},
        .golden = {w->golden_open ? &w->golden : NULL, w->golden_format}};
    return clusters_write(&request, &w->result, e);
}

static bool work(struct work *w, struct err *e)
{
    const struct opts *o = w->o;
    /* As in a run: where only --max is given, the score is a distance. */
    const enum choose_better better =
        o->max_given && !o->min_given ? CHOOSE_LEAST : CHOOSE_GREATEST;
    const double least = o->min_given ? o->min : -(double)INFINITY;
    const double from = o->cluster_floor_given ? o->cluster_floor : least;
    const double most = o->max_given ? o->max : (double)INFINITY;
    if (!open_outputs(w, e) || !read_inputs(w, e) ||
        !pair_list_make(&w->list, &w->pairs, &w->names, from, most, better, e))
        return false;
    pair_list_note(&w->list, w->pairs.load.shown);
    return make_set(w, e) && write_clusters(w, better, least, most, e) && commit(w, e);
}

static void close_all(struct work *w)
{
    if (w->out_open)
        out_abort(&w->out);
    if (w->golden_open)
        out_abort(&w->golden);
    free(w->column);
    pair_list_free(&w->list);
    pair_names_free(&w->names);
    pair_file_close(&w->pairs);
    shm_close(&w->shm);
    sources_close(&w->records);
}

static bool run(const struct opts *o, struct err *e)
{
    struct work *w = malloc(sizeof *w);
    if (!w)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    *w = (struct work){.o = o, .shm.fd = -1, .pairs.shm.fd = -1};
    const bool ok = work(w, e);
    if (ok)
        clusters_report(&w->result);
    close_all(w);
    free(w);
    return ok;
}

/* ---- The verb --------------------------------------------------------------------------------*/

static void check(const struct opts *o, struct err *e)
{
    if (!o->records.n && (o->id || o->keep))
        options_mistake(o, e, "add --records FILE, the file of the records",
                        "--id and --keep name columns of the records, and their file is not given");
    if (!o->records.n && (o->golden || o->golden_rule.n))
        options_mistake(o, e, "add --records FILE, the file of the records",
                        "--golden chooses values of the records, and their file is not given");
    if (o->records.n && o->tables != OPTS_TABLES_AUTO)
        options_mistake(o, e,
                        "leave out --tables; give --records once for one table, twice for two",
                        "--records says of how many tables the pairs are");
    if (!o->output && o->golden && strcmp(o->golden, "-") == 0)
        options_mistake(o, e, "name a file for one of them: -o clusters.csv",
                        "the clusters and --golden both go to stdout");
    options_check_method(o, e);
}

const struct command cmd_cluster = {
    .name = "cluster",
    .arguments = "PAIRS.csv",
    .min_inputs = 1,
    .max_inputs = 1,
    .topics = OPTS_INPUT | OPTS_OUTPUT | OPTS_GROUPS | OPTS_PAIRS | OPTS_PROGRESS | OPTS_MESSAGES |
              OPTS_STARTER,
    .what = "make groups of records from a file of pairs",
    .examples = "axb cluster pairs.csv --tables 1 -o clusters.csv\n"
                "axb cluster pairs.csv --records A.csv --id id --min 0.9 -o clusters.csv\n"
                "axb cluster pairs.csv --records A.csv --golden people.csv -o clusters.csv",
    .more =
        "PAIRS is what dedupe or match wrote, or any file with a header whose first two columns "
        "name two records. The score is in the column score, else in the third one if that holds "
        "numbers. With --records all records of the file are written, those without a match as "
        "clusters of one; without it, those that the pairs name. --a-delimiter and its like are "
        "for PAIRS, --b-delimiter for the file of --records.",
    .check = check,
    .run = run,
};
