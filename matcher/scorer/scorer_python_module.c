/* Packs and unpacks what workers get of a Python function. */
#include "matcher/scorer/scorer_python_module.h"
#include "core/string_builder.h"
#include "matcher/scorer/scorer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const type_names[SCORER_PYTHON_TYPES] = {"str",  "int",  "float",
                                                            "bool", "date", "datetime"};

enum scorer_python_type scorer_python_type(const char *name)
{
    unsigned type = 0;
    while (type < SCORER_PYTHON_TYPES && strcmp(type_names[type], name) != 0)
        type++;
    return (enum scorer_python_type)type;
}

const char *scorer_python_type_name(enum scorer_python_type type)
{
    return type_names[type];
}

static void write_fields(FILE *out, const struct scorer_python_field *fields, uint32_t n_fields)
{
    for (uint32_t k = 0; k < n_fields; k++) {
        const struct scorer_python_field *f = &fields[k];
        const unsigned char bytes[4] = {(unsigned char)f->side, (unsigned char)f->type, f->filled,
                                        0};
        fwrite(bytes, sizeof bytes, 1, out);
        fwrite(&f->column, sizeof f->column, 1, out);
        fwrite(f->name, strlen(f->name) + 1, 1, out);
    }
}

/* The head and the fields; malloced. */
static char *pack_head(struct scorer_python_head *head, const struct scorer_python_field *fields,
                       size_t *n)
{
    struct string_builder builder;
    FILE *out = string_builder_open(&builder);
    if (!out)
        return NULL;
    fwrite(head, sizeof *head, 1, out);
    write_fields(out, fields, head->n_fields);
    char *bytes = string_builder_end(&builder);
    *n = builder.bytes;
    if (bytes) {
        head->fields_at = sizeof *head;
        head->shipment_at = *n;
        memcpy(bytes, head, sizeof *head);
    }
    return bytes;
}

static bool write_whole(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t wrote = write(fd, p, n);
        if (wrote < 0 && errno != EINTR)
            return false;
        p += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

int scorer_python_pack(enum scorer_python_call call, const struct scorer_python_field *fields,
                       uint32_t n_fields, const void *shipment, size_t shipment_bytes,
                       struct err *e)
{
    struct scorer_python_head head = {
        .magic = SCORER_PYTHON_MAGIC, .call = call, .n_fields = n_fields};
    head.shipment_bytes = shipment_bytes;
    size_t n = 0;
    char *bytes = pack_head(&head, fields, &n);
    int fd = memfd_create("axb-python", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    bool ok = bytes && fd >= 0 && write_whole(fd, bytes, n) &&
              write_whole(fd, shipment, shipment_bytes) && fcntl(fd, F_ADD_SEALS, seals) == 0;
    free(bytes);
    if (ok)
        return fd;
    err_system(e, ERR_OS, errno, NULL, "no memory for the Python function");
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool not_ours(struct err *e)
{
    return err_set(e, ERR_SOFTWARE, "the program and the Python package must be of one version",
                   "the Python function was handed over by another build of axb");
}

/* Reads the fields from p on, which end before `end`. */
static bool read_fields(struct scorer_python *view, const char *p, const char *end)
{
    for (uint32_t k = 0; k < view->n_fields; k++) {
        uint32_t column;
        const char *name = p + 4 + sizeof column;
        if (end - p < 9 || !memchr(name, 0, (size_t)(end - name)) ||
            (unsigned char)p[1] >= SCORER_PYTHON_TYPES)
            return false;
        memcpy(&column, p + 4, sizeof column);
        view->fields[k] = (struct scorer_python_field){
            (unsigned char)p[0], (enum scorer_python_type)p[1], p[2] != 0, column, name};
        view->n_filled += p[2] != 0;
        p = name + strlen(name) + 1;
    }
    return true;
}

bool scorer_python_view(int fd, struct scorer_python *view, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof(struct scorer_python_head))
        return not_ours(e);
    const size_t n = (size_t)st.st_size;
    const char *base = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "the Python function cannot be mapped");
    const struct scorer_python_head *head = (const void *)base;
    if (memcmp(head->magic, SCORER_PYTHON_MAGIC, sizeof head->magic) != 0 ||
        head->shipment_at > n || head->shipment_bytes != n - head->shipment_at ||
        head->fields_at > head->shipment_at)
        return not_ours(e);
    *view = (struct scorer_python){.call = (enum scorer_python_call)head->call,
                                   .n_fields = head->n_fields,
                                   .fields = calloc(head->n_fields + 1ull, sizeof *view->fields),
                                   .shipment = base + head->shipment_at,
                                   .shipment_bytes = head->shipment_bytes};
    if (!view->fields)
        return err_set(e, ERR_OS, NULL, "not enough memory for a worker");
    return read_fields(view, base + head->fields_at, base + head->shipment_at) || not_ours(e);
}
