/* Processes: starting them, watching them, and what every process of ours does as it begins. */
#ifndef AXB_CORE_PROCESS_H
#define AXB_CORE_PROCESS_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PROC_MAX_FDS 272 /* that a child gets */

struct proc {
    pid_t pid; /* -1: no process */
};

/* Starts `argv[0]` (a path) with posix_spawn. The n descriptors become 3, 4, … in the child, in
 * order (at most PROC_MAX_FDS; each may be any of ours, and named more than once); its stdin is
 * /dev/null, its stdout is our stderr, all other descriptors are closed. No signal is blocked or
 * ignored in it. `env` is a NULL-terminated list of NAME=VALUE to add or override, or NULL. Call
 * from the main thread only: the child's parent-death signal follows the thread that spawned it. */
bool proc_spawn(struct proc *p, char *const argv[], const int *fds, size_t n_fds, char *const env[],
                struct err *e);

/* Called first thing in a program that will use OpenMP. Idle threads shall sleep, not spin, since
 * others, our own workers above all, need the cores. OpenMP reads that from the environment when it
 * is loaded, so the program executes itself once more, in the same process. Returns if that is not
 * necessary or not possible. */
void proc_reexec_for_openmp(char *const argv[]);

/* Called first thing in a program. If a library then ends it by exit(1), as OpenMP does when it
 * gets no thread, the program exits with ERR_OS. */
void proc_set_exit_status_hook(void);

/* Called before anything is opened. Where stdin, stdout or stderr is closed, a descriptor takes its
 * number, so that no file of ours gets it. As with a closed one, reading and writing fail; but what
 * goes to stderr is lost without an error. ERR_OS. */
bool proc_open_standard(struct err *e);

/* Called first thing in every process of ours: raises the limits on open files and on the stack to
 * what we need, as far as we may, and makes a file that grows beyond `ulimit -f` an error of its
 * writer instead of a signal that kills. ERR_OS for a limit with which nothing would work. */
bool proc_raise_limits(struct err *e);

/* Called early in a process that maps files. If one of them becomes shorter while it is read, the
 * system ends the process by SIGBUS; from now on it says so and exits with ERR_IO. */
void proc_explain_bus_errors(void);

/* How many of `wanted` threads, the calling one included, can run at once. Limits on processes and
 * memory show only when a thread is refused, so this starts them and ends them again. */
unsigned proc_threads(unsigned wanted);

/* Called first thing in a child of ours, which then dies with its parent, whose pid is `parent`. It
 * exits at once if the parent has died already. */
void proc_die_with_parent(pid_t parent);

/* Called in a process that is to end with another, where proc_die_with_parent does not serve: code
 * of others may undo it, and it is the end of a thread of the parent. `fd` is one end of a pipe
 * whose other end only that process holds. From now on a thread waits until that is closed, and
 * then ends the process. ERR_OS. */
bool proc_end_with(int fd, struct err *e);

/* The path of the running executable, at most `bytes` with its end. */
bool proc_self_path(char *path, size_t bytes, struct err *e);

/* The path of a program of this name in the same folder, which may not exist. ERR_OS. */
bool proc_sibling_path(const char *name, char *path, size_t bytes, struct err *e);

/* The processes that these n have started, and those that they have started in turn: into
 * more[most], and returns how many. A process whose parent has ended is nobody's. On a kernel that
 * does not say (CONFIG_PROC_CHILDREN) there are none. */
size_t proc_descendants(const struct proc *p, size_t n, struct proc *more, size_t most);

/* Reaps p if it has ended; with `block` it waits for that. Returns true then, with *status as
 * waitpid gives it. The pid is -1 from then on, since the system may give the number to another
 * process. False if p has not ended or is no process. */
bool proc_reap(struct proc *p, bool block, int *status);

/* Has p's main thread ended, as by pthread_exit, while others keep the process? While a process
 * ends by itself this may be so for a moment; one that a signal ends has not. */
bool proc_is_headless(const struct proc *p);

/* Has p ended? It still is to be reaped then. */
bool proc_has_ended(const struct proc *p);

/* The processor time that p has used, all its threads together, in seconds; 0 if it is gone. */
double proc_cpu_seconds(const struct proc *p);

/* The processor time of this process and of those of its children that were reaped, in seconds. */
double proc_own_cpu_seconds(void);

/* Processor seconds of the calling thread, for costs that are measured on a sample: what other
 * programs take is not counted. */
double proc_thread_seconds(void);

/* The time that the first thread of p has been ready to run and had to wait for a core, in seconds;
 * 0 where the system does not say. */
double proc_waiting_seconds(const struct proc *p);

/* Has p been stopped by a signal (as by SIGSTOP) since this was last asked, and is it still? */
bool proc_stopped(const struct proc *p);

/* Waits up to `seconds` for p, which is about to end, then kills it. Reaps it as proc_reap does. */
bool proc_end(struct proc *p, double seconds, int *status);

/* Allows the calling process to allocate `more_bytes` more than it has, so that code that runs away
 * gets no memory rather than all of the machine's. If the machine's memory ends all the same, the
 * system kills this process first. It does what it can and reports nothing. */
void proc_bound_memory(size_t more_bytes);

/* Does a waitpid status say that the dynamic loader could not start the program, for want of memory
 * or the like? */
bool proc_not_loaded(int status);

/* Describes a waitpid status: "was killed by SIGSEGV (core dumped)", "exited with 3". Into
 * text[bytes]. */
void proc_describe_status(int status, char *text, size_t bytes);

#endif
