/* One loop over the stops of all processes of a run. */
#include "tests/fault/tracer.h"

#include "tests/fault/calls.h"
#include "tests/fault/culprit.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_TRACEES 512
#define UNCOUNTED UINT32_MAX
#define SECONDS_TO_GO 10.0 /* for what still runs when the coordinator has ended */

/* A thread of the run. */
struct tracee {
    pid_t tid;
    unsigned process; /* or UNCOUNTED */
    bool known;       /* its parent has told of it */
    bool stopped;     /* it waits for its parent to tell of it */
    int error;        /* what its present call is to give, or 0 */
};

struct tracer {
    const struct tracer_ask *ask;
    struct tracer_told *told;
    pid_t coordinator;
    struct tracee tracee[MAX_TRACEES];
    size_t n;
    bool coordinator_ended;
    bool in_loader; /* the coordinator is in the loader */
    uint64_t loader_from, loader_to;
    char what[TRACER_PROCESSES][24];
};

/* ---- Threads and processes -------------------------------------------------------------------*/

static struct tracee *find(struct tracer *t, pid_t tid)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->tracee[i].tid == tid)
            return &t->tracee[i];
    if (t->n == MAX_TRACEES)
        abort();
    t->tracee[t->n] = (struct tracee){.tid = tid, .process = UNCOUNTED};
    return &t->tracee[t->n++];
}

static void forget(struct tracer *t, pid_t tid)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->tracee[i].tid == tid)
            t->tracee[i] = t->tracee[--t->n];
}

/* A stop at a system call costs time, so only processes that count stop there. */
static void go_on(const struct tracer *t, const struct tracee *e, int signal)
{
    bool counted = e->process < TRACER_PROCESSES &&
                   (t->ask->call == 0 ||
                    (e->process == t->ask->process && (!t->told->failed || t->ask->stays)));
    ptrace(counted || e->error ? PTRACE_SYSCALL : PTRACE_CONT, e->tid, NULL,
           (void *)(intptr_t)signal);
}

/* `parent` has started a thread or a process. */
static void was_born(struct tracer *t, pid_t parent, pid_t tid, bool thread)
{
    unsigned process = find(t, parent)->process;
    struct tracee *e = find(t, tid);
    if (thread)
        e->process = process;
    else if (process == 0)
        e->process = t->told->n_processes++;
    e->known = true;
    if (e->stopped)
        go_on(t, e, 0);
    e->stopped = false;
}

/* Finds where the dynamic loader lies in the coordinator. */
static void find_loader(struct tracer *t, pid_t pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *f = fopen(path, "r");
    t->loader_from = UINT64_MAX;
    t->loader_to = 0;
    while (f && fgets(line, sizeof line, f)) {
        unsigned long long from, to;
        if (!strstr(line, "/ld-") || sscanf(line, "%llx-%llx", &from, &to) != 2)
            continue;
        t->loader_from = from < t->loader_from ? from : t->loader_from;
        t->loader_to = to > t->loader_to ? to : t->loader_to;
    }
    if (f)
        fclose(f);
}

static void has_new_program(struct tracer *t, const struct tracee *e)
{
    char path[64], arguments[4096] = "";
    if (e->process == 0) {
        t->in_loader = true;
        find_loader(t, e->tid);
        return;
    }
    if (e->process >= TRACER_PROCESSES)
        return;
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)e->tid);
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(arguments, 1, sizeof arguments - 1, f) : 0;
    if (f)
        fclose(f);
    const char *first = arguments + strlen(arguments) + 1;
    const char *second = first < arguments + n ? first + strlen(first) + 1 : arguments + n;
    snprintf(t->what[e->process], sizeof t->what[0], "%.10s %.10s",
             first < arguments + n ? first : "", second);
}

/* ---- System calls ----------------------------------------------------------------------------*/

#ifdef __x86_64__
static void refuse_call(pid_t tid)
{
    ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.orig_rax), -1L);
}

static void set_answer(pid_t tid, long answer)
{
    ptrace(PTRACE_POKEUSER, tid, offsetof(struct user, regs.rax), answer);
}
#else /* arm64 */
static void refuse_call(pid_t tid)
{
    int none = -1;
    struct iovec v = {&none, sizeof none};
    ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &v);
}

static void set_answer(pid_t tid, long answer)
{
    struct user_regs_struct regs;
    struct iovec v = {&regs, sizeof regs};
    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &v) == 0) {
        regs.regs[0] = (unsigned long long)answer;
        ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &v);
    }
}
#endif

static bool is_loading(struct tracer *t, const struct tracee *e, uint64_t at)
{
    if (e->process != 0 || !t->in_loader)
        return false;
    t->in_loader = at >= t->loader_from && at < t->loader_to;
    return t->in_loader;
}

/* A call that is retried after EINTR is interrupted once. */
static bool fails_again(const struct tracer *t, long number)
{
    return t->ask->stays && number == t->told->number && t->told->error != EINTR;
}

