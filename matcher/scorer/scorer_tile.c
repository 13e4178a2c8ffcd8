/* The metrics of axb.h for a tile of pairs at once: one record of A against up to SCORER_TILE_ROWS
 * of B, whose arrays scorer_bind_tile has named. scorer_tile.h is the other end of it.
 *
 * Which metrics of which columns a scorer asks for is seen while it runs: in every LEARN_EVERYth
 * tile, all calls of some records of A are counted. Whether a metric is then computed for the
 * whole tile depends on how often it was asked, and on what this machine needs for a call and for
 * the tile, which is measured each time: a scorer that returns early in most pairs goes on calling.
 * That decides on time alone, never on a value. Each thread has a state of its own. */
#include "core/base.h"
#include "core/hash.h"
#include "core/log.h"
#include "matcher/metric/metric_many.h"
#include "matcher/scorer/scorer_internal.h"
#include "matcher/scorer/scorer_tile_abi.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LEARN_EVERY 64u              /* tiles */
#define LEARN_LEAST 4u               /* records of A whose calls are counted … */
#define LEARN_MOST 64u               /* … or more, while a text that is asked for is missing */
#define SAMPLE 32u                   /* calls that are timed … */
#define TRIALS 4u                    /* … so often */
#define MOST_COLUMNS (1u << 16)      /* by their numbers; a scorer with more calls all metrics */
#define SLOTS (4 * SCORER_TILE_ROWS) /* of the hash table of a tile's texts */
#define NO_ID UINT32_MAX             /* of no text; a missing one has 0 */

_Static_assert((SLOTS & (SLOTS - 1)) == 0, "a mask finds a slot");

/* The distinct texts of an array of B in the present tile. */
struct tile_field {
    uint64_t tile;                      /* the number of the tile that it has; 0: none */
    struct text text[SCORER_TILE_ROWS]; /* distinct */
    uint32_t n;                         /* of them */
    uint16_t number[SCORER_TILE_ROWS];  /* of each record; n: it has no text */
    bool all_differ;                    /* number[i] is i */
    struct metric_texts *lanes;
};

/* A metric of an array of A and one of B. */
struct tile_use {
    struct tile_use *next; /* of the active ones */
    uint32_t column;       /* its number */
    uint32_t field_a, field_b;
    struct metric_many *metric;
    double missing; /* the value where a text is missing */
    uint64_t tile;  /* of what `values` has … */
    uint32_t a_id;  /* … and the text of A */
    double
        distinct[SCORER_TILE_ROWS + 1]; /* the values of the field's texts, and of a missing one */
    double values[SCORER_TILE_ROWS];
};

struct tiles {
    struct axb_tile shared;
    const struct axb_tile_shape *shape; /* that of the module; NULL: none was called yet */
    uint32_t n_columns;
    struct tile_use **use;     /* by the number of the column; NULL: never asked for */
    struct tile_field **field; /* by the array of B, likewise */
    struct tile_use *active;
    bool all_active; /* of all that the module's code may read */
    bool failed;     /* without memory: all metrics are called */

    const void *const *b; /* the tile … */
    uint32_t n;
    uint64_t number;                  /* … counted from 1 */
    uint32_t records, records_before; /* of A, in this tile and the one before */
    bool learns;              /* the calls of the next records of A are to be counted, … */
    uint32_t records_learned; /* … so many have been, and nothing is decided yet; 0: it is … */
    uint64_t learned;         /* … in so many pairs */
    uint16_t slot[SLOTS];     /* for distinct texts: number + 1; 0: none */
};

/* ---- The state of a thread -------------------------------------------------------------------*/

static pthread_key_t thread_tiles;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local struct tiles *mine;

