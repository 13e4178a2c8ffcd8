/* The whole protocol between the coordinator and its workers.
 *
 * A stage is one generation of worker processes that share one control segment: a flat task, an
 * atomic tile counter, and for each worker a slot and a ring of bytes. Everything else is read-only
 * segments and files, passed as descriptors. The kinds of stage (stage_kind.h) differ in what a
 * tile is and in how it is done for good:
 *   finds pairs  A tile is an item of a join. Its pairs go to the pair arena (pairs.h) in any
 *                order. It is done when the newest slot.commit names it.
 *   has rows     A tile is a run of rows of A. Its bytes go through the ring of the worker, and the
 *                coordinator writes them in the order of the tiles. It is done when its frame
 *                marked last has come.
 * So a worker may die at any moment and be replaced: its slot says which tile was at hand, and how
 * much of it was handed over. The segment has no pointers and no locks. */
#ifndef AXB_MATCHER_ENGINE_WIRE_H
#define AXB_MATCHER_ENGINE_WIRE_H

#include "core/err.h"
#include "core/shm.h"
#include "core/topology.h"
#include "data/emit.h"
#include "matcher/expr/expr_bound.h"
#include "matcher/index/index.h"
#include "matcher/join/join.h"
#include "matcher/metric/metric.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define WIRE_MAGIC 0x3145524957425841ull /* "AXBWIRE1" */
#define WIRE_NO_TILE UINT64_MAX
#define WIRE_TAKING (UINT64_MAX - 1) /* a worker is taking a tile; which one is not known yet */
#define WIRE_MAX_OPTIONS EXPR_MAX_OPTIONS

/* Descriptors in a worker. One that a stage does not need is /dev/null. */
enum wire_fd {
    WIRE_FD_CONTROL = 3,
    WIRE_FD_TABLE_A,
    WIRE_FD_TABLE_B,
    WIRE_FD_INDEX,
    WIRE_FD_JOIN,      /* join: its own index; nested: its items */
    WIRE_FD_ARENA,     /* where pairs are found: the pair arena, writable */
    WIRE_FD_MODULE,    /* the scorer */
    WIRE_FD_PREPARED,  /* what it has prepared of each record; writable in the prepare stage */
    WIRE_FD_ROW_RANGE, /* the side of a range of rows of A (row_range.h); one for each option */
    /* The ordered pairs, one for each option; emit has one. */
    WIRE_FD_PAIRS = WIRE_FD_ROW_RANGE + WIRE_MAX_OPTIONS,
    /* The signatures of an option (prefilter.h). */
    WIRE_FD_SIGNATURES = WIRE_FD_PAIRS + WIRE_MAX_OPTIONS,
    WIRE_FD_END = WIRE_FD_SIGNATURES + WIRE_MAX_OPTIONS,
};

/* One way to candidates: the ordered pairs of a join over a term; without a term, all rows of B. */
struct wire_option {
    uint32_t term;      /* of the expression; EXPR_NONE: all rows */
    uint32_t prefilter; /* the term whose signatures are looked at first, or EXPR_NONE */
    bool ranged;        /* its side of A is a range of rows, in WIRE_FD_ROW_RANGE + k */
};

/* A metric as workers are told of it. */
struct wire_metric {
    uint32_t metric; /* row of metric_at */
    uint32_t view, n_args;
    double args[METRIC_MAX_ARGS];
};

/* Two fields of the index that are compared. */
struct wire_sides {
    uint32_t field_a, field_b;
    bool ranged; /* the side of A is a range of rows, in WIRE_FD_ROW_RANGE */
};

/* The user's code, and what it reads. */
struct wire_module {
    bool any;
    uint32_t n_fields;
    uint32_t field[INDEX_MAX_FIELDS]; /* field of the module -> field of the index */
    uint64_t prepared_at;             /* in WIRE_FD_PREPARED: of all rows of A, then of B */
    uint64_t prepared_bytes;          /* of a row; 0: nothing is prepared */
};

/* What a stage does. The coordinator fills it in (stage_task.h); it is const once the first worker
 * starts. */
