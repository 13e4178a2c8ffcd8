/* Killing, at random moments, what a run consists of. */
#ifndef AXB_TESTS_FAULT_KILLER_H
#define AXB_TESTS_FAULT_KILLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sleeps for a random time below `seconds`. */
void killer_nap(double seconds, uint64_t *random);

/* Has a child of ours ended? It stays to be waited for. */
bool killer_has_ended(pid_t coordinator);

/* kill -9 of up to `most` workers of a run that takes about `seconds`: each at any moment, or, when
 * there is no worker then, soon after there is one. Returns how many were killed. */
unsigned killer_workers(pid_t coordinator, unsigned most, double seconds, uint64_t *random);

#endif
