/* What the files of a stage share among themselves; nobody else includes it.
 *
 *   stage.c        watching workers, writing what they found in order, replacing the dead
 *   stage_start.c  the control segment, and starting workers
 *   stage_culprit.c        which pair of rows a scorer fails on, and what then happens */
#ifndef AXB_MATCHER_ENGINE_STAGE_INTERNAL_H
#define AXB_MATCHER_ENGINE_STAGE_INTERNAL_H

#include "matcher/engine/stage.h"

/* Makes the control segment; stage_close frees what there is, even if this fails. */
bool stage_open(struct stage *s, const struct wire_task *task, struct err *e);
/* Nothing is at hand, and each worker has a place of its own. */
void stage_prepare_slots(struct stage *s);
/* Starts worker i, the first one or a successor. */
bool stage_spawn(struct stage *s, unsigned i, struct err *e);

/* Between two waits: writes what the workers have handed over. ERR_STOPPED when we are asked to
 * stop. */
bool stage_drain_output(struct stage *s, struct err *e);
/* Waits so long for a worker to ring, as it had when `seen` was read; returns how long that took,
 * or less if we were stopped ourselves. */
double stage_wait(struct stage *s, uint32_t seen, unsigned milliseconds);
/* Kills worker i if it lives; another takes its place and does the tile at hand again. */
bool stage_replace(struct stage *s, unsigned i, struct err *e);

/* ---- What dead workers leave -----------------------------------------------------------------*/

/* Pairs: settles how much of the chunks of worker i counts, which is dead or done (s->used). They
 * are nobody's afterwards. */
void stage_freeze_chunks(struct stage *s, unsigned i);
/* Leaves the tile that dead worker i had at hand, or a lost one, to the next process in its slot;
 * of a tile that is written in part, only the bytes that are not written yet. */
bool stage_leave_tile(struct stage *s, unsigned i, struct err *e);
/* A tile that was taken, is at hand nowhere and is not done, or WIRE_NO_TILE. */
uint64_t stage_find_lost_tile(const struct stage *s);

/* Rows: is the stage to be left here, since its tiles take too long? Then what is at hand is done
 * again in smaller ones. */
bool stage_is_too_slow(struct stage *s);

/* Worker i has died of `status` in the user's code, or may have: it is replaced, with or without
 * the pair at fault, or *e says which pair it is. */
bool culprit_of_death(struct stage *s, unsigned i, int status, struct err *e);
/* Looks after workers that have stopped or take too long; to be called now and then, with the time
 * since. */
bool culprit_watch(struct stage *s, double awake_seconds, struct err *e);

#endif
