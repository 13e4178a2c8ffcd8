/* Which columns of two files are most likely meant, for the command that a message proposes.
 *
 * Two columns are alike when the values of some records share words. This reads a few records and
 * decides nothing but the text of a message. */
#ifndef AXB_MATCHER_INPUTS_COLUMN_GUESS_H
#define AXB_MATCHER_INPUTS_COLUMN_GUESS_H

#include "matcher/inputs/sources.h"

#include <stdint.h>

#define COLUMN_GUESS_NONE UINT32_MAX

/* The column of the other side that is alike `column` of `side`: that of the same name, else the
 * one whose values share the most words with it, clearly. COLUMN_GUESS_NONE if none does. */
uint32_t column_guess_partner(const struct sources *s, int side, uint32_t column);

/* Two columns to compare: of texts, alike, and best with a name such as "name" or "title". False if
 * none are. */
bool column_guess_pair(const struct sources *s, uint32_t column[2]);

#endif
