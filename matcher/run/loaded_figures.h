/* Columns of numbers, dates and places: finds the format of each, makes it, and says what was
 * found.
 *
 * Not here: what formats are (data/figures.h), and what the user says of them (query_figures.c). */
#ifndef AXB_MATCHER_RUN_LOADED_FIGURES_H
#define AXB_MATCHER_RUN_LOADED_FIGURES_H

#include "matcher/run/loaded.h"

/* Fills figures, figures_segment and figure_at of a side, whose tables are loaded. ERR_OS. */
bool loaded_make_figures(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                         struct err *e);

#endif
