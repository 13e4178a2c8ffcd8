/* Children: spawned with just the descriptors they need, and gone when we are. */
#include "core/process.h"
#include "core/thread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FD 3
#define WAITING_STACK_BYTES ((size_t)128 << 10) /* of a thread that only waits */

extern char **environ;

/* The environment with `more` put in; the caller frees the array, not its strings. */
static char **merged_environment(char *const more[])
{
    size_t n = 0, n_more = 0, used = 0;
    while (environ[n])
        n++;
    while (more && more[n_more])
        n_more++;
    char **all = malloc((n + n_more + 1) * sizeof *all);
    if (!all)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        bool replaced = false;
        for (size_t k = 0; k < n_more; k++) {
            size_t name = strcspn(more[k], "=") + 1;
            replaced = replaced || strncmp(environ[i], more[k], name) == 0;
        }
        if (!replaced)
            all[used++] = environ[i];
    }
    for (size_t k = 0; k < n_more; k++)
        all[used++] = more[k];
    all[used] = NULL;
    return all;
}

/* The descriptors are first copied above all targets, so that no dup2 overwrites a source. Returns
 * 0 or an errno. */
static int add_descriptors(posix_spawn_file_actions_t *actions, const int *fds, int *copies,
                           size_t n)
{
    int failed = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    failed = failed ? failed : posix_spawn_file_actions_adddup2(actions, 2, 1);
    for (size_t i = 0; i < n && !failed; i++) {
        copies[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, FIRST_FD + (int)n);
        failed = copies[i] < 0
                     ? errno
                     : posix_spawn_file_actions_adddup2(actions, copies[i], FIRST_FD + (int)i);
    }
    return failed ? failed : posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FD + (int)n);
}

/* No signal is blocked or caught in the child. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int failed = posix_spawnattr_setsigmask(attributes, &none);
    failed = failed ? failed : posix_spawnattr_setsigdefault(attributes, &all);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    return failed ? failed : posix_spawnattr_setflags(attributes, flags);
}

/* A parent that ignores SIGCHLD, as some that start programs do, has no children to wait for. */
static void take_children(void)
{
    struct sigaction now;
    if (sigaction(SIGCHLD, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
        signal(SIGCHLD, SIG_DFL);
}

static const char *hint_of(int failed)
{
    if (failed == ENOENT || failed == EACCES)
        return "was the program moved or replaced while it ran?";
    return failed == EINVAL /* of F_DUPFD: beyond the limit */ ? err_hint(EMFILE) : NULL;
}

/* posix_spawn with all that belongs to it; returns 0 or an errno. */
static int spawn(pid_t *pid, char *const argv[], const int *fds, size_t n_fds, char **environment)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int copies[PROC_MAX_FDS];
    memset(copies, -1, sizeof copies);
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed = set_attributes(&attributes);
        failed = failed ? failed : add_descriptors(&actions, fds, copies, n_fds);
        failed =
            failed ? failed : posix_spawn(pid, argv[0], &actions, &attributes, argv, environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; i < n_fds; i++)
        if (copies[i] >= 0)
            close(copies[i]);
    return failed;
}

bool proc_spawn(struct proc *p, char *const argv[], const int *fds, size_t n_fds, char *const env[],
                struct err *e)
{
    p->pid = -1;
    if (n_fds > PROC_MAX_FDS)
        return err_set(e, ERR_SOFTWARE, NULL, "%zu descriptors for a process, at most %d", n_fds,
                       PROC_MAX_FDS);
    char **environment = merged_environment(env);
    if (!environment)
        return err_set(e, ERR_OS, NULL, "not enough memory to start %s", argv[0]);
    take_children();
    pid_t pid = -1;
    int failed = spawn(&pid, argv, fds, n_fds, environment);
    free(environment);
    if (failed)
        return err_system(e, ERR_OS, failed, hint_of(failed), "%s cannot be started", argv[0]);
    p->pid = pid;
    return true;
}

void proc_reexec_for_openmp(char *const argv[])
{
    if (!getenv("OMP_WAIT_POLICY") && setenv("OMP_WAIT_POLICY", "passive", 1) == 0)
        execv("/proc/self/exe", argv);
}

static void on_library_exit(int status, void *unused)
{
    (void)unused;
    if (status != EXIT_FAILURE)
        return;
    fputs("axb: a library that it needs gave up\n"
          "is memory short, or a limit low (ulimit -a)?\n",
          stderr);
    _exit(ERR_OS);
}

void proc_set_exit_status_hook(void)
{
    on_exit(on_library_exit, NULL);
}

/* ---- Limits of this process ------------------------------------------------------------------*/

#define KIB ((rlim_t)1 << 10)
#define MIB ((rlim_t)1 << 20)

/* What we would like to have, and what nothing works without: below that the C library and others
 * below us crash rather than say so. */
static const struct need {
    __rlimit_resource_t which;
    rlim_t wanted, least;
    const char *what, *by;
} needs[] = {
    {RLIMIT_NOFILE, 1024, 128, "open files", "ulimit -n"},
    {RLIMIT_STACK, 8 * MIB, MIB, "bytes of stack", "ulimit -s"},
    {RLIMIT_DATA, 0, 64 * MIB, "bytes of memory", "ulimit -d"},
    {RLIMIT_AS, 0, 192 * MIB, "bytes of address space", "ulimit -v"},
};

bool proc_open_standard(struct err *e)
{
    static const int mode[] = {O_WRONLY, O_RDONLY, O_WRONLY}; /* the lowest free number is taken */
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode[fd]) != fd)
            return err_system(e, ERR_OS, errno, NULL, "/dev/null cannot be opened");
    return true;
}

