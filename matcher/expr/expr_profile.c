/* Items are made for each distinct value, and then go to the rows that have it. */
#include "matcher/expr/expr_profile.h"
#include "core/hash.h"
#include "matcher/metric/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GRAM_BITS 88u /* of a signature of q-grams */
#define LENGTH_OF_GRAMS (PROFILE_LENGTHS + 2)

/* ---- Form ------------------------------------------------------------------------------------*/

static bool weighs_values(const struct expr_term *t)
{
    return metric_at(t->metric)->flags & METRIC_WEIGHS_VALUES;
}

/* Is it 1 - distance / longer length, of a distance that profile_distance counts? */
static bool counts_edits(const struct metric *m)
{
    return m->edits && m->edits->exact && m->edits->share == METRIC_OF_LONGER &&
           (m->edits->kind == EDIT_LEVENSHTEIN || m->edits->kind == EDIT_OSA);
}

/* The length of the q-grams that a term compares; 0: none. */
static uint32_t grams_of(const struct expr_term *t)
{
    const struct metric *m = metric_at(t->metric);
    return m->sets ? (uint32_t)(t->n_args > 0 ? t->args[0] : m->defaults[0]) : 0;
}

static struct profile_source source_of(const struct expr_term *t)
{
    const struct metric *m = metric_at(t->metric);
    struct profile_source s = {t->column_a, t->column_b, PROFILE_VALUE, 0, EXPR_NONE};
    if (t->view != METRIC_NORMALIZED_SIMILARITY)
        return s;
    if (m->bound)
        s.kind = counts_edits(m) ? PROFILE_EDITS : PROFILE_CHARACTERS;
    s.q = grams_of(t);
    s.kind = s.q ? PROFILE_GRAMS : s.kind;
    return s;
}

/* Can one item serve both? Then *into does. */
static bool unite(struct profile_source *into, const struct profile_source *s)
{
    const bool either = into->kind == PROFILE_VALUE || s->kind == PROFILE_VALUE;
    if (into->column_a != s->column_a || into->column_b != s->column_b ||
        (!either && (into->kind != s->kind || into->q != s->q)))
        return false;
    if (into->kind == PROFILE_VALUE) {
        into->kind = s->kind;
        into->q = s->q;
    }
    return true;
}

static void add_source(struct profile_form *f, const struct profile_source *s, uint32_t term)
{
    uint32_t i = 0;
    while (i < f->n_items && !unite(&f->source[i], s))
        i++;
    if (i == f->n_items)
        f->source[f->n_items++] = *s;
    f->item[term] = i;
}

/* The values of all items of its columns are weighed. */
static void mark_rare(struct profile_form *f, const struct expr_term *t, uint32_t term)
{
    for (uint32_t i = 0; i < f->n_items; i++)
        if (f->source[i].column_a == t->column_a && f->source[i].column_b == t->column_b)
            f->source[i].rare = term;
}

static struct profile_form form_of(const struct expr *x)
{
    struct profile_form f = {0};
    for (uint32_t t = 0; t < x->n_terms; t++) {
        const struct profile_source s = source_of(&x->term[t]);
        add_source(&f, &s, t);
    }
    for (uint32_t t = 0; t < x->n_terms; t++)
        if (weighs_values(&x->term[t]))
            mark_rare(&f, &x->term[t], t);
    return f;
}

/* ---- Signatures ------------------------------------------------------------------------------*/

/* The bit of the k-th occurrence of a character. */
static uint64_t character_bit(uint32_t code, uint32_t k)
{
    return UINT64_C(1) << ((code * 0x9e3779b1u + k * 0x85ebca6bu) >> 26);
}

static uint32_t count_before(const struct text *t, uint32_t i)
{
    const uint32_t code = text_code(t->codes, t->width, i);
    uint32_t n = 0;
    for (uint32_t k = 0; k < i; k++)
        n += text_code(t->codes, t->width, k) == code;
    return n;
}

