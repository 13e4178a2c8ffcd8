/* Several inputs as one, for load_table.c: the records of the first, then those of the second, and
 * so on; columns are joined by name.
 *
 * Each part is loaded by itself, whatever it is, and cleaned as it is loaded. Then the distinct
 * values of all parts are encoded as if they were rows, so that joining equal ones is the work of
 * data/distinct.h alone. */
#include "core/log.h"
#include "core/same_file.h"
#include "data/load_internal.h"
#include "data/number.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIECES 64u /* of each part, of every want */
#define NO_COLUMN UINT32_MAX
#define ROW_BYTES 24u /* of the text of a row number, with what number_integer writes over */
#define NAMES_LISTED 5u

/* ---- The columns of all ----------------------------------------------------------------------*/

static const char *const source_names[] = {"source", "file", "source_file"};
#define N_SOURCE_NAMES (sizeof source_names / sizeof *source_names)

static bool has_name(const struct joined *j, const char *name)
{
    for (size_t p = 0; p < j->n; p++)
        for (size_t i = 0; i < j->part[p].n_columns; i++)
            if (strcmp(j->part[p].names[i], name) == 0)
                return true;
    return false;
}

/* The first that no part has; the last if each is taken. */
static const char *source_name(const struct joined *j)
{
    size_t k = 0;
    while (k + 1 < N_SOURCE_NAMES && has_name(j, source_names[k]))
        k++;
    return source_names[k];
}

/* The first of all columns that has this name, and that the part has not taken; n if there is none.
 * `column` is the part's. */
static size_t place_of(const struct load *l, const uint32_t *column, const char *name,
                       int (*compare)(const char *, const char *))
{
    size_t i = LOAD_SOURCE + 1;
    while (i < l->n_columns && (column[i] != NO_COLUMN || compare(l->names[i], name) != 0))
        i++;
    return i;
}

static bool has_place(const uint32_t *column, size_t n, uint32_t of)
{
    size_t i = LOAD_SOURCE + 1;
    while (i < n && column[i] != of)
        i++;
    return i < n;
}

/* Adds the columns of part p. Returns how many of them the parts before it have. Equal names come
 * first, so that "NAME" does not take the place of a "name" after it. */
static size_t join_part(struct load *l, size_t p, size_t most)
{
    const struct load *part = &l->state->joined->part[p];
    uint32_t *column = l->state->joined->column + p * most;
    size_t shared = 0;
    const size_t before = l->n_columns;
    for (uint32_t i = 0; i < part->n_columns; i++) {
        const size_t at = place_of(l, column, part->names[i], strcmp);
        if (at == before)
            continue;
        shared++;
        column[at] = i;
    }
    for (uint32_t i = 0; i < part->n_columns; i++) {
        if (has_place(column, before, i))
            continue;
        const size_t at = place_of(l, column, part->names[i], strcasecmp);
        if (at == l->n_columns)
            l->names[l->n_columns++] = part->names[i];
        shared += at < before;
        column[at] = i;
    }
    return shared;
}

/* Says which columns a part lacks. */
static void say_lacks(const struct load *l, size_t p, size_t most)
{
    const uint32_t *column = l->state->joined->column + p * most;
    char names[300] = "";
    size_t n = 0, used = 0;
    for (size_t i = LOAD_SOURCE + 1; i < l->n_columns; i++) {
        if (column[i] != NO_COLUMN)
            continue;
        if (n < NAMES_LISTED)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%.40s", n ? ", " : "",
                                     l->names[i]);
        n++;
    }
    if (n > NAMES_LISTED)
        snprintf(names + used, sizeof names - used, " and %zu more", n - NAMES_LISTED);
    if (n)
        log_note("%s: has no column %s, which others have; in its records %s missing",
                 l->state->joined->part[p].shown, names, n == 1 ? "it is" : "they are");
}

static bool no_shared(const struct load *part, struct err *e)
{
    return err_set(e, ERR_DATA,
                   "the files are one table, whose columns are joined by name: give them the same "
                   "names, or compare two files with axb match",
                   "%s has no column in common with the files before it", part->shown);
}

