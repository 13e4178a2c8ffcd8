/* `axb review`: a person labels uncertain pairs, one by one.
 *
 * Not here: asking (matcher/review/). */
#include "core/log.h"
#include "core/same_file.h"
#include "matcher/command/cmd_review_internal.h"
#include "matcher/command/options_check.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/table_view.h"
#include "matcher/review/review.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS, TABLE_A, TABLE_B };

/* All that a call works with. */
struct work {
    const struct opts *o;
    struct out mended; /* --rejected-lines, if mended_open */
    bool mended_open;
    struct review_records records;
    struct questions questions;
    struct labels labels;
    struct truth_file truth;
    struct review_result result;
};

/* ---- Reading ---------------------------------------------------------------------------------*/

static struct questions_asked questions_asked(const struct opts *o)
{
    return (struct questions_asked){
        .path = o->inputs[PAIRS],
        .reading = {.header = true, .max_memory_bytes = o->max_memory_bytes},
        .threshold_given = o->threshold_given,
        .threshold = o->threshold,
        .most = o->sample,
        .again = o->again};
}

static bool open_records(struct work *w, struct err *e)
{
    const struct opts *o = w->o;
    const bool self = o->n_inputs <= TABLE_B;
    struct review_records_asked asked = {
        .path = {o->inputs[TABLE_A], self ? NULL : o->inputs[TABLE_B]},
        .reading = {sources_options(o, 0, self), sources_options(o, 1, self)},
        .id = o->id,
        .columns = o->columns};
    if ((self && !opts_refuse_side_b(o, e)) ||
        !sources_open_mended(&w->mended, &w->mended_open, o, e))
        return false;
    for (int side = 0; side < 2; side++)
        asked.reading[side].mended = w->mended_open ? &w->mended : NULL;
    if (!review_records_open(&w->records, &asked, e))
        return false;
    const bool ok = !w->mended_open || out_commit(&w->mended, e);
    w->mended_open = w->mended_open && !ok;
    return ok;
}

/* Opens the file of answers, after all that could be wrong with the others, and reads it. */
static bool open_truth(struct work *w, struct err *e)
{
    const struct record_ids *const ids[] = {review_records_ids(&w->records, 0),
                                            review_records_ids(&w->records, 1)};
    const struct load_options reading = {.header = true};
    return truth_file_open(&w->truth, w->o->truth, e) &&
           (w->truth.is_empty || (labels_read(&w->labels, w->o->truth, &reading, ids, e) &&
                                  truth_file_follow(&w->truth, &w->labels, e)));
}

/* ---- Reviewing -------------------------------------------------------------------------------*/

static void say_result(const struct work *w)
{
    const struct review_result *r = &w->result;
    const uint64_t labelled = r->n_match + r->n_differ;
    if (w->questions.n == 0)
        log_note("%s: nothing is left to ask: %llu of %llu pairs are labelled",
                 w->questions.pairs.load.shown, (unsigned long long)w->questions.n_earlier,
                 (unsigned long long)w->questions.n_all);
    else
        log_note("%s: %llu %s added, %llu match and %llu differ; %llu %s left", w->o->truth,
                 (unsigned long long)labelled, labelled == 1 ? "label is" : "labels are",
                 (unsigned long long)r->n_match, (unsigned long long)r->n_differ,
                 (unsigned long long)r->n_left, r->n_left == 1 ? "pair is" : "pairs are");
}

static bool review(struct work *w, struct err *e)
{
    const struct questions_asked asked = questions_asked(w->o);
    if (!open_records(w, e) || !questions_open(&w->questions, &asked, &w->records, e) ||
        (w->o->score && !review_score_by_model(w->o, &w->questions, e)) || !open_truth(w, e) ||
        !questions_order(&w->questions, &asked, &w->labels, e))
        return false;
    log_progress_end();
    const struct review review = {
        .questions = &w->questions, .truth = &w->truth, .colour = table_look_of_stdout().colour};
    const bool ok = w->questions.n == 0 || review_run(&review, &w->result, e);
    say_result(w);
    return ok;
}

