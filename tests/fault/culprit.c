/* Maps, the top of the stack, and the table of libraries that give up. */
#include "tests/fault/culprit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define MAX_MAPS 256
#define STACK_VALUES 1024
#define MAX_LINKS 12

static const struct {
    const char *begin, *why;
} libraries[] = {
    {"libhwloc", "reads through NULL when the topology gets no memory"},
    {"libgomp", "ends the program when it gets no memory, before main"},
    {"libjemalloc", "ends the program when it gets no memory to begin with"},
    {"ld-", "the dynamic loader ends the program when it cannot load"},
};
#define N_LIBRARIES (sizeof libraries / sizeof *libraries)

struct code {
    uint64_t from, to, base;
    char name[64];
};

static size_t read_code(pid_t tid, struct code *code)
{
    char path[64], line[600];
    size_t n = 0;
    uint64_t base = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)tid);
    FILE *f = fopen(path, "r");
    while (f && n < MAX_MAPS && fgets(line, sizeof line, f)) {
        unsigned long long from, to, offset;
        char rights[8];
        const char *slash = strrchr(line, '/');
        if (sscanf(line, "%llx-%llx %7s %llx", &from, &to, rights, &offset) != 4 || !slash)
            continue;
        base = offset == 0 ? from : base;
        if (rights[2] != 'x')
            continue;
        code[n] = (struct code){.from = from, .to = to, .base = base};
        snprintf(code[n++].name, sizeof code->name, "%.*s", (int)strcspn(slash + 1, " \n"),
                 slash + 1);
    }
    if (f)
        fclose(f);
    return n;
}

static const struct code *code_at(const struct code *code, size_t n, uint64_t address)
{
    for (size_t i = 0; i < n; i++)
        if (address >= code[i].from && address < code[i].to)
            return &code[i];
    return NULL;
}

void culprit_stack(pid_t tid, char *text, size_t bytes)
{
    struct __ptrace_syscall_info info;
    static struct code code[MAX_MAPS];
    uint64_t values[STACK_VALUES + 1];
    text[0] = 0;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
        return;
    size_t n = read_code(tid, code), used = 0;
    values[0] = info.instruction_pointer;
    struct iovec here = {values + 1, sizeof values - sizeof *values};
    struct iovec there = {(void *)(uintptr_t)info.stack_pointer, here.iov_len};
    ssize_t got = process_vm_readv(tid, &here, 1, &there, 1, 0);
    size_t n_values = 1 + (got > 0 ? (size_t)got / sizeof *values : 0);
    const struct code *last = NULL;
    for (size_t i = 0, links = 0; i < n_values && links < MAX_LINKS && used + 1 < bytes; i++) {
        const struct code *at = code_at(code, n, values[i]);
        if (!at || at == last)
            continue;
        used += (size_t)snprintf(text + used, bytes - used, "%s%s+0x%llx", last ? " < " : "",
                                 at->name, (unsigned long long)(values[i] - at->base));
        last = at;
        links++;
    }
}

bool culprit_library(const char *chain)
{
    while (strncmp(chain, "libc.so", 7) == 0) {
        const char *next = strstr(chain, " < ");
        if (!next)
            return false;
        chain = next + 3;
    }
    for (size_t i = 0; i < N_LIBRARIES; i++)
        if (strncmp(chain, libraries[i].begin, strlen(libraries[i].begin)) == 0)
            return true;
    return false;
}

void culprit_print(void)
{
    printf("  libraries that may end the program, or crash, on their own account:\n");
    for (size_t i = 0; i < N_LIBRARIES; i++)
        printf("    %-16s %s\n", libraries[i].begin, libraries[i].why);
}
