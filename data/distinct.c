/* Encoding, merging, numbering, writing of distinct values. */
#include "data/distinct.h"

#include "core/hash.h"

#include <assert.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((DISTINCT_PARTS & (DISTINCT_PARTS - 1)) == 0, "a part is the high bits of a hash");

/* A place in a hash table with linear probing. */
struct distinct_slot {
    const struct distinct_entry *entry; /* NULL: empty */
    uint32_t hash;
    uint32_t number;
};

/* ---- Entries ---------------------------------------------------------------------------------*/

static inline struct distinct_entry make_entry(struct bytes value)
{
    struct distinct_entry e = {.n = value.n};
    uint64_t hash;
    if (value.n <= 16) {
        hash_halves(value.p, value.n, &e.head, &e.tail);
        hash = hash_mix3(e.head, e.tail, value.n);
    } else {
        e.head = hash_load(value.p);
        e.tail = (uint64_t)(uintptr_t)value.p;
        hash = hash_long(value.p, value.n, 0);
    }
    e.hash = (uint32_t)(hash ^ hash >> 32);
    return e;
}

static inline const char *entry_text(const struct distinct_entry *e)
{
    return (const char *)(uintptr_t)e->tail; /* NOLINT(performance-no-int-to-ptr) */
}

static inline bool entry_equal(const struct distinct_entry *a, const struct distinct_entry *b)
{
    if (a->n != b->n || a->head != b->head)
        return false;
    return a->tail == b->tail || (a->n > 16 && memcmp(entry_text(a), entry_text(b), a->n) == 0);
}

static inline uint32_t entry_part(const struct distinct_entry *e)
{
    return (uint32_t)((uint64_t)e->hash * DISTINCT_PARTS >> 32);
}

static void write_entry(const struct distinct_entry *e, char *out)
{
    uint64_t head = e->head;
    if (e->n > 16) {
        memcpy(out, entry_text(e), e->n);
    } else if (e->n >= 8) {
        memcpy(out, &head, 8);
        memcpy(out + e->n - 8, &e->tail, 8);
    } else {
        for (uint32_t i = 0; i < e->n; i++, head >>= 8)
            out[i] = (char)head;
    }
}

/* ---- Scratch ---------------------------------------------------------------------------------*/

/* Memory for n times `size` bytes in the place of `old`, whose contents are lost; NULL if there is
 * none. */
static void *reserve(void *old, size_t *capacity, size_t n, size_t size)
{
    if (old && n <= *capacity)
        return old;
    free(old);
    void *p = malloc(n * size);
    *capacity = p ? n : 0;
    return p;
}

static bool reserve_entries(struct distinct_scratch *s, size_t n)
{
    s->entries = reserve(s->entries, &s->entries_capacity, n + 1, sizeof *s->entries);
    return s->entries != NULL;
}

/* An empty table for n entries: at least twice as many slots, a power of two. */
static size_t clear_slots(struct distinct_scratch *s, size_t n)
{
    size_t n_slots = 64;
    while (n_slots < 2 * n)
        n_slots *= 2;
    s->slots = reserve(s->slots, &s->slots_capacity, n_slots, sizeof *s->slots);
    if (!s->slots)
        return 0;
    memset(s->slots, 0, n_slots * sizeof *s->slots);
    return n_slots;
}

void distinct_scratch_free(struct distinct_scratch *s)
{
    free(s->slots);
    free(s->entries);
    text_rules_scratch_free(&s->text);
    *s = (struct distinct_scratch){0};
}

/* The slot of an entry equal to *e, or the empty one where it belongs. */
static inline struct distinct_slot *find_slot(struct distinct_slot *slots, size_t n_slots,
                                              const struct distinct_entry *e)
{
    size_t mask = n_slots - 1;
    for (size_t i = e->hash & mask;; i = (i + 1) & mask) {
        struct distinct_slot *slot = &slots[i];
        if (!slot->entry || (slot->hash == e->hash && entry_equal(slot->entry, e)))
            return slot;
    }
}

/* ---- One chunk -------------------------------------------------------------------------------*/

