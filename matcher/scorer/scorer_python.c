/* The coordinator's part of a scorer in Python: from a shipment to resolved fields.
 *
 * A shipment comes as a descriptor from the Python package, or a Python process makes one of a
 * file. That process runs the user's file once, to see what its function reads; the coordinator
 * itself runs no Python. Not here: what workers do with it (scorer_python_module.h). */
#include "core/inherited.h"
#include "core/process.h"
#include "core/string_builder.h"
#include "matcher/scorer/scorer_internal.h"
#include "matcher/scorer/scorer_python_module.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#define FAILED_MAGIC "AXBFAIL1"
#define MAGIC_BYTES 8u
#define NOT_THERE 69 /* of the child: Python has no package axb */

/* A shipment, mapped, and its head. */
struct shipment {
    const char *base;
    size_t n;
    size_t body_at;
    json_t *head;
};

static bool damaged(const struct scorer *s, struct err *e)
{
    return err_set(e, ERR_SOFTWARE, "the program and the Python package must be of one version",
                   "%s: the Python function was handed over in a form that is not known", s->path);
}

/* ---- A file is shipped by a Python process ---------------------------------------------------*/

/* The path of a program: as it stands if it has a slash, else by PATH. */
static bool find_program(const char *name, char path[PATH_MAX], struct err *e)
{
    const char *list = getenv("PATH");
    if (strchr(name, '/'))
        list = NULL;
    else if (!list)
        list = "/usr/local/bin:/usr/bin:/bin";
    bool found = !list && snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
    while (!found && list && *list) {
        const size_t n = strcspn(list, ":");
        found = snprintf(path, PATH_MAX, "%.*s/%s", (int)n, list, name) < PATH_MAX &&
                access(path, X_OK) == 0;
        list += n + (list[n] == ':');
    }
    return (found && access(path, X_OK) == 0) ||
           err_set(e, ERR_UNAVAILABLE, "give the path of a Python with --python",
                   "no program `%s` was found to run the scorer", name);
}

/* "PYTHONPATH=…" with the folder of the package that stands beside this program: built with it, or
 * around it. Other packages are found by Python itself. Malloced; NULL without memory. */
static char *package_path(void)
{
    static const char *const folders[] = {"python", "../.."};
    struct string_builder builder;
    char self[PATH_MAX], file[PATH_MAX + 64];
    struct err ignored = {0};
    const char *before = getenv("PYTHONPATH");
    if (!proc_self_path(self, sizeof self, &ignored) || !strrchr(self, '/'))
        strcpy(self, "/");
    *strrchr(self, '/') = 0;
    FILE *out = string_builder_open(&builder);
    if (out)
        fprintf(out, "PYTHONPATH=%s", before ? before : "");
    for (size_t i = 0; out && i < sizeof folders / sizeof *folders; i++) {
        snprintf(file, sizeof file, "%s/%s/axb/_worker.py", self, folders[i]);
        if (access(file, R_OK) == 0)
            fprintf(out, ":%s/%s", self, folders[i]);
    }
    return string_builder_end(&builder);
}

/* What the child could not do, in its own words: a text, a zero byte, a hint. */
static bool ship_failed(const struct shipment *x, struct err *e)
{
    const char *text = x->base + MAGIC_BYTES;
    const size_t n = strnlen(text, x->n - MAGIC_BYTES);
    const bool has_hint = n + 1 < x->n - MAGIC_BYTES;
    return err_set(e, ERR_SCORER, has_hint ? text + n + 1 : NULL, "%s", text);
}

