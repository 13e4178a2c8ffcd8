/* Where memory lies on a machine with several NUMA nodes.
 *
 * Linux puts a page onto the node of the thread that touches it first. Tables and indexes are made
 * by one process, so all would lie where its threads happened to run, and every worker would read
 * them through that node's memory alone. Spread page by page over the nodes of the workers
 * (MPOL_INTERLEAVE) they are read through all of them. Workers inherit the policy and give it up
 * (topo_memory_own): what a worker makes for itself belongs next to it. Not here: a copy for each
 * node (ARCHITECTURE.md says why). */
#include "core/log.h"
#include "core/machine/topology_internal.h"

#include <linux/mempolicy.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPREAD_BYTES ((size_t)8 << 20) /* of input; less stays in caches */
#define MOST_NODES 1024u               /* that a kernel is built for */
#define WORD_BITS (8 * sizeof(unsigned long))

/* Nodes by the numbers that the system gives them. */
struct node_mask {
    unsigned long word[MOST_NODES / WORD_BITS];
    unsigned n;
};

bool topo_has_nodes(const char *root)
{
    char path[256], nodes[64] = "";
    snprintf(path, sizeof path, "%s/sys/devices/system/node/has_cpu", root);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    const bool several = fgets(nodes, sizeof nodes, f) && strpbrk(nodes, "-,");
    fclose(f);
    return several;
}

static void add_node(struct node_mask *mask, unsigned node)
{
    unsigned long *word = &mask->word[node / WORD_BITS];
    const unsigned long bit = 1ul << node % WORD_BITS;
    mask->n += !(*word & bit);
    *word |= bit;
}

/* The nodes of the first n workers. */
static void find_nodes(const struct topo *t, unsigned n, struct node_mask *mask)
{
    for (unsigned i = 0; i < t->n_units; i++) {
        hwloc_obj_t node = hwloc_get_obj_by_type(t->hwloc, HWLOC_OBJ_NUMANODE, t->unit[i].node);
        if (t->unit[i].turn < n && node && node->os_index + 1 < MOST_NODES)
            add_node(mask, node->os_index);
    }
}

/* Has somebody chosen a policy for us? */
static bool is_chosen(void)
{
    int policy = MPOL_DEFAULT;
    return syscall(SYS_get_mempolicy, &policy, NULL, 0ul, NULL, 0ul) == 0 && policy != MPOL_DEFAULT;
}

enum topo_memory topo_memory_for(const struct topo *t, unsigned n)
{
    if (topo_used(t, n).nodes < 2)
        return TOPO_MEMORY_ONE_NODE;
    return !t->described_by && !t->memory_nodes && is_chosen() ? TOPO_MEMORY_CHOSEN
                                                               : TOPO_MEMORY_SPREAD;
}

void topo_spread_memory(struct topo *t, unsigned n)
{
    struct node_mask mask = {.n = 0};
    if (t->described_by || t->memory_nodes || topo_memory_for(t, n) != TOPO_MEMORY_SPREAD)
        return;
    find_nodes(t, n, &mask);
    if (syscall(SYS_set_mempolicy, MPOL_INTERLEAVE, mask.word, (unsigned long)MOST_NODES) != 0)
        return;
    t->memory_nodes = mask.n;
    log_verbose("what all workers read is spread over the memory of %u NUMA nodes", mask.n);
}

bool topo_spread_for(struct topo **t, size_t bytes, unsigned n, struct err *e)
{
    if (bytes < SPREAD_BYTES || !topo_has_nodes(""))
        return true;
    if (!topo_open(t, NULL, e))
        return false;
    topo_spread_memory(*t, n ? n : topo_workers(*t));
    return true;
}

unsigned topo_memory_nodes(const struct topo *t)
{
    return t->memory_nodes;
}

void topo_memory_own(void)
{
    (void)syscall(SYS_set_mempolicy, MPOL_DEFAULT, NULL, 0ul); /* never fatal: only slower */
}
