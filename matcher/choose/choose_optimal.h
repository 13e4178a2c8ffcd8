/* One to one with the best total of scores.
 *
 * Not here: how such a matching is found and proved (assignment.h). */
#ifndef AXB_MATCHER_CHOOSE_CHOOSE_OPTIMAL_H
#define AXB_MATCHER_CHOOSE_CHOOSE_OPTIMAL_H

#include "core/err.h"
#include "matcher/choose/found.h"

/* Keeps pairs so that each row is in at most one, and no other such choice has a better total:
 *
 * - CHOOSE_GREATEST: the greatest total. A pair whose score is not above 0 is left out.
 *
 * - CHOOSE_LEAST: of the choices of most pairs, the least total.
 *
 * Of totals that are equal one is taken, always the same; where it costs nothing, the one with more
 * pairs, then with lower rows. A choice is proved before it is returned, by duals in whole numbers.
 *
 * Totals are of scores in fixed point. For CHOOSE_GREATEST they are rounded to 60 bits below the
 * greatest score: scores of at least 1/128 of the greatest are exact. For CHOOSE_LEAST they are
 * rounded to 58 bits less those of the number of rows (of the shorter side) below the score that is
 * farthest from 0: whole numbers up to 2^38 are exact with a million rows.
 *
 * Fails with ERR_USAGE if rows.self: a choice among records of one table is a matching in a general
 * graph, another problem. Fails with ERR_DATA if a score that counts is infinite, and with ERR_OS
 * if there is no memory: 24 bytes a pair and 72 a row. Then *found is as it was. */
bool choose_optimal(struct found *found, struct found_rows rows, enum choose_better better,
                    struct err *e);

#endif
