/* The emitter's head, as bytes of the output. */
#include "matcher/engine/output_head.h"

#include "data/emit.h"

struct head {
    struct out *out;
    struct err *e;
    bool ok;
};

static void head_flush(void *context, const char *p, size_t n, uint32_t n_lines)
{
    (void)n_lines;
    struct head *h = context;
    h->ok = h->ok && out_write(h->out, p, n, h->e);
}

bool output_head_write(const struct job *job, struct err *e)
{
    struct head h = {job->sinks->out, e, true};
    const struct table *table = job->inputs->table;
    struct emit *emit = NULL;
    if (!h.out || h.out->bytes != job->sinks->head_at)
        return true;
    if (!emit_open(&emit, &job->query->lines, &table[0], &table[1], head_flush, &h, e))
        return false;
    emit_head(emit);
    emit_finish(emit);
    emit_close(emit);
    return h.ok;
}
