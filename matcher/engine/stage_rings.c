/* The coordinator's end of the rings: looks at what the workers hand over, takes it, and writes it
 * in the order of the tiles.
 *
 * A scorer runs in the processes that write the rings, so a ring may hold anything at any moment.
 * Positions, tiles and counts are therefore the coordinator's own. A frame counts if its check is
 * right for this worker and this position, so only as the worker wrote it; if its tile is this
 * worker's, in ascending order and not yet done; and, where a module runs, if its bytes have the
 * sum that the header says, in a copy that nobody else can write. Each frame is looked at once when
 * it comes, which shows at once whether a worker does what it must, and again when it is taken. */
#include "matcher/engine/stage_internal.h"

#include "core/log.h"
#include "matcher/engine/output_head.h"
#include "matcher/engine/pairs.h"
#include "matcher/scorer/scorer.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TAKING_LOOK_NS 200000
#define MOST_TAKING_LOOKS 10000 /* 2 s */

/* The bytes of a ring from position `tail` to position `head`, or what was parked of them. */
struct ring {
    const char *base; /* position p stands at (p - first) % bytes */
    uint64_t bytes, first, tail, head;
    unsigned worker;
    char *parked; /* its own memory, or NULL */
};

bool stage_overwritten(const struct stage *s, unsigned i, struct err *e)
{
    if (!s->task.module.any)
        return err_set(e, ERR_SOFTWARE, "please report it", "worker %u handed over what cannot be",
                       i);
    return err_set(e, ERR_SCORER, "a wrong pointer, or a write past the end of an array, does this",
                   "%s: the scorer wrote where it must not: what worker %u handed over is damaged",
                   s->job->query->scorer->path, i);
}

/* ---- Frames ----------------------------------------------------------------------------------*/

static const char *ring_at(const struct ring *r, uint64_t position)
{
    return r->base + (position - r->first) % r->bytes;
}

/* Can this stage have such a frame? Lines come where tiles are rows, and tapped ones where a tap
 * exists. */
static bool is_of_stage(const struct stage *s, const struct wire_frame *f)
{
    return f->tile < s->task.n_tiles && (f->last || s->kind->has_rows) &&
           (!f->tapped || s->job->sinks->tap);
}

/* Reads the header at a position, which is a multiple of 32: it never goes around the end. */
static bool read_frame(const struct stage *s, const struct ring *r, uint64_t at,
                       struct wire_frame *f, struct err *e)
{
    memcpy(f, ring_at(r, at), sizeof *f);
    return (f->check == wire_frame_check(f, r->worker, at) && is_of_stage(s, f) &&
            wire_frame_size(f) <= r->head - at) ||
           stage_overwritten(s, r->worker, e);
}

/* The bytes of a frame, in two pieces: where a module runs, the first is a copy and is all. */
static bool frame_bytes(struct stage *s, const struct ring *r, uint64_t at,
                        const struct wire_frame *f, const char *piece[2], size_t bytes[2],
                        struct err *e)
{
    const char *begin = ring_at(r, at + sizeof *f);
    const uint64_t to_end = (uint64_t)(r->base + r->bytes - begin);
    piece[0] = begin;
    piece[1] = r->base;
    bytes[0] = f->bytes < to_end ? f->bytes : (size_t)to_end;
    bytes[1] = f->bytes - bytes[0];
    if (!s->task.module.any && !f->last)
        return true;
    memcpy(s->frame, piece[0], bytes[0]);
    memcpy(s->frame + bytes[0], piece[1], bytes[1]);
    piece[0] = s->frame;
    bytes[0] = f->bytes;
    bytes[1] = 0;
    return !s->task.module.any || f->sum == wire_frame_sum(s->frame, f->bytes) ||
           stage_overwritten(s, r->worker, e);
}

/* May worker i begin with this tile? One that is written in part is for the worker alone that was
 * told how much to leave out. */
static bool may_begin(const struct stage *s, const struct stage_ring *own, uint64_t tile)
{
    const uint64_t written = tile == s->next_out ? s->out_bytes : 0;
    if (own->given != WIRE_NO_TILE)
        return tile == own->given && written == own->given_skip;
    return tile >= own->least && written == 0;
}

/* Notes for whoever looks at the run later what worker i has done by now. */
static void note_time(const struct stage *s, unsigned i, const struct wire_frame *f)
{
    struct timeline *t = s->job->sinks->timeline;
    if (t && f->last)
        timeline_tile(t, i, log_seconds());
    if (t && f->pairs)
        timeline_pairs(t, i, f->pairs);
}