static char *keep_bytes(struct arena *arena, const char *p, size_t n)
{
    char *kept = n <= UINT32_MAX ? arena_take(arena, n) : NULL;
    if (kept && n) /* p may be NULL where nothing is left of a text */
        memcpy(kept, p, n);
    return kept;
}

/* Cleans a value into the arena; *value has no bytes and no pointer if nothing is left of it.
 * Fields are valid UTF-8 by now. */
static bool clean_value(struct bytes *value, const struct text_rules *rules, struct arena *arena,
                        struct distinct_scratch *s)
{
    struct text_part cleaned;
    if (!text_rules_apply(rules, (struct text_part){value->p, value->n}, &s->text, &cleaned))
        return false;
    const bool emptied = value->n > 0 && cleaned.n == 0;
    const char *p = keep_bytes(arena, cleaned.p, cleaned.n);
    *value = (struct bytes){emptied ? NULL : p, (uint32_t)cleaned.n};
    return p != NULL;
}

/* Keeps the first value of which nothing is left. */
static bool note_emptied(struct distinct_chunk *c, struct bytes was, struct arena *arena)
{
    if (!c->emptied_value.p)
        c->emptied_value = (struct bytes){keep_bytes(arena, was.p, was.n), was.n};
    return c->emptied_value.p != NULL;
}

static bool keep_plain(struct distinct_chunk *c, const struct bytes *fields, size_t n_rows,
                       const struct text_rules *rules, struct arena *arena,
                       struct distinct_scratch *s)
{
    c->values = arena_take(arena, n_rows * sizeof *c->values);
    if (!c->values)
        return false;
    if (n_rows > 0)
        memcpy(c->values, fields, n_rows * sizeof *c->values);
    for (size_t i = 0; i < n_rows; i++) {
        const bool is_value = fields[i].p;
        if (is_value && rules && !clean_value(&c->values[i], rules, arena, s))
            return false;
        c->missing += !c->values[i].p;
        c->emptied += is_value && !c->values[i].p;
        if (is_value && !c->values[i].p && !note_emptied(c, fields[i], arena))
            return false;
    }
    return true;
}

/* Rows of a chunk after which it is decided whether looking for equal values pays. */
#define TRIAL_ROWS 1024u

/* Numbers the entries of a chunk. Where most values are new, later ones are not looked up: equal
 * entries are legal, distinct_merge finds them. */
static void distinct_number_rows(struct distinct_chunk *c, const struct bytes *fields,
                                 struct distinct_scratch *s, size_t n_slots)
{
    uint32_t n = 0;
    bool look_up = true;
    for (uint32_t i = 0; i < c->n_rows; i++) {
        if (!fields[i].p) {
            c->row_entry[i] = TABLE_MISSING;
            c->missing++;
            continue;
        }
        struct distinct_entry *entry = &s->entries[n];
        *entry = make_entry(fields[i]);
        if (i == TRIAL_ROWS)
            look_up = n < TRIAL_ROWS / 8 * 7;
        if (look_up) {
            struct distinct_slot *slot = find_slot(s->slots, n_slots, entry);
            if (slot->entry) {
                c->row_entry[i] = slot->number;
                continue;
            }
            *slot = (struct distinct_slot){entry, entry->hash, n};
        }
        c->row_entry[i] = n++;
    }
    c->n_entries = n;
}

/* Rows whose entry is no more are missing; the others get its new number. */
static void renumber_rows(struct distinct_chunk *c, const uint32_t *new_number)
{
    for (uint32_t i = 0; i < c->n_rows; i++) {
        if (c->row_entry[i] == TABLE_MISSING)
            continue;
        c->row_entry[i] = new_number[c->row_entry[i]];
        c->emptied += c->row_entry[i] == TABLE_MISSING;
    }
    c->missing += c->emptied;
}

