/* Pieces in an array, and for each worker the number of its last one. */
#include "matcher/watch/timeline.h"

#include <stdlib.h>
#include <string.h>

#define NO_PIECE UINT32_MAX
#define FIRST_GRAIN 1e-4
#define ENOUGH_FREE 4u /* a part of the pieces that putting together is to set free */

bool timeline_open(struct timeline *t, uint32_t most_pieces, struct err *e)
{
    *t = (struct timeline){.most_pieces = most_pieces, .grain = FIRST_GRAIN};
    t->piece = malloc(most_pieces * sizeof *t->piece);
    return t->piece || err_set(e, ERR_OS, NULL, "not enough memory for the time line");
}

void timeline_close(struct timeline *t)
{
    free(t->piece);
    free(t->last);
    *t = (struct timeline){.n_pieces = 0};
}

/* ---- Stages ----------------------------------------------------------------------------------*/

/* Without memory its tiles are left out. */
static void forget_last(struct timeline *t, uint32_t n_workers)
{
    uint32_t *more = n_workers > t->n_last ? realloc(t->last, n_workers * sizeof *more) : t->last;
    if (more && n_workers > t->n_last)
        t->n_last = n_workers;
    t->last = more ? more : t->last;
    for (uint32_t i = 0; i < t->n_last; i++)
        t->last[i] = NO_PIECE;
}

void timeline_begin_stage(struct timeline *t, const char *what, uint32_t n_workers, double now)
{
    forget_last(t, n_workers);
    if (t->n_stages == TIMELINE_STAGES) {
        t->stages_left_out++;
        return;
    }
    t->stage[t->n_stages++] =
        (struct timeline_stage){.what = what, .from = now, .to = now, .n_workers = n_workers};
}

void timeline_end_stage(struct timeline *t, double now)
{
    if (t->stages_left_out == 0 && t->n_stages)
        t->stage[t->n_stages - 1].to = now;
}

/* ---- Pieces ----------------------------------------------------------------------------------*/

static bool can_join(const struct timeline *t, const struct timeline_piece *p, double to)
{
    return to - p->from <= t->grain;
}

static void join(struct timeline_piece *p, const struct timeline_piece *next)
{
    p->to = next->to;
    p->tiles += next->tiles;
    p->pairs += next->pairs;
}

/* Puts pieces together that follow each other and are short. The pieces of other stages have no
 * last one, so `last` is made anew for each stage on the way, and is that of the stage at work in
 * the end. */
static void join_all(struct timeline *t)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        const struct timeline_piece next = t->piece[i];
        if (i == 0 || next.stage != t->piece[n - 1].stage)
            forget_last(t, 0);
        uint32_t *last = &t->last[next.worker];
        if (*last != NO_PIECE && can_join(t, &t->piece[*last], next.to)) {
            join(&t->piece[*last], &next);
            continue;
        }
        t->piece[n] = next;
        *last = n++;
    }
    if (n == 0 || t->piece[n - 1].stage + 1 != t->n_stages)
        forget_last(t, 0); /* the stage at work has no piece yet */
    t->n_pieces = n;
}

/* Sets pieces free. False if there are none to be put together, since each is a worker's only one.
 */
static bool make_room(struct timeline *t, double now)
{
    const uint32_t least = t->most_pieces / ENOUGH_FREE + 1;
    const double all = now - t->stage[0].from;
    while (t->most_pieces - t->n_pieces < least && t->grain <= all) {
        t->grain *= 2;
        join_all(t);
    }
    return t->n_pieces < t->most_pieces;
}

/* Is the stage at work one that has a place, and the worker one of its workers? */
static bool has_place(const struct timeline *t, uint32_t worker)
{
    return t->stages_left_out == 0 && t->n_stages && worker < t->n_last;
}

void timeline_tile(struct timeline *t, uint32_t worker, double now)
{
    if (!has_place(t, worker)) {
        t->tiles_left_out++;
        return;
    }
    struct timeline_stage *stage = &t->stage[t->n_stages - 1];
    stage->tiles++;
    if (t->last[worker] != NO_PIECE && can_join(t, &t->piece[t->last[worker]], now)) {
        t->piece[t->last[worker]].to = now;
        t->piece[t->last[worker]].tiles++;
        return;
    }
    if (t->n_pieces == t->most_pieces && !make_room(t, now)) {
        t->tiles_left_out++;
        return;
    }
    const bool first = t->last[worker] == NO_PIECE;
    const double from = first ? stage->from : t->piece[t->last[worker]].to;
    t->last[worker] = t->n_pieces;
    t->piece[t->n_pieces++] =
        (struct timeline_piece){t->n_stages - 1, worker, from, now, .tiles = 1};
}

void timeline_pairs(struct timeline *t, uint32_t worker, uint64_t pairs)
{
    if (has_place(t, worker) && t->last[worker] != NO_PIECE)
        t->piece[t->last[worker]].pairs += pairs;
}
