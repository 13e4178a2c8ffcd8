/* The operating system behind one small table: shared memory, processes, topology, limits.
 *
 * Everything that differs between systems or that can be refused by one lives behind these
 * functions, in os_shm.c, os_proc.c and os_topo.c. Nothing here knows what a record is. */
#ifndef AXB_CORE_OS_H
#define AXB_CORE_OS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- Shared memory (os_shm.c) ----------------------------------------------------------------
 * A segment is a file in memory that never has a name (memfd_create), passed on by descriptor. So
 * nothing is left behind whoever is killed, and neither the size of /dev/shm nor whether there is
 * one matters. A segment reserves address space and grows inside it; every byte is asked for with
 * posix_fallocate before it is used, after the limits of memory were read: a clear error, never
 * SIGBUS. Contents hold offsets from `base`, never pointers. */
struct shm {
    int fd;               /* -1 when closed */
    char *base;           /* mapping of reserve_bytes; the first `bytes` may be touched */
    size_t bytes;         /* committed so far, a multiple of the page size */
    size_t used_bytes;    /* handed out by shm_alloc */
    size_t reserve_bytes; /* address space */
};

/* Creates an empty segment. `what` names it in errors ("table A"). The caller closes it. Asking for
 * a large reserve costs nothing; where address space is limited it gets what can be had. */
bool shm_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* The same in an open, empty file, which is the segment's from here on, and closed on failure. */
bool shm_create_in(struct shm *s, int fd, const char *what, size_t reserve_bytes, struct err *e);

/* Hands out `bytes` zeroed bytes at a multiple of `align` (a power of two), growing the segment.
 * Returns the offset from base, never 0 (the first 64 bytes are kept free); 0 on failure. */
uint64_t shm_alloc(struct shm *s, const char *what, size_t bytes, size_t align, struct err *e);

/* The segment is complete: makes the caller's own mapping read-only and gives back what memory and
 * address space it has to spare. */
bool shm_freeze(struct shm *s, struct err *e);

/* A second descriptor of the same segment that cannot be written through; the caller closes it. */
int shm_readonly_fd(const struct shm *s, struct err *e);

/* Maps a segment that came by descriptor, whole, with its present size. Then shm_close closes fd;
 * on failure it stays the caller's. */
bool shm_attach(struct shm *s, int fd, bool writable, struct err *e);

/* Unmaps and closes; harmless on a zeroed or closed segment with fd -1. */
void shm_close(struct shm *s);

struct proc {
    pid_t pid; /* -1 when none */
};

/* ---- Memory (os_memory.c) --------------------------------------------------------------------
 * What the run may still take: the least of what the machine could give, what the memory cgroups
 * above us allow, and --max-memory. */

/* Sets --max-memory for this process and all that it shares with its workers; 0: none. */
void mem_set_max(size_t bytes);

/* Memory of this process alone and of all segments that it holds open, in bytes. */
size_t mem_used_bytes(void);

size_t mem_room_bytes(void);

/* What a new segment could grow to: mem_room_bytes, within the limits on address space and files.
 */
size_t shm_room_bytes(void);

/* Sets *e for `more` bytes that are not there: what is too small, and what to do. Returns false. */
bool mem_refuse(const char *what, size_t more, struct err *e);

/* False, with *e set as by mem_refuse, unless there is room for `more` bytes. */
bool mem_check(const char *what, size_t more, struct err *e);

/* The same while children of ours work, and take memory of their own: is all of it together within
 * the limits? Call it a few times a second. */
bool mem_watch(const char *what, const struct proc *children, size_t n, struct err *e);

/* ---- Segments with a name (os_named.c) -------------------------------------------------------
 * What stays when axb ends: the file axb.UID.NAME of /dev/shm, of mode 0600, ours alone. It is
 * written without a name and gets it when it is whole, in place of an older one; who has mapped the
 * older keeps it. So nobody ever writes into a segment that has a name, and no lock is needed. */
#define SHM_NAME_MOST 64u

/* Is it 1 to SHM_NAME_MOST of A-Z a-z 0-9 . _ -, not beginning with a dash? ERR_USAGE. */
bool shm_name_check(const char *name, struct err *e);

/* As shm_create, for a segment that will get a name. */
bool shm_named_create(struct shm *s, const char *what, size_t reserve_bytes, struct err *e);

/* Cuts the segment to `bytes` and gives it its name, which no kill -9 of this process leaves
 * half-way. The segment is only to be closed from here on. */
bool shm_named_publish(struct shm *s, const char *name, size_t bytes, struct err *e);

/* Maps the segment of that name for reading. *there is false if there is none: the caller then says
 * which there are. One that is not ours alone, or no segment at all, is ERR_DATA. */
bool shm_named_open(struct shm *s, const char *name, bool *there, struct err *e);

/* Takes the name away; *there is false if there was none. */
bool shm_named_remove(const char *name, bool *there, struct err *e);

/* The names that are there, sorted; malloced, freed by shm_names_free. */
bool shm_named_list(char ***names, size_t *n, struct err *e);
void shm_names_free(char **names, size_t n);

/* Clears away what a writer that was killed may have left where no file can be without a name. */
void shm_named_sweep(void);