/* Cleans the entries. Those of which nothing is left are taken out. */
static bool clean_entries(struct distinct_chunk *c, const struct text_rules *rules,
                          struct arena *arena, struct distinct_scratch *s)
{
    uint32_t *new_number = malloc((c->n_entries + (size_t)1) * sizeof *new_number);
    uint32_t kept = 0;
    bool ok = new_number != NULL;
    for (uint32_t i = 0; ok && i < c->n_entries; i++) {
        const struct distinct_entry *e = &s->entries[i];
        char text[16];
        const struct bytes was = {e->n > 16 ? entry_text(e) : text, e->n};
        struct bytes value = was;
        if (e->n <= 16)
            write_entry(e, text);
        ok = clean_value(&value, rules, arena, s) && (value.p || note_emptied(c, was, arena));
        new_number[i] = ok && value.p ? kept : TABLE_MISSING;
        if (ok && value.p)
            s->entries[kept++] = make_entry(value);
    }
    if (ok && kept < c->n_entries)
        renumber_rows(c, new_number);
    c->n_entries = kept;
    free(new_number);
    return ok;
}

/* Puts the entries into the arena by part, keeping their order within a part. */
static bool sort_entries(struct distinct_chunk *c, struct arena *arena,
                         const struct distinct_scratch *s)
{
    c->part_begin = arena_take(arena, (DISTINCT_PARTS + 1) * sizeof *c->part_begin);
    c->entries = arena_take(arena, c->n_entries * sizeof *c->entries);
    c->number = arena_take(arena, c->n_entries * sizeof *c->number);
    if (!c->part_begin || !c->entries || !c->number)
        return false;
    uint32_t next[DISTINCT_PARTS] = {0};
    for (uint32_t i = 0; i < c->n_entries; i++)
        next[entry_part(&s->entries[i])]++;
    uint32_t begin = 0;
    for (uint32_t part = 0; part < DISTINCT_PARTS; part++) {
        uint32_t count = next[part];
        c->part_begin[part] = next[part] = begin;
        begin += count;
    }
    c->part_begin[DISTINCT_PARTS] = begin;
    for (uint32_t i = 0; i < c->n_entries; i++) {
        uint32_t place = next[entry_part(&s->entries[i])]++;
        c->entries[place] = s->entries[i];
        c->number[place] = i;
    }
    return true;
}

bool distinct_encode(struct distinct_chunk *c, const struct bytes *fields, size_t n_rows,
                     bool plain, const struct text_rules *rules, struct arena *arena,
                     struct distinct_scratch *s)
{
    *c = (struct distinct_chunk){.n_rows = (uint32_t)n_rows};
    if (plain)
        return keep_plain(c, fields, n_rows, rules, arena, s);
    size_t n_slots = clear_slots(s, n_rows);
    c->row_entry = arena_take(arena, n_rows * sizeof *c->row_entry);
    if (n_slots == 0 || !c->row_entry || !reserve_entries(s, n_rows))
        return false;
    distinct_number_rows(c, fields, s, n_slots);
    return (!rules || clean_entries(c, rules, arena, s)) && sort_entries(c, arena, s);
}

/* ---- All chunks ------------------------------------------------------------------------------*/

/* Finds the owners of all entries of one part. */
static bool merge_part(struct distinct *d, uint32_t part, struct distinct_scratch *s)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_chunks; i++)
        n += d->chunks[i].part_begin[part + 1] - d->chunks[i].part_begin[part];
    size_t n_slots = clear_slots(s, n);
    if (n_slots == 0)
        return false;
    for (size_t i = 0; i < d->n_chunks; i++) {
        const struct distinct_chunk *c = &d->chunks[i];
        for (uint32_t k = c->part_begin[part]; k < c->part_begin[part + 1]; k++) {
            const struct distinct_entry *entry = &c->entries[k];
            uint32_t number = d->base[i] + c->number[k];
            struct distinct_slot *slot = find_slot(s->slots, n_slots, entry);
            if (!slot->entry)
                *slot = (struct distinct_slot){entry, entry->hash, number};
            d->owner[number] = slot->number;
        }
    }
    return true;
}

/* Numbers that are all zero. */
static void *take_zeros(struct arena *arena, size_t n, size_t size)
{
    void *p = arena_take(arena, n * size);
    return p ? memset(p, 0, n * size) : NULL;
}

