/* Builds the index: one dictionary over several columns, one dense alphabet, the sides.
 *
 * The dictionary is found by hash partition: all distinct values of all columns are hashed, parted
 * by their top bits, and each part is numbered by itself in the order of first occurrence; so the
 * numbers depend on the data alone, not on the number of threads. */
#include "matcher/index.h"

#include "data/text.h"
#include "matcher/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INDEX_MAGIC 0x3158444e49425841ull /* "AXBINDX1" */
#define INDEX_HEAD_AT 64u
#define PARTS 256u
#define CODE_POINTS 0x110000u

struct index_head_field {
    uint32_t kind;
    uint32_t n;
    uint64_t n_rows;
    uint64_t word_at, rows_begin_at, rows_at, row_place_at; /* text */
    uint64_t number_at;                                     /* number, days */
};

struct index_head {
    uint64_t magic;
    uint32_t n_words, width, max_length, n_codes, n_fields, has_postings;
    uint64_t begin_at, codes_at, utf8_begin_at, utf8_at, code_point_at;
    struct index_head_field field[INDEX_MAX_FIELDS];
};

/* What building needs besides the segment; all of it private and freed at the end. */
struct build {
    const struct table *tables;
    const struct index_field *fields;
    uint32_t n_fields;
    uint64_t *first; /* n_fields + 1: where the values of a field begin in the arrays below */
    uint64_t *hash;  /* of every value of every text field */
    uint32_t *word;  /* value -> word */
    uint64_t *order; /* values by part, in order */
    uint64_t part_begin[PARTS + 1];
    uint32_t part_word[PARTS + 1]; /* first word of a part */
    uint64_t *example;             /* word -> a value that is it */
    uint32_t n_words;
    uint32_t *length; /* characters of each word */
    uint32_t *code;   /* code point -> code */
    struct shm *out;
    struct index_head *head;
};

static void *at(const struct build *b, uint64_t offset)
{
    return b->out->base + offset;
}

static struct bytes value_bytes(const struct build *b, uint64_t value)
{
    uint32_t f = 0;
    while (value >= b->first[f + 1])
        f++;
    const struct index_field *field = &b->fields[f];
    return table_value(&b->tables[field->side], field->column, (uint32_t)(value - b->first[f]));
}

/* A multiply-and-fold hash of eight bytes at a time, seeded by the length. */
static uint64_t hash_bytes(struct bytes v)
{
    uint64_t h = 0x9e3779b97f4a7c15ull ^ v.n;
    const char *p = v.p;
    for (uint32_t n = v.n; n;) {
        uint64_t x = 0;
        uint32_t step = n < 8 ? n : 8;
        memcpy(&x, p, step);
        __uint128_t m = (__uint128_t)(h ^ x) * 0xd6e8feb86659fd93ull;
        h = (uint64_t)m ^ (uint64_t)(m >> 64);
        p += step;
        n -= step;
    }
    h *= 0xff51afd7ed558ccdull;
    return h ^ (h >> 32);
}

static uint32_t part_of(uint64_t hash)
{
    return (uint32_t)(hash >> 56);
}

static void hash_values(struct build *b)
{
    for (uint32_t f = 0; f < b->n_fields; f++) {
        const struct index_field *field = &b->fields[f];
        uint64_t n = b->first[f + 1] - b->first[f];
        uint64_t *hash = b->hash + b->first[f];
#pragma omp parallel for schedule(static)
        for (uint64_t v = 0; v < n; v++)
            hash[v] = hash_bytes(table_value(&b->tables[field->side], field->column, (uint32_t)v));
    }
}

/* Counting sort of the values by part; stable, so a part keeps the order of the values. */
static void order_by_part(struct build *b, uint64_t n)
{
    uint64_t next[PARTS] = {0};
    for (uint64_t v = 0; v < n; v++)
        next[part_of(b->hash[v])]++;
    uint64_t sum = 0;
    for (uint32_t p = 0; p < PARTS; p++) {
        b->part_begin[p] = sum;
        sum += next[p];
        next[p] = b->part_begin[p];
    }
    b->part_begin[PARTS] = sum;
    for (uint64_t v = 0; v < n; v++)
        b->order[next[part_of(b->hash[v])]++] = v;
}

