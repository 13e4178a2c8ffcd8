/* Reading "fd:N" and "fd:N:NAME". */
#include "core/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "fd:";
#define PREFIX_BYTES (sizeof prefix - 1)

bool inherited_is(const char *path)
{
    return strncmp(path, prefix, PREFIX_BYTES) == 0 && path[PREFIX_BYTES] >= '0' &&
           path[PREFIX_BYTES] <= '9';
}

/* Is it open for what is asked? */
static bool is_open(int fd, bool writing)
{
    const int flags = fcntl(fd, F_GETFL);
    const int mode = flags & O_ACCMODE;
    return flags >= 0 && (mode == O_RDWR || mode == (writing ? O_WRONLY : O_RDONLY));
}

bool inherited_open(const char *path, bool writing, int *fd, const char **shown, struct err *e)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(path + PREFIX_BYTES, &end, 10);
    if (errno || number > INT_MAX || (*end && *end != ':'))
        return err_set(e, ERR_USAGE, "for example: fd:7; a file of that name is ./fd:7",
                       "%s names no descriptor", path);
    *fd = (int)number;
    *shown = *end && end[1] ? end + 1 : path;
    return is_open(*fd, writing) ||
           err_set(e, ERR_USAGE, "whoever starts axb opens it first, and lets it be inherited",
                   "%s: descriptor %d is not open for %s", *shown, *fd,
                   writing ? "writing" : "reading");
}

const char *inherited_shown(const char *path)
{
    const char *name = inherited_is(path) ? strchr(path + PREFIX_BYTES, ':') : NULL;
    return name && name[1] ? name + 1 : path;
}

void inherited_keep(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}