/* Forgets the module. */
static void forget(struct tiles *t)
{
    for (uint32_t i = 0; t->use && i < t->n_columns; i++) {
        if (t->use[i])
            metric_many_close(t->use[i]->metric);
        free(t->use[i]);
    }
    for (uint32_t i = 0; t->field && i < t->shape->n_b; i++) {
        if (t->field[i])
            metric_texts_close(t->field[i]->lanes);
        free(t->field[i]);
    }
    free(t->use);
    free(t->field);
    free(t->shared.column);
    free(t->shared.asked);
    t->use = NULL;
    t->field = NULL;
    t->active = NULL;
    t->all_active = false;
    t->shared = (struct axb_tile){0};
    t->shape = NULL;
}

static void close_tiles(void *tiles)
{
    forget(tiles);
    free(tiles);
}

static void make_key(void)
{
    pthread_key_create(&thread_tiles, close_tiles);
}

void scorer_bind_tile(const void *const *b, uint32_t n)
{
    if (!mine && n) {
        pthread_once(&once, make_key);
        mine = calloc(1, sizeof *mine);
        pthread_setspecific(thread_tiles, mine);
    }
    if (!mine)
        return;
    mine->b = b;
    mine->n = n;
    mine->number++;
    mine->records_before = mine->records;
    mine->records = 0;
    mine->learns = mine->learns || mine->number % LEARN_EVERY == 1;
}

/* Gets ready for a module of this shape. */
static bool remember(struct tiles *t, const struct axb_tile_shape *shape)
{
    const uint64_t columns = (uint64_t)AXB_TILE_N_METRICS * shape->n_a * shape->n_b;
    forget(t);
    t->shape = shape;
    t->n_columns = columns <= MOST_COLUMNS ? (uint32_t)columns : 0;
    t->use = calloc(t->n_columns + 1ull, sizeof(struct tile_use *));
    t->field = calloc(shape->n_b + 1ull, sizeof(struct tile_field *));
    t->shared.column = calloc(t->n_columns + 1ull, sizeof(double *));
    t->shared.asked = calloc(t->n_columns + 1ull, sizeof *t->shared.asked);
    t->failed = !t->use || !t->field || !t->shared.column || !t->shared.asked;
    t->learns = true;
    t->records_learned = 0;
    return !t->failed;
}

/* ---- Values ----------------------------------------------------------------------------------*/

/* The number of a text among those of the field, which gets it if it is new. */
static uint32_t number_of(struct tiles *t, struct tile_field *f, axb_str s)
{
    uint32_t at = (uint32_t)hash_mix3(s.id, 0, 0) % SLOTS;
    while (t->slot[at] && f->text[t->slot[at] - 1].id != s.id)
        at = (at + 1) % SLOTS;
    if (!t->slot[at]) {
        f->text[f->n++] = scorer_text(scorer_dictionary(), s);
        t->slot[at] = (uint16_t)f->n;
    }
    return t->slot[at] - 1u;
}

static void set_field(struct tiles *t, struct tile_field *f, const axb_str *b)
{
    f->tile = t->number;
    f->n = 0;
    memset(t->slot, 0, sizeof t->slot);
    for (uint32_t i = 0; i < t->n; i++)
        f->number[i] = b[i].p ? (uint16_t)number_of(t, f, b[i]) : UINT16_MAX;
    f->all_differ = f->n == t->n;
    for (uint32_t i = 0; i < t->n; i++)
        f->number[i] = f->number[i] == UINT16_MAX ? (uint16_t)f->n : f->number[i];
    metric_texts_set(f->lanes, f->text, f->n);
}

/* Computes the metric of a text of A for all records of the tile. */
static void set_values(struct tiles *t, struct tile_use *u, axb_str a)
{
    struct tile_field *f = t->field[u->field_b];
    if (f->tile != t->number)
        set_field(t, f, t->b[u->field_b]);
    u->tile = t->number;
    u->a_id = a.id;
    if (!a.p) {
        for (uint32_t i = 0; i < t->n; i++)
            u->values[i] = u->missing;
        return;
    }
    const struct text text = scorer_text(scorer_dictionary(), a);
    metric_many_scores(u->metric, &text, f->lanes, f->all_differ ? u->values : u->distinct);
    if (f->all_differ)
        return;
    u->distinct[f->n] = u->missing;
    for (uint32_t i = 0; i < t->n; i++)
        u->values[i] = u->distinct[f->number[i]];
}

