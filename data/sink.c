/* Memory that grows by remapping. */
#include "data/sink.h"

#include "core/log.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAPACITY_BYTES ((size_t)64 << 20) /* address space to begin with */

size_t sink_round_to_page(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

char *sink_map(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1, 0);
}

bool sink_refuse(const struct sink *s, struct err *e)
{
    char text[32];
    return err_set(e, ERR_OS, "allow more memory (--max-memory), or give the file uncompressed",
                   "%s: reading it takes more than the %s of memory that may be used", s->shown,
                   log_bytes((double)s->max_bytes, text));
}

size_t sink_room(const struct sink *s, size_t most)
{
    size_t used = s->n + SINK_SPARE_BYTES;
    size_t room = used < s->max_bytes ? s->max_bytes - used : 1;
    return room < most ? room : most;
}

bool sink_reserve(struct sink *s, size_t more, struct err *e)
{
    size_t need = s->n + more + SINK_SPARE_BYTES;
    if (need > s->max_bytes)
        return sink_refuse(s, e);
    if (need <= s->capacity)
        return true;
    size_t capacity = s->capacity ? 2 * s->capacity : CAPACITY_BYTES;
    capacity = sink_round_to_page(need > capacity ? need : capacity);
    char *p = s->p ? mremap(s->p, s->capacity, capacity, MREMAP_MAYMOVE) : sink_map(capacity);
    if (p == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "%s: no memory to read it", s->shown);
    (void)madvise(p, capacity, MADV_HUGEPAGE); /* only faster where it is allowed */
    s->p = p;
    s->capacity = capacity;
    return true;
}

bool sink_finish(struct sink *s, struct err *e)
{
    if (!sink_reserve(s, 0, e))
        return false;
    size_t bytes = sink_round_to_page(s->n + SINK_SPARE_BYTES);
    char *p = mremap(s->p, s->capacity, bytes, MREMAP_MAYMOVE);
    if (p == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "%s: no memory to read it", s->shown);
    s->p = p;
    s->capacity = bytes;
    return true;
}

void sink_drop(struct sink *s)
{
    if (s->p)
        munmap(s->p, s->capacity);
}