/* Names and places of all columns. */
static bool join_columns(struct load *l, struct err *e)
{
    struct load_state *s = l->state;
    struct joined *j = s->joined;
    size_t most = 2; /* source, and the row */
    for (size_t p = 0; p < j->n; p++)
        most += j->part[p].n_columns;
    j->most = most;
    j->column = arena_take(&s->arena, j->n * most * sizeof *j->column);
    l->names = arena_take(&s->arena, most * sizeof *l->names);
    char *source = load_keep(&s->arena, source_name(j), strlen(source_name(j)));
    char *row = load_keep(&s->arena, "row", 3);
    if (!j->column || !l->names || !source || !row)
        return load_out_of_memory(l, e);
    memset(j->column, 0xFF, j->n * most * sizeof *j->column); /* NO_COLUMN */
    l->names[LOAD_SOURCE] = source;
    l->n_columns = LOAD_SOURCE + 1;
    for (size_t p = 0; p < j->n; p++)
        if (join_part(l, p, most) == 0 && p > 0)
            return no_shared(&j->part[p], e);
    l->names[l->n_columns] = row; /* hidden: one more than are counted */
    for (size_t p = 0; p < j->n; p++)
        say_lacks(l, p, most);
    return true;
}

/* ---- Opening ---------------------------------------------------------------------------------*/

static bool given_twice(const char *path, struct err *e)
{
    return err_set(e, ERR_USAGE, "give each file once", "%s is given twice",
                   strcmp(path, "-") == 0 ? "stdin" : path);
}

static bool open_parts(struct load *l, const char *const *paths, size_t n,
                       const struct load_options *options, struct err *e)
{
    struct joined *j = l->state->joined;
    for (; j->n < n; j->n++) {
        for (size_t k = 0; k < j->n; k++)
            if (strcmp(paths[k], paths[j->n]) == 0 || same_file(paths[k], paths[j->n]))
                return given_twice(paths[j->n], e);
        if (!load_open(&j->part[j->n], paths[j->n], options, e))
            return false;
    }
    return true;
}

/* "A.csv and B.csv", "A.csv and 3 more files". */
static bool name_all(struct load *l, struct err *e)
{
    const struct joined *j = l->state->joined;
    char text[600];
    if (j->n == 2)
        snprintf(text, sizeof text, "%.280s and %.280s", j->part[0].shown, j->part[1].shown);
    else
        snprintf(text, sizeof text, "%.500s and %zu more files", j->part[0].shown, j->n - 1);
    l->shown = l->path = l->state->whole_path = load_keep(&l->state->arena, text, strlen(text));
    return l->shown || load_out_of_memory(l, e);
}

bool load_open_joined(struct load *l, const char *const *paths, size_t n,
                      const struct load_options *options, struct err *e)
{
    *l = (struct load){.shown = paths[0]};
    l->state = calloc(1, sizeof *l->state);
    if (!l->state)
        return load_out_of_memory(l, e);
    struct load_state *s = l->state;
    s->options = *options;
    s->named.shm.fd = s->given = -1;
    s->steps = &load_joined_steps;
    s->joined = calloc(1, sizeof *s->joined);
    if (s->joined)
        s->joined->part = calloc(n, sizeof *s->joined->part);
    const bool ok = ((s->joined && s->joined->part) || load_out_of_memory(l, e)) &&
                    open_parts(l, paths, n, options, e) && name_all(l, e) && join_columns(l, e);
    if (!ok)
        load_close(l);
    return ok;
}

void load_joined_close(struct joined *j)
{
    if (!j)
        return;
    for (size_t p = 0; p < j->n; p++)
        load_close(&j->part[p]);
    free(j->part);
    free(j);
}

size_t load_n_parts(const struct load *l)
{
    return l->state->joined ? l->state->joined->n : 1;
}

size_t load_bytes(const struct load *l)
{
    const struct joined *j = l->state->joined;
    size_t bytes = l->named ? l->named->table.head->bytes : l->state->input.n;
    for (size_t p = 0; j && p < j->n; p++)
        bytes += load_bytes(&j->part[p]);
    return bytes;
}