static bool run(const struct opts *o, struct err *e)
{
    struct work *w = malloc(sizeof *w);
    if (!w)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    *w = (struct work){.o = o,
                       .records.shm = {{.fd = -1}, {.fd = -1}},
                       .questions.pairs.shm.fd = -1,
                       .truth.fd = -1};
    const bool ok = review(w, e);
    const int number = w->result.signal;
    if (w->mended_open)
        out_abort(&w->mended);
    truth_file_close(&w->truth);
    labels_free(&w->labels);
    questions_close(&w->questions);
    review_records_close(&w->records);
    free(w);
    if (number) { /* as other programs do, so that a loop in a shell ends, too */
        signal(number, SIG_DFL);
        raise(number);
    }
    return ok;
}

/* ---- The verb --------------------------------------------------------------------------------*/

static void check(const struct opts *o, struct err *e)
{
    if (!o->truth)
        options_mistake(o, e, "for example: --truth labels.csv",
                        "--truth is missing: the file to which answers are added");
    if (o->truth && strcmp(o->truth, "-") == 0)
        options_mistake(o, e, "for example: --truth labels.csv", "--truth needs a file");
    if (o->score && !opts_is_model_file(o->score))
        options_mistake(o, e, "for example: --score model.axb",
                        "--score: review takes a model, whose name ends in .axb");
    for (size_t i = 0; i < o->n_inputs; i++) {
        if (strcmp(o->inputs[i], "-") == 0)
            options_mistake(o, e, "give a file", "stdin is for the answers");
        if (o->truth && same_file(o->truth, o->inputs[i]))
            options_mistake(o, e, "name another file", "--truth: %s is a file that is read",
                            o->truth);
    }
}

const struct command cmd_review = {
    .name = "review",
    .arguments = "PAIRS A [B]",
    .min_inputs = 2,
    .max_inputs = 3,
    .topics = OPTS_INPUT | OPTS_REVIEW | OPTS_MESSAGES,
    .what = "label uncertain pairs by hand, one by one",
    .examples =
        "axb review pairs.csv A.csv B.csv --truth labels.csv --id id\n"
        "axb review pairs.csv A.csv --truth labels.csv --columns name,city --threshold 0.9\n"
        "axb review unsure.csv A.csv B.csv --truth labels.csv --score model.axb\n"
        "axb eval pairs.csv labels.csv",
    .more =
        "PAIRS is what match or dedupe wrote, A and B are the files that were matched; after "
        "dedupe there is A alone. Both records of a pair stand one above the other, with marks "
        "where they differ. Above them stand the score and, after --output-terms, the value of "
        "each metric. Keys: y match, n differ, s or the space bar skip, u undo, q quit, ? help. "
        "Each answer is in the file of --truth before the next pair is shown, so nothing is lost "
        "by a crash, and the same command goes on where it ended. Skipped pairs are not "
        "written.\n\n"
        "The pairs come first of which a model would learn most. Each score has a probability of a "
        "match: one half at --threshold, and less or more with the distance from it. Answers are "
        "worth most where it is near one half; but a kind of pairs that was asked k times is worth "
        "1/(k+1) of what it was, so the questions spread over all scores. If scores are on both "
        "sides of 0, they are taken as bits, log2 of the odds, as those of a model are. With "
        "--score "
        "model.axb the model scores the pairs: one half is at 0 bits, and pairs are of one kind if "
        "their columns agree alike. The file then needs no scores.\n\n"
        "axb eval takes the file as TRUTH: precision and recall are then over the labelled pairs. "
        "These pairs were chosen, and are no random sample of all. Where stdin or stdout is no "
        "terminal, the same keys are read from stdin, in lines. --delimiter and its like are for A "
        "and B; axb finds out how PAIRS is written.",
    .check = check,
    .run = run,
};
