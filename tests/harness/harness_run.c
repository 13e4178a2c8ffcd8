/* Starts programs and keeps what they write in files without names. */
#include "tests/harness/harness_run.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void give_up(const char *what)
{
    perror(what);
    exit(99);
}

static int output_fd(char **wanted)
{
    int fd = wanted ? memfd_create("output", MFD_CLOEXEC) : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        give_up("no descriptor for output");
    return fd;
}

static char *read_all(int fd, size_t *n)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        give_up("fstat");
    *n = (size_t)st.st_size;
    char *bytes = malloc(*n + 1);
    for (size_t at = 0; bytes && at < *n;) {
        ssize_t got = pread(fd, bytes + at, *n - at, (off_t)at);
        if (got <= 0)
            give_up("read");
        at += (size_t)got;
    }
    if (!bytes)
        give_up("malloc");
    bytes[*n] = 0;
    return bytes;
}

static pid_t start(const char *const argv[], int out, int err)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    errno = posix_spawn(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    if (errno)
        give_up(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

pid_t harness_start(const char *const argv[])
{
    int fd = output_fd(NULL);
    pid_t pid = start(argv, fd, fd);
    close(fd);
    return pid;
}

int harness_run(const char *const argv[], char **out, char **err)
{
    int fds[2] = {output_fd(out), output_fd(err)}, status;
    size_t n;
    pid_t pid = start(argv, fds[0], fds[1]);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            give_up("waitpid");
    if (out)
        *out = read_all(fds[0], &n);
    if (err)
        *err = read_all(fds[1], &n);
    close(fds[0]);
    close(fds[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

char *harness_read(const char *path, size_t *n)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        give_up(path);
    char *bytes = read_all(fd, n);
    close(fd);
    return bytes;
}

void harness_write(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        give_up(path);
}

void harness_write_text(const char *path, const char *text)
{
    harness_write(path, text, strlen(text));
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)type;
    (void)at;
    return remove(path);
}

int harness_remove(const char *directory)
{
    return chdir("/") != 0 || nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0;
}

size_t harness_tries(size_t usual, size_t most)
{
    const char *is_long = getenv("AXB_TEST_LONG");
    return is_long && *is_long ? most : usual;
}

void harness_print_score(FILE *f, double score)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, score);
        if (strtod(text, NULL) == score)
            break;
    }
    fputs(text, f);
}

bool harness_has_python(const char *what)
{
    const bool has = access(BINARY_DIR "/python/axb/_axb_worker.abi3.so", R_OK) == 0;
    if (!has)
        printf("[   NOTE   ] the Python package is not built: %s was not tried\n", what);
    return has;
}
