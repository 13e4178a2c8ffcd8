/* Pairs: the arena that the workers of a join fill, and its contents in the order of A.
 *
 * The arena is one shared segment of chunks (pair_chunk.h) of a MiB. A worker takes the number of
 * the next free chunk from an atomic counter (reports.next_chunk), asks for its memory, and fills
 * it. Two workers after five chunks were taken, the last of which has no memory yet:
 *
 *     chunk      0         1         2         3         4         5 … max_chunks
 *              +---------+---------+---------+---------+---------+- - - - -
 *     arena    |ppppppppp|ppppppppp|ppppppppp|ppp      |         |
 *              +---------+---------+---------+---------+---------+- - - - -
 *     worker     0         1         0         0
 *                                                         next_chunk = 5
 *
 * With each tile that is done a worker says in which chunks the tile has pairs, and how many pairs
 * and scores of these count by now (struct wire_done). The coordinator keeps that in a table of its
 * own, used[]. So pairs that a worker wrote after its last tile do not count, and nothing need be
 * cleared when it dies:
 *
 *     tile of worker 0: chunks 0 and 2, 130000 pairs each, chunk 3, 3 pairs
 *     tile of worker 1: chunk 1, 129000 pairs          used[]  130000  129000  130000  3
 *
 * When the join is done the coordinator puts the pairs in order: for each place of A the places of
 * B with their scores. The arena has a fixed size; when it is full the run is repeated in row
 * ranges of A (coordinator.c), so memory stays bounded. */
#ifndef AXB_MATCHER_ENGINE_PAIRS_H
#define AXB_MATCHER_ENGINE_PAIRS_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/choose/found.h"
#include "matcher/engine/wire.h"
#include "matcher/join/join.h"
#include "matcher/pairs/pair_chunk.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- In a worker: the sink of a join ---------------------------------------------------------*/
struct pairs_writer {
    struct join_sink sink; /* first: flush is given this address */
    const struct wire_task *task;
    struct wire_reports *reports;
    uint64_t max_chunks;
    struct wire_done *done;      /* of the tile at hand: its rows and its chunks are noted here */
    const struct side *a, *b;    /* NULL: the pairs are pairs of rows */
    struct histogram *histogram; /* of the scores of the pairs of rows that are counted; or NULL */
    char *arena;                 /* mapped; NULL when only counting */
    int fd;
    bool in_chunk;                /* `chunk` is being written; else pairs are lost */
    uint32_t chunk;               /* the present one */
    uint64_t check;               /* of its pairs that are counted */
    struct pair_writer writer;    /* … in it */
    struct join_pair found[1024]; /* not yet counted and written */
};

/* `arena` is the mapping of `fd`; NULL when only counting. */
void pairs_writer_init(struct pairs_writer *w, const struct wire *wire, struct wire_done *done,
                       const struct side *a, const struct side *b, void *arena, int fd);
/* The tile at hand is done: brings *done up to date. */
void pairs_writer_settle(struct pairs_writer *w);

/* ---- In the coordinator ----------------------------------------------------------------------*/

/* Reserves the address space for max_chunks; takes no memory yet. */
bool pairs_create(struct shm *arena, uint64_t max_chunks, struct err *e);

/* What counts of an arena: of chunk c what used[c] says, with the check check[c]. */
struct pairs_arena {
    const struct shm *shm;
    struct pair_form form; /* of its pairs */
    const struct pair_count *used;
    const uint64_t *check;
    uint64_t n_chunks;
};

/* Are the pairs that count those that were handed over, and of places below n_a in A and n_b in B?
 * A scorer that writes a pair can write its check as well, so both are asked. */
bool pairs_verify(const struct pairs_arena *arena, uint64_t n_a, uint64_t n_b);

/* A view of the ordered segment. Place a of A has the pairs i from begin[a] to begin[a + 1] - 1:
 * with place pairs_b(p, i) of B, and pairs_score(p, i). */
struct pairs {
    const uint64_t *begin;    /* n_places + 1 */
    const uint64_t *pair;     /* the number of its score, then its place of B: 32 bits each */
    const double *score;      /* n_scores; if there are not very many, each once */
    const uint64_t *tile_row; /* after pairs_cut: tile t has the rows from tile_row[t] to
                                 tile_row[t + 1] - 1 */
    uint64_t n_scores;
};

static inline uint32_t pairs_b(const struct pairs *p, uint64_t i)
{
    return (uint32_t)p->pair[i];
}

static inline uint32_t pairs_score_number(const struct pairs *p, uint64_t i)
{
    return (uint32_t)(p->pair[i] >> 32);
}

static inline double pairs_score(const struct pairs *p, uint64_t i)
{
    return p->score[pairs_score_number(p, i)];
}

/* Orders the pairs of an arena, which stand for places below n_places of A, into the empty segment
 * `out`; with `self` each pair a != b stands under both places. Pairs of one place are in no order.
 */
bool pairs_order(const struct pairs_arena *arena, uint64_t n_places, bool self, struct shm *out,
                 struct err *e);
void pairs_view(struct pairs *p, struct shm_view ordered);
/* Its words, as long as nobody has frozen the segment. */
uint64_t *pairs_words(const struct shm *ordered);

/* The pairs of `from`, which has n_places, whose scores reach what `asked` needs, into the empty
 * segment `out`. */
bool pairs_filter(const struct pairs *from, uint32_t n_places, const struct join_job *asked,
                  struct shm *out, struct err *e);

/* How many pairs of rows the pairs stand for, as the workers of a join count them: in dedupe
 * (`self`) each unordered pair of rows once. */
uint64_t pairs_rows(const struct pairs *p, const struct side *a, const struct side *b, bool self);

/* The same of pairs of rows, which are in order: place a is row a of n_rows. */
bool pairs_of_found(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e);

/* The same, but place b is row b of B, and only how many pairs it has is known: `begin`. */
bool pairs_of_b(const struct found *found, uint64_t n_rows, struct shm *out, struct err *e);

/* Cuts the rows row_from <= r < row_to of A into tiles of about equally many pairs of rows, so that
 * no worker is left alone with the one value that half of the table has. A row is never cut. With a
 * and b NULL the pairs are pairs of rows. */
bool pairs_cut(struct shm *ordered, const struct side *a, const struct side *b, uint64_t row_from,
               uint64_t row_to, uint64_t *n_tiles, struct err *e);

#endif
