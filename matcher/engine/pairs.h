/* Pairs: the arena that the workers of a join fill, and its contents in the order of A.
 *
 * The arena is one shared segment of chunks; a worker takes the next free chunk from an atomic
 * counter, asks for its memory, and fills it. When the join is done the coordinator puts the pairs
 * in order: for each place of A the places of B with their scores. The arena has a fixed size; when
 * it is full the run is repeated for ranges of rows of A (coordinator.c). So memory is bounded. */
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
    char *arena;              /* mapped; NULL when only counting */
    int fd;
    unsigned worker;
    uint32_t n_chunks;           /* of this worker */
    uint32_t n_spare;            /* pairs in `spare` */
    struct join_pair *first;     /* of the present chunk, or spare */
    struct join_pair *uncounted; /* up to here the rows are counted */
    uint64_t rows;
    struct join_pair spare[1024]; /* for counting, and when the arena is full */
};

void pairs_writer_init(struct pairs_writer *w, struct wire_control *control, unsigned worker,
                       const struct side *a, const struct side *b, char *arena, int fd);
/* Brings w->rows up to date and says where the writer stands. */
void pairs_writer_state(struct pairs_writer *w, uint32_t *n_chunks, uint32_t *used);

/* ---- In the coordinator ----------------------------------------------------------------------*/

/* Reserves the address space for max_chunks; takes no memory yet. */
bool pairs_create(struct shm *arena, uint64_t max_chunks, struct err *e);

/* The pairs of place a are number[begin[a] .. begin[a + 1]); a view of the ordered segment. */
struct pairs {
    const uint64_t *begin; /* n_places + 1 */
    const uint32_t *b;
    const double *score;
    const uint64_t *tile_row; /* after pairs_cut: tile t is rows tile_row[t] .. tile_row[t + 1] */
};

/* `used[c]` pairs of chunk c count. Orders them into the empty segment `out`; with `self` each
 * pair a != b stands under both places. Pairs of one place are in no order. */
bool pairs_order(const struct shm *arena, const uint32_t *used, uint64_t n_chunks,
                 uint32_t n_places, bool self, struct shm *out, struct err *e);
void pairs_view(struct pairs *p, const struct shm *ordered);

/* Cuts the rows row_from <= r < row_to of A into tiles of about equally many pairs of rows, so that
 * no worker is left alone with the one value that half of the table has. A row is never cut. With a
 * and b NULL the pairs are pairs of rows. */
bool pairs_cut(struct shm *ordered, const struct side *a, const struct side *b, uint64_t row_from,
               uint64_t row_to, uint64_t *n_tiles, struct err *e);

#endif