struct wire_task {
    uint32_t kind; /* row of stage_kind_at */
    uint32_t n_workers;
    bool self;        /* dedupe: A against itself, pairs of rows i < j */
    bool count;       /* count pairs, write none */
    bool prune;       /* filters may drop pairs */
    bool only_tapped; /* loop, refine: tile i is the tapped row i and no more */
    uint64_t n_tiles;
    uint64_t row_from, row_to; /* rows of A in this stage */
    uint64_t rows_per_tile;
    struct wire_sides sides;   /* join, emit, loop by a metric */
    struct wire_module module; /* where the stage may run it */
    struct emit_spec lines;    /* how pairs are written */
    struct expr expr;          /* what the score and --where are made of */
    struct expr_goal goal;     /* score: EXPR_NONE if a module gives it; and the threshold */
    union {
        struct {
            struct wire_metric metric;
            double need;   /* the least value that a pair must have */
            uint32_t join; /* row of join_at */
        } join;
        struct {
            bool by_rows; /* the pairs are pairs of rows, not of values */
        } emit;
        struct { /* refine, nested, claim */
            uint32_t n_options;
            struct wire_option option[WIRE_MAX_OPTIONS];
            uint32_t step[EXPR_MAX_TERMS]; /* all terms in the order in which they are computed */
        } refine;
        struct {
            struct wire_metric metric; /* without a module */
        } loop;
        struct {
            uint64_t b_from, b_to; /* rows of B to try against row_from */
        } probe;
    };
};

/* What a worker has committed in a join stage. */
struct wire_commit {
    uint64_t tile;     /* the last tile that is done */
    uint32_t n_chunks; /* of this worker, all full but the last */
    uint32_t used;     /* pairs in the last */
    uint64_t rows;     /* pairs of rows that the pairs of values stand for */
    struct join_stats stats;
};

/* What a worker of a refine stage looked at. Not exact where a worker was replaced. */
struct wire_tally {
    uint64_t candidates;               /* pairs of rows that the joins gave */
    uint64_t prefiltered;              /* of these, dropped by the prefilter */
    uint64_t computed[EXPR_MAX_TERMS]; /* how often each term was computed */
    uint64_t dropped[EXPR_MAX_TERMS];  /* pairs that were dropped right after */
    uint64_t scored;                   /* by the module */
};

enum wire_state { WIRE_STARTING, WIRE_RUNNING, WIRE_DONE, WIRE_FAILED };

/* What one worker and the coordinator say to each other. The worker writes it, with these
 * exceptions: while the worker lives the coordinator writes tail and taken; before a worker starts,
 * the first or a successor, it sets place, state, tile, redo_tile, skip_bytes and scoring, and sets
 * head back to the end of the last whole tile. */
struct wire_slot {
    _Alignas(64) _Atomic uint32_t state;
    _Atomic uint64_t tile;         /* at hand, WIRE_NO_TILE when none, or WIRE_TAKING */
    _Atomic uint64_t row_a;        /* what is being scored or prepared: one row of A … */
    _Atomic uint64_t b_from, b_to; /* … against these rows of B; prepare: b_from is the side */
    _Atomic uint32_t scoring;      /* the user's code is running, or has ended the process */
    _Atomic uint64_t pairs_done;   /* for the progress line */
    _Atomic uint64_t commits;      /* join: how often; the newest is commit[(commits - 1) % 2] */
    struct wire_commit commit[2];
    struct wire_tally tally;
    double score;                       /* probe: of the last pair */
    uint64_t redo_tile;                 /* do this one first: its former worker died */
    uint64_t skip_bytes;                /* of that tile's bytes, which were written already */
    struct err error;                   /* with WIRE_FAILED */
    _Alignas(64) _Atomic uint64_t head; /* bytes that the worker put into its ring, ever */
    _Alignas(64) _Atomic uint64_t tail; /* bytes that the coordinator took out */
    _Atomic uint32_t taken;             /* futex: the coordinator has taken bytes out */
};

struct wire_control {
    uint64_t magic;
    uint64_t control_bytes; /* wire_control_bytes, as the coordinator's build has it */
    struct wire_task task;
    uint64_t ring_bytes;   /* of each worker; 0 where no bytes go through rings */
    uint64_t max_chunks;   /* of the pair arena */
    uint64_t n_tapped;     /* rows of A whose bytes are kept apart (audit_tap.h) */
    uint64_t worker_bytes; /* that a worker with a module may take; 0: as it likes */
    _Alignas(64) _Atomic uint64_t next_tile;
    _Alignas(64) _Atomic uint32_t doorbell; /* futex: a worker has something for the coordinator */
    _Alignas(64) _Atomic uint32_t stop;     /* finish early */
    _Atomic uint32_t closed;                /* finish the tiles at hand and take no more */
    _Atomic uint32_t overflow;              /* the pair arena is full */
    _Alignas(64) _Atomic uint64_t next_chunk;
    uint64_t places_at;         /* n_workers × struct topo_place */
    uint64_t chunk_owner_at;    /* max_chunks × u32: worker + 1 */
    uint64_t done_at;           /* n_tiles × u8: 1 once the tile is committed */
    uint64_t rings_at;          /* n_workers × ring_bytes */
    uint64_t tapped_at;         /* n_tapped × u64: rows of A, ascending */
    uint64_t rejects_at;        /* u64: pairs not to score (rejects.h), in any order … */
    _Atomic uint64_t n_rejects; /* … so many by now; a worker looks when it starts */
    struct wire_slot slot[];
};

