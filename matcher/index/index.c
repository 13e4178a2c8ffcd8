/* Builds the index: one dictionary over several columns, one dense alphabet, the sides.
 *
 * The distinct values of all columns are numbered by data/distinct.h. Value ids are in the order of
 * first occurrence, which depends on the data alone, not on the number of threads. */
#include "core/memory.h"
#include "core/shm.h"
#include "matcher/index/index_internal.h"

#include "data/distinct.h"
#include "data/text.h"
#include "matcher/index/typed_value.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define CODE_POINTS 0x110000u

/* What building needs besides the segment; all of it private and freed at the end. Values are
 * those of all text fields, numbered through. */
struct build {
    const struct index_field *fields;
    uint32_t n_fields;
    const struct row_list *rows; /* of A and B; NULL: all */
    uint32_t n_values;
    uint32_t *first;     /* n_fields + 1: the first value of a field */
    uint32_t **taken;    /* of a field whose rows do not all take part: table value -> which of the
                            field's values it is, TABLE_MISSING if none; NULL: they are the same */
    struct bytes *bytes; /* of each value, in the form of its field */
    struct text_forms *forms; /* of each field; they own these bytes, or are empty */
    uint32_t *id_of;          /* of each value: its value id */
    uint32_t *example;        /* of each value id: its first value */
    uint32_t n_distinct;
    uint32_t *length; /* characters of each value id */
    uint32_t *code;   /* code point -> code */
    struct shm *out;
    struct index_head *head;
};

static void *at(const struct build *b, uint64_t offset)
{
    return b->out->base + offset;
}

static struct bytes id_bytes(const struct build *b, uint32_t id)
{
    return b->bytes[b->example[id]];
}

/* The rows of field f that take part. */
static struct row_list field_rows(const struct build *b, uint32_t f)
{
    const struct index_field *field = &b->fields[f];
    return b->rows ? b->rows[field->side] : (struct row_list){NULL, field->table->head->n_rows};
}

/* Which of the values of field f a value of its table is; TABLE_MISSING if none. */
static uint32_t field_value(const struct build *b, uint32_t f, uint32_t value)
{
    return b->taken[f] && value != TABLE_MISSING ? b->taken[f][value] : value;
}

/* The bytes of all values, field by field. */
static bool index_read_values(struct build *b, struct err *e)
{
    for (uint32_t f = 0; f < b->n_fields; f++) {
        const struct index_field *field = &b->fields[f];
        struct text_forms *forms = &b->forms[f];
        if (field->form && !text_forms_make(forms, field->table, field->column, field->form, e))
            return false;
        const uint32_t n =
            b->first[f + 1] > b->first[f] ? field->table->columns[field->column].n_values : 0;
#pragma omp parallel for schedule(static)
        for (uint32_t v = 0; v < n; v++) {
            const uint32_t mine = field_value(b, f, v);
            if (mine != TABLE_MISSING)
                b->bytes[b->first[f] + mine] =
                    field->form ? forms->of[v] : table_value(field->table, field->column, v);
        }
    }
    return true;
}

/* Gives every value its value id. Ids are numbered in the order of their first values, so that the
 * dictionary of one column lies as its values do. */
static bool index_number_values(struct build *b, struct err *e)
{
    uint32_t n_distinct, n = 0;
    if (!distinct_number(b->bytes, b->n_values, b->id_of, &n_distinct))
        return err_set(e, ERR_OS, NULL, "not enough memory for the dictionary");
    b->n_distinct = n_distinct;
    for (uint32_t v = 0; v < b->n_values; v++)
        if (b->id_of[v] == n)
            b->example[n++] = v;
    assert(n == b->n_distinct);
    return true;
}

static bool is_ascii(struct bytes v)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < v.n; i++)
        any |= (uint8_t)v.p[i];
    return any < 0x80;
}

