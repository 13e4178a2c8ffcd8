/* `axb learn`: weights and a threshold for two files, or for the duplicates of one, without labels,
 * or with them. */
#include "core/log.h"
#include "core/string_builder.h"
#include "data/out.h"
#include "matcher/command/options_check.h"
#include "matcher/learn/learn.h"
#include "matcher/learn/learn_json.h"
#include "matcher/learn/learn_page.h"
#include "matcher/learn/learn_report.h"
#include "matcher/model/model_file.h"
#include "matcher/model/model_text.h"
#include "matcher/options/opts_row.h"
#include "matcher/report/report_head.h"
#include "matcher/run/run_json.h"

#include <stdlib.h>
#include <string.h>

/* Is the model for dedupe? */
static bool is_self(const struct opts *o)
{
    return o->n_inputs == 1 || o->dedupe;
}

static void check(const struct opts *o, struct err *e)
{
    for (size_t i = 0; i < o->n_inputs; i++)
        if (strcmp(o->inputs[i], "-") == 0)
            options_mistake(o, e, "write it to a file first",
                            "learn reads its files twice, which stdin cannot be");
    if (o->output && !opts_is_model_file(o->output))
        options_mistake(o, e, "for example: -o model.axb",
                        "--output: the name of a model ends in .axb, as --score asks for it");
    if (o->truth && strcmp(o->truth, "-") == 0)
        options_mistake(o, e, "for example: --truth labels.csv", "--truth needs a file");
    if (o->one_to_one && is_self(o))
        options_mistake(o, e, "leave it out",
                        "--one-to-one is for two tables; in one, a match is a record given twice");
    options_check_report(o, e);
    if (o->n_inputs > 2 && !o->dedupe)
        options_mistake(o, e, "add --dedupe, if the files are one table",
                        "%zu files are given, and a model compares two tables", o->n_inputs);
}

static bool write_model(const struct model *m, struct out *out, struct err *e)
{
    char *text = model_text(m, model_write);
    const bool ok = text ? out_write(out, text, strlen(text), e) && out_commit(out, e)
                         : err_set(e, ERR_OS, NULL, "not enough memory");
    free(text);
    return ok;
}

/* The file is opened first: a path that cannot be written must not cost the work. */
static bool learn_into(const struct opts *o, const struct learn_look *look, struct learned *l,
                       struct err *e)
{
    struct out out;
    if (!o->output)
        return learn(o, is_self(o), look, l, e);
    if (!out_open(&out, o->output, e))
        return false;
    if (learn(o, is_self(o), look, l, e) && write_model(&l->model, &out, e))
        return true;
    out_abort(&out);
    return false;
}

/* ---- --report --------------------------------------------------------------------------------*/

struct asked {
    const struct opts *opts;
    struct learned *learned;
    double started;
};

/* A page, and what it is of. */
struct shown {
    const struct asked *asked;
    struct page *page;
};

static bool put_page(void *context, const struct learned *l, const struct candidates *found,
                     const struct run *r, struct err *e)
{
    const struct shown *x = context;
    const struct learn_page page = {.opts = x->asked->opts,
                                    .learned = l,
                                    .found = found,
                                    .run = r,
                                    .started = x->asked->started};
    return learn_page_write(x->page, &page, e);
}

static bool learn_and_show(const void *context, struct page *page, struct err *e)
{
    const struct asked *x = context;
    struct shown shown = {x, page};
    const struct learn_look look = {put_page, &shown};
    return learn_into(x->opts, page ? &look : NULL, x->learned, e);
}

/* ---- The verb --------------------------------------------------------------------------------*/

static bool tell(const struct learned *l, const struct opts *o, struct err *e)
{
    if (o->json)
        return json_print(learn_json(l), e);
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out) {
        learn_report(l, out);
        learn_report_next(l, o, out);
    }
    return string_builder_show(&b, stdout) || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool run(const struct opts *o, struct err *e)
{
    struct learned *l = calloc(1, sizeof *l);
    if (!l)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const struct asked asked = {.opts = o, .learned = l, .started = log_seconds()};
    const bool ok = report_with(o, learn_and_show, &asked, e);
    const bool told = ok && tell(l, o, e);
    learned_free(l);
    free(l);
    return told;
}

const struct command cmd_learn = {
    .name = "learn",
    .arguments = "A.csv [B.csv...]",
    .min_inputs = 1,
    .max_inputs = OPTS_MANY,
    .topics = OPTS_INPUT | OPTS_LEARN | OPTS_OUTPUT | OPTS_WORKERS | OPTS_PROGRESS | OPTS_MESSAGES |
              OPTS_JSON | OPTS_STARTER | OPTS_REPORT,
    .what = "learn how to score pairs, without labels",
    .examples = "axb learn A.csv B.csv -o model.axb\n"
                "axb match A.csv B.csv --score model.axb -o pairs.csv\n"
                "axb learn people.csv -o model.axb --kind born=date --columns name,born,zip\n"
                "axb learn A.csv B.csv C.csv --dedupe -o model.axb\n"
                "axb learn A.csv B.csv --id id --truth labels.csv -o model.axb\n"
                "axb learn A.csv B.csv -o model.axb --report model.html",
    .more =
        "Pairs the columns of both files by their names, and else by what they hold; says of "
        "which kind each is and compares it by a metric that suits the kind; counts how often "
        "random pairs agree at each level; and fits how often matches do, by the method of "
        "Fellegi and Sunter (1969). The model is a text that you can read and edit. A score is "
        "in bits: 0 are even odds, 10 are 1024 to 1. With one file, or with --dedupe, the model is "
        "for axb dedupe.\n\n"
        "It needs no labels. If some pairs are labelled, --truth makes the model fit them, puts "
        "its threshold where F1 is greatest, and measures F1 by models that did not see the "
        "labels that they are measured by. --report shows all of it on a page: the weight of each "
        "level and what supports it, how the fit went, what is believed of each threshold, and "
        "what each column adds to some pairs.",
    .check = check,
    .run = run,
};
