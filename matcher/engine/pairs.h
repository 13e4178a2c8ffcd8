/* Pairs: the arena that the workers of a join fill, and its contents in the order of A.
 *
 * The arena is one shared segment of chunks of PAIRS_IN_CHUNK pairs. A worker takes the number of
 * the next free chunk from an atomic counter (control.next_chunk), asks for its memory, writes its
 * own number + 1 into control's list of owners, and fills the chunk. Two workers after five chunks
 * were taken, the last of which has no memory yet:
 *
 *     chunk      0         1         2         3         4         5 … max_chunks
 *              +---------+---------+---------+---------+---------+- - - - -
 *     arena    |ppppppppp|ppppppppp|ppppppppp|ppp      |         |
 *              +---------+---------+---------+---------+---------+- - - - -
 *     owner      1         2         1         1         0         0
 *                                                         next_chunk = 5
 *
 * Of one worker's chunks all but the last are full. Its commit record (wire.h) says how many it has
 * and how many pairs of the last one count; so pairs that a worker wrote after its last commit do
 * not count, and nothing need be cleared when it dies:
 *
 *     commit of worker 0: n_chunks 3, used 3        used[]  65536  65536  65536  3
 *     commit of worker 1: n_chunks 1, used 65536    (of chunk 0, 1, 2, 3)
 *
 * When the join is done the coordinator puts the pairs in order: for each place of A the places of
 * B with their scores. The arena has a fixed size; when it is full the run is repeated in row
 * ranges of A (coordinator.c), so memory stays bounded. */
#ifndef AXB_MATCHER_ENGINE_PAIRS_H
#define AXB_MATCHER_ENGINE_PAIRS_H

#include "core/err.h"
#include "core/shm.h"
#include "matcher/engine/wire.h"
#include "matcher/join/join.h"

#include <stdbool.h>
#include <stdint.h>

#define PAIRS_IN_CHUNK 65536u

/* ---- In a worker: the sink of a join ---------------------------------------------------------*/
struct pairs_writer {
    struct join_sink sink; /* first: flush is given this address */
    const struct wire_task *task;
    struct wire_control *control;
    const struct side *a, *b; /* NULL: the pairs are pairs of rows */
    struct join_pair *arena;  /* mapped; NULL when only counting */
    int fd;
    unsigned worker;
    uint32_t n_chunks;           /* of this worker */
    struct join_pair *first;     /* of the present chunk, or spare */
    struct join_pair *uncounted; /* up to here the rows are counted */
    uint64_t rows;
    struct join_pair spare[1024]; /* for counting, and when the arena is full */
};

void pairs_writer_init(struct pairs_writer *w, struct wire_control *control, unsigned worker,
                       const struct side *a, const struct side *b, void *arena, int fd);
/* Brings w->rows up to date and says where the writer stands. */
void pairs_writer_state(struct pairs_writer *w, uint32_t *n_chunks, uint32_t *used);

/* ---- In the coordinator ----------------------------------------------------------------------*/

/* Reserves the address space for max_chunks; takes no memory yet. */
bool pairs_create(struct shm *arena, uint64_t max_chunks, struct err *e);

/* A view of the ordered segment. Place a of A has the pairs i from begin[a] to begin[a + 1] - 1:
 * with place b[i] of B, and score[i]. */
struct pairs {
    const uint64_t *begin; /* n_places + 1 */
    const uint32_t *b;
    const double *score;
    const uint64_t *tile_row; /* after pairs_cut: tile t has the rows from tile_row[t] to
                                 tile_row[t + 1] - 1 */
};

/* `used[c]` pairs of chunk c count. Orders them into the empty segment `out`; with `self` each
 * pair a != b stands under both places. Pairs of one place are in no order. */
bool pairs_order(const struct shm *arena, const uint32_t *used, uint64_t n_chunks,
                 uint32_t n_places, bool self, struct shm *out, struct err *e);
void pairs_view(struct pairs *p, struct shm_view ordered);

/* Cuts the rows row_from <= r < row_to of A into tiles of about equally many pairs of rows, so that
 * no worker is left alone with the one value that half of the table has. A row is never cut. With a
 * and b NULL the pairs are pairs of rows. */
bool pairs_cut(struct shm *ordered, const struct side *a, const struct side *b, uint64_t row_from,
               uint64_t row_to, uint64_t *n_tiles, struct err *e);

#endif
