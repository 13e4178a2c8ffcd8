/* Rows from households; see rows.h. Households are made in chunks; a chunk is one thread's. */
#include "data/sample/rows.h"

#include "data/sample/facts.h"
#include "data/sample/people.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A chunk gives about 500 rows a side of two files, and about 1,000 of one file. */
enum { CHUNK_HOUSEHOLDS = 256, CHUNK_ROWS = 512, RECORDS_MAX = 10 };

/* Lines of one file that one chunk of households gives. */
struct lines {
    char *text;
    struct row *row; /* `line` is set when the text no longer moves */
    size_t bytes, bytes_cap;
    unsigned n, cap;
};

struct chunk {
    struct lines side[2];
    uint32_t people;
    bool failed; /* no memory */
};

struct maker {
    const struct world *w;
    struct error_rates rates[2];
    unsigned files; /* 1 or 2 */
    uint64_t seed;
};

/* ---- Lines -----------------------------------------------------------------------------------*/
/* Every byte a quote to double, full as long as two fields, and room for commas and quotes. */
enum { LINE_BYTES_MAX = 2 * (FIELD_COUNT + 3) * STR_BYTES };

static bool lines_room(struct lines *l)
{
    if (l->bytes + LINE_BYTES_MAX > l->bytes_cap) {
        size_t cap = 2 * l->bytes_cap + 32 * (size_t)LINE_BYTES_MAX;
        char *text = realloc(l->text, cap);
        if (!text)
            return false;
        l->text = text;
        l->bytes_cap = cap;
    }
    if (l->n == l->cap) {
        unsigned cap = 2 * l->cap + CHUNK_HOUSEHOLDS;
        struct row *row = realloc(l->row, cap * sizeof *row);
        if (!row)
            return false;
        l->row = row;
        l->cap = cap;
    }
    return true;
}

static bool needs_quotes(const char *s, unsigned n)
{
    return n > 0 && (s[0] == ' ' || s[n - 1] == ' ' || memchr(s, ',', n) || memchr(s, '"', n));
}

/* Writes one field as RFC 4180 has it; blanks at an end are quoted so that readers keep them. */
static char *put_field(char *p, const char *s, unsigned n)
{
    if (!needs_quotes(s, n)) {
        memcpy(p, s, n);
        return p + n;
    }
    *p++ = '"';
    for (unsigned i = 0; i < n; i++) {
        if (s[i] == '"')
            *p++ = '"';
        *p++ = s[i];
    }
    *p++ = '"';
    return p;
}

/* "first last" as they stand; one of them alone if the other is missing. */
static char *put_full(char *p, const struct str *first, const struct str *last)
{
    char full[2 * STR_BYTES + 1];
    unsigned n = first->n;
    memcpy(full, first->s, n);
    if (first->n && last->n)
        full[n++] = ' ';
    memcpy(full + n, last->s, last->n);
    return put_field(p, full, n + last->n);
}

static char *put_record(char *p, const struct record *r)
{
    for (unsigned f = 0; f < FIELD_COUNT; f++) {
        *p++ = ',';
        p = put_field(p, r->field[f].s, r->field[f].n);
        if (f == FIELD_PHONE && r->blank_phone && r->field[f].n == 0)
            p = stpcpy(p, "\"\"");
        if (f == FIELD_LAST) {
            *p++ = ',';
            p = put_full(p, &r->field[FIELD_FIRST], &r->field[FIELD_LAST]);
        }
    }
    *p++ = '\n';
    return p;
}

static bool lines_add(struct lines *l, const struct record *r, uint32_t person, uint64_t errors)
{
    if (!lines_room(l))
        return false;
    char *from = l->text + l->bytes;
    size_t bytes = (size_t)(put_record(from, r) - from);
    l->row[l->n++] = (struct row){.bytes = (uint32_t)bytes, .person = person, .errors = errors};
    l->bytes += bytes;
    return true;
}

/* ---- Chunks ----------------------------------------------------------------------------------*/
static bool add_copies(struct chunk *c, unsigned side, const struct record *clean,
                       const struct maker *m, struct rng *g)
{
    double again = facts[m->files == 1 ? FACT_AGAIN : FACT_DUPLICATE].rate;
    unsigned most = m->files == 1 ? RECORDS_MAX : UINT_MAX, n = 0;
    do {
        struct record copy = *clean;
        uint64_t errors = errors_make(&copy, &m->rates[side], m->w, g);
        if (!lines_add(&c->side[side], &copy, c->people, errors))
            return false;
    } while (++n < most && rng_chance(g, again));
    return true;
}

static bool add_person(struct chunk *c, const struct record *clean, const struct maker *m,
                       struct rng *g)
{
    double u = (double)rng_below(g, 1U << 24) * 0x1p-24;
    double both = facts[FACT_BOTH].rate, only_a = facts[FACT_ONLY_A].rate;
    bool in_a = m->files == 1 || u < both + only_a;
    bool in_b = m->files == 2 && (u < both || u >= both + only_a);
    bool ok = (!in_a || add_copies(c, 0, clean, m, g)) && (!in_b || add_copies(c, 1, clean, m, g));
    c->people++;
    return ok;
}

