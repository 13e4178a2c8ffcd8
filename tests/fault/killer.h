/* Kills, at random moments, the processes of a run. */
#ifndef AXB_TESTS_FAULT_KILLER_H
#define AXB_TESTS_FAULT_KILLER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sleeps for a random time below `seconds`. */
void killer_nap(double seconds, uint64_t *random);

/* Has a child of ours ended? It can still be waited for. */
bool killer_has_ended(pid_t coordinator);

/* Sends kill -9 to up to `most` workers of a run that takes about `seconds`: each at any moment,
 * or, if no worker exists then, soon after one does. Returns the number of kills. */
unsigned killer_workers(pid_t coordinator, unsigned most, double seconds, uint64_t *random);

#endif