/* ---- Processes (os_proc.c) -------------------------------------------------------------------*/
/* Starts `argv[0]` (a path) with posix_spawn. The n descriptors become 3, 4, … in the child, in
 * order (at most 64; each may be any of ours, and named more than once); its stdin is /dev/null,
 * its stdout is our stderr, all other descriptors are closed. No signal is blocked or ignored in
 * it. `env` is a NULL-terminated list of NAME=VALUE to add or override, or NULL. Call from the main
 * thread only: the child's parent-death signal follows the thread that spawned it. */
bool proc_spawn(struct proc *p, char *const argv[], const int *fds, size_t n_fds, char *const env[],
                struct err *e);

/* Called first thing in a program that uses OpenMP: idle threads shall sleep, not spin, since
 * others (our own workers first of all) need the cores. OpenMP reads that from the environment as
 * it is loaded, so the program is started anew once, in the same process. Returns if there is
 * nothing to do or it cannot be done. */
void proc_calm_threads(char *const argv[]);

/* Called first thing in a program: when a library ends it by exit(1), as OpenMP does when it gets
 * no thread, it exits with ERR_OS. */
void proc_own_exit(void);

/* Called before anything is opened: where stdin, stdout or stderr is closed, something stands in
 * for it, so that no file gets its number. It can be neither read nor written, as what is closed;
 * only what goes to stderr is lost. ERR_OS. */
bool proc_open_standard(struct err *e);

/* Called first thing in every process of ours: raises the limits on open files and on the stack to
 * what we need, as far as we may, and makes a file that grows beyond `ulimit -f` an error of its
 * writer instead of a signal that kills. ERR_OS for a limit with which nothing would work. */
bool proc_raise_limits(struct err *e);

/* How many of `wanted` threads, the calling one included, can run at once: limits on processes and
 * memory tell only by refusing. It starts them, and ends them again. */
unsigned proc_threads(unsigned wanted);

/* Called first thing in a child of ours: die with the parent, whose pid is `parent`; exits at
 * once if it is gone already. */
void proc_die_with_parent(pid_t parent);

/* The path of the running executable, at most `bytes` with its end. */
bool proc_self_path(char *path, size_t bytes, struct err *e);

/* Reaps p if it ended: true and *status (as waitpid) then, and its pid is -1 from there on, since
 * the system may give the number to another; `block` waits for it. False if p is none. */
bool proc_reap(struct proc *p, bool block, int *status);

/* Has p ended? It still is to be reaped then. */
bool proc_has_ended(const struct proc *p);

/* Has p been stopped by a signal (as by SIGSTOP) since this was last asked, and is it still? */
bool proc_stopped(const struct proc *p);

/* Waits so many seconds for p, which is at its end, then kills it; reaps it as proc_reap does. */
bool proc_end(struct proc *p, double seconds, int *status);

/* Allows the calling process to allocate so many bytes more than it has, so that what runs away
 * gets no memory rather than all of the machine's; and should the machine's end all the same, the
 * system is to take this process first. Does what it can. */
void proc_bound_memory(size_t more_bytes);

/* Does a waitpid status say that the dynamic loader could not start the program, for want of memory
 * or the like? */
bool proc_not_loaded(int status);

/* Words for a waitpid status: "was killed by SIGSEGV (core dumped)", "exited with 3". Into
 * text[bytes]. */
void proc_status_words(int status, char *text, size_t bytes);

/* ---- Topology (os_topo.c) --------------------------------------------------------------------
 * What we were given: hwloc restricted to our CPU binding, and the cgroup CPU quota that hwloc,
 * nproc and OpenMP do not see. */
enum topo_bind { TOPO_BIND_CORE, TOPO_BIND_PU, TOPO_BIND_NUMA, TOPO_BIND_NONE };

struct topo; /* owned by topo_open / topo_close */

/* Where a worker runs. */
struct topo_place {
    char pus[1024]; /* its processing units as hwloc lists them, e.g. "2" or "0-3", the last left
                       out if they are too many; "" = anywhere */
    unsigned core;  /* logical core index */
    unsigned numa;  /* logical NUMA node index */
};

/* Reads this machine; `synthetic` (tests) is an hwloc synthetic description, or NULL. Undoes for
 * the calling thread, and so for its later children, what OMP_PROC_BIND and OMP_PLACES did to it.
 */
bool topo_open(struct topo **t, const char *synthetic, struct err *e);
void topo_close(struct topo *t);

unsigned topo_pus(const struct topo *t);   /* processing units that we may use */
unsigned topo_cores(const struct topo *t); /* cores that we may use */
unsigned topo_numa_nodes(const struct topo *t);
double topo_quota_cpus(const struct topo *t); /* CPU quota in CPUs, 0 = none */
unsigned topo_workers(const struct topo *t);  /* default: cores, not above the quota, at least 1 */

/* Places for n workers: cores first, spread over NUMA nodes, then SMT siblings, then repeating. */
void topo_places(const struct topo *t, enum topo_bind bind, unsigned n, struct topo_place *places);

/* Binds the calling thread to a place ("" is all that the process was given); failing is reported,
 * and never fatal for the caller. */
bool topo_bind_self(const struct topo_place *place, struct err *e);

/* Prints what `axb topology` shows: cores, nodes, caches, allowed set, quota, and where `workers`
 * workers would be pinned. */
bool topo_print(const struct topo *t, enum topo_bind bind, unsigned workers, FILE *out,
                struct err *e);

#endif
