/* LD_PRELOADed into axb: stands before malloc and its like, counts, and makes one of them fail. The
 * allocator that it calls is the program's own. In any other program it does nothing. */
#include "tests/fault/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shim *shim;
static uint32_t process;
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);

/* for what dlsym itself allocates before the next malloc is known */
static _Alignas(16) char early[8192];
static size_t early_used;

static void *take_early(size_t n)
{
    size_t at = early_used;
    early_used += (n + 15) & ~(size_t)15;
    return early_used <= sizeof early ? early + at : NULL;
}

static bool is_early(const void *p)
{
    return (const char *)p >= early && (const char *)p < early + sizeof early;
}

static size_t read_arguments(char *arguments, size_t bytes)
{
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, arguments, bytes - 1);
    if (fd >= 0)
        close(fd);
    arguments[n < 0 ? 0 : n] = 0;
    return n < 0 ? 0 : (size_t)n;
}

/* Finds the number of this process in the run. */
static void find_number(struct shim *s)
{
    char arguments[4096];
    size_t n = read_arguments(arguments, sizeof arguments);
    const char *verb = arguments + strlen(arguments) + 1;
    if (verb >= arguments + n || strcmp(verb, "worker") != 0)
        return;
    process = 1 + atomic_fetch_add(&s->n_processes, 1);
    if (process < SHIM_PROCESSES)
        snprintf(s->of[process].what, sizeof s->of[0].what, "worker %.12s", verb + 7);
}

static void attach(void)
{
    char self[512];
    const char *path = getenv(SHIM_VARIABLE);
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (!path || n < 4 || memcmp(self + n - 4, "/axb", 4) != 0)
        return;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    void *p =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *shim, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (p == MAP_FAILED)
        return;
    find_number(p);
    shim = p;
}

static void *symbol(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Runs before there are threads. */
static void begin(void)
{
    static bool begun;
    if (begun)
        return;
    begun = true;
    *(void **)&next_calloc = symbol("calloc");
    *(void **)&next_malloc = symbol("malloc");
    *(void **)&next_realloc = symbol("realloc");
    *(void **)&next_posix_memalign = symbol("posix_memalign");
    *(void **)&next_aligned_alloc = symbol("aligned_alloc");
    attach();
}

static bool fails(const void *caller)
{
    Dl_info info;
    begin();
    if (!shim || process >= SHIM_PROCESSES)
        return false;
    uint64_t n = 1 + atomic_fetch_add(&shim->of[process].allocations, 1);
    if (process != shim->process || n != shim->allocation)
        return false;
    if (dladdr(caller, &info) && info.dli_fname)
        snprintf(shim->site, sizeof shim->site, "%s+0x%lx", info.dli_fname,
                 (unsigned long)((const char *)caller - (const char *)info.dli_fbase));
    atomic_store(&shim->failed, 1);
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)

void *malloc(size_t n)
{
    bool failed = fails(CALLER);
    return failed ? NULL : next_malloc ? next_malloc(n) : take_early(n);
}

void *calloc(size_t n, size_t bytes)
{
    bool failed = fails(CALLER);
    return failed ? NULL : next_calloc ? next_calloc(n, bytes) : take_early(n * bytes);
}

void *realloc(void *p, size_t n)
{
    bool failed = fails(CALLER);
    if (failed || !next_realloc || is_early(p))
        return NULL;
    return next_realloc(p, n);
}

int posix_memalign(void **p, size_t align, size_t n)
{
    return fails(CALLER) ? ENOMEM : next_posix_memalign(p, align, n);
}

void *aligned_alloc(size_t align, size_t n)
{
    return fails(CALLER) ? NULL : next_aligned_alloc(align, n);
}

void free(void *p)
{
    static void (*next_free)(void *);
    begin();
    if (!next_free)
        *(void **)&next_free = symbol("free");
    if (!is_early(p))
        next_free(p);
}