static bool open_dict(struct distinct *d, struct arena *arena)
{
    size_t n = d->n_chunks;
    d->base = take_zeros(arena, n + 1, sizeof *d->base);
    d->value_base = take_zeros(arena, n + 1, sizeof *d->value_base);
    d->bytes_base = take_zeros(arena, n + 1, sizeof *d->bytes_base);
    if (!d->base || !d->value_base || !d->bytes_base)
        return false;
    for (size_t i = 0; i < n; i++) {
        d->base[i + 1] = d->base[i] + d->chunks[i].n_entries;
        d->missing += d->chunks[i].missing;
    }
    d->owner = arena_take(arena, d->base[n] * sizeof *d->owner);
    d->value = arena_take(arena, d->base[n] * sizeof *d->value);
    return d->owner && d->value;
}

/* Counts the values that chunk i adds, and their bytes. */
static void count_chunk(struct distinct *d, size_t i)
{
    const struct distinct_chunk *c = &d->chunks[i];
    uint64_t n = 0, bytes = 0;
    if (d->plain) {
        n = c->n_rows;
        for (uint32_t row = 0; row < c->n_rows; row++)
            bytes += c->values[row].n;
    }
    for (uint32_t k = 0; k < c->n_entries; k++) {
        uint32_t number = d->base[i] + c->number[k];
        bool is_new = d->owner[number] == number;
        n += is_new;
        bytes += is_new ? c->entries[k].n : 0;
    }
    d->value_base[i + 1] = n;
    d->bytes_base[i + 1] = bytes;
}

/* Numbers the values that chunk i adds. */
static void number_chunk(struct distinct *d, size_t i)
{
    uint32_t base = d->base[i];
    uint64_t value = d->value_base[i];
    for (uint32_t k = base; k < base + d->chunks[i].n_entries; k++)
        if (d->owner[k] == k)
            d->value[k] = (uint32_t)value++;
}

bool distinct_merge(struct distinct *distinct, size_t n, struct arena *arena,
                    struct distinct_scratch *scratch)
{
    size_t n_chunks = n ? distinct[0].n_chunks : 0;
    bool ok = true;
    for (size_t i = 0; i < n; i++)
        ok = open_dict(&distinct[i], arena) && ok;
    if (!ok)
        return false;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (n_chunks > 1)
    for (size_t i = 0; i < n * DISTINCT_PARTS; i++)
        if (!distinct[i / DISTINCT_PARTS].plain)
            ok = merge_part(&distinct[i / DISTINCT_PARTS], (uint32_t)(i % DISTINCT_PARTS),
                            &scratch[omp_get_thread_num()]) &&
                 ok;
    if (!ok)
        return false;
#pragma omp parallel for schedule(dynamic) if (n_chunks > 1)
    for (size_t i = 0; i < n * n_chunks; i++)
        count_chunk(&distinct[i / n_chunks], i % n_chunks);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < n_chunks; i++) {
            distinct[k].value_base[i + 1] += distinct[k].value_base[i];
            distinct[k].bytes_base[i + 1] += distinct[k].bytes_base[i];
        }
#pragma omp parallel for schedule(dynamic) if (n_chunks > 1)
    for (size_t i = 0; i < n * n_chunks; i++)
        number_chunk(&distinct[i / n_chunks], i % n_chunks);
    return true;
}

/* ---- Writing ---------------------------------------------------------------------------------*/

static void write_plain(const struct distinct *d, size_t chunk, uint64_t *value_begin,
                        char *value_bytes)
{
    const struct distinct_chunk *c = &d->chunks[chunk];
    uint64_t at = d->bytes_base[chunk];
    value_begin += d->value_base[chunk];
    for (uint32_t i = 0; i < c->n_rows; i++) {
        value_begin[i] = at;
        if (c->values[i].n > 0)
            memcpy(value_bytes + at, c->values[i].p, c->values[i].n);
        at += c->values[i].n;
    }
    if (chunk + 1 == d->n_chunks)
        value_begin[c->n_rows] = at;
}