/* Rings: ring_bytes (a multiple of 16) for each worker. The worker puts frames in at slot.head, the
 * coordinator takes them out at slot.tail. Both only grow; position p stands at p % ring_bytes, and
 * head - tail bytes wait. A frame's bytes may go around the end; its header never does.
 *
 *             tail                                   head
 *              v                                      v
 *     +--------+--------+----------------+-----+------+---------+
 *     |  free  | header | its bytes      | pad |  ... |  free   |
 *     +--------+--------+----------------+-----+------+---------+
 *     0            16      frame.bytes     < 16                  ring_bytes
 *
 * A ring holds its worker's tiles in ascending order, each up to the frame marked last. So the
 * coordinator needs only the first frame of each ring to write all tiles in order, here 7, 8, 9,
 * 10:
 *
 *     worker 0   | 7 | 7 last | 9 ...             the rest of 9 is not yet there
 *     worker 1   | 8 last | 10 last |
 */

/* A piece of a tile's bytes in a ring; 16 bytes, always at a multiple of 16. */
struct wire_frame {
    uint32_t tile;
    uint32_t bytes;  /* that follow, then padding to a multiple of 16 */
    uint32_t pairs;  /* lines that end in these bytes; in count mode, without bytes, matches */
    uint16_t last;   /* the tile is done */
    uint16_t tapped; /* they are of tapped rows */
};
_Static_assert(sizeof(struct wire_frame) == 16, "a header never goes around the end of a ring");

/* What the control struct takes with its slots. */
static inline size_t wire_control_bytes(uint32_t n_workers)
{
    return sizeof(struct wire_control) + n_workers * sizeof(struct wire_slot);
}

/* The control struct of a segment that is mapped for worker `number`. ERR_SOFTWARE if another build
 * of the program made it, or if it has no such worker. */
bool wire_attach(struct wire_control **c, const struct shm *s, unsigned number, struct err *e);

/* What stands at an offset from the segment's base. */
static inline void *wire_at(struct wire_control *c, uint64_t offset)
{
    return (char *)c - SHM_HEAD_AT + offset;
}

static inline char *wire_ring(struct wire_control *c, unsigned worker)
{
    return wire_at(c, c->rings_at + worker * c->ring_bytes);
}

static inline struct topo_place *wire_places(struct wire_control *c)
{
    return wire_at(c, c->places_at);
}

static inline uint32_t *wire_chunk_owners(struct wire_control *c)
{
    return wire_at(c, c->chunk_owner_at);
}

static inline _Atomic uint8_t *wire_done(struct wire_control *c)
{
    return wire_at(c, c->done_at);
}

static inline uint64_t *wire_rejects(struct wire_control *c)
{
    return wire_at(c, c->rejects_at);
}

static inline const uint64_t *wire_tapped(struct wire_control *c)
{
    return wire_at(c, c->tapped_at);
}

/* A futex between processes: sleeps while *futex is `seen`, for at most `milliseconds`. It may wake
 * early, so the caller looks again. */
void wire_wait(_Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds);
/* Changes *futex, and wakes all that sleep on it. */
void wire_wake(_Atomic uint32_t *futex);

/* A worker's next tile, which is noted in its slot: one that a dead predecessor left there, else
 * the next of the counter. WIRE_NO_TILE if none is left, or when all are to stop. */
uint64_t wire_next_tile(struct wire_control *c, struct wire_slot *slot);
/* The tile is committed. */
void wire_tile_done(struct wire_control *c, uint64_t tile);

/* The worker's end of its ring: blocks while the ring is full. False when told to stop. */
bool wire_put(struct wire_control *c, unsigned worker, struct wire_frame frame, const char *p);

#endif