static struct profile_item sign_characters(const struct text *t)
{
    struct profile_item item = {0, t->n << 24, t->id - 1};
    for (uint32_t i = 0; i < t->n; i++)
        item.sign |= character_bit(text_code(t->codes, t->width, i), count_before(t, i));
    for (uint32_t i = 0; i < 4 && i < t->n; i++) /* 0 is no character */
        item.more |= (text_code(t->codes, t->width, i) % 63 + 1) << 6 * i;
    return item;
}

static struct profile_item sign_grams(const struct text *t, uint32_t q)
{
    uint64_t key[LENGTH_OF_GRAMS];
    const uint32_t n = (uint32_t)metric_grams(*t, q, key);
    struct profile_item item = {0, n << 24, t->id - 1};
    if (n >= PROFILE_LENGTHS)
        return (struct profile_item){0, PROFILE_LONG << 24, t->id - 1};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t bit = (uint32_t)((hash_mix(key[i]) >> 32) * GRAM_BITS >> 32);
        item.sign |= bit < 64 ? UINT64_C(1) << bit : 0;
        item.more |= bit < 64 ? 0 : 1u << (bit - 64);
    }
    return item;
}

static struct profile_item sign_classes(const struct text *t, const uint8_t *class)
{
    struct profile_item item = {0, t->n << 24, t->id - 1};
    for (uint32_t i = 0; i < t->n; i++)
        item.sign |= (uint64_t) class[text_code(t->codes, t->width, i)] << 4 * i;
    return item;
}

static struct profile_item sign(const struct text *t, const struct profile_source *s,
                                const uint8_t *class)
{
    if (s->kind == PROFILE_VALUE || t->n >= PROFILE_LENGTHS ||
        (s->kind == PROFILE_EDITS && t->n > PROFILE_SHORT))
        return (struct profile_item){0, PROFILE_LONG << 24, t->id - 1};
    return s->kind == PROFILE_GRAMS   ? sign_grams(t, s->q)
           : s->kind == PROFILE_EDITS ? sign_classes(t, class)
                                      : sign_characters(t);
}

/* ---- Classes of characters -------------------------------------------------------------------*/

#define CLASSES 16u

struct frequent {
    uint64_t n;
    uint32_t code;
};

static int more_frequent(const void *a, const void *b)
{
    const struct frequent *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : (x->code > y->code) - (x->code < y->code);
}

/* Counts the characters of a side's values; returns how many of these are short. */
static uint64_t count_characters(const struct dictionary *d, const struct side *side,
                                 struct frequent *all)
{
    uint64_t n_short = 0;
    for (uint32_t place = 0; place < side->n; place++) {
        const struct text t = dictionary_text(d, side->value[place]);
        n_short += t.n <= PROFILE_SHORT;
        for (uint32_t i = 0; i < t.n && t.n <= PROFILE_SHORT; i++)
            all[text_code(t.codes, t.width, i)].n++;
    }
    return n_short;
}

/* The most frequent characters have a class of their own; each other one joins the class that has
 * the fewest. */
static void share_classes(struct frequent *all, uint32_t n, uint8_t *class)
{
    uint64_t of_class[CLASSES] = {0};
    qsort(all, n, sizeof *all, more_frequent);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t least = 0;
        for (uint32_t k = 1; k < CLASSES; k++)
            least = of_class[k] < of_class[least] ? k : least;
        of_class[least] += all[i].n;
        class[all[i].code] = (uint8_t)least;
    }
}

/* The class of each code; NULL without memory. *few_short: most texts are too long for classes. */
static uint8_t *classes_of(const struct dictionary *d, const struct side *a, const struct side *b,
                           bool *few_short)
{
    const uint32_t n = d->alphabet.n_codes;
    struct frequent *all = calloc(n + 1ull, sizeof *all);
    uint8_t *class = malloc(n + 1ull);
    if (all && class) {
        for (uint32_t i = 0; i < n; i++)
            all[i].code = i;
        const uint64_t n_short = count_characters(d, a, all) + count_characters(d, b, all);
        *few_short = n_short < ((uint64_t)a->n + b->n) / 4 * 3;
        share_classes(all, n, class);
    }
    free(all);
    if (all)
        return class;
    free(class);
    return NULL;
}

/* ---- Building --------------------------------------------------------------------------------*/

