/* Makes the directory, runs commands in it and keeps what the last one said. */
#include "tests/harness/harness_command.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_BYTES 2000

static char directory[] = "/tmp/axb-command-XXXXXX";
static char *said;

int harness_command_set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    assert_int_equal(chdir(directory), 0);
    setenv("TMPDIR", directory, 1);
    harness_write_text("score.c", "#include <axb.h>\n"
                                  "double score(const axb_row_a *a, const axb_row_b *b)\n"
                                  "{\n    return axb_jaro(a->last, b->last);\n}\n");
    return 0;
}

int harness_command_tear_down(void **state)
{
    (void)state;
    free(said);
    said = NULL;
    return harness_remove(directory);
}

/* Writes the command; one that does not fit ends the test. */
__attribute__((format(printf, 2, 0))) static void write_command(char *command, const char *format,
                                                                va_list args)
{
    const int n = vsnprintf(command, COMMAND_BYTES, format, args);
    assert_in_range(n, 1, COMMAND_BYTES - 1);
}

int harness_command(const char *format, ...)
{
    char command[COMMAND_BYTES];
    va_list args;
    va_start(args, format);
    write_command(command, format, args);
    va_end(args);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    free(said);
    return harness_run(argv, NULL, &said);
}

const char *harness_command_said(void)
{
    return said;
}

void harness_command_check(int status, int wanted, const char *says)
{
    if (status != wanted || !strstr(said, says))
        fail_msg("status %d, not %d; said \"%s\", not \"%s\"", status, wanted, said, says);
}

int harness_command_killed(unsigned ms, const char *format, ...)
{
    char command[COMMAND_BYTES];
    int status;
    va_list args;
    va_start(args, format);
    write_command(command, format, args);
    va_end(args);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};
    const pid_t pid = harness_start(argv);
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
