/* Enough memory, always (harness_memory.c). */
#ifndef AXB_TESTS_HARNESS_HARNESS_MEMORY_H
#define AXB_TESTS_HARNESS_HARNESS_MEMORY_H

#include <stddef.h>

extern size_t harness_memory_bytes; /* so much is available; 1 GiB unless a test says otherwise */

#endif