/* Notes a frame of a ring in the table of tiles. False if this worker cannot have put it there. */
static bool note_frame(struct stage *s, struct stage_ring *own, unsigned i,
                       const struct wire_frame *f)
{
    uint32_t *tile = &s->tiles[f->tile];
    const bool begins = own->tile == WIRE_NO_TILE;
    if (begins ? *tile != STAGE_TILE_NONE || !may_begin(s, own, f->tile) : f->tile != own->tile)
        return false;
    *tile = f->last ? STAGE_TILE_DONE : i + 1;
    own->tile = f->last ? WIRE_NO_TILE : f->tile;
    note_time(s, i, f);
    own->seen += wire_frame_size(f);
    if (f->last) {
        own->whole = own->seen;
        own->least = f->tile + 1ull;
        own->given = WIRE_NO_TILE;
        s->n_done++;
        s->killed = 0;
    }
    return true;
}

/* Looks at the frames that have come into ring i since the last time. *r is then its bytes up to
 * where it has been looked at. */
static bool look_at_ring(struct stage *s, unsigned i, struct ring *r, struct err *e)
{
    struct stage_ring *own = &s->rings[i];
    const uint64_t head = atomic_load_explicit(&s->reports->slot[i].head, memory_order_acquire);
    *r = (struct ring){.base = wire_ring(s->reports, s->task.n_workers, s->ring_bytes, i),
                       .bytes = s->ring_bytes,
                       .tail = own->tail,
                       .head = head,
                       .worker = i};
    if (head < own->seen || head - own->tail > s->ring_bytes)
        return stage_overwritten(s, i, e);
    while (own->seen < head) {
        struct wire_frame f;
        s->begun[i] = true;
        if (!read_frame(s, r, own->seen, &f, e))
            return false;
        if (!note_frame(s, own, i, &f))
            return stage_overwritten(s, i, e);
    }
    return true;
}

/* ---- What is taken ---------------------------------------------------------------------------*/

static bool too_many(const struct stage *s, struct err *e)
{
    const unsigned long long most = s->job->sinks->max_results;
    if (s->task.lines.unmatched[0] || s->task.lines.unmatched[1])
        return err_set(e, ERR_STOPPED, "raise --max-results; records without a match count as well",
                       "there are more than %llu results (--max-results)", most);
    return err_set(e, ERR_STOPPED, "raise --min, or raise --max-results",
                   "more than %llu pairs match (--max-results)", most);
}

/* How many more pairs --max-results allows. */
static uint64_t pairs_left(const struct stage *s)
{
    uint64_t found = s->pairs_before + s->pairs_found, max = s->job->sinks->max_results;
    return !max ? UINT64_MAX : found < max ? max - found : 0;
}

/* Writes a piece of a frame. */
static bool write_piece(const struct stage *s, const char *p, size_t n, struct err *e)
{
    struct out *out = s->job->sinks->out;
    const size_t joint = emit_joint_bytes(&s->job->query->lines, out->bytes, n);
    return out_write(out, p + joint, n - joint, e);
}

/* Writes the first n_lines lines of a frame that has more. */
static bool write_lines(const struct stage *s, const char *const piece[2], const size_t bytes[2],
                        uint64_t n_lines, struct err *e)
{
    struct emit_cut cut = {.n_lines = n_lines};
    for (int k = 0; k < 2 && cut.n_lines; k++) {
        size_t n = emit_cut(&s->job->query->lines, &cut, piece[k], bytes[k]);
        if (!write_piece(s, piece[k], n, e))
            return false;
    }
    return too_many(s, e);
}

/* Where a module runs, can these lines be? The rows that a record names are used as they stand: to
 * choose from, to make clusters, to show the records. What says of which rows lines are goes to a
 * file, whose readers check it. */
static bool lines_can_be(struct stage *s, const struct wire_frame *f, const char *p)
{
    const struct wire_task *task = &s->task;
    if (!task->module.any || task->by_row || s->kind->by_item)
        return true;
    struct emit_bounds bounds = {.row_from = task->row_from,
                                 .row_to = task->row_to,
                                 .rows_b = s->job->inputs->table[1].head->n_rows,
                                 .self = task->self,
                                 .next = s->next_record};
    const bool can_be = emit_can_be(&task->lines, &bounds, p, f->bytes, f->pairs);
    s->next_record = bounds.next;
    return can_be;
}

