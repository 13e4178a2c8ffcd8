/* Finds, names and removes the files of parts. */
#include "matcher/mpi/part_files.h"

#include "core/log.h"
#include "matcher/shard/shard_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Names -----------------------------------------------------------------------------------*/

/* "part-3-of-16.shard" is 2, 16 and "shard". False for any other name, such as
 * "part-03-of-16.shard", which would be the same part once more. */
static bool read_name(const char *name, uint32_t *part, uint32_t *of, const char **what)
{
    char own[64];
    int n = 0;
    if (sscanf(name, "part-%9u-of-%9u.%n", part, of, &n) != 2 || n == 0 || *part < 1 ||
        *part > *of || *of > SHARD_MOST)
        return false;
    snprintf(own, sizeof own, "part-%u-of-%u.", *part, *of);
    if (strncmp(name, own, (size_t)n) != 0)
        return false;
    --*part;
    *what = name + n;
    return true;
}

char *part_files_path(const char *output, uint32_t part, uint32_t of, const char *what)
{
    char *path;
    return asprintf(&path, "%s.parts/part-%u-of-%u.%s", output, part + 1, of, what) < 0 ? NULL
                                                                                        : path;
}

/* ---- The folder ------------------------------------------------------------------------------*/

/* Calls visit for each file of a part, until it returns false. */
typedef bool visit_fn(void *context, const char *name, struct err *e);
static bool visit_all(const struct part_files *f, visit_fn *visit, void *context, struct err *e)
{
    DIR *folder = opendir(f->folder);
    bool ok = true;
    if (!folder)
        return err_system(e, ERR_IO, errno, NULL, "%s cannot be read", f->folder);
    for (const struct dirent *at; ok && (at = readdir(folder)) != NULL;)
        ok = visit(context, at->d_name, e);
    closedir(folder);
    return ok;
}

static bool count_parts(void *context, const char *name, struct err *e)
{
    struct part_files *f = context;
    uint32_t part, of;
    const char *what;
    if (!read_name(name, &part, &of, &what))
        return true;
    f->of = f->of ? f->of : of;
    return of == f->of ||
           err_set(e, ERR_USAGE, "go on with as many parts, or remove the folder to begin anew",
                   "%s/%s is one of %u parts, and not of %u", f->folder, name, of, f->of);
}

bool part_files_open(struct part_files *f, const char *output, const char *identity, uint32_t asked,
                     struct err *e)
{
    *f = (struct part_files){.identity = identity, .of = asked};
    if (asprintf(&f->folder, "%s.parts", output) < 0) {
        f->folder = NULL;
        return err_set(e, ERR_OS, NULL, "not enough memory");
    }
    if (mkdir(f->folder, 0777) != 0 && errno != EEXIST)
        return err_system(e, ERR_IO, errno, NULL, "%s cannot be made", f->folder);
    return visit_all(f, count_parts, f, e);
}

void part_files_close(struct part_files *f)
{
    free(f->folder);
    f->folder = NULL;
}

/* ---- Parts that exist ------------------------------------------------------------------------*/

struct finding {
    const struct part_files *files;
    part_found_fn *found;
    void *context;
};

/* One that is damaged counts as missing, and is written again. */
static bool skip_damaged(const struct err *wrong, struct err *e)
{
    if (wrong->status == ERR_DATA) {
        log_note("%s", wrong->text);
        return true;
    }
    *e = *wrong;
    return false;
}

/* A part takes its name when it is whole; its payload is checked when it is merged. */
static bool find_part(void *context, const char *name, struct err *e)
{
    const struct finding *g = context;
    const struct part_files *f = g->files;
    struct shard_file file;
    struct err wrong;
    uint32_t part, of;
    const char *what;
    char path[4096];
    if (!read_name(name, &part, &of, &what) || strcmp(what, "shard") != 0 || of != f->of)
        return true;
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    if (!shard_file_open(&file, path, &wrong))
        return skip_damaged(&wrong, e);
    const bool ours = strcmp(file.identity, f->identity) == 0 && file.shard.number == part + 1 &&
                      file.shard.of == of;
    const uint64_t pairs = file.pairs;
    shard_file_close(&file);
    if (!ours)
        return err_set(e, ERR_USAGE, "remove the folder, or name another output",
                       "%s is a part of another run", path);
    g->found(g->context, part, pairs);
    return true;
}

bool part_files_find(const struct part_files *f, part_found_fn *found, void *context, struct err *e)
{
    return visit_all(f, find_part, &(struct finding){f, found, context}, e);
}

char **part_files_paths(const char *output, uint32_t of, size_t before)
{
    char **paths = calloc(before + of + 1, sizeof *paths);
    bool ok = paths;
    for (uint32_t i = 0; ok && i < of; i++)
        ok = (paths[before + i] = part_files_path(output, i, of, "shard")) != NULL;
    for (uint32_t i = 0; paths && !ok && i < of; i++)
        free(paths[before + i]);
    if (ok)
        return paths;
    free(paths);
    return NULL;
}

/* ---- The end ---------------------------------------------------------------------------------*/

static bool remove_part(void *context, const char *name, struct err *e)
{
    const struct part_files *f = context;
    uint32_t part, of;
    const char *what;
    char path[4096];
    (void)e;
    if (read_name(name, &part, &of, &what)) {
        snprintf(path, sizeof path, "%s/%s", f->folder, name);
        unlink(path);
    }
    return true;
}

void part_files_remove(struct part_files *f)
{
    struct err ignored;
    (void)visit_all(f, remove_part, f, &ignored);
    if (rmdir(f->folder) != 0)
        log_note("%s cannot be removed: it holds more than the parts of this run", f->folder);
}
