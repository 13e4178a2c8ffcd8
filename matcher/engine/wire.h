/* The whole protocol between the coordinator and its workers.
 *
 * A stage is one generation of worker processes. Two segments join them to the coordinator:
 *   orders   What the coordinator says: the task, and an order for each worker. Workers map it
 *            read-only, and it is sealed, so that nothing that runs in a worker can change it.
 *   reports  What workers say: an atomic tile counter, and for each worker a slot and a ring of
 *            bytes. A scorer runs in the same process, and a wrong pointer of its writes here too.
 *            So the coordinator keeps its own copy of everything that it counts by, and takes from
 *            this segment only what it has read once and checked (stage_rings.c).
 * Everything else is read-only segments and files, passed as descriptors. The kinds of stage
 * (stage_kind.h) differ in what a tile is:
 *   finds pairs  A tile is an item of a join. Its pairs go to the pair arena (pairs.h) in any
 *                order.
 *   has rows     A tile is a run of rows of A. Its bytes go through the ring of the worker, and the
 *                coordinator writes them in the order of the tiles.
 * A tile is done when its frame marked last has come. So a worker may die at any moment and be
 * replaced: what it has handed over of a tile that is not done is dropped, or left out when the
 * tile is done again. The segments have no pointers and no locks. */
#ifndef AXB_MATCHER_ENGINE_WIRE_H
#define AXB_MATCHER_ENGINE_WIRE_H

#include "core/err.h"
#include "core/machine/topology.h"
#include "core/shm.h"
#include "data/emit.h"
#include "matcher/expr/expr_cover.h"
#include "matcher/index/index.h"
#include "matcher/join/join.h"
#include "matcher/metric/metric.h"
#include "matcher/pairs/pair_chunk.h"
#include "matcher/suggest/histogram.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WIRE_MAGIC 0x3445524957425841ull /* "AXBWIRE4" */
#define WIRE_NO_TILE UINT64_MAX
#define WIRE_TAKING (UINT64_MAX - 1) /* a worker is taking a tile; which one is not known yet */
#define WIRE_MAX_OPTIONS EXPR_MAX_OPTIONS

/* Descriptors in a worker. One that a stage does not need is /dev/null; it has none of the options
 * after the last that it has. */
enum wire_fd {
    WIRE_FD_ORDERS = 3,
    WIRE_FD_REPORTS, /* writable */
    WIRE_FD_LIFE,    /* a pipe that ends with the coordinator */
    WIRE_FD_TABLE_A,
    WIRE_FD_TABLE_B,
    WIRE_FD_INDEX,
    WIRE_FD_JOIN,     /* join: its own index; nested, map: its items; pair: its compounds; refine:
                         profiles; emit: the texts of B */
    WIRE_FD_HALF,     /* join: what it has made of B in a prepared run */
    WIRE_FD_ARENA,    /* where pairs are found: the pair arena, writable */
    WIRE_FD_MODULE,   /* the scorer */
    WIRE_FD_PREPARED, /* what it has prepared of each record; writable in the prepare stage */
    WIRE_FD_OPTIONS,  /* wire_option_fd for each option, those of the first one first */
    WIRE_FD_END = WIRE_FD_OPTIONS + 4 * WIRE_MAX_OPTIONS,
};

/* What an option has. */
enum wire_option_part {
    WIRE_ROW_RANGE, /* the side of a range of rows of A (row_range.h), or compounds (pair_join.h) */
    WIRE_PAIRS,     /* the ordered pairs; emit has one list, and pair those of its two terms */
    WIRE_SIGNATURES, /* of an option (prefilter.h), or, in the first place, of a pair stage */
    WIRE_COMPOUNDS,  /* of B, made in a prepared run; likewise */
    WIRE_OPTION_PARTS
};

static inline int wire_option_fd(uint32_t option, enum wire_option_part part)
{
    return WIRE_FD_OPTIONS + (int)(WIRE_OPTION_PARTS * option) + (int)part;
}

/* One way to candidates: the ordered pairs of a join over a term, or over two; without a term, all
 * rows of B. */
