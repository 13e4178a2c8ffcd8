/* Named tables: a checked table in a named segment, and the error for one that does not exist. */
#include "data/named.h"
#include "core/shm.h"
#include "core/shm_named.h"

#include "core/suggest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_LISTED 24u

static bool unknown(const char *name, struct err *e)
{
    char **names, list[1300], load[200], hint[400];
    size_t n;
    if (!shm_named_list(&names, &n, e))
        return false;
    suggest_names(name, (const char *const *)names, n, NAMES_LISTED, list, sizeof list);
    snprintf(load, sizeof load, "axb data load %s FILE.csv loads one; a file of that name is ./@%s",
             name, name);
    suggest_hint(name, (const char *const *)names, n, load, hint, sizeof hint);
    shm_names_free(names, n);
    return err_set(e, ERR_NOINPUT, hint, "there is no table @%s; there %s %s%s", name,
                   n == 1 ? "is" : "are", n ? list : "none", n > NAMES_LISTED ? " and more" : "");
}

/* Says of which table an error is, and how to be rid of it. */
static bool name_it(const struct named *n, struct err *e)
{
    char hint[200];
    if (n->shown)
        return err_set(e, ERR_DATA, "load it again", "%s: %s", n->shown, e->text);
    snprintf(hint, sizeof hint, "axb data rm %s, then load it again", n->name);
    return err_set(e, ERR_DATA, hint, "@%s: %s", n->name, e->text);
}

bool named_open(struct named *n, const char *name, struct err *e)
{
    bool there;
    *n = (struct named){.shm.fd = -1};
    if (!shm_name_check(name, e))
        return false;
    snprintf(n->name, sizeof n->name, "%s", name);
    if (!shm_named_open(&n->shm, name, &there, e))
        return there ? false : unknown(name, e);
    if (table_check(&n->table, &n->shm, e))
        return true;
    shm_close(&n->shm);
    return name_it(n, e);
}

/* ---- By descriptor ---------------------------------------------------------------------------*/

/* A second descriptor of the same file, or -1. */
static int copy_of(int fd, struct err *e)
{
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        err_system(e, ERR_NOINPUT, errno, NULL, "descriptor %d cannot be opened", fd);
    return copy;
}

bool named_create_in(struct shm *s, int fd, const char *shown, size_t reserve_bytes, struct err *e)
{
    struct stat st;
    *s = (struct shm){.fd = -1};
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size != 0)
        return err_set(e, ERR_USAGE, "give the descriptor of a file in memory (memfd_create)",
                       "%s: is not an empty file that is open", shown);
    const int copy = copy_of(fd, e);
    return copy >= 0 && shm_create_in(s, copy, shown, reserve_bytes, e);
}

bool named_finish(struct shm *s, struct err *e)
{
    struct table t;
    table_add_checksums(s);
    if (!table_view(&t, s, e))
        return false;
    if (ftruncate(s->fd, (off_t)t.head->bytes) != 0)
        return err_system(e, ERR_OS, errno, NULL, "the segment of a table cannot be cut");
    shm_seal(s, false);
    return true;
}

bool named_known(int fd)
{
    uint64_t magic;
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           pread(fd, &magic, sizeof magic, SHM_HEAD_AT) == sizeof magic && magic == TABLE_MAGIC;
}

bool named_open_fd(struct named *n, int fd, const char *shown, struct err *e)
{
    *n = (struct named){.shm.fd = -1, .shown = shown};
    const int copy = copy_of(fd, e);
    if (copy < 0)
        return false;
    if (!shm_attach(&n->shm, copy, false, e)) {
        close(copy);
        return name_it(n, e);
    }
    if (table_check(&n->table, &n->shm, e))
        return true;
    shm_close(&n->shm);
    return name_it(n, e);
}

/* ---- By name or descriptor -------------------------------------------------------------------*/

void named_close(struct named *n)
{
    shm_close(&n->shm);
}

bool named_check(const struct named *n, uint32_t column, struct err *e)
{
    return table_check_column(&n->table, column, e) || name_it(n, e);
}

bool named_publish(struct shm *s, const char *name, struct err *e)
{
    struct table t;
    table_add_checksums(s);
    return table_view(&t, s, e) && shm_named_publish(s, name, t.head->bytes, e);
}

bool named_remove(const char *name, struct err *e)
{
    bool there;
    return shm_name_check(name, e) &&
           (shm_named_remove(name, &there, e) || (there ? false : unknown(name, e)));
}
