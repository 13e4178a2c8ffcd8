/* Finds workers by their parent and their command line. */
#include "tests/fault/killer.h"

#include "core/random.h"
#include "tests/harness/harness_left.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOON_SECONDS 0.003

void killer_nap(double seconds, uint64_t *random)
{
    double share = (double)(random_next(random) >> 11) * 0x1p-53;
    uint64_t pause = (uint64_t)(seconds * share * 1e9);
    nanosleep(&(struct timespec){(time_t)(pause / 1000000000), (long)(pause % 1000000000)}, NULL);
}

bool killer_has_ended(pid_t coordinator)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)coordinator, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid;
}

static bool is_worker(pid_t pid)
{
    char path[64], arguments[4096];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, arguments, sizeof arguments);
    if (fd >= 0)
        close(fd);
    return n > 0 && memmem(arguments, (size_t)n, "worker\0run", 10);
}

/* Kills one of the coordinator's workers; false if it has none. The kill goes by a descriptor of
 * the process: its number might be another's by now. */
static bool kill_one(pid_t coordinator, uint64_t random)
{
    pid_t children[64];
    size_t n = harness_left_children(coordinator, children, 64);
    if (n == 0)
        return false;
    pid_t pid = children[random % n];
    int fd = pidfd_open(pid, 0);
    bool killed = fd >= 0 && is_worker(pid) && pidfd_send_signal(fd, SIGKILL, NULL, 0) == 0;
    if (fd >= 0)
        close(fd);
    return killed;
}

unsigned killer_workers(pid_t coordinator, unsigned most, double seconds, uint64_t *random)
{
    unsigned killed = 0;
    while (killed < most) {
        killer_nap(seconds / 2, random);
        while (!killer_has_ended(coordinator) && !kill_one(coordinator, random_next(random)))
            killer_nap(SOON_SECONDS, random);
        if (killer_has_ended(coordinator))
            break;
        killed++;
    }
    return killed;
}