/* Takes lines of the tile that is due, of ring r. A frame begins with a line or with a piece of one
 * long line. */
static bool take_lines(struct stage *s, const struct ring *r, const struct wire_frame *f,
                       const char *const piece[2], const size_t bytes[2], struct err *e)
{
    const struct sinks *sinks = s->job->sinks;
    if (!lines_can_be(s, f, piece[0]))
        return stage_overwritten(s, r->worker, e);
    s->out_bytes += f->bytes;
    s->out_lines += f->pairs;
    if (f->tapped && !(audit_tap_take(sinks->tap, piece[0], bytes[0], e) &&
                       audit_tap_take(sinks->tap, piece[1], bytes[1], e)))
        return false;
    const uint64_t left = pairs_left(s);
    s->pairs_found += f->pairs;
    if (sinks->out && (f->pairs > left || left == 0))
        return write_lines(s, piece, bytes, left, e);
    return !sinks->out ||
           (write_piece(s, piece[0], bytes[0], e) && write_piece(s, piece[1], bytes[1], e));
}

void stage_add_tally(struct wire_tally *sum, const struct wire_tally *more)
{
    sum->candidates += more->candidates;
    sum->prefiltered += more->prefiltered;
    sum->glanced += more->glanced;
    sum->repeated += more->repeated;
    sum->scored += more->scored;
    for (uint32_t t = 0; t < EXPR_MAX_TERMS; t++) {
        sum->computed[t] += more->computed[t];
        sum->dropped[t] += more->dropped[t];
    }
}

void stage_add_stats(struct join_stats *sum, const struct join_stats *more)
{
    sum->pairs += more->pairs;
    sum->candidates += more->candidates;
    sum->verified += more->verified;
    sum->matches += more->matches;
}

static void add_work(struct wire_work *sum, const struct wire_work *more)
{
    sum->rows += more->rows;
    sum->unmatched += more->unmatched;
    sum->score = more->score;
    stage_add_stats(&sum->stats, &more->stats);
    stage_add_tally(&sum->tally, &more->tally);
    for (uint32_t i = 0; i < WIRE_PARTNERS; i++)
        sum->partners[i] += more->partners[i];
}

/* Notes what counts of a chunk. A chunk is only ever added to. */
static bool note_chunk(struct stage *s, const struct wire_chunk *chunk)
{
    if (chunk->chunk >= s->max_chunks || !pair_count_fits(chunk->used))
        return false;
    struct pair_count *used = &s->used[chunk->chunk];
    if (chunk->used.pairs < used->pairs || chunk->used.scores < used->scores)
        return false;
    *used = chunk->used;
    s->check[chunk->chunk] = chunk->check;
    return true;
}

/* Leaves out the pairs that worker i says the scorer failed on. */
static bool take_failed(struct stage *s, unsigned i, const struct wire_failed *failed, uint32_t n,
                        struct err *e)
{
    const struct table *table = s->job->inputs->table;
    bool ok = true;
    for (uint32_t k = 0; ok && k < n; k++) {
        const struct wire_failed *x = &failed[k];
        const bool exists = x->row_a < table[0].head->n_rows && x->row_b < table[1].head->n_rows &&
                            memchr(x->reason, 0, sizeof x->reason);
        ok = exists ? culprit_leave_out(s, x->row_a, x->row_b, x->reason, e)
                    : stage_overwritten(s, i, e);
    }
    return ok;
}

/* Are there as many bytes as what was done says? */
static bool is_whole(const struct stage *s, const struct wire_done *done, size_t n)
{
    return n >= sizeof *done && done->n_chunks <= s->max_chunks &&
           done->n_failed <= WIRE_MAX_FAILED && (!done->n_failed || s->task.module.may_fail) &&
           done->n_bins <= s->task.bins &&
           n == sizeof *done + done->n_chunks * sizeof *done->chunk +
                    done->n_bins * sizeof(struct histogram_bin) +
                    done->n_failed * sizeof(struct wire_failed);
}