static bool same_value(const struct build *b, uint64_t x, uint64_t y)
{
    if (b->hash[x] != b->hash[y])
        return false;
    struct bytes a = value_bytes(b, x), c = value_bytes(b, y);
    return a.n == c.n && memcmp(a.p, c.p, a.n) == 0;
}

/* Numbers the values of one part from 0 and returns how many words it has; their examples are
 * written to `examples`, which has room for all values of the part. */
static uint32_t number_part(struct build *b, uint32_t part, uint64_t *examples)
{
    uint64_t from = b->part_begin[part], to = b->part_begin[part + 1], slots = 16;
    while (slots < 2 * (to - from))
        slots *= 2;
    uint32_t *slot = calloc(slots, sizeof *slot); /* word of the part + 1; 0 = free */
    if (!slot)
        return UINT32_MAX;
    uint32_t n = 0;
    for (uint64_t i = from; i < to; i++) {
        uint64_t v = b->order[i], s = b->hash[v] & (slots - 1);
        while (slot[s] && !same_value(b, v, examples[slot[s] - 1]))
            s = (s + 1) & (slots - 1);
        if (!slot[s]) {
            examples[n] = v;
            slot[s] = ++n;
        }
        b->word[v] = slot[s] - 1;
    }
    free(slot);
    return n;
}

/* Gives every value its word. */
static bool number_words(struct build *b, uint64_t n, struct err *e)
{
    uint32_t count[PARTS];
    bool failed = false;
    order_by_part(b, n);
#pragma omp parallel for schedule(dynamic) reduction(|| : failed)
    for (uint32_t p = 0; p < PARTS; p++) {
        count[p] = number_part(b, p, b->example + b->part_begin[p]);
        failed = failed || count[p] == UINT32_MAX;
    }
    if (failed)
        return err_set(e, ERR_OS, NULL, "not enough memory for the dictionary");
    b->n_words = 0;
    for (uint32_t p = 0; p < PARTS; p++) {
        b->part_word[p] = b->n_words;
        memmove(b->example + b->n_words, b->example + b->part_begin[p],
                count[p] * sizeof *b->example);
        b->n_words += count[p];
    }
#pragma omp parallel for schedule(static)
    for (uint64_t v = 0; v < n; v++)
        b->word[v] += b->part_word[part_of(b->hash[v])];
    return true;
}

static bool is_ascii(struct bytes v)
{
    uint8_t any = 0;
    for (uint32_t i = 0; i < v.n; i++)
        any |= (uint8_t)v.p[i];
    return any < 0x80;
}

/* The length of a word in characters, and its code points marked in seen[]. */
static uint32_t scan_word(struct bytes v, uint8_t *seen, uint32_t *points)
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

/* Finds lengths and the alphabet: b->length, b->code, code points used in `seen`. */
static bool scan_words(struct build *b, uint8_t *seen, uint32_t max_bytes)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint8_t *mine = calloc(CODE_POINTS, 1);
        uint32_t *points = malloc((max_bytes + 1) * sizeof *points);
        failed = !mine || !points;
#pragma omp for schedule(static)
        for (uint32_t w = 0; w < b->n_words; w++)
            if (!failed)
                b->length[w] = scan_word(value_bytes(b, b->example[w]), mine, points);
        if (!failed) {
#pragma omp critical
            for (uint32_t c = 0; c < CODE_POINTS; c++)
                seen[c] |= mine[c];
        }
        free(mine);
        free(points);
    }
    return !failed;
}

