/* The metrics as Python functions: axb.jaro_winkler("Ann", "Anna").
 *
 * Every name of `axb metrics` is one, with the views of those that have them. They take str or
 * None, and numbers and dates by their text. A missing text gives the figure of metric_missing, as
 * everywhere in axb; "no value" is NaN. */
#ifndef AXB_MATCHER_PYTHON_EXT_SHARED_METRICS_H
#define AXB_MATCHER_PYTHON_EXT_SHARED_METRICS_H

#include "matcher/index/dictionary.h"

#include <Python.h>

#include <stdbool.h>

/* Adds a function for each metric to a module, and METRICS, a tuple of their names. False with an
 * exception. */
bool axb_add_metrics(PyObject *module);

/* In a worker: texts of this dictionary need no recoding from now on. It must keep UTF-8 and live
 * as long as the process. False with an exception. */
bool axb_metrics_bind(const struct dictionary *dictionary);

/* Says that a str is the text of the bound dictionary's value `id` - 1, as struct text has it. To
 * be called once for each str that a record gets: the str is held until another one takes its
 * place. A str that is forgotten, or never told, is compared as any other. */
void axb_metrics_remember(PyObject *str, uint32_t id);

#endif
