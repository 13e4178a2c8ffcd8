/* `axb eval`: how good pairs or clusters are against a truth.
 *
 * Not here: counting (matcher/eval/), printing (cmd_eval_text.c, cmd_eval_json.c). */
#include "core/log.h"
#include "core/string_builder.h"
#include "data/emit.h"
#include "data/out.h"
#include "matcher/command/cmd_eval_internal.h"
#include "matcher/command/options_check.h"
#include "matcher/eval/eval.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/output_form.h"
#include "matcher/report/report_head.h"

#include <string.h>

enum { FOUND, TRUTH, TABLE_A, TABLE_B };

/* ---- Options ---------------------------------------------------------------------------------*/

static void check(const struct opts *o, struct err *e)
{
    size_t n_stdin = 0;
    for (size_t i = 0; i < o->n_inputs; i++)
        n_stdin += strcmp(o->inputs[i], "-") == 0;
    if (n_stdin > 1)
        options_mistake(o, e, "give one of them as a file", "only one side can be stdin");
    if (o->n_inputs > TABLE_A && !o->errors && !o->report)
        options_mistake(o, e, "add --errors FILE, or leave out the tables",
                        "the tables are for --errors and --report, and neither is given");
    if (o->n_inputs <= TABLE_A && (o->id || o->keep))
        options_mistake(
            o, e,
            "for example: axb eval pairs.csv truth.csv A.csv B.csv --errors errors.csv --id id",
            "--id and --keep name columns of the tables, and no table is given");
    if (o->n_inputs > TABLE_B && o->tables == OPTS_TABLES_ONE)
        options_mistake(o, e, "give one of them",
                        "--tables 1 says that there is one table, and two are given");
    if (o->n_inputs == TABLE_B && o->tables == OPTS_TABLES_TWO)
        options_mistake(o, e, "give both tables",
                        "--tables 2 says that there are two, and one is given");
    if (o->errors && strcmp(o->errors, "-") == 0)
        options_mistake(o, e, "for example: --errors errors.csv",
                        "--errors needs a file: the figures go to stdout");
    options_check_report(o, e);
}

/* ---- What is open ----------------------------------------------------------------------------*/

struct eval_outputs {
    double started;
    struct out mended, errors;
    struct page *page; /* of --report, or NULL */
    bool mended_open, errors_open;
    struct eval_errors list;
    struct eval_tables tables;
};

static bool open_errors(struct eval_outputs *x, const struct opts *o, struct err *e)
{
    struct opts as_output = *o;
    uint32_t format;
    if (!o->errors)
        return true;
    as_output.output = o->errors;
    if (!output_form_choose(&as_output, &format, e))
        return false;
    x->errors_open = out_open(&x->errors, o->errors, e);
    x->list = (struct eval_errors){format, &x->errors};
    return x->errors_open;
}

static bool open_tables(struct eval_outputs *x, const struct opts *o, struct err *e)
{
    struct eval_tables_asked asked = {.path = {o->n_inputs > TABLE_A ? o->inputs[TABLE_A] : NULL,
                                               o->n_inputs > TABLE_B ? o->inputs[TABLE_B] : NULL},
                                      .reading = sources_options_of_all(o),
                                      .id = o->id,
                                      .keep = o->keep};
    asked.reading.mended = x->mended_open ? &x->mended : NULL;
    return !asked.path[0] || eval_tables_open(&x->tables, &asked, !asked.path[1], e);
}

static struct eval_asked asked_of(const struct opts *o, int which, struct out *mended)
{
    struct load_options reading = sources_options(o, which, false);
    reading.mended = mended;
    return (struct eval_asked){.path = o->inputs[which],
                               .reading = reading,
                               .groups = which ? o->truth_cluster_column : o->cluster_column,
                               .option = which ? "--truth-cluster-column" : "--cluster-column",
                               .may_be_labelled = which == TRUTH};
}

static bool compare(struct eval_outputs *x, const struct opts *o, struct eval_report *report,
                    struct err *e)
{
    struct out *mended = x->mended_open ? &x->mended : NULL;
    const bool tables = o->n_inputs > TABLE_A;
    const bool one_table = tables && o->n_inputs <= TABLE_B;
    const struct eval eval = {.asked = {asked_of(o, FOUND, mended), asked_of(o, TRUTH, mended)},
                              .n_tables = one_table ? OPTS_TABLES_ONE : o->tables,
                              .tables = tables ? &x->tables : NULL,
                              .errors = x->errors_open ? &x->list : NULL,
                              .page = x->page,
                              .opts = o,
                              .started = x->started};
    return eval_compare(&eval, report, e);
}