bool proc_raise_limits(struct err *e)
{
    signal(SIGXFSZ, SIG_IGN);
    for (const struct need *n = needs; n < needs + sizeof needs / sizeof *needs; n++) {
        struct rlimit limit;
        if (getrlimit(n->which, &limit) != 0)
            continue;
        rlim_t best = limit.rlim_max < n->wanted ? limit.rlim_max : n->wanted;
        if (limit.rlim_cur < best &&
            setrlimit(n->which, &(struct rlimit){best, limit.rlim_max}) == 0)
            limit.rlim_cur = best;
        if (limit.rlim_cur < n->least)
            return err_set(e, ERR_OS, "raise the limit", "%llu %s are allowed (%s), axb needs %llu",
                           (unsigned long long)limit.rlim_cur, n->what, n->by,
                           (unsigned long long)n->least);
    }
    return true;
}

/* What this process has of what RLIMIT_DATA counts; 0 if the system does not say. */
static size_t data_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

void proc_bound_memory(size_t more_bytes)
{
    struct rlimit limit;
    rlim_t most = data_bytes() + more_bytes;
    if (getrlimit(RLIMIT_DATA, &limit) == 0 && most < limit.rlim_cur)
        setrlimit(RLIMIT_DATA, &(struct rlimit){most, limit.rlim_max});
    FILE *f = fopen("/proc/self/oom_score_adj", "we");
    if (f) {
        fputs("1000", f);
        fclose(f);
    }
}

/* Nothing but system calls: the process may be anywhere. */
static void on_bus_error(int number)
{
    static const char text[] =
        "axb: a file became shorter while it was read, or the memory of a shared segment is gone\n"
        "run it again when nobody writes to the files\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
    }
    _exit(ERR_IO);
}

void proc_explain_bus_errors(void)
{
    sigaction(SIGBUS, &(struct sigaction){.sa_handler = on_bus_error}, NULL);
}

static void *wait_at(void *mutex)
{
    pthread_mutex_lock(mutex);
    pthread_mutex_unlock(mutex);
    return NULL;
}

unsigned proc_threads(unsigned wanted)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *threads = calloc(wanted, sizeof *threads);
    unsigned n = 0;
    pthread_mutex_lock(&mutex);
    while (threads && n + 1 < wanted && pthread_create(&threads[n], NULL, wait_at, &mutex) == 0)
        n++;
    pthread_mutex_unlock(&mutex);
    for (unsigned i = 0; i < n; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return n + 1;
}

/* ---- Our own end and path --------------------------------------------------------------------*/

void proc_die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the call */
        _exit(ERR_OS);
}

static void *wait_for_end(void *pipe)
{
    struct pollfd end = {.fd = (int)(intptr_t)pipe}; /* its end is told unasked */
    while (poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    if (end.revents & POLLNVAL)
        return NULL; /* the process has closed it */
    _exit(ERR_OS);
}

bool proc_end_with(int fd, struct err *e)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int failed = pthread_attr_init(&attributes);
    if (!failed) {
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, WAITING_STACK_BYTES);
        failed = thread_start(&thread, &attributes, wait_for_end, (void *)(intptr_t)fd);
        pthread_attr_destroy(&attributes);
    }
    return !failed || err_system(e, ERR_OS, failed, NULL, "a thread cannot be started");
}

bool proc_self_path(char *path, size_t bytes, struct err *e)
{
    ssize_t n = readlink("/proc/self/exe", path, bytes - 1);
    if (n < 0 || (size_t)n >= bytes - 1)
        return err_system(e, ERR_OS, n < 0 ? errno : ENAMETOOLONG, "is /proc mounted?",
                          "the path of this program cannot be read");
    path[n] = 0;
    return true;
}

