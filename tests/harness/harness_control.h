/* A control segment in plain memory, as stage_start.c lays it out: for tests of what workers and
 * the coordinator do with it, without a process. */
#ifndef AXB_TESTS_HARNESS_HARNESS_CONTROL_H
#define AXB_TESTS_HARNESS_HARNESS_CONTROL_H

#include "matcher/engine/wire.h"

/* Zeros but for a copy of the task, the sizes, the offsets, and slots that have no tile. Ends the
 * program if memory is short. */
struct wire_control *harness_control_make(const struct wire_task *task, uint64_t ring_bytes,
                                          uint64_t max_chunks);
void harness_control_free(struct wire_control *c);

#endif
