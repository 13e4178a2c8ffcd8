/* stage_internal.h: what the files of a stage share.
 *
 *   stage.c          watches workers, writes their output in order, replaces the dead
 *   stage_start.c    makes the control segment, and starts workers
 *   stage_culprit.c  finds the pair of rows on which a scorer fails */
#ifndef AXB_MATCHER_ENGINE_STAGE_INTERNAL_H
#define AXB_MATCHER_ENGINE_STAGE_INTERNAL_H

#include "matcher/engine/stage.h"

/* Makes the control segment. stage_close frees what exists, even if this fails. */
bool stage_open(struct stage *s, const struct wire_task *task, struct err *e);
/* Sets the slots to "no tile at hand", and gives each worker a core of its own. */
void stage_prepare_slots(struct stage *s);
/* Starts worker i, the first one or a successor. */
bool stage_spawn(struct stage *s, unsigned i, struct err *e);

/* Writes what the workers have handed over. ERR_STOPPED when we are asked to stop. */
bool stage_drain_output(struct stage *s, struct err *e);
/* Waits until a worker rings the doorbell, which read `seen` before, for at most `milliseconds`.
 * Returns the seconds that this took; fewer if we were stopped ourselves. */
double stage_wait(struct stage *s, uint32_t seen, unsigned milliseconds);
/* Kills worker i if it lives. A successor does its tile again. */
bool stage_replace(struct stage *s, unsigned i, struct err *e);

/* ---- What dead workers leave -----------------------------------------------------------------*/

/* Pairs: fixes how much of the chunks of worker i counts (s->used). The worker is dead or done. The
 * chunks have no owner afterwards. */
void stage_freeze_chunks(struct stage *s, unsigned i);
/* Leaves the tile that dead worker i had at hand, or a lost one, to the next process in its slot.
 * Of a tile that is written in part, the bytes that are written are left out. */
bool stage_leave_tile(struct stage *s, unsigned i, struct err *e);
/* A tile that was taken, is at hand nowhere and is not done; or WIRE_NO_TILE. */
uint64_t stage_find_lost_tile(const struct stage *s);

/* Rows: is the stage to be left here because its tiles take too long? The tiles at hand are then
 * done again in smaller ones. */
bool stage_is_too_slow(struct stage *s);

/* Worker i has died of `status` in the user's code, or may have. Either it is replaced, with or
 * without the culprit, or *e names the culprit. */
bool culprit_of_death(struct stage *s, unsigned i, int status, struct err *e);
/* Looks after workers that have stopped or take too long. Call it now and then, with the time since
 * the last call. */
bool culprit_watch(struct stage *s, double awake_seconds, struct err *e);

#endif
