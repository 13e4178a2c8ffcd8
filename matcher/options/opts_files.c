/* No file that a command writes may be one that it reads, or another one that it writes: the last
 * to get its name would have it. */
#include "matcher/options/opts.h"
#include "matcher/scorer/scorer.h"

#include <string.h>
#include <sys/stat.h>

struct named {
    const char *option; /* NULL: an input */
    const char *path;
};

/* Is it, or will it be, one file? Devices may be written by all. */
static bool is_same(const char *a, const char *b)
{
    struct stat x, y;
    bool there = stat(a, &x) == 0;
    if (stat(b, &y) != 0 || !there)
        return strcmp(a, b) == 0;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool check_two(const struct named *out, const struct named *other, struct err *e)
{
    if (!out->path || !other->path || strcmp(out->path, "-") == 0 ||
        !is_same(out->path, other->path))
        return true;
    if (other->option)
        return err_set(e, ERR_USAGE, "name two files", "--%s and --%s are the same file, %s",
                       out->option, other->option, out->path);
    return err_set(e, ERR_USAGE, "name another file to write", "--%s: %s is a file that is read",
                   out->option, out->path);
}

bool opts_check_files(const struct opts *o, struct err *e)
{
    const struct named outs[] = {
        {"output", o->output}, {"rejects", o->rejects}, {"stats", o->stats}, {"resume", o->resume}};
    const struct named scorer = {NULL, o->score && scorer_is_file(o->score) ? o->score : NULL};
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        for (size_t k = 0; k < i; k++)
            if (!check_two(&outs[k], &outs[i], e))
                return false;
        for (size_t k = 0; k < o->n_inputs; k++)
            if (!check_two(&outs[i], &(struct named){NULL, o->inputs[k]}, e))
                return false;
        if (!check_two(&outs[i], &scorer, e))
            return false;
    }
    return true;
}
