/* JSON lines as a table: an object in each line is a record, and the names of all objects, in the
 * order in which they come first, are the columns. What an object lacks, and null, is missing. A
 * number keeps its text, a nested value is its text. Blank lines are skipped; of a name that stands
 * twice in an object the last counts.
 *
 * The lines are read twice, each time on all cores: once for the names, once for the values. */
#include "core/log.h"
#include "data/load_internal.h"
#include "data/source/json_walk.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MOST_COLUMNS 65536u

/* ---- Names -----------------------------------------------------------------------------------*/

/* Names by number, and a hash table of them: slot[h] is a number + 1, or 0. */
struct json_names {
    struct bytes *name;
    uint32_t n, capacity;
    uint32_t *slot;
    uint32_t n_slots; /* a power of two */
};

static bool same(const struct bytes *a, const struct bytes *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* Where the name is in the table, or where it belongs. */
static uint32_t *find_slot(const struct json_names *names, const struct bytes *name)
{
    uint32_t at = (uint32_t)XXH3_64bits(name->p, name->n) & (names->n_slots - 1);
    while (names->slot[at] && !same(&names->name[names->slot[at] - 1], name))
        at = (at + 1) & (names->n_slots - 1);
    return &names->slot[at];
}

static bool grow(struct json_names *names)
{
    const uint32_t capacity = names->capacity ? 2 * names->capacity : 32;
    struct bytes *name = realloc(names->name, capacity * sizeof *name);
    if (name)
        names->name = name;
    uint32_t *slot = calloc(4 * (size_t)capacity, sizeof *slot);
    if (!name || !slot) {
        free(slot);
        return false;
    }
    free(names->slot);
    names->slot = slot;
    names->n_slots = 4 * capacity;
    names->capacity = capacity;
    for (uint32_t i = 0; i < names->n; i++)
        *find_slot(names, &names->name[i]) = i + 1;
    return true;
}

/* The number of a name; UINT32_MAX if it is unknown. Objects mostly have the same names in the same
 * order, so `next` is tried first, and set to what may come after. */
static uint32_t find_name(const struct json_names *names, const struct bytes *name, uint32_t *next)
{
    uint32_t number = *next;
    if (number >= names->n || !same(&names->name[number], name))
        number = names->n ? *find_slot(names, name) - 1 : UINT32_MAX;
    *next = number + 1; /* 0 of an unknown one */
    return number;
}

static bool add_name(struct json_names *names, const struct bytes *name)
{
    if (names->n == names->capacity && !grow(names))
        return false;
    names->name[names->n++] = *name;
    *find_slot(names, name) = names->n;
    return true;
}

static void free_names(struct json_names *names)
{
    free(names->name);
    free(names->slot);
    *names = (struct json_names){0};
}

/* ---- Lines -----------------------------------------------------------------------------------*/

enum fault { RIGHT, IS_WRONG, TOO_MANY_NAMES, NO_MEMORY };

/* Whole lines, read by one thread. */
struct json_chunk {
    size_t from, to;
    uint64_t n_rows;
    struct json_names names;
    enum fault fault;
    size_t wrong_at;
    const char *what;
};

struct json_lines {
    struct json_chunk *chunk;
    size_t n_chunks;
    struct json_names names;
    struct arena *arenas; /* of names with escapes, one for each thread */
    int n_arenas;
};

/* What is done with a member of a record. False ends the reading. */
struct json_reader {
    struct json_chunk *chunk;
    const char *p;
    struct arena *arena;
    bool (*take)(struct json_reader *r, const struct bytes *name,
                 const struct json_walk_text *value);

    uint32_t next; /* the number that the next name should have */

    const struct json_names *names; /* reading values: of all chunks */
    const uint32_t *slot_of;        /* of each column, or UINT32_MAX */
    struct bytes **fields;          /* of each slot, by row */
};

static bool stop(struct json_reader *r, enum fault fault, size_t at, const char *what)
{
    r->chunk->fault = fault;
    r->chunk->wrong_at = at;
    r->chunk->what = what;
    return false;
}

static bool read_line(struct json_reader *r, size_t from, size_t to)
{
    struct json_walk w = {.p = r->p, .at = from, .end = to};
    struct json_walk_member m;
    struct bytes name;
    if (json_walk_at_end(&w))
        return true;
    r->next = 0;
    while (json_walk_next(&w, &m))
        if (!json_walk_unescape(&m.name, &name, r->arena))
            return stop(r, NO_MEMORY, w.at, NULL);
        else if (!r->take(r, &name, &m.value))
            return false;
    if (w.what)
        return stop(r, IS_WRONG, w.at, w.what);
    if (!json_walk_at_end(&w))
        return stop(r, IS_WRONG, w.at, "the line goes on after its object");
    r->chunk->n_rows++;
    return true;
}

static void read_lines(struct json_reader *r)
{
    const size_t to = r->chunk->to;
    bool going = true;
    r->chunk->n_rows = 0;
    for (size_t at = r->chunk->from; going && at < to;) {
        const char *line = memchr(r->p + at, '\n', to - at);
        const size_t end = line ? (size_t)(line - r->p) : to;
        going = read_line(r, at, end);
        at = end + (line != NULL);
    }
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool note_name(struct json_reader *r, const struct bytes *name,
                      const struct json_walk_text *value)
{
    struct json_names *names = &r->chunk->names;
    (void)value;
    if (find_name(names, name, &r->next) != UINT32_MAX)
        return true;
    r->next = names->n + 1;
    if (names->n == MOST_COLUMNS)
        return stop(r, TOO_MANY_NAMES, 0, NULL);
    return add_name(names, name) || stop(r, NO_MEMORY, 0, NULL);
}

/* Cuts the text from `from` on into chunks of whole lines. */
static bool cut(struct load_state *s, struct json_lines *j, size_t from)
{
    const size_t bytes = s->options.chunk_bytes ? s->options.chunk_bytes : (size_t)1 << 20;
    const struct csv_text *t = &s->text;
    j->chunk = calloc((t->n - from) / bytes + 1, sizeof *j->chunk);
    for (size_t at = from; j->chunk && at < t->n;) {
        const size_t least = at + bytes - 1;
        const char *line = least < t->n ? memchr(t->p + least, '\n', t->n - least) : NULL;
        const size_t to = line ? (size_t)(line - t->p) + 1 : t->n;
        j->chunk[j->n_chunks++] = (struct json_chunk){.from = at, .to = to};
        at = to;
    }
    return j->chunk != NULL;
}

static void find_names(const struct csv_text *t, struct json_lines *j)
{
#pragma omp parallel for schedule(dynamic) if (j->n_chunks > 1)
    for (size_t i = 0; i < j->n_chunks; i++) {
        struct json_chunk *c = &j->chunk[i];
        struct json_reader r = {
            .chunk = c, .p = t->p, .arena = &j->arenas[omp_get_thread_num()], .take = note_name};
        const size_t valid = text_valid_prefix(t->p + c->from, c->to - c->from);
        if (c->from + valid < c->to)
            stop(&r, IS_WRONG, c->from + valid, "not valid UTF-8");
        else
            read_lines(&r);
    }
}

static bool refuse(const struct load *l, const struct json_chunk *c, struct err *e)
{
    const struct csv_text *t = &l->state->text;
    const char *line = c->wrong_at ? memrchr(t->p, '\n', c->wrong_at) : NULL;
    if (c->fault == NO_MEMORY)
        return load_out_of_memory(l, e);
    if (c->fault == TOO_MANY_NAMES)
        return err_set(e, ERR_DATA, "are the names of the objects data?",
                       "%s: the objects have more than %u names", l->shown, MOST_COLUMNS);
    return err_set(e, ERR_DATA, "each line is one object; jq -c . FILE writes JSON so",
                   "%s:%zu: byte %zu of the line: %s", l->shown, csv_line_number(t, c->wrong_at),
                   c->wrong_at - (line ? (size_t)(line - t->p) + 1 : 0) + 1, c->what);
}

/* All names, in the order in which they come first. */
static bool merge_names(const struct load *l, struct json_lines *j, struct err *e)
{
    for (size_t i = 0; i < j->n_chunks; i++) {
        struct json_chunk *c = &j->chunk[i];
        uint32_t next = 0;
        if (c->fault != RIGHT)
            return refuse(l, c, e);
        for (uint32_t k = 0; k < c->names.n; k++) {
            if (find_name(&j->names, &c->names.name[k], &next) != UINT32_MAX)
                continue;
            next = j->names.n + 1;
            if (j->names.n == MOST_COLUMNS)
                c->fault = TOO_MANY_NAMES;
            else if (!add_name(&j->names, &c->names.name[k]))
                c->fault = NO_MEMORY;
            if (c->fault != RIGHT)
                return refuse(l, c, e);
        }
        free_names(&c->names);
    }
    return true;
}

static bool name_columns(struct load *l, const struct json_names *names, struct err *e)
{
    struct arena *arena = &l->state->arena;
    l->n_columns = names->n;
    l->names = arena_take(arena, (names->n + (size_t)1) * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < names->n; i++)
        if (!(l->names[i] = load_keep(arena, names->name[i].p, names->name[i].n)))
            return load_out_of_memory(l, e);
    return l->names || load_out_of_memory(l, e);
}

bool load_json_open(struct load *l, size_t from, struct err *e)
{
    struct load_state *s = l->state;
    struct json_lines *j = s->json = calloc(1, sizeof *j);
    s->steps = &load_json_steps;
    s->format.delimiter = 0;
    if (!j)
        return load_out_of_memory(l, e);
    j->n_arenas = omp_get_max_threads();
    j->arenas = calloc((size_t)j->n_arenas, sizeof *j->arenas);
    if (!j->arenas || !cut(s, j, from))
        return load_out_of_memory(l, e);
    find_names(&s->text, j);
    if (!merge_names(l, j, e))
        return false;
    return j->names.n > 0
               ? name_columns(l, &j->names, e)
               : err_set(e, ERR_DATA, "each line is one object, such as {\"name\": \"Ann\"}",
                         "%s: is empty", l->shown);
}

void load_json_close(struct json_lines *j)
{
    for (size_t i = 0; j && i < j->n_chunks; i++)
        free_names(&j->chunk[i].names);
    for (int i = 0; j && j->arenas && i < j->n_arenas; i++)
        arena_free(&j->arenas[i]);
    if (j) {
        free_names(&j->names);
        free(j->chunk);
        free(j->arenas);
    }
    free(j);
}

/* ---- Loading ---------------------------------------------------------------------------------*/

static bool prepare(struct loading *g)
{
    const struct json_lines *j = g->load->state->json;
    g->n_chunks = j->n_chunks;
    g->want_slot = calloc(g->n_wants + 1, sizeof *g->want_slot);
    g->counted_bytes = calloc((size_t)g->n_threads, sizeof *g->counted_bytes);
    g->result.chunks = calloc(g->n_chunks + 1, sizeof *g->result.chunks);
    g->result.arenas = calloc((size_t)g->n_threads, sizeof *g->result.arenas);
    g->result.n_arenas = g->n_threads;
    if (g->result.chunks)
        g->result.n_chunks = g->n_chunks;
    for (size_t i = 0; g->result.chunks && i < g->n_chunks; i++)
        g->result.chunks[i].n_rows = j->chunk[i].n_rows;
    return g->want_slot && g->counted_bytes && g->result.chunks && g->result.arenas;
}

static bool take_value(struct json_reader *r, const struct bytes *name,
                       const struct json_walk_text *value)
{
    const uint32_t column = find_name(r->names, name, &r->next);
    const uint32_t slot = r->slot_of[column];
    if (slot == UINT32_MAX)
        return true;
    struct bytes *field = &r->fields[slot][r->chunk->n_rows];
    *field = (struct bytes){0};
    if (json_walk_is_null(value))
        return true;
    return json_walk_unescape(value, field, r->arena) || stop(r, NO_MEMORY, 0, NULL);
}

/* Reads the values of a chunk and encodes them. */
static bool encode_chunk(struct loading *g, size_t index, const uint32_t *slot_of)
{
    const struct load_state *s = g->load->state;
    struct json_chunk c = s->json->chunk[index];
    struct arena *arena = &g->result.arenas[omp_get_thread_num()];
    const uint32_t n_slots = g->job.columns.n;
    struct csv_rows rows = {.n_rows = c.n_rows};
    struct bytes *cells = calloc(n_slots * c.n_rows + 1, sizeof *cells);
    rows.fields = calloc(n_slots + (size_t)1, sizeof(struct bytes *));
    struct json_reader r = {.chunk = &c,
                            .p = s->text.p,
                            .arena = arena,
                            .take = take_value,
                            .names = &s->json->names,
                            .slot_of = slot_of,
                            .fields = rows.fields};
    for (uint32_t i = 0; cells && rows.fields && i < n_slots; i++)
        rows.fields[i] = cells + i * c.n_rows;
    if (cells && rows.fields)
        read_lines(&r);
    for (uint32_t i = 0; cells && rows.fields && s->format.nulls && i < n_slots; i++)
        csv_drop_nulls(s->format.nulls, rows.fields[i], rows.n_rows);
    const bool ok =
        cells && rows.fields && c.fault == RIGHT && load_take_chunk(g, index, &rows, arena);
    free(cells);
    free(rows.fields);
    return ok;
}

/* Of each column its slot. */
static uint32_t *map_columns(const struct loading *g)
{
    uint32_t *slot_of = malloc((g->load->n_columns + 1) * sizeof *slot_of);
    for (size_t i = 0; slot_of && i < g->load->n_columns; i++)
        slot_of[i] = UINT32_MAX;
    for (size_t i = 0; slot_of && i < g->n_wants; i++)
        slot_of[g->wants[i].column] = g->want_slot[i];
    return slot_of;
}

static bool encode(struct loading *g, struct err *e)
{
    const double start = log_seconds();
    uint32_t *index = calloc(g->n_wants + 1, sizeof *index);
    if (index)
        load_choose_columns(g, index);
    uint32_t *slot_of = index ? map_columns(g) : NULL;
    bool ok = slot_of != NULL;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_chunks; i++)
        ok = ok && encode_chunk(g, i, slot_of);
    for (size_t i = 0; i < g->n_chunks; i++)
        g->stats.records += g->result.chunks[i].n_rows;
    g->stats.file_bytes = g->load->state->input.n;
    g->stats.parse_seconds = log_seconds() - start;
    free(slot_of);
    free(index);
    if (g->over_limit)
        return load_over_limit(g, g->used_bytes, e);
    if (g->stats.records >= TABLE_MISSING)
        return err_set(e, ERR_DATA, "split the file", "%s: more than 4,294,967,294 records",
                       g->load->shown);
    return ok || load_no_memory(g, e);
}

const struct load_steps load_json_steps = {
    prepare,          encode, load_by_record, load_count_rows, load_write_chunk_rows,
    load_finish_file, NULL};