static void begins_call(struct tracer *t, struct tracee *e, const struct __ptrace_syscall_info *i)
{
    const char *why;
    long number = (long)i->entry.nr;
    enum calls_way way = calls_rule(number, i->entry.args[1], &why);
    if (way == CALLS_NEVER || e->process >= TRACER_PROCESSES ||
        is_loading(t, e, i->instruction_pointer))
        return;
    uint64_t n = ++t->told->calls[e->process];
    if (t->told->failed ? !fails_again(t, number)
                        : t->ask->call != n || e->process != t->ask->process)
        return;
    t->told->failed = true;
    t->told->number = number;
    t->told->error = e->error = calls_error(number, t->ask->flavour);
    snprintf(t->told->what, sizeof t->told->what, "%s",
             e->process ? t->what[e->process] : "coordinator");
    culprit_stack(e->tid, t->told->site, sizeof t->told->site);
    if (way == CALLS_FAIL)
        refuse_call(e->tid);
}

static void at_call(struct tracer *t, struct tracee *e)
{
    struct __ptrace_syscall_info i;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, e->tid, sizeof i, &i) <= 0)
        return;
    if (i.op == PTRACE_SYSCALL_INFO_ENTRY) {
        begins_call(t, e, &i);
    } else if (e->error) {
        set_answer(e->tid, -e->error);
        e->error = 0;
    }
}

/* ---- Stops -----------------------------------------------------------------------------------*/

static bool is_crash(int signal)
{
    return signal == SIGSEGV || signal == SIGABRT || signal == SIGBUS || signal == SIGILL ||
           signal == SIGFPE;
}

static void has_stopped(struct tracer *t, pid_t tid, int status)
{
    struct tracee *e = find(t, tid);
    int signal = WSTOPSIG(status), event = status >> 16;
    unsigned long child = 0;
    if (event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK) {
        if (ptrace(PTRACE_GETEVENTMSG, tid, NULL, &child) == 0)
            was_born(t, tid, (pid_t)child, event == PTRACE_EVENT_CLONE);
        e = find(t, tid);
        signal = 0;
    } else if (event == PTRACE_EVENT_EXEC) {
        has_new_program(t, e);
        signal = 0;
    } else if (signal == (SIGTRAP | 0x80)) {
        at_call(t, e);
        signal = 0;
    } else if (signal == SIGSTOP && !e->known) {
        e->stopped = true; /* goes on once its parent has told of it */
        return;
    } else if (signal == SIGSTOP) {
        signal = 0; /* the one with which a thread or process begins */
    }
    if (e->process == 0 && !t->told->crash[0] && is_crash(signal))
        culprit_stack(tid, t->told->crash, sizeof t->told->crash);
    go_on(t, e, signal);
}

static void has_ended(struct tracer *t, pid_t tid, int status)
{
    if (tid == t->coordinator) {
        t->told->status = status;
        t->coordinator_ended = true;
    }
    forget(t, tid);
}

/* ---- The run ---------------------------------------------------------------------------------*/

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void on_tick(int signal)
{
    (void)signal; /* only wakes waitpid */
}

static void tick(long microseconds)
{
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    struct sigaction action = {.sa_handler = on_tick};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void kill_all(const struct tracer *t)
{
    for (size_t i = 0; i < t->n; i++)
        kill(t->tracee[i].tid, SIGKILL);
}

/* Ends what takes too long. `end` is the time limit of what is left. */
static void look_at_clock(struct tracer *t, double *end)
{
    static const double again = 2;
    if (seconds_now() < *end)
        return;
    if (t->coordinator_ended)
        t->told->stayed = true;
    else
        t->told->late = true;
    kill_all(t);
    *end = seconds_now() + again;
}

static void watch(struct tracer *t)
{
    double end = seconds_now() + t->ask->seconds;
    bool ended = false;
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        if (tid < 0 && errno != EINTR)
            return;
        if (tid > 0 && WIFSTOPPED(status))
            has_stopped(t, tid, status);
        else if (tid > 0)
            has_ended(t, tid, status);
        if (t->coordinator_ended && !ended)
            end = seconds_now() + SECONDS_TO_GO;
        ended = t->coordinator_ended;
        look_at_clock(t, &end);
    }
}

void tracer_run(pid_t coordinator, const struct tracer_ask *ask, struct tracer_told *told)
{
    struct tracer *t = calloc(1, sizeof *t);
    int status;
    *told = (struct tracer_told){.n_processes = 1};
    if (!t || waitpid(coordinator, &status, __WALL) != coordinator || !WIFSTOPPED(status))
        abort();
    *t = (struct tracer){.ask = ask, .told = told, .coordinator = coordinator};
    struct tracee *e = find(t, coordinator);
    e->process = 0;
    e->known = true;
    long options = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                   PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SETOPTIONS, coordinator, NULL, (void *)options) != 0)
        abort();
    t->in_loader = true; /* nothing counts before axb is loaded */
    t->loader_to = UINT64_MAX;
    go_on(t, e, 0);
    tick(100000);
    watch(t);
    tick(0);
    free(t);
}