static void encode_word(const struct build *b, uint32_t w, uint32_t *points)
{
    struct bytes v = value_bytes(b, b->example[w]);
    const uint64_t *begin = at(b, b->head->begin_at);
    const uint64_t *utf8_begin = at(b, b->head->utf8_begin_at);
    char *codes = (char *)at(b, b->head->codes_at) + begin[w] * b->head->width;
    memcpy((char *)at(b, b->head->utf8_at) + utf8_begin[w], v.p, v.n);
    size_t n = text_decode(v.p, v.n, points);
    for (size_t i = 0; i < n; i++) {
        uint32_t code = b->code[points[i]];
        switch (b->head->width) {
        case 1:
            ((uint8_t *)codes)[i] = (uint8_t)code;
            break;
        case 2:
            ((uint16_t *)(void *)codes)[i] = (uint16_t)code;
            break;
        default:
            ((uint32_t *)(void *)codes)[i] = code;
        }
    }
}

static bool encode_words(struct build *b, uint32_t max_bytes)
{
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint32_t *points = malloc((max_bytes + 1) * sizeof *points);
        failed = !points;
#pragma omp for schedule(static)
        for (uint32_t w = 0; w < b->n_words; w++)
            if (!failed)
                encode_word(b, w, points);
        free(points);
    }
    return !failed;
}

/* Numbers the code points that occur, ascending; the alphabet goes into the segment. */
static bool make_alphabet(struct build *b, const uint8_t *seen, struct err *e)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < CODE_POINTS; c++)
        if (seen[c])
            b->code[c] = n++;
    b->head->n_codes = n;
    b->head->width = n <= 256 ? 1 : n <= 65536 ? 2 : 4;
    uint64_t offset = shm_alloc(b->out, "index", (n + 1) * sizeof(uint32_t), 64, e);
    if (!offset)
        return false;
    b->head->code_point_at = offset;
    uint32_t *points = at(b, offset);
    for (uint32_t c = 0; c < CODE_POINTS; c++)
        if (seen[c])
            points[b->code[c]] = c;
    return true;
}

/* Allocates and fills begin and utf8_begin, and allocates codes and utf8. */
static bool place_words(struct build *b, struct err *e)
{
    uint64_t bytes = (b->n_words + 1ull) * sizeof(uint64_t);
    if (!(b->head->begin_at = shm_alloc(b->out, "index", bytes, 64, e)) ||
        !(b->head->utf8_begin_at = shm_alloc(b->out, "index", bytes, 64, e)))
        return false;
    uint64_t *begin = at(b, b->head->begin_at), *utf8_begin = at(b, b->head->utf8_begin_at);
    uint32_t longest = 0;
    for (uint32_t w = 0; w < b->n_words; w++) {
        begin[w + 1] = begin[w] + b->length[w];
        utf8_begin[w + 1] = utf8_begin[w] + value_bytes(b, b->example[w]).n;
        longest = b->length[w] > longest ? b->length[w] : longest;
    }
    b->head->max_length = longest;
    uint64_t n_codes = begin[b->n_words], n_utf8 = utf8_begin[b->n_words];
    return (b->head->codes_at = shm_alloc(b->out, "index", n_codes * b->head->width + 64, 64, e)) &&
           (b->head->utf8_at = shm_alloc(b->out, "index", n_utf8 + 64, 64, e));
}

static bool make_words(struct build *b, struct err *e)
{
    uint32_t max_bytes = 0;
    for (uint32_t w = 0; w < b->n_words; w++) {
        uint32_t n = value_bytes(b, b->example[w]).n;
        max_bytes = n > max_bytes ? n : max_bytes;
    }
    uint8_t *seen = calloc(CODE_POINTS, 1);
    b->length = malloc((b->n_words + 1ull) * sizeof *b->length);
    b->code = malloc(CODE_POINTS * sizeof *b->code);
    bool ok = seen && b->length && b->code && scan_words(b, seen, max_bytes);
    if (!ok)
        err_set(e, ERR_OS, NULL, "not enough memory for the alphabet");
    ok = ok && make_alphabet(b, seen, e) && place_words(b, e);
    if (ok && !encode_words(b, max_bytes))
        ok = err_set(e, ERR_OS, NULL, "not enough memory for the index");
    b->head->n_words = b->n_words;
    free(seen);
    return ok;
}