/* ---- Loading the parts -----------------------------------------------------------------------*/

static struct joined *joined_of(const struct loading *g)
{
    return g->load->state->joined;
}

static bool prepare(struct loading *g)
{
    const size_t n = joined_of(g)->n;
    g->n_chunks = n * PIECES;
    g->arenas = calloc((size_t)g->n_threads, sizeof *g->arenas);
    g->part = calloc(n, sizeof *g->part);
    for (size_t p = 0; g->part && p < n; p++)
        g->part[p].shm.fd = -1;
    for (size_t p = 0; g->part && p < n; p++)
        if (!(g->part[p].column = malloc((g->n_wants + 1) * sizeof *g->part[p].column)))
            return false;
    return g->arenas && g->part;
}

/* Which column of the part's table a want is; NO_COLUMN for one that the part lacks, and for the
 * two that are made here. */
static bool load_part(struct loading *g, size_t p, struct err *e)
{
    const struct joined *j = joined_of(g);
    struct loading_part *part = &g->part[p];
    struct load_want *wants = calloc(g->n_wants + 1, sizeof *wants);
    struct load_stats stats;
    size_t n = 0;
    if (!wants)
        return load_no_memory(g, e);
    for (size_t i = 0; i < g->n_wants; i++) {
        const uint32_t column = j->column[p * j->most + g->wants[i].column];
        part->column[i] = column == NO_COLUMN ? NO_COLUMN : (uint32_t)n;
        if (column != NO_COLUMN)
            wants[n++] = (struct load_want){.column = column, .rules = g->wants[i].rules};
    }
    const bool ok = shm_create(&part->shm, j->part[p].shown, 1ull << 40, e) &&
                    load_table(&j->part[p], wants, n, &part->shm, &stats, e) &&
                    table_view(&part->table, &part->shm, e);
    free(wants);
    if (!ok)
        return false;
    part->row = g->stats.records;
    g->stats.records += stats.records;
    g->stats.file_bytes += stats.file_bytes;
    g->stats.irregular += stats.irregular;
    g->stats.parse_seconds += stats.parse_seconds;
    return g->stats.records < TABLE_MISSING ||
           err_set(e, ERR_DATA, "give fewer files", "%s: more than 4,294,967,294 records",
                   g->load->shown);
}

/* ---- Values ----------------------------------------------------------------------------------*/

static bool is_source(const struct loading *g, size_t want)
{
    return g->wants[want].column == LOAD_SOURCE;
}

static bool is_row(const struct loading *g, size_t want)
{
    return g->wants[want].column == g->load->n_columns;
}

/* How many values a part has of a want. */
static uint32_t n_values(const struct loading *g, size_t want, size_t p)
{
    const struct loading_part *part = &g->part[p];
    if (is_source(g, want))
        return 1;
    if (is_row(g, want))
        return (uint32_t)part->table.head->n_rows;
    return part->column[want] == NO_COLUMN ? 0 : part->table.columns[part->column[want]].n_values;
}

/* The first value of a chunk, among those of its part. */
static uint32_t piece_begin(const struct loading *g, size_t want, size_t p, size_t piece)
{
    return (uint32_t)((uint64_t)n_values(g, want, p) * piece / PIECES);
}

/* Reads n values of a part from `from` on; row numbers are written to the arena. */
static bool read_values(const struct loading *g, size_t want, size_t p, uint32_t from, uint32_t n,
                        struct bytes *values, struct arena *arena)
{
    const struct loading_part *part = &g->part[p];
    const char *source = joined_of(g)->part[p].shown;
    char *text = is_row(g, want) ? arena_take(arena, (n + 1ull) * ROW_BYTES) : NULL;
    if (is_row(g, want) && !text)
        return false;
    for (uint32_t i = 0; i < n; i++, text += text ? ROW_BYTES : 0)
        values[i] =
            text ? (struct bytes){text, (uint32_t)(number_integer(text, from + i + 1ull) - text)}
            : is_source(g, want) ? (struct bytes){source, (uint32_t)strlen(source)}
                                 : table_value(&part->table, part->column[want], from + i);
    return true;
}