/* Adds the histogram of a tile of so many pairs to that of the run. */
static bool take_bins(const struct stage *s, unsigned i, const struct wire_done *done,
                      uint64_t pairs, struct err *e)
{
    const struct histogram_bin *bin = (const void *)(done->chunk + done->n_chunks);
    if (!s->task.bins)
        return true;
    for (uint32_t k = 0; k < done->n_bins && bin[k].pairs <= pairs; k++)
        pairs -= bin[k].pairs;
    if (pairs || !histogram_can_be(done->level, bin, done->n_bins, s->task.bins))
        return stage_overwritten(s, i, e);
    histogram_merge(s->job->sinks->histogram, done->level, bin, done->n_bins);
    return true;
}

/* The pairs of the tile that is due. */
static uint64_t pairs_of_tile(const struct stage *s, const struct wire_done *done)
{
    const uint64_t lines = s->out_lines + done->work.counted;
    return done->work.unmatched <= lines ? lines - done->work.unmatched : 0;
}

/* Takes what worker i did in a tile, whose last frame is *f: its bytes, at s->frame, should be a
 * struct wire_done. */
static bool take_done(struct stage *s, unsigned i, const struct wire_frame *f, struct err *e)
{
    const struct wire_done *done = (const void *)s->frame;
    if (!is_whole(s, done, f->bytes))
        return stage_overwritten(s, i, e);
    if (done->work.failed > done->n_failed)
        return err_set(e, ERR_SCORER, "mend the function, or let it return None there",
                       "the scorer failed on %llu pairs of a few rows of A; %u can be left out",
                       (unsigned long long)done->work.failed, WIRE_MAX_FAILED);
    add_work(&s->work, &done->work);
    s->overflow = s->overflow || done->overflow;
    for (uint32_t k = 0; k < done->n_chunks; k++)
        if (!note_chunk(s, &done->chunk[k]))
            return stage_overwritten(s, i, e);
    const struct histogram_bin *bin = (const void *)(done->chunk + done->n_chunks);
    const uint64_t pairs = s->kind->has_rows ? pairs_of_tile(s, done) : done->work.rows;
    if (s->job->sinks->timeline)
        timeline_pairs(s->job->sinks->timeline, i, s->kind->has_rows ? done->work.counted : pairs);
    return take_bins(s, i, done, pairs, e) &&
           take_failed(s, i, (const void *)(bin + done->n_bins), done->n_failed, e);
}

/* The row of A at which a tile begins. */
static uint64_t first_row(const struct stage *s, uint64_t tile)
{
    const struct wire_task *task = &s->task;
    uint64_t row = s->tile_row ? s->tile_row[tile] : task->row_from + tile * task->rows_per_tile;
    return row < task->row_to ? row : task->row_to;
}

/* The tile that was due is written; so many of its matches were not written, but counted. */
static bool end_tile(struct stage *s, uint64_t counted, struct err *e)
{
    const bool too_many_pairs = counted > pairs_left(s);
    const uint64_t unmatched = s->unmatched_before + s->work.unmatched;
    s->pairs_found += counted;
    s->next_out++;
    s->out_bytes = 0;
    s->out_lines = 0;
    s->waited_seconds = 0;
    if (too_many_pairs)
        return too_many(s, e);
    return !s->job->sinks->journal ||
           journal_reach(s->job->sinks->journal, first_row(s, s->next_out),
                         s->pairs_before + s->pairs_found - unmatched, unmatched, e);
}

/* Takes a frame out of a ring: of the tile that is due, or, without rows, of any. */
static bool take_frame(struct stage *s, const struct ring *r, const struct wire_frame *f,
                       struct err *e)
{
    const char *piece[2];
    size_t bytes[2];
    if (!frame_bytes(s, r, r->tail, f, piece, bytes, e) ||
        (s->kind->has_rows && !output_head_write(s->job, e)))
        return false;
    if (!f->last)
        return take_lines(s, r, f, piece, bytes, e);
    if (!take_done(s, r->worker, f, e))
        return false;
    if (!s->kind->has_rows)
        return true;
    const struct wire_done *done = (const void *)s->frame;
    return s->work.unmatched <= s->pairs_found ? end_tile(s, done->work.counted, e)
                                               : stage_overwritten(s, r->worker, e);
}

/* ---- In the order of the tiles ---------------------------------------------------------------*/

/* Is the frame to wait in its ring? */
static bool is_to_wait(const struct stage *s, const struct wire_frame *f)
{
    return s->kind->has_rows && (f->tile != s->next_out || (s->too_slow && s->out_bytes == 0));
}

