/* Enough memory, always: for fuzzers and tests of joins and choices, which ask for little and
 * often. What the system would answer is read from some thirty files each time, which took most of
 * their time. The linker puts these in the place of those of core/memory.h, in programs that say so
 * (--wrap). */
#include "tests/harness/harness_memory.h"

#include "core/memory.h"

size_t harness_memory_bytes = (size_t)1 << 30;

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's names */
size_t __wrap_mem_available_bytes(void);
bool __wrap_mem_check(const char *what, size_t more, struct err *e);

size_t __wrap_mem_available_bytes(void)
{
    return harness_memory_bytes;
}

bool __wrap_mem_check(const char *what, size_t more, struct err *e)
{
    return more <= harness_memory_bytes || mem_refuse(what, more, e);
}
/* NOLINTEND(bugprone-reserved-identifier) */
