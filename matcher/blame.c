/* Naming the pair of rows on which a scorer fails. */
#include "matcher/stage_parts.h"

#include <stdio.h>
#include <string.h>

/* Runs the pairs of row_a × b_from.. one by one in a worker of its own until it dies; *row_b is the
 * row that it was at. False if it does not die this time. */
static bool probe_pairs(const struct stage *s, uint64_t row_a, uint64_t b_from, uint64_t b_to,
                        uint64_t *row_b)
{
    struct stage probe = {.job = s->job, .what = "probing"};
    struct wire_task task = s->control->task;
    struct err e = {0};
    int status = 0;
    task.stage = WIRE_PROBE;
    task.n_workers = 1;
    task.n_tiles = 1;
    task.max_chunks = 0;
    task.row_from = row_a;
    task.probe_from = b_from;
    task.probe_to = b_to;
    bool died = false;
    if (stage_open(&probe, &task, &e)) {
        stage_prepare_slots(&probe);
        if (stage_spawn(&probe, 0, &e) && proc_reap(&probe.procs[0], true, &status)) {
            died = atomic_load(&probe.control->slot[0].state) == WIRE_RUNNING;
            *row_b = atomic_load(&probe.control->slot[0].b_from);
        }
    }
    stage_close(&probe);
    return died;
}

/* Adds " COLUMN=value" of the fields that the scorer reads, for one row. */
static void add_values(const struct boss_job *job, uint32_t side, uint64_t row, char *text,
                       size_t room)
{
    size_t n = strlen(text);
    for (uint32_t k = 0; k < job->task.n_fields; k++) {
        const struct index_view *v = &job->view.field[job->task.field[k]];
        const struct scorer_field *f = &job->scorer->fields[k];
        if (f->side != side || n + 1 >= room)
            continue;
        int wrote = 0;
        if (v->number)
            wrote = snprintf(text + n, room - n, " %g", v->number[row]);
        else if (v->side.row_place[row] == TABLE_MISSING)
            wrote = snprintf(text + n, room - n, " (missing)");
        else {
            struct text t = words_text(&job->view.words, v->side.word[v->side.row_place[row]]);
            wrote = snprintf(text + n, room - n, " \"%.*s\"",
                             (int)(t.utf8_bytes < 60 ? t.utf8_bytes : 60), t.utf8);
        }
        n = wrote < 0 ? n : n + (size_t)wrote < room ? n + (size_t)wrote : room - 1;
    }
}

bool blame_scorer(const struct stage *s, unsigned i, const char *words, struct err *e)
{
    const struct boss_job *job = s->job;
    const struct wire_slot *slot = &s->control->slot[i];
    if (s->control->task.stage == WIRE_PREPARE)
        return err_set(e, ERR_SCORER, "rows are counted from 1, without the header",
                       "%s: prepare_%c %s on row %llu of %c", job->scorer->path,
                       "ab"[slot->b_from & 1], words, (unsigned long long)slot -> row_a + 1,
                       "AB"[slot->b_from & 1]);
    uint64_t row_a = slot->row_a, from = slot->b_from, to = slot->b_to, row_b = from;
    char a[300] = "", b[300] = "";
    if (!probe_pairs(s, row_a, from, to, &row_b))
        return err_set(e, ERR_SCORER, "it did not happen again when they were tried one by one",
                       "%s: the scorer %s on row %llu of A against one of the rows %llu to %llu "
                       "of B",
                       job->scorer->path, words, (unsigned long long)row_a + 1,
                       (unsigned long long)from + 1, (unsigned long long)to);
    add_values(job, 0, row_a, a, sizeof a);
    add_values(job, 1, row_b, b, sizeof b);
    return err_set(e, ERR_SCORER, "rows are counted from 1, without the header",
                   "%s: the scorer %s on row %llu of A and row %llu of B\n  A:%s\n  B:%s",
                   job->scorer->path, words, (unsigned long long)row_a + 1,
                   (unsigned long long)row_b + 1, a, b);
}