/* A record that stands for nobody, as forms and test systems leave them behind. */
static bool add_junk(struct chunk *c, unsigned side, struct rng *g)
{
    static const char *const junk[][3] = {{"UNKNOWN", "UNKNOWN", "1900-01-01"},
                                          {"TEST", "TEST", "1900-01-01"},
                                          {"John", "Doe", "1970-01-01"},
                                          {"Jane", "Doe", "1970-01-01"},
                                          {"N/A", "N/A", ""},
                                          {"", "", ""},
                                          {"Test", "Patient", "2000-01-01"},
                                          {"BABY", "BOY", ""},
                                          {"-", "-", "9999-12-31"},
                                          {"X", "X", "1900-01-01"}};
    const char *const *row = junk[rng_below(g, sizeof junk / sizeof *junk)];
    struct record r = {0};
    str_set(&r.field[FIELD_FIRST], row[0]);
    str_set(&r.field[FIELD_LAST], row[1]);
    str_set(&r.field[FIELD_DOB], row[2]);
    return lines_add(&c->side[side], &r, ROWS_NOBODY, 0);
}

static bool add_household(struct chunk *c, uint64_t number, const struct maker *m)
{
    struct rng g = rng_stream(m->seed, number);
    struct household h;
    household_draw(&h, m->w, &g);
    bool ok = true;
    for (unsigned i = 0; ok && i < h.n; i++)
        ok = add_person(c, &h.person[i], m, &g);
    for (unsigned side = 0; ok && side < m->files; side++)
        if (rng_chance(&g, facts[FACT_JUNK_ROW].rate))
            ok = add_junk(c, side, &g);
    return ok;
}

static void chunk_make(struct chunk *c, uint64_t number, const struct maker *m)
{
    for (unsigned i = 0; i < CHUNK_HOUSEHOLDS && !c->failed; i++)
        c->failed = !add_household(c, number * CHUNK_HOUSEHOLDS + i, m);
    for (unsigned side = 0; side < 2; side++) {
        const char *line = c->side[side].text;
        for (unsigned i = 0; i < c->side[side].n; i++) {
            c->side[side].row[i].line = line;
            line += c->side[side].row[i].bytes;
        }
    }
}

/* ---- Rows ------------------------------------------------------------------------------------*/
/* Makes chunks up to number `until`. */
static bool chunks_make(struct rows *rows, size_t until, const struct maker *m, struct err *e)
{
    struct chunk *chunk = realloc(rows->chunk, until * sizeof *chunk);
    if (!chunk)
        return err_set(e, ERR_OS, NULL, "no memory for %zu chunks of households", until);
    size_t from = rows->n_chunks;
    memset(chunk + from, 0, (until - from) * sizeof *chunk);
    rows->chunk = chunk;
    rows->n_chunks = until;
    bool failed = false;
#pragma omp parallel for schedule(dynamic) reduction(|| : failed)
    for (size_t i = from; i < until; i++) {
        chunk_make(&chunk[i], i, m);
        failed = failed || chunk[i].failed;
    }
    return !failed || err_set(e, ERR_OS, "ask for fewer rows", "no memory for the rows");
}

/* The rows that the chunks have for the file that has the fewest. */
static unsigned rows_there(const struct rows *rows)
{
    unsigned n[2] = {0, 0};
    for (size_t i = 0; i < rows->n_chunks; i++)
        for (unsigned side = 0; side < 2 && side < rows->files; side++)
            n[side] += rows->chunk[i].side[side].n;
    return rows->files == 1 || n[0] < n[1] ? n[0] : n[1];
}

/* Copies the first rows of one side, in order of households, with people numbered throughout. */
static void rows_gather(struct rows *rows, unsigned side)
{
    uint32_t people = 0;
    unsigned at = 0;
    for (size_t i = 0; i < rows->n_chunks; people += rows->chunk[i++].people) {
        const struct lines *l = &rows->chunk[i].side[side];
        for (unsigned k = 0; k < l->n && at < rows->n; k++, at++) {
            rows->row[side][at] = l->row[k];
            if (l->row[k].person != ROWS_NOBODY)
                rows->row[side][at].person += people;
        }
    }
    rows->people = people;
}

bool rows_make(struct rows *rows, const struct world *w, const struct rows_ask *ask, struct err *e)
{
    *rows = (struct rows){.n = ask->n, .files = ask->dedupe ? 1 : 2};
    struct maker m = {.w = w, .seed = ask->seed, .files = rows->files};
    m.rates[0] = error_rates_of(!ask->dedupe, ask->level);
    m.rates[1] = error_rates_of(false, ask->level);
    const unsigned chunk_rows = CHUNK_ROWS * (3 - rows->files);
    /* As many more as are still missing, until it is enough. */
    for (unsigned there = 0; there < ask->n; there = rows_there(rows))
        if (!chunks_make(rows, rows->n_chunks + 1 + (ask->n - there) / chunk_rows, &m, e))
            return false;
    for (unsigned side = 0; side < rows->files; side++) {
        rows->row[side] = calloc(ask->n + 1ULL, sizeof *rows->row[side]);
        if (!rows->row[side])
            return err_set(e, ERR_OS, "ask for fewer rows", "no memory for %u rows", ask->n);
        rows_gather(rows, side);
    }
    return true;
}

void rows_free(struct rows *rows)
{
    for (size_t i = 0; i < rows->n_chunks; i++)
        for (unsigned side = 0; side < 2; side++) {
            free(rows->chunk[i].side[side].text);
            free(rows->chunk[i].side[side].row);
        }
    free(rows->chunk);
    free(rows->row[0]);
    free(rows->row[1]);
    *rows = (struct rows){0};
}