struct profile_head {
    struct profile_form form;
    uint64_t a_at, b_at, rarity_at;
};

/* What the values of a side have, by place. */
struct by_place {
    const struct side *side;
    struct profile_item *item;
    uint16_t *rarity; /* NULL: nobody asks for it */
};

static uint16_t rarity_level(double bits)
{
    const double level = ceil(bits * 16);
    return (uint16_t)(level < PROFILE_RARITIES - 1 ? level : PROFILE_RARITIES - 1);
}

static bool make_places(struct by_place *p, const struct profile_source *s,
                        const struct dictionary *dictionary, const struct side *side,
                        const struct rarity *rarity, const uint8_t *class)
{
    p->side = side;
    p->item = malloc((side->n + 1ull) * sizeof *p->item);
    p->rarity = rarity ? malloc((side->n + 1ull) * sizeof *p->rarity) : NULL;
    if (!p->item || (rarity && !p->rarity))
        return false;
#pragma omp parallel for schedule(static)
    for (uint32_t place = 0; place < side->n; place++) {
        const struct text text = dictionary_text(dictionary, side->value[place]);
        p->item[place] = sign(&text, s, class);
        if (rarity)
            p->rarity[place] = rarity_level(rarity_bits(rarity, side->value[place]));
    }
    return true;
}

static void fill_row(const struct by_place *p, uint32_t n_items, uint64_t row,
                     struct profile_item *item, uint16_t *rarity)
{
    for (uint32_t k = 0; k < n_items; k++) {
        const uint32_t place = p[k].side->row_place[row];
        const bool missing = place == TABLE_MISSING;
        item[k] = missing ? (struct profile_item){0, PROFILE_MISSING << 24, 0} : p[k].item[place];
        if (rarity)
            rarity[k] = missing || !p[k].rarity ? 0 : p[k].rarity[place];
    }
}

static const struct side *source_side(const struct profile_source *s, const struct expr *x,
                                      const struct index *index, int side)
{
    return &index->field[x->column[side ? s->column_b : s->column_a].field].side;
}

/* The profiles of all rows of a side; `rarity` is NULL for B. */
static bool fill_side(const struct profile_form *f, const struct expr *x, const struct index *index,
                      int side, uint8_t *const *class, struct profile_item *item, uint16_t *rarity)
{
    struct by_place place[EXPR_MAX_TERMS] = {0};
    bool ok = true;
    for (uint32_t k = 0; k < f->n_items && ok; k++) {
        const struct profile_source *s = &f->source[k];
        const bool weighs = rarity && s->rare != EXPR_NONE;
        ok = make_places(
            &place[k], s, &index->dictionary, source_side(s, x, index, side),
            weighs ? index_rarity(index, x->column[s->column_a].field, x->column[s->column_b].field)
                   : NULL,
            class[k]);
    }
    const uint64_t n_rows = ok ? source_side(&f->source[0], x, index, side)->n_rows : 0;
#pragma omp parallel for schedule(static)
    for (uint64_t row = 0; row < n_rows; row++)
        fill_row(place, f->n_items, row, item + row * f->n_items,
                 rarity ? rarity + row * f->n_items : NULL);
    for (uint32_t k = 0; k < f->n_items; k++) {
        free(place[k].item);
        free(place[k].rarity);
    }
    return ok;
}

/* The classes of characters of each item that has them; where most texts are long, signatures of
 * characters take their place. */
static bool find_classes(struct profile_form *f, const struct expr *x, const struct index *index,
                         uint8_t **class)
{
    for (uint32_t k = 0; k < f->n_items; k++) {
        struct profile_source *s = &f->source[k];
        bool few_short = false;
        if (s->kind != PROFILE_EDITS)
            continue;
        class[k] = classes_of(&index->dictionary, source_side(s, x, index, 0),
                              source_side(s, x, index, 1), &few_short);
        if (!class[k])
            return false;
        s->kind = few_short ? PROFILE_CHARACTERS : PROFILE_EDITS;
    }
    return true;
}

size_t profiles_bytes(const struct expr *x, uint64_t rows_a, uint64_t rows_b)
{
    const struct profile_form form = form_of(x);
    return form.n_items *
               ((rows_a + rows_b) * sizeof(struct profile_item) + rows_a * sizeof(uint16_t)) +
           (1u << 16);
}