/* Takes what a ring has and what is due; *took: there was something. */
static bool take_from(struct stage *s, struct ring *r, bool *took, struct err *e)
{
    bool ok = true;
    while (ok && r->tail < r->head) {
        struct wire_frame f;
        ok = read_frame(s, r, r->tail, &f, e);
        if (!ok || is_to_wait(s, &f))
            break;
        ok = take_frame(s, r, &f, e);
        r->tail += wire_frame_size(&f);
        *took = true;
    }
    return ok;
}

/* The same for ring i, whose worker is told what was taken. *blocked: it is so full of frames that
 * are not due that its worker may wait for space. */
static bool drain_ring(struct stage *s, unsigned i, bool *took, bool *blocked, struct err *e)
{
    struct wire_order *order = &s->orders->order[i];
    struct ring r;
    if (!look_at_ring(s, i, &r, e))
        return false;
    bool ok = take_from(s, &r, took, e);
    *blocked = r.head - r.tail + s->ring_bytes / 4 + 2 * sizeof(struct wire_frame) > s->ring_bytes;
    if (r.tail == s->rings[i].tail)
        return ok;
    s->rings[i].tail = r.tail;
    atomic_store_explicit(&order->tail, r.tail, memory_order_release);
    wire_wake(&order->taken);
    return ok;
}

bool stage_drain(struct stage *s, unsigned most_rounds, bool *stuck, struct err *e)
{
    bool took = true;
    for (unsigned round = 0; took && round < most_rounds; round++) {
        unsigned n_alive = 0, n_blocked = 0;
        took = false;
        for (unsigned i = 0; i < s->task.n_workers; i++) {
            bool blocked;
            if (!drain_ring(s, i, &took, &blocked, e))
                return false;
            n_alive += s->procs[i].pid != -1;
            n_blocked += s->procs[i].pid != -1 && blocked;
        }
        for (size_t i = 0; i < s->n_parked; i++)
            if (!take_from(s, &s->parked[i], &took, e))
                return false;
        /* A ring with frames that are not due holds later tiles, so its worker is past the tile
         * that is due. If that is so for all that live, they would wait for one another. What was
         * taken may have made due what a ring had that was looked at before. */
        *stuck = !took && s->kind->has_rows && !s->too_slow && n_alive > 0 && n_blocked == n_alive;
    }
    return true;
}

void stage_free_parked(struct stage *s)
{
    for (size_t i = 0; i < s->n_parked; i++)
        free(s->parked[i].parked);
    free(s->parked);
    s->parked = NULL;
    s->n_parked = 0;
}

/* ---- The dead --------------------------------------------------------------------------------*/

/* Does a worker that lives say that it is at this tile, or was it told to begin with it? */
static bool is_at_hand(const struct stage *s, uint64_t tile)
{
    for (unsigned i = 0; i < s->task.n_workers; i++)
        if (s->procs[i].pid != -1 &&
            (s->rings[i].given == tile || atomic_load(&s->reports->slot[i].tile) == tile))
            return true;
    return false;
}

/* Waits until no living worker is WIRE_TAKING. Taking a tile takes a worker no time, unless
 * somebody stops it at that very moment: such a worker is killed. */
static void wait_for_takers(const struct stage *s)
{
    for (unsigned i = 0; i < s->task.n_workers; i++)
        for (int look = 0; atomic_load(&s->reports->slot[i].tile) == WIRE_TAKING; look++) {
            if (s->procs[i].pid <= 0 || proc_has_ended(&s->procs[i]))
                break;
            if (look == MOST_TAKING_LOOKS)
                kill(s->procs[i].pid, SIGKILL);
            nanosleep(&(struct timespec){0, TAKING_LOOK_NS}, NULL);
        }
}

/* Looks at all rings. */
static bool look_at_rings(struct stage *s, struct err *e)
{
    struct ring r;
    bool ok = true;
    for (unsigned i = 0; ok && i < s->task.n_workers; i++)
        ok = look_at_ring(s, i, &r, e);
    return ok;
}

/* A worker that dies between taking a tile and naming it loses the tile. Such a tile is neither at
 * hand nor handed over. "At hand" is asked first: a tile at hand may be handed over a moment
 * later. */
