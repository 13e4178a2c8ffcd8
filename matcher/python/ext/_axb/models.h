/* Models in the user's own process. Not here: how pairs are scored by one, which is the program's.
 */
#ifndef AXB_MATCHER_PYTHON_EXT__AXB_MODELS_H
#define AXB_MATCHER_PYTHON_EXT__AXB_MODELS_H

#include <Python.h>

#include <stdbool.h>

/* Adds what reads models to the module. False with an exception. */
bool axb_add_models(PyObject *module);

#endif