static bool encode_chunk(struct loading *g, size_t want, size_t chunk)
{
    const int thread = omp_get_thread_num();
    const size_t p = chunk / PIECES, piece = chunk % PIECES;
    const uint32_t from = piece_begin(g, want, p, piece);
    const uint32_t n = piece_begin(g, want, p, piece + 1) - from;
    struct bytes *values = malloc((n + (size_t)1) * sizeof *values);
    const bool ok = values && read_values(g, want, p, from, n, values, &g->arenas[thread]) &&
                    distinct_encode(&g->chunks[want * g->n_chunks + chunk], values, n, false, NULL,
                                    &g->arenas[thread], &g->scratch[thread]);
    free(values);
    return ok;
}

static bool encode(struct loading *g, struct err *e)
{
    bool ok = true;
    for (size_t p = 0; p < joined_of(g)->n; p++)
        if (!load_part(g, p, e))
            return false;
    log_phase("joining the files", 0);
#pragma omp parallel for schedule(dynamic) reduction(&& : ok)
    for (size_t i = 0; i < g->n_wants * g->n_chunks; i++)
        ok = encode_chunk(g, i / g->n_chunks, i % g->n_chunks) && ok;
    for (int i = 0; i < g->n_threads; i++)
        g->used_bytes += g->arenas[i].bytes;
    return ok || load_no_memory(g, e);
}

static bool by_value(const struct loading *g, size_t want, uint64_t *missing)
{
    *missing = 0;
    for (size_t p = 0; p < joined_of(g)->n; p++) {
        const struct loading_part *part = &g->part[p];
        if (!is_source(g, want) && !is_row(g, want))
            *missing += part->column[want] == NO_COLUMN
                            ? part->table.head->n_rows
                            : part->table.columns[part->column[want]].missing;
    }
    return true;
}

/* ---- Rows ------------------------------------------------------------------------------------*/

/* The rows of a part: its value v is number[v] of all. */
static void write_part_rows(const struct loading *g, size_t want, size_t p, const uint32_t *number,
                            uint32_t *row_value)
{
    const struct loading_part *part = &g->part[p];
    const uint64_t n = part->table.head->n_rows;
    const bool lacks = part->column[want] == NO_COLUMN;
    const uint32_t *old = lacks ? NULL : table_row_values(&part->table, part->column[want]);
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < n; i++) {
        uint32_t value = TABLE_MISSING;
        if (is_source(g, want))
            value = number[0];
        else if (is_row(g, want))
            value = number[i];
        else if (!lacks && old[i] != TABLE_MISSING)
            value = number[old[i]];
        row_value[part->row + i] = value;
    }
}

static bool write_want_rows(const struct loading *g, size_t want, uint32_t *row_value)
{
    bool ok = true;
    for (size_t p = 0; ok && p < joined_of(g)->n; p++) {
        uint32_t *number = malloc((n_values(g, want, p) + 1ull) * sizeof *number);
        ok = number;
        for (size_t piece = 0; ok && piece < PIECES; piece++)
            distinct_write_rows(&g->distinct[want], p * PIECES + piece,
                                piece_begin(g, want, p, piece), number);
        if (ok)
            write_part_rows(g, want, p, number, row_value);
        free(number);
    }
    return ok;
}

static bool write_rows(struct loading *g, struct shm *out, const struct table_column *columns)
{
    bool ok = true;
    for (size_t i = 0; i < g->n_wants && ok; i++)
        ok = write_want_rows(
            g, i, shm_writable_array(out, columns[i].row_value_at, uint32_t, g->stats.records));
    return ok;
}

static void finish(struct loading *g)
{
    for (int i = 0; g->arenas && i < g->n_threads; i++)
        arena_free(&g->arenas[i]);
    free(g->arenas);
    for (size_t p = 0; g->part && p < joined_of(g)->n; p++) {
        shm_close(&g->part[p].shm);
        free(g->part[p].column);
    }
    free(g->part);
}

/* Cleaning is the work of the parts. */
const struct load_steps load_joined_steps = {prepare,    encode, by_value, load_count_rows,
                                             write_rows, finish, NULL};