bool stage_find_lost_tile(struct stage *s, uint64_t *tile, struct err *e)
{
    uint64_t end = atomic_load(&s->reports->next_tile);
    end = end < s->task.n_tiles ? end : s->task.n_tiles;
    wait_for_takers(s);
    for (*tile = 0; *tile < end; ++*tile) {
        if (s->tiles[*tile] != STAGE_TILE_NONE || is_at_hand(s, *tile))
            continue;
        if (!look_at_rings(s, e))
            return false;
        if (s->tiles[*tile] == STAGE_TILE_NONE)
            return true;
    }
    *tile = WIRE_NO_TILE;
    return true;
}

/* Drops what dead worker i put into its ring of a tile that it did not finish. */
static void cut_ring(struct stage *s, unsigned i)
{
    struct stage_ring *own = &s->rings[i];
    if (own->tile != WIRE_NO_TILE)
        s->tiles[own->tile] = STAGE_TILE_NONE;
    own->seen = own->whole = own->whole > own->tail ? own->whole : own->tail;
    own->tile = own->given = WIRE_NO_TILE;
    atomic_store(&s->reports->slot[i].head, own->seen);
}

/* Copies what is left in ring i into memory of its own. */
static bool park_ring(struct stage *s, const struct ring *r, struct err *e)
{
    const uint64_t n = r->head - r->tail;
    struct ring *more = realloc(s->parked, (s->n_parked + 1) * sizeof *more);
    s->parked = more ? more : s->parked;
    char *bytes = more ? malloc(n) : NULL;
    if (!bytes)
        return err_set(e, ERR_OS, NULL, "not enough memory to replace a worker");
    const char *begin = ring_at(r, r->tail);
    const uint64_t to_end = (uint64_t)(r->base + r->bytes - begin);
    const uint64_t first = n < to_end ? n : to_end;
    memcpy(bytes, begin, first);
    memcpy(bytes + first, r->base, n - first);
    s->parked[s->n_parked++] = (struct ring){.base = bytes,
                                             .bytes = n,
                                             .first = r->tail,
                                             .tail = r->tail,
                                             .head = r->head,
                                             .worker = r->worker,
                                             .parked = bytes};
    return true;
}

/* Empties the ring of dead worker i. A ring gives its frames in the order in which they came, and
 * frames of later tiles must not stand before those of the tile that is done again. The next
 * process goes on one round later: then nothing that the dead one wrote is good where it stands. */
static bool park(struct stage *s, unsigned i, struct err *e)
{
    struct stage_ring *own = &s->rings[i];
    struct ring r;
    if (!look_at_ring(s, i, &r, e) || (r.tail < r.head && !park_ring(s, &r, e)))
        return false;
    own->seen += s->ring_bytes;
    own->tail = own->whole = own->seen;
    atomic_store(&s->orders->order[i].tail, own->tail);
    return true;
}

bool stage_give_tile(struct stage *s, unsigned i, uint64_t tile, struct err *e)
{
    struct wire_order *order = &s->orders->order[i];
    struct wire_slot *slot = &s->reports->slot[i];
    struct stage_ring *own = &s->rings[i];
    atomic_store(&slot->head, own->seen);
    if (!park(s, i, e))
        return false;
    own->least = 0;
    own->given = tile;
    order->redo_tile = tile;
    order->skip_bytes = own->given_skip = tile == s->next_out ? s->out_bytes : 0;
    order->ring_from = own->seen;
    atomic_store(&slot->head, own->seen);
    atomic_store(&slot->tile, tile);
    return true;
}

/* The tile that dead worker i had at hand, as far as we know ourselves; or WIRE_NO_TILE. */
static uint64_t unfinished_tile(const struct stage_ring *own)
{
    return own->given != WIRE_NO_TILE ? own->given : own->tile;
}

bool stage_leave_tile(struct stage *s, unsigned i, struct err *e)
{
    bool stuck; /* no: a dead worker brings nothing, but its successor does */
    if (!stage_drain(s, 1, &stuck, e))
        return false;
    const uint64_t said = atomic_load(&s->reports->slot[i].tile);
    uint64_t tile = unfinished_tile(&s->rings[i]);
    cut_ring(s, i);
    if (said < WIRE_TAKING && said >= s->task.n_tiles)
        return stage_overwritten(s, i, e);
    if (tile == WIRE_NO_TILE)
        tile = said;
    if ((tile >= s->task.n_tiles || s->tiles[tile] != STAGE_TILE_NONE || is_at_hand(s, tile)) &&
        !stage_find_lost_tile(s, &tile, e))
        return false;
    return stage_give_tile(s, i, tile, e);
}
