/* --shard in a run: its rows of A, and what stands before and behind its part of the output. */
#include "matcher/run/identity.h"
#include "matcher/run/run.h"
#include "matcher/run/shard_file.h"

#include <stdlib.h>
#include <string.h>

void run_shard_rows(struct run *r)
{
    shard_rows(&r->shard, r->job.table[0].head->n_rows, r->self, &r->job.row_from, &r->job.row_to);
}

static bool make_head(struct run *r, char **head, struct err *e)
{
    struct shard_file f = {.shard = r->shard, .n_rows = r->job.table[0].head->n_rows};
    shard_rows(&f.shard, f.n_rows, r->self, &f.row_from, &f.row_to);
    if (!identity_make(r, &f.identity, e))
        return false;
    *head = shard_file_head(&f);
    free(f.identity);
    return *head || err_set(e, ERR_OS, NULL, "not enough memory for the head of a shard");
}

bool run_shard_begin(struct run *r, struct err *e)
{
    char *head = NULL;
    if (!r->shard.of || !r->out_open)
        return true;
    if (!make_head(r, &head, e))
        return false;
    r->payload_at = strlen(head);
    bool ok = r->out.bytes || out_write(&r->out, head, r->payload_at, e);
    free(head);
    r->job.head_at = r->shard.number == 1 ? r->payload_at : UINT64_MAX;
    return ok && (shard_file_ended(&r->out, r->payload_at) ||
                  out_checksum_begin(&r->out, r->payload_at, e));
}

bool run_shard_end(struct run *r, struct err *e)
{
    return !r->shard.of || !r->out_open || !r->out.sum ||
           shard_file_end(&r->out, r->out.bytes - r->payload_at, r->result.pairs, e);
}
