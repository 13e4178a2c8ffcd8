/* The machine as a drawing: boxes for packages, NUMA nodes, L3 caches and cores, and in them the
 * processing units that we may use, each with the number of the worker that takes it.
 *
 * It is one SVG element without scripts, links, fonts and ids of its own, so it stands alone in a
 * file as well as in a page. Its colours follow the reader's light or dark setting, and its letters
 * are large enough for a phone. Why not that of hwloc's lstopo: ARCHITECTURE.md. */
#ifndef AXB_CORE_MACHINE_TOPOLOGY_SVG_H
#define AXB_CORE_MACHINE_TOPOLOGY_SVG_H

#include "core/machine/topology.h"

/* Draws the machine with so many workers, as UTF-8, about 250 bytes a processing unit. The caller
 * frees it. NULL without memory. */
char *topo_svg(const struct topo *t, enum topo_bind bind, unsigned workers);

#endif