/* The length of a value in characters, and its code points marked in seen[]. */
static uint32_t scan_value(struct bytes v, uint8_t *seen, uint32_t *points)
{
    if (is_ascii(v)) {
        for (uint32_t i = 0; i < v.n; i++)
            seen[(uint8_t)v.p[i]] = 1;
        return v.n;
    }
    uint32_t n = (uint32_t)text_decode(v.p, v.n, points);
    for (uint32_t i = 0; i < n; i++)
        seen[points[i]] = 1;
    return n;
}

/* The first code point from c on that was seen; CODE_POINTS if there is none. */
static uint32_t next_seen(const uint8_t *seen, uint32_t c)
{
    const uint8_t *next = memchr(seen + c, 1, CODE_POINTS - c);
    return next ? (uint32_t)(next - seen) : CODE_POINTS;
}

/* Finds lengths and the alphabet: b->length, b->code, code points used in `seen`. */
static bool scan_dictionary(struct build *b, uint8_t *seen, uint32_t max_bytes)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint8_t *mine = calloc(CODE_POINTS, 1);
        uint32_t *points = malloc((max_bytes + 1) * sizeof *points);
        failed = !mine || !points;
#pragma omp for schedule(static)
        for (uint32_t id = 0; id < b->n_distinct; id++)
            if (!failed)
                b->length[id] = scan_value(id_bytes(b, id), mine, points);
        if (!failed) {
#pragma omp critical
            for (uint32_t c = 0; (c = next_seen(mine, c)) < CODE_POINTS; c++)
                seen[c] = 1;
        }
        free(mine);
        free(points);
    }
    return !failed;
}

static void encode_value(const struct build *b, uint32_t id, uint32_t *points)
{
    struct bytes v = id_bytes(b, id);
    uint32_t width = b->head->width, n = b->length[id];
    const uint64_t *begin = at(b, b->head->begin_at);
    void *codes = at(b, b->head->codes_at + begin[id] * width);
    if (b->head->utf8_at) {
        const uint64_t *utf8_begin = at(b, b->head->utf8_begin_at);
        memcpy(at(b, b->head->utf8_at + utf8_begin[id]), v.p, v.n);
    }
    if (n == v.n && width == 1) { /* ASCII alone */
        for (uint32_t i = 0; i < n; i++)
            ((uint8_t *)codes)[i] = (uint8_t)b->code[(uint8_t)v.p[i]];
        return;
    }
    text_decode(v.p, v.n, points);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t code = b->code[points[i]];
        if (width == 1)
            ((uint8_t *)codes)[i] = (uint8_t)code;
        else if (width == 2)
            ((uint16_t *)codes)[i] = (uint16_t)code;
        else
            ((uint32_t *)codes)[i] = code;
    }
}

static bool encode_dictionary(struct build *b, uint32_t max_bytes)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint32_t *points = malloc((max_bytes + 1) * sizeof *points);
        failed = !points;
#pragma omp for schedule(static)
        for (uint32_t id = 0; id < b->n_distinct; id++)
            if (!failed)
                encode_value(b, id, points);
        free(points);
    }
    return !failed;
}

/* Numbers the code points that occur, ascending; the alphabet goes into the segment. */
static bool make_alphabet(struct build *b, const uint8_t *seen, struct err *e)
{
    uint32_t n = 0;
    for (uint32_t c = 0; (c = next_seen(seen, c)) < CODE_POINTS; c++)
        b->code[c] = n++;
    b->head->n_codes = n;
    b->head->width = n <= 256 ? 1 : n <= 65536 ? 2 : 4;
    uint64_t offset = shm_alloc(b->out, "index", (n + 1) * sizeof(uint32_t), 64, e);
    if (!offset)
        return false;
    b->head->code_point_at = offset;
    uint32_t *points = at(b, offset);
    for (uint32_t c = 0; (c = next_seen(seen, c)) < CODE_POINTS; c++)
        points[b->code[c]] = c;
    return true;
}

