/* How many records have no partner, one, two …; and the clusters, with the records of the largest.
 *
 * Not here: which pairs are kept (resolve/), and how clusters are made (cluster/). */
#ifndef AXB_MATCHER_REPORT_MATCH_PARTNERS_H
#define AXB_MATCHER_REPORT_MATCH_PARTNERS_H

#include "core/err.h"
#include "matcher/page/page.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

/* Records by their partners: none, 1, 2, 3, 4, 5 to 9, 10 to 99, more. */
#define MATCH_PARTNERS (1 + WIRE_PARTNERS)

struct match_partners {
    bool known[2]; /* of A, of B; in dedupe records[0] is of all */
    uint64_t records[2];
    uint64_t by[2][MATCH_PARTNERS];
};

/* Counts them, as far as the run says. ERR_OS without memory. */
bool match_partners_make(struct match_partners *m, const struct run *r, struct err *e);

/* Adds sections on partners and on clusters, each if something is known of them. */
void match_partners(struct page *p, const struct run *r, const struct match_partners *m);

#endif