bool proc_sibling_path(const char *name, char *path, size_t bytes, struct err *e)
{
    if (!proc_self_path(path, bytes, e))
        return false;
    const size_t at = (size_t)(strrchr(path, '/') + 1 - path);
    if (strlen(name) >= bytes - at)
        return err_set(e, ERR_OS, NULL, "%.*s%s: the path is too long", (int)at, path, name);
    memcpy(path + at, name, strlen(name) + 1);
    return true;
}

/* Adds what one thread of a process has started. */
static size_t add_started(pid_t pid, const char *thread, struct proc *more, size_t used,
                          size_t most)
{
    char path[300];
    int child;
    snprintf(path, sizeof path, "/proc/%d/task/%s/children", (int)pid, thread);
    FILE *f = fopen(path, "re");
    while (f && used < most && fscanf(f, "%d", &child) == 1)
        more[used++].pid = child;
    if (f)
        fclose(f);
    return used;
}

static size_t add_children(pid_t pid, struct proc *more, size_t used, size_t most)
{
    char path[64];
    const struct dirent *entry;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *d = pid > 0 ? opendir(path) : NULL;
    while (d && (entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            used = add_started(pid, entry->d_name, more, used, most);
    if (d)
        closedir(d);
    return used;
}

size_t proc_descendants(const struct proc *p, size_t n, struct proc *more, size_t most)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++)
        used = add_children(p[i].pid, more, used, most);
    for (size_t i = 0; i < used; i++) /* which grows */
        used = add_children(more[i].pid, more, used, most);
    return used;
}

bool proc_reap(struct proc *p, bool block, int *status)
{
    if (p->pid <= 0)
        return false; /* waitpid would take any child for it */
    pid_t got;
    do
        got = waitpid(p->pid, status, block ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got != p->pid)
        return false;
    p->pid = -1;
    return true;
}

bool proc_is_headless(const struct proc *p)
{
    char path[64], line[1024], state = 0;
    int status = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)p->pid);
    FILE *f = p->pid > 0 ? fopen(path, "re") : NULL;
    if (f && fgets(line, sizeof line, f) && strrchr(line, ')')) { /* a name may hold one, too */
        sscanf(strrchr(line, ')') + 1, " %c", &state);
        sscanf(strrchr(line, ' '), "%d", &status); /* the last field */
    }
    if (f)
        fclose(f);
    return state == 'Z' && WIFEXITED(status) && !proc_has_ended(p);
}

bool proc_has_ended(const struct proc *p)
{
    siginfo_t info = {.si_pid = 0};
    return p->pid > 0 && waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == p->pid;
}

double proc_cpu_seconds(const struct proc *p)
{
    clockid_t clock;
    struct timespec t;
    if (p->pid <= 0 || clock_getcpuclockid(p->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

double proc_thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double proc_own_cpu_seconds(void)
{
    double seconds = 0;
    for (int children = 0; children < 2; children++) {
        struct rusage use;
        if (getrusage(children ? RUSAGE_CHILDREN : RUSAGE_SELF, &use) == 0)
            seconds += seconds_of(use.ru_utime) + seconds_of(use.ru_stime);
    }
    return seconds;
}

double proc_waiting_seconds(const struct proc *p)
{
    char path[64];
    unsigned long long waited_ns = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)p->pid);
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%*u %llu", &waited_ns) != 1)
        waited_ns = 0;
    if (f)
        fclose(f);
    return 1e-9 * (double)waited_ns;
}

bool proc_stopped(const struct proc *p)
{
    siginfo_t info = {.si_pid = 0};
    return p->pid > 0 && waitid(P_PID, (id_t)p->pid, &info, WSTOPPED | WNOHANG) == 0 &&
           info.si_pid == p->pid;
}

bool proc_end(struct proc *p, double seconds, int *status)
{
    const struct timespec look = {0, 200000};
    long looks = (long)(seconds * 1e9 / (double)look.tv_nsec);
    if (p->pid <= 0)
        return true; /* kill would take all processes for it */
    for (long i = 0; i < looks; i++) {
        if (proc_reap(p, false, status))
            return true;
        nanosleep(&look, NULL);
    }
    kill(p->pid, SIGKILL);
    return proc_reap(p, true, status);
}

bool proc_not_loaded(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == 127; /* as ld.so has it */
}

void proc_describe_status(int status, char *text, size_t bytes)
{
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        const char *name = sigabbrev_np(number), *core = WCOREDUMP(status) ? " (core dumped)" : "";
        if (name)
            snprintf(text, bytes, "was killed by SIG%s%s", name, core);
        else
            snprintf(text, bytes, "was killed by signal %d%s", number, core);
    } else if (WIFEXITED(status)) {
        snprintf(text, bytes, "exited with %d", WEXITSTATUS(status));
    } else {
        snprintf(text, bytes, "ended with status %d", status);
    }
}