/* Allocates and fills begin, and utf8_begin where it is wanted; allocates codes and utf8. */
static bool place_dictionary(struct build *b, bool utf8, struct err *e)
{
    struct index_head *h = b->head;
    uint64_t bytes = (b->n_distinct + 1ull) * sizeof(uint64_t), n_utf8 = 0;
    if (!(h->begin_at = shm_alloc(b->out, "index", bytes, 64, e)) ||
        (utf8 && !(h->utf8_begin_at = shm_alloc(b->out, "index", bytes, 64, e))))
        return false;
    uint64_t *begin = at(b, h->begin_at), *utf8_begin = utf8 ? at(b, h->utf8_begin_at) : NULL;
    for (uint32_t id = 0; id < b->n_distinct; id++) {
        begin[id + 1] = begin[id] + b->length[id];
        h->max_length = b->length[id] > h->max_length ? b->length[id] : h->max_length;
        n_utf8 += utf8 ? id_bytes(b, id).n : 0;
        if (utf8)
            utf8_begin[id + 1] = n_utf8;
    }
    h->codes_at = shm_alloc(b->out, "index", begin[b->n_distinct] * h->width + 64, 64, e);
    if (!h->codes_at || !utf8)
        return h->codes_at != 0;
    h->utf8_at = shm_alloc(b->out, "index", n_utf8 + 64, 64, e);
    return h->utf8_at != 0;
}

static bool make_dictionary(struct build *b, bool utf8, struct err *e)
{
    uint32_t max_bytes = 0;
    for (uint32_t id = 0; id < b->n_distinct; id++) {
        uint32_t n = id_bytes(b, id).n;
        max_bytes = n > max_bytes ? n : max_bytes;
    }
    uint8_t *seen = calloc(CODE_POINTS, 1);
    b->length = malloc((b->n_distinct + 1ull) * sizeof *b->length);
    b->code = malloc(CODE_POINTS * sizeof *b->code);
    bool ok = seen && b->length && b->code && scan_dictionary(b, seen, max_bytes);
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for the alphabet");
    ok = ok && make_alphabet(b, seen, e) && place_dictionary(b, utf8, e);
    if (ok && !encode_dictionary(b, max_bytes))
        ok = err_set(e, ERR_OS, NULL, "not enough memory for the index");
    b->head->n_distinct = b->n_distinct;
    free(seen);
    return ok;
}

/* The rows of each place, by counting. begin[] is filled one place ahead, so that writing the rows
 * moves every entry to where its place begins. Each thread has a run of places of its own and looks
 * at all rows. */
static void fill_postings(const struct build *b, const struct index_head_field *h)
{
    uint64_t *begin = at(b, h->rows_begin_at);
    uint32_t *rows = at(b, h->rows_at);
    const uint32_t *row_place = at(b, h->row_place_at);
#pragma omp parallel
    {
        uint64_t t = (uint64_t)omp_get_thread_num(), n = (uint64_t)omp_get_num_threads();
        uint32_t from = (uint32_t)(h->n * t / n), to = (uint32_t)(h->n * (t + 1) / n);
        for (uint64_t r = 0; r < h->n_rows; r++)
            if (row_place[r] - from < to - from) /* false for TABLE_MISSING as well */
                begin[row_place[r] + 2]++;
#pragma omp barrier
#pragma omp single
        for (uint32_t i = 2; i <= h->n + 1; i++)
            begin[i] += begin[i - 1];
        for (uint64_t r = 0; r < h->n_rows; r++)
            if (row_place[r] - from < to - from)
                rows[begin[row_place[r] + 1]++] = (uint32_t)r;
    }
}

/* Fills the side of text field f, whose arrays are allocated. `place` is scratch: value -> place.
 */
