/* Stages over a made-up run. */
#include "tests/harness/harness_stage.h"

#include "core/machine/topology_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void must(bool ok, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "harness_stage: %s\n", text);
    abort();
}

void harness_stage_make(struct harness_stage *h, const struct stage_kind *kind, unsigned n_workers,
                        uint64_t n_tiles)
{
    struct err e = {0};
    memset(h, 0, sizeof *h);
    h->head.n_rows = n_tiles;
    h->inputs.table[0].head = h->inputs.table[1].head = &h->head;
    h->plan.n_workers = h->plan.most_workers = n_workers;
    h->out.fd = memfd_create("the output", MFD_CLOEXEC);
    must(h->out.fd >= 0, "no file in memory");
    must(emit_find("csv", &h->query.lines.format, &e), e.text);
    must(topo_open(&h->topo, "numa:1 core:2 pu:1", &e), e.text);
    h->topo->described_by = NULL; /* as if it were this machine */
    h->sinks.out = &h->out;
    h->sinks.head_at = UINT64_MAX; /* no head */
    h->placement = (struct placement){.topo = h->topo, .bind = TOPO_BIND_NONE};
    h->prepared.shm.fd = -1;
    h->job = (struct job){&h->query, &h->inputs, &h->plan, &h->sinks, &h->faults, &h->placement};
    h->task = (struct wire_task){.kind = stage_kind_number(kind),
                                 .n_workers = n_workers,
                                 .n_tiles = n_tiles,
                                 .row_to = n_tiles,
                                 .rows_per_tile = 1};
    stage_init(&h->stage, &h->job, &h->prepared, 0);
}

void harness_stage_attach(struct harness_stage *h, unsigned i)
{
    struct err e = {0};
    must(wire_attach(&h->wire[i], &h->stage.orders_segment, &h->stage.reports_segment, i, &e),
         e.text);
}

void harness_stage_open(struct harness_stage *h)
{
    struct err e = {0};
    must(stage_open(&h->stage, &h->task, &e), e.text);
    stage_prepare_workers(&h->stage);
    for (unsigned i = 0; i < h->task.n_workers; i++)
        harness_stage_attach(h, i);
}

void harness_stage_close(struct harness_stage *h)
{
    stage_close(&h->stage);
    topo_close(h->topo);
    close(h->out.fd);
}

void harness_stage_begin_ring(struct harness_stage *h, unsigned i, uint64_t position)
{
    struct stage_ring *ring = &h->stage.rings[i];
    ring->tail = ring->seen = ring->whole = position;
    atomic_store(&h->stage.orders->order[i].tail, position);
    atomic_store(&h->stage.reports->slot[i].head, position);
    h->stage.orders->order[i].ring_from = position;
    harness_stage_attach(h, i);
}

void harness_stage_done(struct harness_stage *h, unsigned worker, uint32_t tile, uint64_t pairs)
{
    const struct wire_done done = {.work.counted = pairs};
    wire_put(&h->wire[worker], (struct wire_frame){.tile = tile, .bytes = sizeof done, .last = 1},
             &done);
}

void harness_stage_put(struct harness_stage *h, unsigned worker, uint32_t tile, const char *bytes,
                       bool last)
{
    struct wire_frame frame = {.tile = tile, .bytes = (uint32_t)strlen(bytes)};
    for (const char *p = bytes; *p; p++)
        frame.pairs += *p == '\n';
    if (frame.bytes)
        wire_put(&h->wire[worker], frame, bytes);
    if (last)
        harness_stage_done(h, worker, tile, 0);
}

char *harness_stage_output(const struct harness_stage *h)
{
    size_t n = (size_t)lseek(h->out.fd, 0, SEEK_END);
    char *bytes = calloc(n + 1, 1);
    must(bytes && pread(h->out.fd, bytes, n, 0) == (ssize_t)n, "the output cannot be read");
    return bytes;
}