/* ---- Which metrics pay -----------------------------------------------------------------------*/

/* The metric with this number, with its q. */
static bool metric_of(uint32_t number, struct metric_use *use)
{
#define NAME(name) [AXB_TILE_##name] = #name,
#define NAME_OF_Q(name)                                                                            \
    [AXB_TILE_##name] = #name, [AXB_TILE_##name + 1] = #name, [AXB_TILE_##name + 2] = #name,       \
    [AXB_TILE_##name + 3] = #name,
    static const char *const names[] = {AXB_TILE_METRICS(NAME) AXB_TILE_METRICS_OF_Q(NAME_OF_Q)};
    struct err e;
    const char *name = names[number];
    uint32_t first = number;
    while (first > 0 && strcmp(names[first - 1], name) == 0)
        first--;
    if (!metric_find(name, strlen(name), use, &e))
        return false;
    if (number >= AXB_TILE_jaccard) {
        use->n_args = 1;
        use->args[0] = number - first;
    }
    return true;
}

static struct tile_field *open_field(void)
{
    struct err e;
    struct tile_field *f = calloc(1, sizeof *f);
    if (!f || metric_texts_open(&f->lanes, &scorer_dictionary()->alphabet, SCORER_TILE_ROWS, &e))
        return f;
    free(f);
    return NULL;
}

static struct tile_use *open_use(const struct tiles *t, uint32_t column)
{
    const struct axb_tile_shape *shape = t->shape;
    const struct dictionary *d = scorer_dictionary();
    struct metric_use use;
    struct err e;
    struct tile_use *u = calloc(1, sizeof *u);
    if (!u)
        return NULL;
    u->column = column;
    u->field_b = column % shape->n_b;
    u->field_a = column / shape->n_b % shape->n_a;
    u->a_id = NO_ID;
    if (metric_of(column / shape->n_b / shape->n_a, &use) &&
        metric_many_open(&u->metric, &use, &d->alphabet, d->max_length, SCORER_TILE_ROWS, &e)) {
        u->missing = metric_missing(use.view);
        return u;
    }
    free(u);
    return NULL;
}

/* Opens what a column needs. */
static bool open_column(struct tiles *t, uint32_t column)
{
    const uint32_t field_b = column % t->shape->n_b;
    if (!t->field[field_b])
        t->field[field_b] = open_field();
    if (!t->use[column])
        t->use[column] = open_use(t, column);
    t->failed = !t->field[field_b] || !t->use[column];
    return !t->failed;
}

/* What is timed, once: a call for SAMPLE records of the tile, or what the tile needs. */
typedef void timed_fn(struct tiles *t, struct tile_use *u, axb_str a);

/* The least of a few times: others may have had the core meanwhile. */
static double seconds_of(timed_fn *timed, struct tiles *t, struct tile_use *u, axb_str a)
{
    double least_seconds = 1e9;
    for (uint32_t i = 0; i < TRIALS; i++) {
        const double begin = log_seconds();
        timed(t, u, a);
        least_seconds = least_double(least_seconds, log_seconds() - begin);
    }
    return least_seconds;
}

static void call_some(struct tiles *t, struct tile_use *u, axb_str a)
{
    const struct dictionary *d = scorer_dictionary();
    const axb_str *b = t->b[u->field_b];
    const struct text text = scorer_text(d, a);
    for (uint32_t i = 0; i < SAMPLE; i++) {
        const axb_str at = b[(uint64_t)i * t->n / SAMPLE];
        const struct text other = at.p ? scorer_text(d, at) : text;
        u->distinct[0] = metric_many_one(u->metric, &text, &other);
    }
}

static void lay_texts(struct tiles *t, struct tile_use *u, axb_str a)
{
    (void)a;
    set_field(t, t->field[u->field_b], t->b[u->field_b]);
    metric_many_lay(u->metric, t->field[u->field_b]->lanes);
}

/* Is it less work to compute the metric for whole tiles than to call it as often as it was asked?
 * What is made of a tile's texts serves all records of A. */
static bool pays(struct tiles *t, struct tile_use *u, axb_str a)
{
    const double calls = (double)t->shared.asked[u->column] / (double)t->learned * t->n;
    const uint32_t records = t->records_before ? t->records_before : LEARN_MOST;
    const double by_call = calls * seconds_of(call_some, t, u, a) / SAMPLE;
    const double laying = seconds_of(lay_texts, t, u, a) / records;
    return laying + seconds_of(set_values, t, u, a) < by_call;
}

static axb_str text_at(const struct tiles *t, uint32_t column, const void *const *a, uint32_t i)
{
    return ((const axb_str *)a[column / t->shape->n_b % t->shape->n_a])[i];
}

/* Has record i of A all the texts that were asked for? */
static bool has_texts(const struct tiles *t, const void *const *a, uint32_t i)
{
    for (uint32_t c = 0; c < t->n_columns; c++)
        if (t->shared.asked[c] && !text_at(t, c, a, i).p)
            return false;
    return true;
}

static bool is_active(const struct tiles *t, uint32_t column)
{
    const struct tile_use *u = t->active;
    while (u && u->column != column)
        u = u->next;
    return u;
}

/* Is all that the module's code may read computed by the tile? AXB_TILE_UNKNOWN never is. */
static bool has_all(const struct tiles *t)
{
    const uint32_t *used = t->shape->used;
    while (used < t->shape->used_end && is_active(t, *used))
        used++;
    return used == t->shape->used_end && t->active;
}

/* Decides which metrics are computed by the tile from now on. */
static void decide(struct tiles *t, const void *const *a, uint32_t i)
{
    struct tile_use **last = &t->active;
    t->records_learned = 0;
    for (uint32_t c = 0; c < t->n_columns && !t->failed; c++) {
        const bool asked = t->shared.asked[c] && text_at(t, c, a, i).p;
        if (asked && open_column(t, c) && pays(t, t->use[c], text_at(t, c, a, i))) {
            *last = t->use[c];
            last = &t->use[c]->next;
        }
    }
    *last = NULL;
    t->all_active = has_all(t);
}

/* Begins to count calls. */
static void learn(struct tiles *t)
{
    for (struct tile_use *u = t->active; u; u = u->next)
        t->shared.column[u->column] = NULL;
    t->active = NULL;
    t->all_active = false;
    memset(t->shared.asked, 0, t->n_columns * sizeof *t->shared.asked);
    t->learned = 0;
    t->records_learned = 0;
    t->learns = false;
}

/* Are the calls of record i of A to be counted? If not, it is decided what is computed for it. */
static bool learns_from(struct tiles *t, const void *const *a, uint32_t i, uint32_t pairs)
{
    const uint32_t n = t->records_learned;
    const bool begins = t->learns;
    if (begins)
        learn(t);
    if (!begins && n >= LEARN_LEAST && (n >= LEARN_MOST || has_texts(t, a, i)))
        decide(t, a, i);
    if (!begins && !t->records_learned)
        return false;
    t->records_learned++;
    t->learned += pairs;
    return true;
}

struct axb_tile *axb_tile_begin(const struct axb_tile_shape *shape, const void *const *a,
                                uint32_t i, const void *const *b, uint32_t from, uint32_t to)
{
    struct tiles *t = mine;
    if (!t || b != t->b || to > t->n || !scorer_dictionary())
        return NULL;
    if (t->shape != shape && !remember(t, shape))
        return NULL;
    if (t->failed || !t->n_columns || from == to)
        return NULL;
    t->records++;
    const bool learns = learns_from(t, a, i, to - from);
    t->shared.sure = t->all_active;
    if (learns)
        return &t->shared;
    for (struct tile_use *u = t->active; u; u = u->next) {
        const axb_str text = ((const axb_str *)a[u->field_a])[i];
        if (u->tile != t->number || u->a_id != text.id)
            set_values(t, u, text);
        t->shared.column[u->column] = u->values;
    }
    return &t->shared;
}
