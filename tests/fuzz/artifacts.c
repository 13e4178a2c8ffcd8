/* Where a fuzzer leaves the inputs on which it fails when it is started by hand: in the build, and
 * not in the current folder, as libFuzzer itself would have it. tests/fuzz/run says where, and that
 * counts. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* NOLINTBEGIN(readability-identifier-naming): libFuzzer's name; it is called before the arguments
 * are read */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char prefix[] = "-artifact_prefix=" FOUND_DIR "/" FUZZER "-";
    char **more = calloc((size_t)*argc + 2, sizeof *more);
    if (!more)
        return 0;
    mkdir(FOUND_DIR, 0755);
    more[0] = (*argv)[0];
    more[1] = prefix; /* first: of two the last counts */
    memcpy(more + 2, *argv + 1, (size_t)(*argc - 1) * sizeof *more);
    *argv = more;
    ++*argc;
    return 0;
}
/* NOLINTEND(readability-identifier-naming) */