static void fill_side(const struct build *b, uint32_t f, uint32_t *place)
{
    const struct index_field *field = &b->fields[f];
    const struct table *t = field->table;
    struct index_head_field *h = &b->head->field[f];
    const uint32_t *id_of = b->id_of + b->first[f];
    const struct row_list rows = field_rows(b, f);
    const uint32_t n_values = b->first[f + 1] - b->first[f];
    uint32_t *value = at(b, h->value_at), *row_place = at(b, h->row_place_at), n = 0;
    memset(place, 0, (b->n_distinct + 1ull) * sizeof *place);
    for (uint32_t v = 0; v < n_values; v++)
        place[id_of[v]] = 1;
    for (uint32_t id = 0; id < b->n_distinct; id++)
        if (place[id]) {
            place[id] = n;
            value[n++] = id;
        }
    assert(n <= n_values); /* so many places are allocated */
    h->n = n;
    const uint32_t *row_value = table_row_values(t, field->column);
    if (rows.row)
        memset(row_place, 0xff, h->n_rows * sizeof *row_place);
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < rows.n; i++) {
        const uint64_t r = row_list_at(&rows, i);
        const uint32_t mine = field_value(b, f, row_value[r]);
        row_place[r] = mine == TABLE_MISSING ? TABLE_MISSING : place[id_of[mine]];
    }
    if (b->head->has_postings)
        fill_postings(b, h);
}

static bool place_side(struct build *b, uint32_t f, struct err *e)
{
    struct index_head_field *h = &b->head->field[f];
    uint64_t values = b->first[f + 1] - b->first[f];
    uint64_t rows = h->n_rows;
    h->value_at = shm_alloc(b->out, "index", (values + 1) * 4, 64, e);
    h->row_place_at = h->value_at ? shm_alloc(b->out, "index", (rows + 1) * 4, 64, e) : 0;
    if (!h->row_place_at)
        return false;
    if (!b->head->has_postings)
        return true;
    h->rows_begin_at = shm_alloc(b->out, "index", (values + 2) * 8, 64, e);
    h->rows_at = h->rows_begin_at ? shm_alloc(b->out, "index", (rows + 1) * 4, 64, e) : 0;
    return h->rows_at != 0;
}

static bool make_sides(struct build *b, struct err *e)
{
    for (uint32_t f = 0; f < b->n_fields; f++)
        if (b->fields[f].kind == INDEX_TEXT && !place_side(b, f, e))
            return false;
    uint32_t *place = malloc((b->n_distinct + 1ull) * sizeof *place);
    for (uint32_t f = 0; place && f < b->n_fields; f++)
        if (b->fields[f].kind == INDEX_TEXT)
            fill_side(b, f, place);
    free(place);
    return place || err_set(e, ERR_OS, NULL, "not enough memory for the index");
}

double index_number(const struct index_field *field, uint32_t value)
{
    const struct bytes text = table_value(field->table, field->column, value);
    return field->kind == INDEX_DAYS ? value_days(text) : value_number(text);
}

/* One double a row, read from each distinct value once. */
static bool make_numbers(struct build *b, uint32_t f, struct err *e)
{
    const struct index_field *field = &b->fields[f];
    const struct table *t = field->table;
    uint32_t n = t->columns[field->column].n_values;
    uint64_t rows = t->head->n_rows;
    double *value = malloc((n + 1ull) * sizeof *value);
    uint64_t offset = shm_alloc(b->out, "index", (rows + 8) * sizeof(double), 64, e);
    if (!value || !offset) {
        free(value);
        return offset == 0 ? false : err_set(e, ERR_OS, NULL, "not enough memory for the index");
    }
    b->head->field[f].number_at = offset;
#pragma omp parallel for schedule(static)
    for (uint32_t v = 0; v < n; v++)
        value[v] = index_number(field, v);
    const uint32_t *row_value = table_row_values(t, field->column);
    double *number = at(b, offset);
#pragma omp parallel for schedule(static)
    for (uint64_t r = 0; r < rows; r++)
        number[r] = row_value[r] == TABLE_MISSING ? (double)NAN : value[row_value[r]];
    free(value);
    return true;
}