/* The rows of each place, by counting. begin[] is filled one place ahead, so that writing the rows
 * moves every entry to where its place begins. */
static void fill_postings(const struct build *b, struct index_head_field *h)
{
    uint64_t *begin = at(b, h->rows_begin_at);
    uint32_t *rows = at(b, h->rows_at);
    const uint32_t *row_place = at(b, h->row_place_at);
    for (uint64_t r = 0; r < h->n_rows; r++)
        if (row_place[r] != TABLE_MISSING)
            begin[row_place[r] + 2]++;
    for (uint32_t i = 2; i <= h->n + 1; i++)
        begin[i] += begin[i - 1];
    for (uint64_t r = 0; r < h->n_rows; r++)
        if (row_place[r] != TABLE_MISSING)
            rows[begin[row_place[r] + 1]++] = (uint32_t)r;
}

/* Fills the side of text field f, whose arrays are allocated. `place` is scratch: word -> place. */
static void fill_side(const struct build *b, uint32_t f, uint32_t *place)
{
    const struct index_field *field = &b->fields[f];
    const struct table *t = &b->tables[field->side];
    struct index_head_field *h = &b->head->field[f];
    const uint32_t *word_of = b->word + b->first[f];
    uint32_t *word = at(b, h->word_at), *row_place = at(b, h->row_place_at), n = 0;
    memset(place, 0, (b->n_words + 1ull) * sizeof *place);
    for (uint32_t v = 0; v < t->columns[field->column].n_values; v++)
        place[word_of[v]] = 1;
    for (uint32_t w = 0; w < b->n_words; w++)
        if (place[w]) {
            place[w] = n;
            word[n++] = w;
        }
    h->n = n;
    const uint32_t *row_value = table_row_values(t, field->column);
    for (uint64_t r = 0; r < h->n_rows; r++)
        row_place[r] = row_value[r] == TABLE_MISSING ? TABLE_MISSING : place[word_of[row_value[r]]];
    if (b->head->has_postings)
        fill_postings(b, h);
}

static bool place_side(struct build *b, uint32_t f, struct err *e)
{
    struct index_head_field *h = &b->head->field[f];
    const struct index_field *field = &b->fields[f];
    uint64_t values = b->tables[field->side].columns[field->column].n_values;
    uint64_t rows = h->n_rows;
    h->word_at = shm_alloc(b->out, "index", (values + 1) * 4, 64, e);
    h->row_place_at = h->word_at ? shm_alloc(b->out, "index", (rows + 1) * 4, 64, e) : 0;
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
    bool failed = false;
#pragma omp parallel for schedule(dynamic) reduction(|| : failed)
    for (uint32_t f = 0; f < b->n_fields; f++) {
        if (b->fields[f].kind != INDEX_TEXT)
            continue;
        uint32_t *place = malloc((b->n_words + 1ull) * sizeof *place);
        failed = failed || !place;
        if (place)
            fill_side(b, f, place);
        free(place);
    }
    return !failed || err_set(e, ERR_OS, NULL, "not enough memory for the index");
}

/* One double a row, read from each distinct value once. */
static bool make_numbers(struct build *b, uint32_t f, struct err *e)
{
    const struct index_field *field = &b->fields[f];
    const struct table *t = &b->tables[field->side];
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
    for (uint32_t v = 0; v < n; v++) {
        struct bytes text = table_value(t, field->column, v);
        value[v] = field->kind == INDEX_DAYS ? value_days(text) : value_number(text);
    }
    const uint32_t *row_value = table_row_values(t, field->column);
    double *number = at(b, offset);
#pragma omp parallel for schedule(static)
    for (uint64_t r = 0; r < rows; r++)
        number[r] = row_value[r] == TABLE_MISSING ? (double)NAN : value[row_value[r]];
    free(value);
    return true;
}