static bool run_ship_child(const char *path, const char *python, int fd, struct err *e)
{
    static char code[] = "import sys\n"
                         "try:\n"
                         "    import axb._worker as worker\n"
                         "except ImportError:\n"
                         "    sys.exit(69)\n"
                         "worker.ship_main(sys.argv[1], 3)\n";
    char program[PATH_MAX], description[96];
    struct proc child = {.pid = -1};
    int status = 0;
    if (!find_program(python, program, e))
        return false;
    char *variable = package_path();
    if (!variable)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    char alone[] = "-s", bare[] = "-B", command[] = "-c";
    char *argv[] = {program, alone, bare, command, code, (char *)(uintptr_t)path, NULL};
    char *env[] = {variable, NULL};
    bool spawned = proc_spawn(&child, argv, &fd, 1, env, e);
    free(variable);
    if (!spawned)
        return false;
    proc_reap(&child, true, &status);
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
        return err_set(
            e, ERR_UNAVAILABLE,
            "install it there: pip install ./matcher/python, in the sources of axb; or name "
            "another one with --python",
            "%s has no package `axb`, which runs scorers in Python", program);
    proc_describe_status(status, description, sizeof description);
    return status == 0 ||
           err_set(e, ERR_SCORER, NULL, "%s: the Python that read it %s", path, description);
}