/* Numbers the values of a text field that rows which take part have; *n is how many there are. */
static bool take_values(struct build *b, uint32_t f, uint32_t *n)
{
    const struct index_field *field = &b->fields[f];
    const struct row_list rows = field_rows(b, f);
    *n = field->table->columns[field->column].n_values;
    if (!rows.row)
        return true;
    const uint32_t *row_value = table_row_values(field->table, field->column);
    uint32_t *taken = b->taken[f] = malloc((*n + 1ull) * sizeof *taken);
    if (!taken)
        return false;
    memset(taken, 0xff, (*n + 1ull) * sizeof *taken);
    for (uint64_t i = 0; i < rows.n; i++)
        if (row_value[rows.row[i]] != TABLE_MISSING)
            taken[row_value[rows.row[i]]] = 0;
    uint32_t next = 0;
    for (uint32_t v = 0; v < *n; v++)
        if (taken[v] == 0)
            taken[v] = next++;
    *n = next;
    return true;
}

/* Counts the values of the text fields and allocates what is as long as that. */
static bool build_open(struct build *b, struct err *e)
{
    uint64_t n = 0;
    b->first = calloc(b->n_fields + 1ull, sizeof *b->first);
    b->taken = calloc(b->n_fields + 1ull, sizeof *b->taken);
    b->forms = calloc(b->n_fields + 1ull, sizeof *b->forms);
    for (uint32_t f = 0; b->first && b->taken && f < b->n_fields; f++) {
        uint32_t values = 0;
        if (b->fields[f].kind == INDEX_TEXT && !take_values(b, f, &values))
            return err_set(e, ERR_OS, NULL, "not enough memory for the index");
        n += values;
        if (n > DICTIONARY_MOST_VALUES)
            return err_set(e, ERR_DATA, NULL, "there are more than 4 billion distinct values");
        b->first[f + 1] = (uint32_t)n;
    }
    b->n_values = (uint32_t)n;
    size_t each = sizeof *b->bytes + sizeof *b->id_of + sizeof *b->example + DISTINCT_BYTES_EACH;
    if (!mem_check("the index", n * each, e))
        return false;
    b->bytes = calloc(n + 1, sizeof *b->bytes);
    b->id_of = malloc((n + 1) * sizeof *b->id_of);
    b->example = calloc(n + 1, sizeof *b->example);
    if (b->first && b->taken && b->forms && b->bytes && b->id_of && b->example)
        return true;
    return err_set(e, ERR_OS, NULL, "not enough memory for the index");
}

static void build_close(struct build *b)
{
    for (uint32_t f = 0; b->taken && f < b->n_fields; f++)
        free(b->taken[f]);
    for (uint32_t f = 0; b->forms && f < b->n_fields; f++)
        text_forms_close(&b->forms[f]);
    free(b->taken);
    free(b->forms);
    free(b->first);
    free(b->bytes);
    free(b->id_of);
    free(b->example);
    free(b->length);
    free(b->code);
}

static bool index_make_head(struct build *b, bool postings, struct err *e)
{
    if (b->n_fields > INDEX_MAX_FIELDS)
        return err_set(e, ERR_USAGE, NULL, "more than %d columns are compared", INDEX_MAX_FIELDS);
    uint64_t offset = shm_alloc(b->out, "index", sizeof(struct index_head), 64, e);
    if (!offset)
        return false;
    b->head = at(b, offset);
    b->head->magic = INDEX_MAGIC;
    b->head->n_fields = b->n_fields;
    b->head->has_postings = postings;
    for (uint32_t f = 0; f < b->n_fields; f++) {
        b->head->field[f].kind = b->fields[f].kind;
        b->head->field[f].n_rows = b->fields[f].table->head->n_rows;
    }
    return true;
}