bool distinct_write_values(const struct distinct *d, size_t chunk, uint64_t *value_begin,
                           char *value_bytes, struct distinct_scratch *s)
{
    if (d->plain) {
        write_plain(d, chunk, value_begin, value_bytes);
        return true;
    }
    const struct distinct_chunk *c = &d->chunks[chunk];
    uint32_t base = d->base[chunk];
    if (!reserve_entries(s, c->n_entries))
        return false;
    for (uint32_t k = 0; k < c->n_entries; k++)
        s->entries[c->number[k]] = c->entries[k];
    uint64_t value = d->value_base[chunk], at = d->bytes_base[chunk];
    for (uint32_t i = 0; i < c->n_entries; i++) {
        if (d->owner[base + i] != base + i)
            continue;
        write_entry(&s->entries[i], value_bytes + at);
        value_begin[value++] = at;
        at += s->entries[i].n;
    }
    assert(value == d->value_base[chunk + 1] && at == d->bytes_base[chunk + 1]);
    if (chunk + 1 == d->n_chunks)
        value_begin[value] = at;
    return true;
}

void distinct_write_rows(const struct distinct *d, size_t chunk, uint32_t first_row,
                         uint32_t *row_value)
{
    const struct distinct_chunk *c = &d->chunks[chunk];
    const uint32_t *owner = d->plain ? NULL : d->owner + d->base[chunk];
    for (uint32_t i = 0; i < c->n_rows; i++) {
        if (d->plain) {
            row_value[first_row + i] = c->values[i].p ? first_row + i : TABLE_MISSING;
        } else {
            uint32_t entry = c->row_entry[i];
            row_value[first_row + i] =
                entry == TABLE_MISSING ? TABLE_MISSING : d->value[owner[entry]];
        }
    }
}

/* ---- All at once -----------------------------------------------------------------------------*/

#define CHUNK_TEXTS 8192u
#define MOST_CHUNKS 256u

/* Texts that are encoded and merged; `chunks`, `arenas` and `scratch` are allocated. */
struct numbering {
    const struct bytes *texts;
    uint32_t n;
    size_t n_chunks;
    struct distinct_chunk *chunks;
    struct arena *arenas;             /* one for each thread */
    struct distinct_scratch *scratch; /* one for each thread */
};

static uint32_t chunk_begin(const struct numbering *g, size_t chunk)
{
    return (uint32_t)((uint64_t)g->n * chunk / g->n_chunks);
}

static bool encode_texts(const struct numbering *g)
{
    bool ok = true;
#pragma omp parallel for schedule(dynamic) reduction(&& : ok) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_chunks; i++) {
        int thread = omp_get_thread_num();
        uint32_t from = chunk_begin(g, i), to = chunk_begin(g, i + 1);
        ok = distinct_encode(&g->chunks[i], g->texts + from, to - from, false, 0,
                             &g->arenas[thread], &g->scratch[thread]) &&
             ok;
    }
    return ok;
}

static bool number_texts(const struct numbering *g, uint32_t *number, uint32_t *n_values)
{
    struct distinct d = {.n_chunks = g->n_chunks, .chunks = g->chunks};
    if (!encode_texts(g) || !distinct_merge(&d, 1, &g->arenas[0], g->scratch))
        return false;
#pragma omp parallel for schedule(dynamic) if (g->n_chunks > 1)
    for (size_t i = 0; i < g->n_chunks; i++)
        distinct_write_rows(&d, i, chunk_begin(g, i), number);
    *n_values = (uint32_t)distinct_n_values(&d);
    return true;
}

bool distinct_number(const struct bytes *texts, uint32_t n, uint32_t *number, uint32_t *n_values)
{
    size_t n_threads = (size_t)omp_get_max_threads();
    struct numbering g = {.texts = texts,
                          .n = n,
                          .n_chunks =
                              n / CHUNK_TEXTS < MOST_CHUNKS ? n / CHUNK_TEXTS + 1 : MOST_CHUNKS};
    g.chunks = calloc(g.n_chunks, sizeof *g.chunks);
    g.arenas = calloc(n_threads, sizeof *g.arenas);
    g.scratch = calloc(n_threads, sizeof *g.scratch);
    bool ok = g.chunks && g.arenas && g.scratch && number_texts(&g, number, n_values);
    for (size_t i = 0; i < n_threads; i++) {
        if (g.arenas)
            arena_free(&g.arenas[i]);
        if (g.scratch)
            distinct_scratch_free(&g.scratch[i]);
    }
    free(g.chunks);
    free(g.arenas);
    free(g.scratch);
    return ok;
}
