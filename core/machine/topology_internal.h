/* What the files of the topology share. */
#ifndef AXB_CORE_MACHINE_TOPOLOGY_INTERNAL_H
#define AXB_CORE_MACHINE_TOPOLOGY_INTERNAL_H

#include "core/limits.h"
#include "core/machine/topology.h"

#include <hwloc.h>

struct topo {
    hwloc_topology_t hwloc;
    const char *described_by;
    struct limits_quota quota;
    struct topo_unit *unit; /* n_units of them */
    unsigned n_units;
    unsigned *by_turn;     /* the unit of each turn */
    unsigned memory_nodes; /* over which memory is spread; 0: it is not */
};

/* How many objects of a type there are, on whatever level; `otherwise` if the system does not say.
 */
unsigned topo_count_of(const struct topo *t, hwloc_obj_type_t type, unsigned otherwise);

/* A list that is too long ends after a whole number: it must not name a unit that is not ours. */
void topo_list_set(hwloc_const_bitmap_t set, char *text, size_t bytes);

/* Gives the calling thread all that the process was given. */
bool topo_unbind_self(void);

/* What the calling thread touches first lies on its own node again. */
void topo_memory_own(void);

#endif
