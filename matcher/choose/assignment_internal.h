/* The two halves of assignment_solve. Not for others. */
#ifndef AXB_MATCHER_CHOOSE_ASSIGNMENT_INTERNAL_H
#define AXB_MATCHER_CHOOSE_ASSIGNMENT_INTERNAL_H

#include "matcher/choose/assignment.h"

/* Pairs most rows. After that all holds what assignment_proved asks for, but that free rows of A
 * may have a dual above 0. */
void assignment_bid(struct assignment *p);

/* Pairs free rows of A whose dual is above 0, or brings their dual down to 0. */
bool assignment_grow(struct assignment *p, struct err *e);

#endif
