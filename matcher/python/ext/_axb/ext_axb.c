/* The extension of the user's own process: what the package needs in C there. It starts no run;
 * that is the program's, as a child (axb/_run.py). */
#include "matcher/python/ext/_axb/sent.h"

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_axb",
    .m_doc = "Tables, records and metrics of axb.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__axb(void);
PyMODINIT_FUNC PyInit__axb(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && (PyModule_AddStringConstant(module, "version", AXB_VERSION) != 0 ||
                   !axb_add_tables(module))) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
