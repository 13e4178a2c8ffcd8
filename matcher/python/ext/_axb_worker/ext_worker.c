/* The extension of a worker: the loop of axb's workers, in the user's own interpreter. */
#include <Python.h>

static PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_axb_worker",
    .m_doc = "A worker of axb that calls a Python function.",
    .m_size = -1,
};

PyMODINIT_FUNC PyInit__axb_worker(void);
PyMODINIT_FUNC PyInit__axb_worker(void)
{
    PyObject *module = PyModule_Create(&definition);
    if (module && PyModule_AddStringConstant(module, "version", AXB_VERSION) != 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