/* Copies the row lists, so that workers have them. */
static bool put_row_lists(struct build *b, struct err *e)
{
    for (int side = 0; b->rows && side < 2; side++) {
        const struct row_list *list = &b->rows[side];
        b->head->n_rows[side] = list->n;
        if (!list->row)
            continue;
        const uint64_t offset =
            shm_alloc(b->out, "index", (list->n + 1) * sizeof *list->row, 64, e);
        if (!offset)
            return false;
        memcpy(at(b, offset), list->row, list->n * sizeof *list->row);
        b->head->rows_at[side] = offset;
    }
    return true;
}

/* ---- What is weighed
 * -----------------------------------------------------------------------------------*/

/* The value ids of the values of field f's table, by value; the caller frees them. */
static uint32_t *field_ids(const struct build *b, uint32_t f)
{
    const struct index_field *field = &b->fields[f];
    const uint32_t n = field->table->columns[field->column].n_values;
    uint32_t *id = malloc((n + 1ull) * sizeof *id);
    for (uint32_t v = 0; id && v < n; v++) {
        const uint32_t mine = field_value(b, f, v);
        id[v] = mine == TABLE_MISSING ? TABLE_MISSING : b->id_of[b->first[f] + mine];
    }
    return id;
}

static bool make_pair(struct build *b, const struct index_pair *pair, struct err *e)
{
    const uint32_t f[2] = {pair->field_a, pair->field_b};
    struct index_head_pair *at = &b->head->pair[b->head->n_pairs++];
    struct idf_column column[2];
    uint32_t *id[2];
    for (int i = 0; i < 2; i++) {
        id[i] = field_ids(b, f[i]);
        column[i] = (struct idf_column){b->fields[f[i]].table, b->fields[f[i]].column, id[i]};
    }
    at->fields = *pair;
    bool ok = (id[0] && id[1]) || err_set(e, ERR_OS, NULL, "not enough memory for the index");
    if (ok && pair->weighed & INDEX_WORDS)
        ok = idf_build(column, b->n_distinct, b->out, &at->idf, e);
    if (ok && pair->weighed & INDEX_VALUES)
        ok = rarity_build(column, b->n_distinct, b->out, &at->rarity, e);
    free(id[0]);
    free(id[1]);
    return ok;
}

/* ---- All -------------------------------------------------------------------------------------*/

bool index_build(const struct index_spec *spec, struct shm *out, struct err *e)
{
    struct build b = {
        .fields = spec->fields, .n_fields = spec->n_fields, .rows = spec->rows, .out = out};
    bool ok = index_make_head(&b, spec->wanted & INDEX_POSTINGS, e) && put_row_lists(&b, e) &&
              build_open(&b, e) && index_read_values(&b, e);
    ok = ok && index_number_values(&b, e) && make_dictionary(&b, spec->wanted & INDEX_UTF8, e) &&
         make_sides(&b, e);
    for (uint32_t f = 0; ok && f < b.n_fields; f++)
        if (b.fields[f].kind != INDEX_TEXT)
            ok = make_numbers(&b, f, e);
    for (uint32_t i = 0; ok && i < spec->n_pairs; i++)
        ok = make_pair(&b, &spec->pairs[i], e);
    build_close(&b);
    return ok && shm_freeze(out, e);
}

static void view_field(struct index_view *v, struct shm_view segment,
                       const struct index_head_field *h)
{
    v->number = h->number_at ? shm_array(segment, h->number_at, double, h->n_rows) : NULL;
    v->side = (struct side){.n = h->n, .n_rows = h->n_rows};
    if (h->kind != INDEX_TEXT)
        return;
    v->side.value = shm_array(segment, h->value_at, uint32_t, h->n);
    v->side.row_place = shm_array(segment, h->row_place_at, uint32_t, h->n_rows);
    if (h->rows_at) {
        v->side.rows_begin = shm_array(segment, h->rows_begin_at, uint64_t, h->n + 1);
        v->side.rows = shm_at(segment, h->rows_at, uint32_t);
    }
}

