/* --shard in a run: writes what stands before and after the part's output. */
#include "matcher/run/identity.h"
#include "matcher/run/run.h"
#include "matcher/shard/shard_file.h"

#include <stdlib.h>
#include <string.h>

static bool is_own(const struct run *r, const struct shard_file *f, const char *identity)
{
    struct err ignored;
    return f->shard.number == r->shard.number && f->shard.of == r->shard.of &&
           f->row_from == r->span.row_from && f->row_to == r->span.row_to &&
           f->by_row == (r->loaded.inputs.part.row != NULL) && strcmp(f->identity, identity) == 0 &&
           shard_file_check(f, &ignored);
}

bool run_shard_exists(const struct run *r, bool *exists, struct err *e)
{
    struct shard_file f;
    struct err ignored;
    char *identity;
    *exists = false;
    if (!r->shard.of || !r->outputs.pairs_open || !r->outputs.pairs.path || r->opts->audit ||
        !shard_file_open(&f, r->opts->output, &ignored))
        return true;
    const bool ok = identity_make(r, &identity, e);
    *exists = ok && is_own(r, &f, identity);
    if (ok)
        free(identity);
    shard_file_close(&f);
    return ok;
}

static bool make_head(struct run *r, char **head, struct err *e)
{
    struct shard_file f = {.shard = r->shard,
                           .n_rows = r->loaded.inputs.table[0].head->n_rows,
                           .row_from = r->span.row_from,
                           .row_to = r->span.row_to,
                           .by_row = r->loaded.inputs.part.row != NULL};
    if (!identity_make(r, &f.identity, e))
        return false;
    *head = shard_file_head(&f);
    free(f.identity);
    return *head || err_set(e, ERR_OS, NULL, "not enough memory for the head of a shard");
}

bool run_shard_begin(struct run *r, uint64_t *payload_at, uint64_t *head_at, struct err *e)
{
    struct out *out = &r->outputs.pairs;
    char *head = NULL;
    *payload_at = *head_at = 0;
    if (!r->shard.of || !r->outputs.pairs_open)
        return true;
    if (!make_head(r, &head, e))
        return false;
    *payload_at = strlen(head);
    *head_at = r->shard.number == 1 ? *payload_at : UINT64_MAX;
    bool ok = out->bytes || out_write(out, head, *payload_at, e);
    free(head);
    return ok && (shard_file_ended(out, *payload_at) || out_checksum_begin(out, *payload_at, e));
}

bool run_shard_end(struct run *r, uint64_t payload_at, struct err *e)
{
    struct out *out = &r->outputs.pairs;
    if (!r->shard.of || !r->outputs.pairs_open || !out->sum)
        return true;
    return shard_file_end(out, out->bytes - payload_at, r->result.pairs, r->result.unmatched[0], e);
}
