/* `axb version` and `axb --version`: which axb this is. */
#include "matcher/kernel/isa.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include <hwloc.h>
#include <jansson.h>
#include <lzma.h>
#include <seccomp.h>
#include <stdio.h>
#include <utf8proc.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

static bool run_flag(const struct opts *o, struct err *e)
{
    (void)o, (void)e;
    puts("axb " AXB_VERSION);
    return true;
}

static void put_libraries(void)
{
    const struct scmp_version *seccomp = seccomp_version();
    const unsigned xxhash = XXH_versionNumber(), hwloc = hwloc_get_api_version();
    printf("libraries  hwloc API %u.%u, jansson %s, liblzma %s, libseccomp %u.%u.%u,\n"
           "           libxxhash %u.%u.%u, libzstd %s, utf8proc %s, zlib %s\n",
           hwloc >> 16, hwloc >> 8 & 0xff, jansson_version_str(), lzma_version_string(),
           seccomp->major, seccomp->minor, seccomp->micro, xxhash / 10000, xxhash / 100 % 100,
           xxhash % 100, ZSTD_versionString(), utf8proc_version(), zlibVersion());
}

static bool run(const struct opts *o, struct err *e)
{
    run_flag(o, e);
    printf("kernels    %s, the best for this processor (AXB_ISA chooses another)\n",
           isa_name(isa_best()));
#ifdef __clang__
    puts("compiler   clang " __clang_version__);
#else
    puts("compiler   gcc " __VERSION__);
#endif
    put_libraries();
    return true;
}

/* What --version does. */
const struct command cmd_version_flag = {.name = "--version", .run = run_flag};

const struct command cmd_version = {
    .name = "version",
    .arguments = "",
    .what = "print the version, kernels, compiler, libraries",
    .examples = "axb version",
    .more = "",
    .run = run,
};