/* Counts the values of the text fields and allocates what is as long as that. */
static bool build_open(struct build *b, uint64_t *n_values, struct err *e)
{
    uint64_t n = 0;
    b->first = calloc(b->n_fields + 1ull, sizeof *b->first);
    for (uint32_t f = 0; b->first && f < b->n_fields; f++) {
        const struct index_field *field = &b->fields[f];
        n += field->kind == INDEX_TEXT ? b->tables[field->side].columns[field->column].n_values : 0;
        b->first[f + 1] = n;
    }
    b->hash = malloc((n + 1) * sizeof *b->hash);
    b->word = malloc((n + 1) * sizeof *b->word);
    b->order = malloc((n + 1) * sizeof *b->order);
    b->example = malloc((n + 1) * sizeof *b->example);
    *n_values = n;
    if (b->first && b->hash && b->word && b->order && b->example)
        return true;
    return err_set(e, ERR_OS, NULL, "not enough memory for the index");
}

static void build_close(struct build *b)
{
    free(b->first);
    free(b->hash);
    free(b->word);
    free(b->order);
    free(b->example);
    free(b->length);
    free(b->code);
}

static bool make_head(struct build *b, bool postings, struct err *e)
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
        b->head->field[f].n_rows = b->tables[b->fields[f].side].head->n_rows;
    }
    return true;
}

bool index_build(const struct table tables[2], const struct index_field *fields, uint32_t n_fields,
                 bool postings, struct shm *out, struct err *e)
{
    struct build b = {.tables = tables, .fields = fields, .n_fields = n_fields, .out = out};
    uint64_t n_values = 0;
    bool ok = make_head(&b, postings, e) && build_open(&b, &n_values, e);
    if (ok)
        hash_values(&b);
    ok = ok && number_words(&b, n_values, e) && make_words(&b, e) && make_sides(&b, e);
    for (uint32_t f = 0; ok && f < n_fields; f++)
        if (fields[f].kind != INDEX_TEXT)
            ok = make_numbers(&b, f, e);
    build_close(&b);
    return ok && shm_freeze(out, e);
}

static void view_field(struct index_view *v, const char *base, const struct index_head_field *h)
{
    v->number = h->number_at ? (const double *)(const void *)(base + h->number_at) : NULL;
    v->side = (struct side){.n = h->n, .n_rows = h->n_rows};
    if (h->kind != INDEX_TEXT)
        return;
    v->side.word = (const uint32_t *)(const void *)(base + h->word_at);
    v->side.row_place = (const uint32_t *)(const void *)(base + h->row_place_at);
    if (h->rows_at) {
        v->side.rows_begin = (const uint64_t *)(const void *)(base + h->rows_begin_at);
        v->side.rows = (const uint32_t *)(const void *)(base + h->rows_at);
    }
}

bool index_view(struct index *index, const struct shm *s, struct err *e)
{
    const char *base = s->base;
    const struct index_head *h = (const struct index_head *)(const void *)(base + INDEX_HEAD_AT);
    if (s->bytes < INDEX_HEAD_AT + sizeof *h || h->magic != INDEX_MAGIC)
        return err_set(e, ERR_SOFTWARE, NULL, "the index segment is not one of ours");
    *index = (struct index){
        .words = {.n = h->n_words,
                  .width = h->width,
                  .max_length = h->max_length,
                  .alphabet = {h->n_codes,
                               (const uint32_t *)(const void *)(base + h->code_point_at)},
                  .begin = (const uint64_t *)(const void *)(base + h->begin_at),
                  .codes = base + h->codes_at,
                  .utf8_begin = (const uint64_t *)(const void *)(base + h->utf8_begin_at),
                  .utf8 = base + h->utf8_at},
        .n_fields = h->n_fields,
    };
    for (uint32_t f = 0; f < h->n_fields; f++)
        view_field(&index->field[f], base, &h->field[f]);
    return true;
}
