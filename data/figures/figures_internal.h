/* What the files figures….c share, and nobody else sees. */
#ifndef AXB_DATA_FIGURES_FIGURES_INTERNAL_H
#define AXB_DATA_FIGURES_FIGURES_INTERNAL_H

#include "data/figures/figures.h"

/* What a value of a column is in the column's format: plain already, to be written plainly, of two
 * meanings, or no figure. */
enum figure_value { VALUE_PLAIN, VALUE_REWRITTEN, VALUE_UNSURE, VALUE_WRONG, VALUE_N_KINDS };

enum figure_value figure_judge(struct bytes v, const struct figure_format *f);

#endif