bool index_view(struct index *index, const struct shm *s, struct err *e)
{
    const struct shm_view segment = shm_view_of(s);
    const struct index_head *h = NULL;
    if (s->bytes >= SHM_HEAD_AT + sizeof *h)
        h = shm_at(segment, SHM_HEAD_AT, struct index_head);
    if (!h || h->magic != INDEX_MAGIC)
        return err_set(e, ERR_SOFTWARE, NULL, "the index segment is not one of ours");
    const uint64_t n = h->n_distinct + 1ull;
    *index = (struct index){
        .dictionary = {.n = h->n_distinct,
                       .width = h->width,
                       .max_length = h->max_length,
                       .alphabet = {h->n_codes,
                                    shm_array(segment, h->code_point_at, uint32_t, h->n_codes)},
                       .begin = shm_array(segment, h->begin_at, uint64_t, n),
                       .codes = shm_at(segment, h->codes_at, char),
                       .utf8_begin =
                           h->utf8_at ? shm_array(segment, h->utf8_begin_at, uint64_t, n) : NULL,
                       .utf8 = h->utf8_at ? shm_at(segment, h->utf8_at, char) : NULL},
        .n_fields = h->n_fields,
    };
    for (int side = 0; side < 2; side++)
        index->rows[side] = (struct row_list){
            h->rows_at[side] ? shm_array(segment, h->rows_at[side], uint32_t, h->n_rows[side])
                             : NULL,
            h->n_rows[side]};
    for (uint32_t f = 0; f < h->n_fields; f++)
        view_field(&index->field[f], segment, &h->field[f]);
    for (index->n_pairs = 0; index->n_pairs < h->n_pairs; index->n_pairs++) {
        const struct index_head_pair *at = &h->pair[index->n_pairs];
        struct index_pair_view *pair = &index->pair[index->n_pairs];
        pair->fields = at->fields;
        if (at->fields.weighed & INDEX_WORDS)
            pair->idf = idf_view(segment, &at->idf);
        if (at->fields.weighed & INDEX_VALUES)
            pair->rarity = rarity_view(segment, &at->rarity);
    }
    return true;
}

/* The pair of these fields, if all of `weighed` is weighed of it. */
static const struct index_pair_view *find_pair(const struct index *index, uint32_t field_a,
                                               uint32_t field_b, unsigned weighed)
{
    for (uint32_t i = 0; i < index->n_pairs; i++) {
        const struct index_pair *fields = &index->pair[i].fields;
        if (fields->field_a == field_a && fields->field_b == field_b)
            return (fields->weighed & weighed) == weighed ? &index->pair[i] : NULL;
    }
    return NULL;
}

const struct idf *index_idf(const struct index *index, uint32_t field_a, uint32_t field_b)
{
    const struct index_pair_view *pair = find_pair(index, field_a, field_b, INDEX_WORDS);
    return pair ? &pair->idf : NULL;
}

const struct rarity *index_rarity(const struct index *index, uint32_t field_a, uint32_t field_b)
{
    const struct index_pair_view *pair = find_pair(index, field_a, field_b, INDEX_VALUES);
    return pair ? &pair->rarity : NULL;
}

uint64_t row_list_from(const struct row_list *list, uint64_t row)
{
    uint64_t first = 0, n = list->n;
    if (!list->row)
        return row < n ? row : n;
    while (n) {
        const uint64_t half = n / 2;
        const bool before = list->row[first + half] < row;
        first += before ? half + 1 : 0;
        n = before ? n - half - 1 : half;
    }
    return first;
}

bool row_list_has(const struct row_list *list, uint64_t row)
{
    const uint64_t i = row_list_from(list, row);
    return i < list->n && row_list_at(list, i) == row;
}
