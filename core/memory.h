/* How much memory the run may still take: the least of what the machine could give, what the memory
 * cgroups above us allow, and --max-memory. Not here: reading those limits (limits.h). */
#ifndef AXB_CORE_MEMORY_H
#define AXB_CORE_MEMORY_H

#include "core/err.h"
#include "core/process.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sets --max-memory for this process and all that it shares with its workers; 0: none. `of_job`: a
 * scheduler gave the job so much. */
void mem_set_max(size_t bytes, bool of_job);

/* Memory of this process alone, of all segments that it holds open, and of what is on its way back,
 * in bytes. */
size_t mem_used_bytes(void);

/* A thread of ours gives so many bytes back, between these two calls. Until then they count as
 * used, and nothing is refused that would find room after it. */
void mem_begin_return(size_t bytes);
void mem_end_return(size_t bytes);

/* Waits until nothing is on its way back. False if nothing was. */
bool mem_await_returns(void);

/* Bytes that this process and its workers may still take; SIZE_MAX if nothing limits them. */
size_t mem_available_bytes(void);

/* Sets *e for `more` bytes that are not available: what is too small, and what to do. Returns
 * false. */
bool mem_refuse(const char *what, size_t more, struct err *e);

/* False, with *e set as by mem_refuse, unless `more` bytes are available. */
bool mem_check(const char *what, size_t more, struct err *e);

/* The same while children of ours work, and take memory of their own: is all of it together within
 * the limits? Call it a few times a second. */
bool mem_watch(const char *what, const struct proc *children, size_t n, struct err *e);

#endif
