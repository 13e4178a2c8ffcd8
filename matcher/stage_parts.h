/* What the files of a stage share among themselves; nobody else includes it.
 *
 *   stage.c        watching workers, writing what they found in order, replacing the dead
 *   stage_start.c  the control segment, and starting workers
 *   blame.c        which pair of rows a scorer fails on */
#ifndef AXB_MATCHER_STAGE_PARTS_H
#define AXB_MATCHER_STAGE_PARTS_H

#include "matcher/stage.h"

/* Are the tiles runs of rows of A, whose bytes go through the rings? */
bool stage_has_rows(const struct wire_task *task);

/* Makes the control segment; stage_close frees what there is, even if this fails. */
bool stage_open(struct stage *s, const struct wire_task *task, struct err *e);
/* Nothing is at hand, and each worker has a place of its own. */
void stage_prepare_slots(struct stage *s);
/* Starts worker i, the first one or a successor. */
bool stage_spawn(struct stage *s, unsigned i, struct err *e);

/* Worker i has ended while it was scoring; `words` say how. Sets *e and returns false. */
bool blame_scorer(const struct stage *s, unsigned i, const char *words, struct err *e);

#endif