/* Are both sides of all items the same columns, as in dedupe? Then they share their profiles. */
static bool is_one_side(const struct profile_form *form, const struct expr *x)
{
    for (uint32_t k = 0; k < form->n_items; k++)
        if (x->column[form->source[k].column_a].field != x->column[form->source[k].column_b].field)
            return false;
    return true;
}

/* Gives the segment its head, which says where the n_a and n_b items stand. */
static bool make_head(struct profile_head *h, uint64_t n_a, uint64_t n_b, bool one_side,
                      struct shm *out, struct err *e)
{
    const char *what = "the profiles of records";
    const size_t item = sizeof(struct profile_item);
    if (shm_alloc(out, what, sizeof *h, 64, e) != SHM_HEAD_AT ||
        !(h->a_at = shm_alloc(out, what, (n_a + 1) * item, 64, e)) ||
        !(h->b_at = one_side ? h->a_at : shm_alloc(out, what, (n_b + 1) * item, 64, e)) ||
        !(h->rarity_at = shm_alloc(out, what, (n_a + 1) * sizeof(uint16_t), 64, e)))
        return false;
    *shm_writable(out, SHM_HEAD_AT, struct profile_head) = *h;
    return true;
}

static uint64_t count_items(const struct profile_form *form, const struct expr *x,
                            const struct index *index, int side)
{
    return form->n_items * source_side(&form->source[0], x, index, side)->n_rows;
}

bool profiles_build(const struct expr *x, const struct index *index, struct shm *out, struct err *e)
{
    struct profile_head h = {.form = form_of(x)};
    uint8_t *class[EXPR_MAX_TERMS] = {NULL};
    const bool one_side = is_one_side(&h.form, x);
    const uint64_t n_a = count_items(&h.form, x, index, 0), n_b = count_items(&h.form, x, index, 1);
    bool enough = find_classes(&h.form, x, index, class);
    const bool ok = enough && make_head(&h, n_a, n_b, one_side, out, e);
    if (ok)
        enough = fill_side(&h.form, x, index, 0, class,
                           shm_writable_array(out, h.a_at, struct profile_item, n_a),
                           shm_writable_array(out, h.rarity_at, uint16_t, n_a)) &&
                 (one_side ||
                  fill_side(&h.form, x, index, 1, class,
                            shm_writable_array(out, h.b_at, struct profile_item, n_b), NULL));
    for (uint32_t k = 0; k < h.form.n_items; k++)
        free(class[k]);
    return enough ? ok : err_set(e, ERR_OS, NULL, "not enough memory for profiles");
}

struct profiles profiles_view(struct shm_view segment)
{
    const struct profile_head *h = shm_at(segment, SHM_HEAD_AT, struct profile_head);
    return (struct profiles){&h->form, shm_at(segment, h->a_at, struct profile_item),
                             shm_at(segment, h->b_at, struct profile_item),
                             shm_at(segment, h->rarity_at, uint16_t)};
}

/* ---- Bounds ----------------------------------------------------------------------------------*/

double profile_most(const struct expr_term *term, uint32_t size_a, uint32_t size_b, uint32_t common,
                    uint32_t prefix)
{
    const struct metric *m = metric_at(term->metric);
    const uint32_t longer = size_a > size_b ? size_a : size_b;
    if (term->view != METRIC_NORMALIZED_SIMILARITY)
        return (double)INFINITY;
    if (grams_of(term))
        return m->sets->similarity(size_a, size_b, common);
    if (!m->bound)
        return (double)INFINITY;
    const double most = m->bound(size_a, size_b, common, prefix < common ? prefix : common);
    return m->unequal ? fmin(most, m->unequal(longer)) : most;
}

bool profile_equal(const struct expr_term *term, double *value)
{
    const struct metric *m = metric_at(term->metric);
    *value = 1;
    return term->view == METRIC_NORMALIZED_SIMILARITY && !weighs_values(term) &&
           (m->unequal || m->sets || m->flags & METRIC_EQUALITY);
}