struct wire_option {
    uint32_t term;      /* of the expression, whose values the pairs have; EXPR_NONE: all rows */
    uint32_t sure;      /* another term, which has the value sure_value in all pairs; EXPR_NONE */
    uint32_t prefilter; /* the term whose signatures are looked at first, or EXPR_NONE */
    bool ranged;        /* its side of A is a range of rows, in WIRE_ROW_RANGE … */
    bool compound;      /* … or its sides are compounds, in the same place */
    double sure_value;
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
    bool python;   /* it is a Python function, and workers are interpreters */
    bool may_fail; /* a pair on which the function fails is left out, and listed */
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
    uint32_t bins;    /* of the histogram of the scores, at most; 0: none is made */
    bool prune;       /* filters may drop pairs */
    bool only_tapped; /* loop, refine: tile i is the tapped row i and no more */
    bool least;       /* lower scores are better */
    bool by_row;      /* after its lines a tile says of which rows they are (row_runs.h) */
    uint64_t top;     /* where the stage has rows: so many are kept of each row of A; 0: all */
    uint64_t n_tiles;
    uint64_t row_from, row_to; /* rows of A in this stage */
    uint64_t rows_per_tile;
    struct pair_form form;     /* of pairs that are found (pair_chunk.h) */
    struct wire_sides sides;   /* join, emit, loop by a metric; pair: those of the second term */
    struct wire_module module; /* where the stage may run it */
    struct emit_spec lines;    /* how pairs are written */
    struct expr expr;          /* what the score and --where are made of */
    struct expr_goal goal;     /* score: EXPR_NONE if a module gives it; and the threshold */
    union {
        struct {
            struct wire_metric metric;
            double need;   /* the least value that a pair must have */
            uint32_t join; /* row of join_at */
            bool halved;   /* what it has made of B is given */
        } join;
        struct {
            struct wire_metric metric; /* of the second term … */
            double need;               /* … and what it must reach */
            bool listed;               /* the pairs of its values are given */
            bool self;                 /* find each unordered pair of compounds once */
            bool filtered;             /* not listed: signatures are given */
        } pair;
        struct {
            bool by_rows;   /* the pairs are pairs of rows, not of values */
            bool of_b;      /* a tile is rows of B; those without a pair are written */
            bool has_texts; /* those of all rows of B are given */
        } emit;
        struct {           /* refine, nested, claim */
            bool profiled; /* profiles of all records are given (expr_profile.h) */
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

/* What a worker of a refine stage looked at. */
struct wire_tally {
    uint64_t candidates;               /* pairs of rows that the joins gave */
    uint64_t prefiltered;              /* of these, dropped by the prefilter */
    uint64_t glanced;                  /* dropped by their profiles */
    uint64_t repeated;                 /* left out, since another option had given them before */
    uint64_t computed[EXPR_MAX_TERMS]; /* how often each term was computed */
    uint64_t dropped[EXPR_MAX_TERMS];  /* pairs that were dropped right after */
    uint64_t scored;                   /* by the module */
};

/* ---- Orders ----------------------------------------------------------------------------------*/

/* To one worker, the first in its place or a successor. */
struct wire_order {
    _Alignas(64) struct topo_place place;
    uint64_t redo_tile;                 /* do this one first: its former worker died */
    uint64_t skip_bytes;                /* of that tile's bytes, which were written already */
    uint64_t ring_from;                 /* the position at which its ring begins */
    _Alignas(64) _Atomic uint64_t tail; /* bytes that the coordinator took out of its ring, ever */
    _Atomic uint32_t taken;             /* futex: the coordinator has taken bytes out */
};

/* Where in the file of its descriptor a segment lies. */
struct wire_piece {
    uint64_t at, bytes; /* bytes 0: it is the whole file */
};

struct wire_orders {
    uint64_t magic;
    uint64_t orders_bytes; /* wire_orders_bytes, as the coordinator's build has it */
    struct wire_task task;
    struct wire_piece piece[WIRE_FD_END]; /* by descriptor */
    uint64_t ring_bytes;                  /* of each worker */
    uint64_t max_chunks;                  /* of the pair arena */
    uint64_t worker_bytes;                /* that a worker with a module may take; 0: as it likes */
    uint64_t n_tapped;          /* rows of A whose bytes are kept apart (audit_tap.h) … */
    uint64_t tapped_at;         /* … here: u64 each, ascending */
    uint64_t part_at;           /* u64 of 64 bits each: the rows of A of this part; 0: all rows */
    uint64_t rejects_at;        /* u64: pairs not to score (rejects.h), in any order … */
    _Atomic uint64_t n_rejects; /* … so many by now; a worker looks when it starts */
    _Atomic uint32_t closed;    /* finish the tiles at hand and take no more */
    struct wire_order order[];
};

/* ---- Reports ---------------------------------------------------------------------------------*/

/* WIRE_RAISED: the Python function has failed on a pair, and the worker's note says how. */
enum wire_state { WIRE_STARTING, WIRE_RUNNING, WIRE_DONE, WIRE_FAILED, WIRE_RAISED };

/* Where a worker is. Before it starts the coordinator sets state, tile, scoring and head. */
struct wire_slot {
    _Alignas(64) _Atomic uint32_t state;
    _Atomic uint32_t scoring;      /* the user's code is running, or has ended the process */
    _Atomic uint64_t tile;         /* at hand, WIRE_NO_TILE when none, or WIRE_TAKING */
    _Atomic uint64_t row_a;        /* what is being scored or prepared: one row of A … */
    _Atomic uint64_t b_from, b_to; /* … against these rows of B; prepare: b_from is the side */
    struct err error;              /* with WIRE_FAILED */
    _Alignas(64) _Atomic uint64_t head; /* bytes that the worker put into its ring, ever */
};

struct wire_reports {
    _Alignas(64) _Atomic uint64_t next_tile;
    _Alignas(64) _Atomic uint64_t next_chunk; /* of the pair arena */
    _Alignas(64) _Atomic uint32_t doorbell;   /* futex: there is something for the coordinator */
    _Atomic uint32_t overflow;                /* the pair arena is full: take no more tiles */
    struct wire_slot slot[];                  /* then the rings; with Python, then the notes */
};

/* What a scorer raised, and on which pair: an exception of Python, or, without pair and traceback,
 * of C++. */
struct wire_note {
    uint64_t row_a, row_b;
    char type[80];         /* "ZeroDivisionError" */
    char message[4112];    /* in one line or several */
    char traceback[12176]; /* the frames of the user's code */
};
_Static_assert(sizeof(struct wire_note) == 16384, "16 KiB a worker");

/* Rings: ring_bytes (a multiple of 32) for each worker. The worker puts frames in at its head, the
 * coordinator takes them out at the tail. Both only grow; position p stands at p % ring_bytes, and
 * head - tail bytes wait. A frame's bytes may go around the end; its header never does.
 *
 *             tail                                   head
 *              v                                      v
 *     +--------+--------+----------------+-----+------+---------+
 *     |  free  | header | its bytes      | pad |  ... |  free   |
 *     +--------+--------+----------------+-----+------+---------+
 *     0            32      frame.bytes     < 32                  ring_bytes
 *
 * A ring holds its worker's tiles in ascending order, each up to the frame marked last. So the
 * coordinator needs only the first frame of each ring to write all tiles in order, here 7, 8, 9,
 * 10:
 *
 *     worker 0   | 7 | 7 last | 9 ...             the rest of 9 is not yet there
 *     worker 1   | 8 last | 10 last |
 */

/* A piece of a tile's bytes in a ring; 32 bytes, always at a multiple of 32. `check` covers the
 * rest of the header, the worker and the position. So a frame is good in one place only, and an
 * old one that lies about the ring, or a copy of another, is none. */
struct wire_frame {
    uint64_t check;
    uint64_t sum; /* of its bytes: XXH3, 64 bits; where no module runs it is 0 */
    uint32_t tile;
    uint32_t bytes;  /* that follow, then padding to a multiple of 32 */
    uint32_t pairs;  /* lines that end in these bytes */
    uint16_t last;   /* the tile is done; its bytes are a struct wire_done */
    uint16_t tapped; /* they are of tapped rows */
};
_Static_assert(sizeof(struct wire_frame) == 32, "a header never goes around the end of a ring");

/* Pairs of a tile in a chunk of the pair arena, with those of the worker's earlier tiles. */
struct wire_chunk {
    uint32_t chunk;
    struct pair_count used; /* what counts of it */
    uint64_t check;         /* of these (pair_chunk_check); where no module runs it is 0 */
};

/* Rows of A by the number of pairs that were written of them: 1, 2, 3, 4, 5 to 9, 10 to 99, more.
 */
#define WIRE_PARTNERS 7u

/* What was done in a tile, or in a stage. */
struct wire_work {
    uint64_t rows;      /* pairs of rows that the pairs of values stand for */
    uint64_t counted;   /* count mode: matches of a tile of rows of A */
    uint64_t failed;    /* pairs of a tile on which a Python function failed */
    uint64_t unmatched; /* lines that are no pairs, but rows without one */
    struct join_stats stats;
    struct wire_tally tally;
    uint64_t partners[WIRE_PARTNERS];
    double score; /* probe: of the last pair */
};

/* A pair that a Python function failed on, and that is left out. */
#define WIRE_MAX_FAILED 1024u /* that a tile lists */
struct wire_failed {
    uint32_t row_a, row_b;
    char reason[80]; /* ended by a zero byte */
};

/* The bytes of a frame that is marked last. */
struct wire_done {
    struct wire_work work;
    uint32_t overflow; /* the pair arena was full: the tile's pairs are not all there */
    uint32_t n_chunks; /* in which the tile has pairs */
    uint32_t n_bins;   /* of the histogram of the tile's scores; listed after the chunks … */
    uint32_t level;    /* … at this level */
    uint32_t n_failed; /* pairs that are listed after the bins */
    uint32_t unused;
    struct wire_chunk chunk[];
};

/* ---- Both ------------------------------------------------------------------------------------*/

/* What the structs take with their orders and slots. */
static inline size_t wire_orders_bytes(uint32_t n_workers)
{
    return sizeof(struct wire_orders) + n_workers * sizeof(struct wire_order);
}

static inline size_t wire_reports_bytes(uint32_t n_workers)
{
    return sizeof(struct wire_reports) + n_workers * sizeof(struct wire_slot);
}

/* What stands at an offset from the base of the orders' segment. */
static inline void *wire_at(const struct wire_orders *orders, uint64_t offset)
{
    return (char *)(uintptr_t)orders - SHM_HEAD_AT + offset;
}

static inline uint64_t *wire_rejects(const struct wire_orders *orders)
{
    return wire_at(orders, orders->rejects_at);
}

static inline const uint64_t *wire_tapped(const struct wire_orders *orders)
{
    return wire_at(orders, orders->tapped_at);
}

/* Is the row of A one of this part? */
static inline bool wire_is_of_part(const struct wire_orders *orders, uint64_t row)
{
    const uint64_t *bits = orders->part_at ? wire_at(orders, orders->part_at) : NULL;
    return !bits || bits[row / 64] >> row % 64 & 1;
}

static inline char *wire_ring(struct wire_reports *reports, uint32_t n_workers, uint64_t ring_bytes,
                              unsigned worker)
{
    return (char *)reports + wire_reports_bytes(n_workers) + worker * ring_bytes;
}

/* A worker's note, where a module runs. */
static inline struct wire_note *wire_note(struct wire_reports *reports, uint32_t n_workers,
                                          uint64_t ring_bytes, unsigned worker)
{
    char *notes = wire_ring(reports, n_workers, ring_bytes, n_workers);
    return (struct wire_note *)(void *)notes + worker;
}

/* What a frame takes in a ring. */
static inline uint64_t wire_frame_size(const struct wire_frame *frame)
{
    return sizeof *frame + ((frame->bytes + 31ull) & ~31ull);
}

/* frame->check as it is to be. */
uint64_t wire_frame_check(const struct wire_frame *frame, unsigned worker, uint64_t position);
/* frame->sum of n bytes, as it is to be where a module runs. */
uint64_t wire_frame_sum(const char *p, size_t n);

/* A futex between processes: sleeps while *futex is `seen`, for at most `milliseconds`. It may wake
 * early, so the caller looks again. */
void wire_wait(const _Atomic uint32_t *futex, uint32_t seen, unsigned milliseconds);
/* Changes *futex, and wakes all that sleep on it. */
void wire_wake(_Atomic uint32_t *futex);

/* ---- In a worker -----------------------------------------------------------------------------*/

/* A worker's end of the wire. What it counts by is here, out of the segment that others write. */
struct wire {
    const struct wire_orders *orders;
    struct wire_reports *reports;
    struct wire_slot *slot;
    unsigned number;     /* of its slot and ring, from 0 */
    pid_t pid;           /* of the process whose end it is */
    uint64_t head;       /* of its ring */
    uint64_t redo_tile;  /* the tile to begin with, or WIRE_NO_TILE */
    uint64_t skip_bytes; /* of the present tile, that a dead predecessor has handed over */
};

/* The end of worker `number` on the two segments, which are mapped. ERR_SOFTWARE if another build
 * of the program made them, or if there is no such worker. */
bool wire_attach(struct wire *w, const struct shm *orders, const struct shm *reports,
                 unsigned number, struct err *e);

/* The next tile, which is noted in the slot: one that a dead predecessor left, else the next of the
 * counter. WIRE_NO_TILE if none is left, or when no more are to be taken. */
uint64_t wire_next_tile(struct wire *w);

/* Puts a frame into the ring: its tile, pairs, bytes, last and tapped are given. Blocks while the
 * ring is full. */
void wire_put(struct wire *w, struct wire_frame frame, const void *p);

#endif