/* The shipment of a file, as a descriptor; -1 with *e set. */
static int ship_file(const char *path, const char *python, struct err *e)
{
    char whole[PATH_MAX];
    if (!realpath(path, whole)) {
        err_system(e, ERR_NOINPUT, errno, "give the path of a .py file",
                   "cannot read the scorer %s", path);
        return -1;
    }
    int fd = memfd_create("axb-shipment", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        err_system(e, ERR_OS, errno, NULL, "no memory for the Python function");
    else if (!run_ship_child(whole, python ? python : "python3", fd, e)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* ---- A shipment ------------------------------------------------------------------------------*/

static bool shipment_open(struct shipment *x, int fd, const struct scorer *s, struct err *e)
{
    struct stat st;
    uint64_t head_bytes = 0;
    *x = (struct shipment){0};
    if (fstat(fd, &st) != 0 || st.st_size < (off_t)(MAGIC_BYTES + sizeof head_bytes))
        return damaged(s, e);
    x->n = (size_t)st.st_size;
    void *base = mmap(NULL, x->n + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    if (base == MAP_FAILED)
        return err_system(e, ERR_OS, errno, NULL, "the Python function cannot be mapped");
    x->base = base;
    if (memcmp(x->base, FAILED_MAGIC, MAGIC_BYTES) == 0)
        return ship_failed(x, e);
    memcpy(&head_bytes, x->base + MAGIC_BYTES, sizeof head_bytes);
    const size_t body = x->n - MAGIC_BYTES - sizeof head_bytes;
    if (memcmp(x->base, SHIPMENT_MAGIC, MAGIC_BYTES) != 0 || head_bytes > body)
        return damaged(s, e);
    x->body_at = MAGIC_BYTES + sizeof head_bytes + head_bytes;
    x->head = json_loadb(x->base + MAGIC_BYTES + sizeof head_bytes, head_bytes, 0, NULL);
    return json_is_object(x->head) || damaged(s, e);
}

static void shipment_close(struct shipment *x)
{
    json_decref(x->head);
    if (x->base)
        munmap((void *)(uintptr_t)x->base, x->n + 1);
}

/* A text of the head, or NULL. */
static const char *head_text(const struct shipment *x, const char *key)
{
    return json_string_value(json_object_get(x->head, key));
}

/* ---- Fields ----------------------------------------------------------------------------------*/

/* The fields of both sides in the making: those of the index, and what they are in Python. */
struct field_list {
    struct scorer *scorer;
    const struct shipment *shipment;
    const struct scorer_headers *headers;
    enum scorer_python_call call;
    struct scorer_python_field python[SCORER_MAX_FIELDS];
};

/* What a record can do, besides having fields (shared_record.c): whoever reads these may read any
 * field. */
static bool is_method(const char *name)
{
    static const char *const methods[] = {"keys", "values", "items", "get"};
    bool is = strncmp(name, "__", 2) == 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        is = is || strcmp(name, methods[i]) == 0;
    return is;
}

static enum scorer_python_type field_type(const struct field_list *l, uint32_t side,
                                          const char *name)
{
    const json_t *types =
        json_object_get(json_object_get(l->shipment->head, "types"), side ? "b" : "a");
    const char *type = json_string_value(json_object_get(types, name));
    return type ? scorer_python_type(type) : SCORER_PYTHON_STR;
}

static bool add_field(struct field_list *l, uint32_t side, uint32_t column, bool filled,
                      struct err *e)
{
    struct scorer *s = l->scorer;
    const char *name = scorer_header(l->headers, side)[column];
    for (size_t k = 0; k < s->n_fields; k++)
        if (s->fields[k].side == side && strcmp(l->python[k].name, name) == 0)
            return true;
    const enum scorer_python_type type = field_type(l, side, name);
    if (type == SCORER_PYTHON_TYPES)
        return damaged(s, e);
    if (s->n_fields == SCORER_MAX_FIELDS)
        return err_set(e, ERR_SCORER, "let the function itself read the columns by their names",
                       "%s may read any column, and they are more than %u", s->path,
                       SCORER_MAX_FIELDS);
    l->python[s->n_fields] = (struct scorer_python_field){side, type, filled, column, name};
    s->fields[s->n_fields++] = (struct scorer_field){
        .side = side, .kind = AXB_TEXT, .column = column, .exact = type != SCORER_PYTHON_STR};
    return true;
}

/* Is the name in this list of the head? */
static bool is_listed(const json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *text = json_string_value(item);
        if (text && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

/* The fields that the function reads for sure; *open: it may read others, too. */
static bool add_reads(struct field_list *l, uint32_t side, bool *open, struct err *e)
{
    const json_t *of_side = json_object_get(l->shipment->head, side ? "b" : "a");
    const json_t *reads = json_object_get(of_side, "reads");
    *open = json_is_true(json_object_get(of_side, "open"));
    size_t i;
    json_t *item;
    json_array_foreach(reads, i, item)
    {
        const char *name = json_string_value(item);
        uint32_t column;
        if (!name)
            return damaged(l->scorer, e);
        *open = *open || is_method(name);
        const bool exists = scorer_resolve(l->headers, side, name, &column);
        if (exists
                ? !add_field(l, side, column, true, e)
                : !is_method(name) && !scorer_unknown_column(l->scorer, l->headers, side, name, e))
            return false;
    }
    return true;
}

/* All columns of a side. Those whose name stands in the function's code are filled. */
static bool add_all(struct field_list *l, uint32_t side, struct err *e)
{
    const json_t *names = json_object_get(l->shipment->head, "names");
    for (uint32_t c = 0; c < scorer_columns(l->headers, side); c++) {
        const bool named = is_listed(names, scorer_header(l->headers, side)[c]);
        if (!add_field(l, side, c, named || l->call == SCORER_PYTHON_BATCH, e))
            return false;
    }
    return true;
}

/* Puts the fields that are filled before the others. */
static void put_filled_first(struct field_list *l)
{
    struct scorer *s = l->scorer;
    for (size_t i = 1; i < s->n_fields; i++) {
        const struct scorer_python_field python = l->python[i];
        const struct scorer_field field = s->fields[i];
        size_t k = i;
        for (; k && python.filled && !l->python[k - 1].filled; k--) {
            l->python[k] = l->python[k - 1];
            s->fields[k] = s->fields[k - 1];
        }
        l->python[k] = python;
        s->fields[k] = field;
    }
}

static bool add_fields(struct field_list *l, struct err *e)
{
    l->scorer->fields = calloc(SCORER_MAX_FIELDS, sizeof *l->scorer->fields);
    if (!l->scorer->fields)
        return err_set(e, ERR_OS, NULL, "no memory for the fields of a scorer");
    for (uint32_t side = 0; side < 2; side++) {
        bool open;
        if (!add_reads(l, side, &open, e) || (open && !add_all(l, side, e)))
            return false;
    }
    put_filled_first(l);
    return true;
}

/* ---- The scorer ------------------------------------------------------------------------------*/

static bool find_call(const struct shipment *x, enum scorer_python_call *call)
{
    const char *text = head_text(x, "call");
    *call = text && strcmp(text, "batch") == 0 ? SCORER_PYTHON_BATCH : SCORER_PYTHON_PAIR;
    return text && (*call == SCORER_PYTHON_BATCH || strcmp(text, "pair") == 0);
}

static bool copy_text(char **to, const char *text, const struct scorer *s, struct err *e)
{
    if (!text)
        return damaged(s, e);
    *to = strdup(text);
    return *to || err_set(e, ERR_OS, NULL, "no memory for the Python function");
}

/* Takes over what the head says of the function and of its Python. */
static bool take_head(struct scorer *s, const struct shipment *x, struct err *e)
{
    const char *where = head_text(x, "where");
    if (!copy_text(&s->name, head_text(x, "name"), s, e) ||
        !copy_text(&s->python, head_text(x, "python"), s, e) ||
        !copy_text(&s->package, head_text(x, "package"), s, e) ||
        (where && !copy_text(&s->where, where, s, e)))
        return false;
    s->path = s->name;
    s->source_fingerprint = XXH3_64bits(x->base + x->body_at, x->n - x->body_at);
    return true;
}

static bool take_shipment(struct scorer *s, const struct shipment *x,
                          const struct scorer_headers *headers, struct err *e)
{
    struct field_list *l = calloc(1, sizeof *l);
    if (!l)
        return err_set(e, ERR_OS, NULL, "no memory for the fields of a scorer");
    *l = (struct field_list){.scorer = s, .shipment = x, .headers = headers};
    bool ok = take_head(s, x, e) && (find_call(x, &l->call) || damaged(s, e)) && add_fields(l, e);
    if (ok)
        s->fd = scorer_python_pack(l->call, l->python, (uint32_t)s->n_fields, x->base, x->n, e);
    free(l);
    return ok && s->fd >= 0;
}

bool scorer_make_python(struct scorer *s, int fd, const struct scorer_headers *headers,
                        struct err *e)
{
    struct shipment x;
    bool ok = shipment_open(&x, fd, s, e) && take_shipment(s, &x, headers, e);
    shipment_close(&x);
    return ok;
}

/* The function of a map reads no columns. */
static bool take_map(struct scorer *s, const struct shipment *x, struct err *e)
{
    const char *call = head_text(x, "call");
    if (!call || strcmp(call, "map") != 0)
        return damaged(s, e);
    if (take_head(s, x, e))
        s->fd = scorer_python_pack(SCORER_PYTHON_MAP, NULL, 0, x->base, x->n, e);
    return s->fd >= 0;
}

bool scorer_make_map(const char *path, struct scorer *s, struct err *e)
{
    struct shipment x;
    int fd;
    *s = (struct scorer){.fd = -1, .terms_fd = -1, .path = path};
    if (!inherited_open(path, false, &fd, &s->path, e))
        return false;
    const bool ok = shipment_open(&x, fd, s, e) && take_map(s, &x, e);
    shipment_close(&x);
    return ok;
}

bool scorer_make_python_file(struct scorer *s, const char *path, const char *python,
                             const struct scorer_headers *headers, struct err *e)
{
    int fd = ship_file(path, python, e);
    bool ok = fd >= 0 && scorer_make_python(s, fd, headers, e);
    s->path = path;
    if (fd >= 0)
        close(fd);
    return ok;
}

bool scorer_is_shipment(int fd)
{
    char magic[MAGIC_BYTES];
    return pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
           memcmp(magic, SHIPMENT_MAGIC, sizeof magic) == 0;
}
