/* Limits that are not in any one call: what cgroups and /dev/shm leave us. The root of the file
 * system is a parameter, so that tests can show other machines than theirs. */
#ifndef AXB_CORE_OS_LIMITS_H
#define AXB_CORE_OS_LIMITS_H

#include <stddef.h>

/* Bytes that the memory cgroups above us still allow; SIZE_MAX if there is no limit. */
size_t limits_cgroup_memory_bytes(const char *root);

/* CPUs that the cgroups above us allow on average; 0 if there is no quota. */
double limits_cgroup_cpus(const char *root);

#endif