/* A file that was asked for gets its name. */
static bool commit(struct out *out, bool *is_open, struct err *e)
{
    const bool ok = !*is_open || out_commit(out, e);
    *is_open = *is_open && !ok;
    return ok;
}

static bool print(const struct opts *o, const struct eval_report *r, struct err *e)
{
    if (o->json)
        return cmd_eval_print_json(r, e);
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        cmd_eval_print(r, out);
    return string_builder_show(&b, stdout) || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool measure(const void *context, struct page *page, struct err *e)
{
    const struct opts *o = context;
    struct eval_outputs x = {
        .started = log_seconds(), .page = page, .tables.shm = {{.fd = -1}, {.fd = -1}}};
    struct eval_report report;
    const bool ok = sources_open_mended(&x.mended, &x.mended_open, o, e) && open_errors(&x, o, e) &&
                    open_tables(&x, o, e) && compare(&x, o, &report, e) &&
                    commit(&x.mended, &x.mended_open, e) && commit(&x.errors, &x.errors_open, e) &&
                    print(o, &report, e);
    if (x.mended_open)
        out_abort(&x.mended);
    if (x.errors_open)
        out_abort(&x.errors);
    eval_tables_close(&x.tables);
    return ok;
}

static bool run(const struct opts *o, struct err *e)
{
    return report_with(o, measure, o, e);
}

const struct command cmd_eval = {
    .name = "eval",
    .arguments = "PAIRS TRUTH [A [B]]",
    .min_inputs = 2,
    .max_inputs = 4,
    .topics = OPTS_INPUT | OPTS_EVAL | OPTS_MESSAGES | OPTS_JSON | OPTS_STARTER | OPTS_REPORT,
    .what = "measure pairs or clusters against a truth",
    .examples = "axb eval pairs.csv truth.csv\n"
                "axb eval clusters.csv truth.csv --json\n"
                "axb eval pairs.csv truth.csv A.csv B.csv --id id --errors errors.csv\n"
                "axb eval pairs.csv truth.csv A.csv B.csv --id id --report eval.html",
    .more =
        "Both files have a header. Pairs have the records of A and B in their first two columns. A "
        "third column of PAIRS is the score, and gives the curve over thresholds, and the one with "
        "the greatest F1; a third column of TRUTH holds tags joined by +, and gives the recall of "
        "each tag. If TRUTH has a column called match, as axb review writes it, its pairs are "
        "labelled: 1 for a match, 0 for none, and of several labels of a pair the last counts. "
        "Then the labelled pairs are all that counts: precision and recall are over them, and "
        "pairs without a label are left out. A file has clusters instead if one of its first two "
        "columns is called cluster "
        "or cluster_id: the other one names the record, and each row has one record. The records "
        "are of one table, unless a column called table says A or B, as in what axb cluster "
        "--tables 2 writes. A column called source that has two values, as axb cluster --records A "
        "--records B writes it, says so as well, if each pair of the other file is of one record "
        "of each source. A greater score counts as better, so the curve does not suit a distance. "
        "The figures of records say for how many a partner was found. Those of clusters take pairs "
        "as their connected components; B-cubed is the mean over all records "
        "that either file names, and a record that one file does not name is a cluster of its own "
        "there. A and B are the tables for --errors and --report (if there is one table, A alone); "
        "--keep says which columns these show (default: all). --a-NAME and --b-NAME are for PAIRS "
        "and TRUTH. "
        "--json has pairs, true, both, precision, recall, f1, thresholds, best, tags, tables (1 or "
        "2), read_as, records (a and b: with_true, right, all_right, best_right, with_found, "
        "wrong), and clusters (records, found, true, same, largest_found, largest_true, bcubed, "
        "within, adjusted_rand, homogeneity, completeness, v_measure), labels (null, or labelled "
        "and found_without), and text, what is for "
        "people.",
    .check = check,
    .run = run,
};
