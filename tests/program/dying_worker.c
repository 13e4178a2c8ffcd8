/* A wire_next_tile whose caller dies, at two of eight tiles, between taking the tile and naming it;
 * at other tiles it waits there. Otherwise this happens once in millions of tiles. If two workers
 * die at once, each one's successor may do the other's tile. It replaces the real function in
 * axb-dying, which is otherwise axb. */
#include "matcher/engine/wire.h"

#include <signal.h>
#include <time.h>

uint64_t __real_wire_next_tile(struct wire_control *c, struct wire_slot *slot);
uint64_t __wrap_wire_next_tile(struct wire_control *c, struct wire_slot *slot);

uint64_t __wrap_wire_next_tile(struct wire_control *c, struct wire_slot *slot)
{
    if (slot->redo_tile != WIRE_NO_TILE || atomic_load(&c->closed))
        return __real_wire_next_tile(c, slot);
    atomic_store(&slot->tile, WIRE_TAKING);
    uint64_t tile = atomic_fetch_add(&c->next_tile, 1);
    if (tile >= c->task.n_tiles || atomic_load(&c->stop) || atomic_load(&c->overflow))
        tile = WIRE_NO_TILE;
    else if (tile % 8 == 0 || tile % 8 == 3)
        raise(SIGKILL);
    else if (tile % 8 == 1)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    atomic_store(&slot->tile, tile);
    return tile;
}
