/* What the library that makes allocations fail (shim.c) shares with the part that uses it: one
 * file, mapped by every process of a run. */
#ifndef AXB_TESTS_FAULT_SHIM_H
#define AXB_TESTS_FAULT_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

#define SHIM_VARIABLE "AXB_FAULT_SHIM" /* names the file */
#define SHIM_PROCESSES 64

/* Processes are numbered as in tracer.h, but compilers have no number. */
struct shim {
    uint32_t process;             /* of this one … */
    uint64_t allocation;          /* … this one fails; from 1; 0: none */
    _Atomic uint32_t n_processes; /* besides the coordinator */
    _Atomic uint32_t failed;
    char site[256]; /* who asked for the allocation that failed: library+offset */
    struct {
        _Atomic uint64_t allocations;
        char what[24];
    } of[SHIM_PROCESSES];
};

#endif
