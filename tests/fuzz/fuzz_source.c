/* Any bytes as the names of columns, and as a scorer's source that uses them: the names for C are
 * such that a compiler takes them and keeps them apart, what the source uses is there, and the
 * module's own source names each member once. The input is the names, a line each, those of B
 * after an empty line, then the source after another. */
#include "core/suggest.h"
#include "matcher/scorer/scorer_internal.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

#define MAX_BYTES 2048u
#define MAX_COLUMNS 12u

struct columns {
    char *names[MAX_COLUMNS + 1];
    size_t n;
};

/* Lines up to an empty one. */
static void read_columns(struct columns *c, struct fuzz_input *in)
{
    for (c->n = 0; c->n < MAX_COLUMNS && in->n > 0; c->n++) {
        struct fuzz_input line = fuzz_until(in, '\n');
        if (line.n == 0)
            return;
        c->names[c->n] = strndup((const char *)line.p, line.n);
    }
}

static void free_columns(struct columns *c)
{
    while (c->n > 0)
        free(c->names[--c->n]);
}

static void check_names(const struct columns *c, char *const *c_names)
{
    for (size_t i = 0; i < c->n; i++) {
        const char *name = c_names[i];
        FUZZ_EXPECT(isalpha((unsigned char)name[0]) || name[0] == '_');
        for (const char *p = name; *p; p++)
            FUZZ_EXPECT(isalnum((unsigned char)*p) || *p == '_');
        FUZZ_EXPECT(strcmp(name, "int") != 0 && strcmp(name, "class") != 0);
        for (size_t k = 0; k < i; k++)
            FUZZ_EXPECT(strcmp(name, c_names[k]) != 0);
    }
}

/* The n-th member in the rows of a module's source: from after its type to the semicolon. */
static size_t members(const char *row, const char *end, struct fuzz_input *member)
{
    size_t n = 0;
    for (const char *p = row; (p = memchr(p, ';', (size_t)(end - p))) != NULL && p < end; p++) {
        const char *begin = p;
        while (begin[-1] != ' ' && begin[-1] != '*')
            begin--;
        member[n++] = (struct fuzz_input){(const uint8_t *)begin, (size_t)(p - begin)};
    }
    return n;
}

static void check_rows(const char *source)
{
    struct fuzz_input member[SCORER_MAX_FIELDS + 2];
    for (const char *row = source; (row = strstr(row, "struct axb_row_")) != NULL;) {
        const char *end = strstr(row, "};");
        FUZZ_EXPECT(end != NULL);
        size_t n = members(row, end, member);
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < i; k++)
                FUZZ_EXPECT(member[i].n != member[k].n ||
                            memcmp(member[i].p, member[k].p, member[i].n) != 0);
        row = end;
    }
}

/* Both sources that are made around a user's; they hold a whole line at their ends. */
static void check_module(const struct scorer_use *use, const struct scorer_names *names)
{
    struct err e;
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    FUZZ_EXPECT(out != NULL);
    bool ok = scorer_write_rows(out, use, names, &e);
    FUZZ_EXPECT(ok || e.status == ERR_SCORER);
    if (!ok)
        rewind(out);
    scorer_write_module(out, "/user.c", use);
    scorer_write_terms_rows(out, use, names);
    scorer_write_terms(out, "/user.c", use);
    FUZZ_EXPECT(fclose(out) == 0 && n > 0 && text[n - 1] == '\n' && strlen(text) == n);
    check_rows(text);
    free(text);
}

static void check_source(const char *source, bool wide, const struct scorer_names *names)
{
    struct scorer_use use;
    struct err e;
    FUZZ_EXPECT(scorer_source_fingerprint(source) != 0);
    if (!scorer_scan(source, wide, names, &use, &e)) {
        FUZZ_EXPECT(e.status == ERR_SCORER);
        return;
    }
    for (uint32_t i = 0; i < use.n_fields; i++) {
        const struct scorer_field *f = &use.fields[i];
        FUZZ_EXPECT(f->side < 2 && f->column < scorer_columns(&names->headers, f->side));
        FUZZ_EXPECT(strstr(source, names->c_names[f->side][f->column]) != NULL);
    }
    check_module(&use, names);
}

/* The list of what is near fits where it is put, and names only what there is. */
static void check_near(const char *wanted, const struct columns *c, size_t bytes)
{
    char *text = malloc(bytes);
    FUZZ_EXPECT(text != NULL);
    suggest_names(wanted, (const char *const *)c->names, c->n, 3, text, bytes);
    FUZZ_EXPECT(strlen(text) < bytes);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    struct columns a, b;
    struct scorer_names names;
    struct err e;
    if (n > MAX_BYTES)
        return 0;
    uint8_t choice = fuzz_byte(&in);
    read_columns(&a, &in);
    read_columns(&b, &in);
    char *source = strndup((const char *)in.p, in.n);
    const struct scorer_headers headers = {a.names, a.n, b.names, b.n};
    FUZZ_EXPECT(source && scorer_names_open(&names, &headers, &e));
    check_names(&a, names.c_names[0]);
    check_names(&b, names.c_names[1]);
    check_near(source, &a, 1 + (choice >> 1));
    check_source(source, choice & 1, &names);
    scorer_names_close(&names);
    free_columns(&a);
    free_columns(&b);
    free(source);
    return 0;
}
