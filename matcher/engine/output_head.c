/* The emitter's head and tail, as bytes of the output. */
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

/* Has the emitter put into the output what `part` puts. */
static bool write_part(const struct job *job, void part(struct emit *emit), struct err *e)
{
    struct head h = {job->sinks->out, e, true};
    const struct table *table = job->inputs->table;
    struct emit *emit = NULL;
    if (!emit_open(&emit, &job->query->lines, &table[0], &table[1], head_flush, &h, e))
        return false;
    part(emit);
    emit_finish(emit);
    emit_close(emit);
    return h.ok;
}

bool output_head_write(const struct job *job, struct err *e)
{
    const struct out *out = job->sinks->out;
    return !out || out->bytes != job->sinks->head_at || write_part(job, emit_head, e);
}

bool output_tail_write(const struct job *job, struct err *e)
{
    return !job->sinks->out || job->sinks->no_tail || !emit_has_tail(job->query->lines.format) ||
           write_part(job, emit_tail, e);
}
