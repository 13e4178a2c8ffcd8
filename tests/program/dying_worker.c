/* A wire_next_tile whose caller dies, at two of eight tiles, between taking the tile and naming it;
 * at other tiles it waits there. Otherwise this happens once in millions of tiles. If two workers
 * die at once, each one's successor may do the other's tile. It replaces the real function in
 * axb-dying, which is otherwise axb. */
#include "matcher/engine/wire.h"

#include <signal.h>
#include <time.h>

uint64_t __real_wire_next_tile(struct wire *w);
uint64_t __wrap_wire_next_tile(struct wire *w);

uint64_t __wrap_wire_next_tile(struct wire *w)
{
    if (w->redo_tile != WIRE_NO_TILE || atomic_load(&w->orders->closed) ||
        atomic_load(&w->reports->overflow))
        return __real_wire_next_tile(w);
    atomic_store(&w->slot->tile, WIRE_TAKING);
    uint64_t tile = atomic_fetch_add(&w->reports->next_tile, 1);
    if (tile >= w->orders->task.n_tiles)
        tile = WIRE_NO_TILE;
    else if (tile % 8 == 0 || tile % 8 == 3)
        raise(SIGKILL);
    else if (tile % 8 == 1)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    w->skip_bytes = 0;
    atomic_store(&w->slot->tile, tile);
    return tile;
}
