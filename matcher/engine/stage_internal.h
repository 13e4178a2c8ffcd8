/* stage_internal.h: what the files of a stage share.
 *
 *   stage.c          watches workers, replaces the dead, and says when the stage is over
 *   stage_rings.c    takes what workers hand over, and checks it; the table of tiles
 *   stage_start.c    makes the segments, and starts workers
 *   stage_culprit.c  finds the pair of rows on which a scorer fails */
#ifndef AXB_MATCHER_ENGINE_STAGE_INTERNAL_H
#define AXB_MATCHER_ENGINE_STAGE_INTERNAL_H

#include "matcher/engine/stage.h"

/* ---- Start (stage_start.c) -------------------------------------------------------------------*/

/* Makes the segments and tables. stage_close frees what exists, even if this fails. */
bool stage_open(struct stage *s, const struct wire_task *task, struct err *e);
/* Frees all that stage_open made. */
void stage_free(struct stage *s);
/* Gives each worker a core of its own, and no tile to do again. */
void stage_prepare_workers(struct stage *s);
/* Starts worker i, the first one or a successor. */
bool stage_spawn(struct stage *s, unsigned i, struct err *e);

/* ---- What workers hand over (stage_rings.c) --------------------------------------------------*/

#define STAGE_TILE_NONE 0u
#define STAGE_TILE_DONE UINT32_MAX

/* Takes what the workers have handed over, and writes what is due: until nothing is left, or for
 * most_rounds over all rings. *stuck: all workers that live wait for a tile to be written that none
 * of them can bring. ERR_SCORER if what was handed over cannot be theirs. */
bool stage_drain(struct stage *s, unsigned most_rounds, bool *stuck, struct err *e);

/* Leaves the tile that dead worker i had at hand, or a lost one, to the next process in its slot.
 * Of a tile that is written in part, the bytes that are written are left out. */
bool stage_leave_tile(struct stage *s, unsigned i, struct err *e);
/* Has the next process in slot i begin with this tile. */
bool stage_give_tile(struct stage *s, unsigned i, uint64_t tile, struct err *e);
/* Frees what was taken out of the rings of the dead and was not due. */
void stage_free_parked(struct stage *s);
/* A tile that was taken, is at hand nowhere and is not handed over; or WIRE_NO_TILE. */
bool stage_find_lost_tile(struct stage *s, uint64_t *tile, struct err *e);

/* ---- Watching (stage.c) ----------------------------------------------------------------------*/

/* Reaps worker i if it has ended, as proc_reap does. A worker whose main thread alone was ended by
 * user code never ends: it is ended here, and counts as one that exited with 0. */
bool stage_reap(struct stage *s, unsigned i, int *status);

/* Waits until a worker rings the doorbell, which read `seen` before, for at most `milliseconds`.
 * Returns the seconds that this took; fewer if we were stopped ourselves. */
double stage_wait(struct stage *s, uint32_t seen, unsigned milliseconds);
/* Takes what the workers have handed over, while something else is waited for. ERR_STOPPED when we
 * are asked to stop. */
bool stage_drain_output(struct stage *s, struct err *e);
/* Kills worker i if it lives. A successor does its tile again. */
bool stage_replace(struct stage *s, unsigned i, struct err *e);
/* Rows: is the stage to be left here because its tiles take too long? The tiles at hand are then
 * done again in smaller ones. */
bool stage_is_too_slow(struct stage *s);

/* ---- Culprits (stage_culprit.c) --------------------------------------------------------------*/

/* Worker i has died of `status` in the user's code, or may have. Either it is replaced, with or
 * without the culprit, or *e names the culprit. */
bool culprit_of_death(struct stage *s, unsigned i, int status, struct err *e);
/* Leaves the pair out from now on, with --on-crash skip. ERR_SCORER if they are too many. */
bool culprit_leave_out(struct stage *s, uint64_t row_a, uint64_t row_b, const char *reason,
                       struct err *e);
/* The Python function of worker i has failed, which ends the run: *e says how. Returns false. */
bool culprit_raised(const struct stage *s, unsigned i, struct err *e);
/* Looks after workers that have stopped or take too long. Call it now and then, with the time since
 * the last call. */
bool culprit_watch(struct stage *s, double awake_seconds, struct err *e);

#endif
