/* --resume: goes on with a run where it was left, and writes down where that is. */
#include "core/log.h"
#include "matcher/run/identity.h"
#include "matcher/run/run.h"

#include <stdlib.h>
#include <string.h>

/* Adds two facts in one line, whatever the path holds: which shard, and where the output grows. */
static bool add_output(struct run *r, char **facts, struct err *e)
{
    const struct out *grows = run_growing(r);
    char *path = grows ? realpath(grows->temporary, NULL) : strdup("(none)");
    char *all = NULL;
    for (char *at = path; at && (at = strchr(at, '\n')) != NULL;)
        *at = '?';
    bool ok = path && asprintf(&all, "%sshard %u/%u\noutput %s\n", *facts, r->shard.number,
                               r->shard.of, path) >= 0;
    free(path);
    if (!ok)
        return err_set(e, ERR_OS, NULL, "not enough memory for the journal");
    free(*facts);
    *facts = all;
    return true;
}

static bool begin(struct run *r, struct rejects *rejects, struct err *e)
{
    char *facts = NULL;
    r->journal.rejects = rejects;
    bool ok =
        identity_make(r, &facts, e) && add_output(r, &facts, e) &&
        journal_begin(&r->journal, facts, (double)r->opts->checkpoint_seconds, run_growing(r), e);
    free(facts);
    return ok;
}

/* Was the run whole, and its output renamed, when it was killed before it removed the journal? */
static bool is_named(const struct run *r)
{
    const struct journal_point *done = &r->journal.written;
    return r->outputs.pairs_open && !r->outputs.found_open && done->row == r->span.row_to &&
           r->outputs.pairs.bytes < done->bytes &&
           out_is_file(r->opts->output, done->bytes, done->output);
}

/* The checksums of a journal are no secret: do its rows exist? */
static bool rows_exist(const struct run *r, const struct rejects *rejects, struct err *e)
{
    const struct table *table = r->loaded.inputs.table;
    const struct journal_point *done = &r->journal.written;
    bool exist = !r->journal.any || (done->row >= r->span.row_from && done->row <= r->span.row_to);
    for (uint64_t i = 0; rejects && exist && i < rejects->n; i++)
        exist = rejects->at[i].row_a < table[0].head->n_rows &&
                rejects->at[i].row_b < table[1].head->n_rows;
    return exist || err_set(e, ERR_DATA, "remove the journal to begin anew",
                            "the journal %s names rows that do not exist", r->journal.path);
}

/* The pairs to choose from are removed after the journal. Those that a run left which was killed in
 * between belong to no journal any more. */
static bool drop_orphans(struct run *r, struct err *e)
{
    struct outputs *out = &r->outputs;
    return !out->found_open || !r->journal.empty || out_keep(&out->found, 0, e);
}

bool run_resume(struct run *r, const struct faults *faults, struct span *left, struct err *e)
{
    const struct journal_point *done = &r->journal.written;
    struct outputs *out = &r->outputs;
    *left = r->span;
    if (!r->opts->resume)
        return true;
    if (!drop_orphans(r, e) || !begin(r, faults->rejects, e) || !rows_exist(r, faults->rejects, e))
        return false;
    if (is_named(r)) {
        out_abort(&out->pairs);
        out->pairs_open = false;
    }
    if (run_growing(r) && !journal_take_output(&r->journal, e))
        return false;
    if (!r->journal.any)
        return true;
    left->row_from = done->row;
    left->pairs_before = done->pairs;
    left->unmatched_before = done->unmatched;
    log_note("going on after row %llu of A; %llu pairs were found before",
             (unsigned long long)done->row, (unsigned long long)done->pairs);
    return true;
}

bool run_note_end(struct run *r, struct err *e)
{
    struct journal *j = &r->journal;
    const struct out *grows = run_growing(r);
    bool noted = j->any && j->written.row == r->span.row_to;
    if (!r->opts->resume || (noted && (!grows || j->written.bytes == grows->bytes)))
        return true;
    return journal_reach(j, r->span.row_to, r->result.pairs, r->result.unmatched[0], e) &&
           journal_write(j, e);
}
