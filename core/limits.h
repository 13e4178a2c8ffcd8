/* Limits that are not in any one call: what cgroups and the machine's memory leave us, and how we
 * stay within. The root of the file system is a parameter, so that tests can show other machines
 * than theirs; it is "" for this one. */
#ifndef AXB_CORE_LIMITS_H
#define AXB_CORE_LIMITS_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes that the memory cgroups above us still allow, counting the page cache that the kernel
 * would drop first as free; SIZE_MAX if there is no limit. */
size_t limits_cgroup_memory_bytes(const char *root);

/* MemAvailable: bytes that the machine could give without swapping; SIZE_MAX if it is not known. */
size_t limits_available_bytes(const char *root);

/* Memory that a process shares with no other and with no file: anonymous pages, in bytes; 0 if it
 * is gone. */
size_t limits_private_bytes(const char *root, pid_t pid);

/* The same of a process that another has started, without the pages that both still have: after
 * fork until one of them writes, after vfork until the program begins. */
size_t limits_own_bytes(const char *root, pid_t pid);

/* Address space that this process may still take (ulimit -v); SIZE_MAX if there is no limit. */
size_t limits_address_bytes(const char *root);

/* How large a file may become, segments included (ulimit -f); SIZE_MAX if there is no limit. */
size_t limits_file_bytes(void);

/* CPUs that the cgroups above us allow on average; 0 if there is no quota. */
double limits_cgroup_cpus(const char *root);

/* What a job of Slurm was given on this machine, in the environment: CPUs of this task, else of the
 * job; 0 outside a job. Slurm does not always bind its tasks. */
double limits_job_cpus(void);

/* The same of memory: bytes of the job, SIZE_MAX outside a job, and where it says none. */
size_t limits_job_memory_bytes(void);

/* The least of the CPUs that cgroups and job allow, and who says so; cpus 0: nobody. */
struct limits_quota {
    double cpus;
    const char *by; /* static */
};
struct limits_quota limits_quota(const char *root);

/* Workers for a number of cores and a quota (0: none): one a core, not above the quota, at least
 * one. */
unsigned limits_workers(unsigned cores, double quota_cpus);

/* The size to which a segment of `have` bytes grows that needs `need` (more than it has), when
 * `available` bytes more may be used. It grows by a quarter more, but by 1 to 64 MiB, where that
 * and `reserve` allow it. 0 if they do not even allow what is needed. */
size_t limits_segment_bytes(size_t have, size_t need, size_t reserve, size_t available);

#endif
