/* Shared memory that workers made for themselves: files in memory (memfd_create, /dev/shm), shared
 * anonymous mappings, segments of System V. User code may fill them silently, and no figure
 * of what a process has to itself shows them.
 *
 * They are looked for; no limit of a process replaces that. RLIMIT_FSIZE holds for one file, not
 * for their sum, and not for mappings; it would also keep a scorer from adding to a long log, and a
 * worker from growing a segment of ours. Not here: memory of one process alone (limits.h), and our
 * own segments (memory.c counts them). */
#ifndef AXB_CORE_MEMORY_SHARED_H
#define AXB_CORE_MEMORY_SHARED_H

#include "core/process.h"

#include <stddef.h>

/* Bytes of such memory that the n children hold now. What several of them hold counts once. These
 * do not count: what this process has open, too, as it has all of its segments; a file with a name
 * that is open for reading alone, which existed before; huge pages, which are set apart for those
 * who ask. What cannot be looked at, as of a child that has ended, counts as nothing. It reads
 * files of /proc, for some 0.3 ms a child; for 40 ms a GB of mappings without a descriptor. */
size_t mem_shared_bytes(const struct proc *children, size_t n);

#endif
