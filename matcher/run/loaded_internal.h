/* What the files loaded….c share, and nobody else sees. */
#ifndef AXB_MATCHER_RUN_LOADED_INTERNAL_H
#define AXB_MATCHER_RUN_LOADED_INTERNAL_H

#include "matcher/run/loaded.h"

/* Finds the formats of the figures of a side, whose tables are loaded, says what was found, and
 * makes their columns: fills figures, figures_segment and figure_at. ERR_OS. */
bool loaded_make_figures(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                         struct err *e);

#endif
