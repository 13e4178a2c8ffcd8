/* The rules of a column, and one value through all of them. */
#include "data/clean/text_rules.h"

#include <stdlib.h>
#include <string.h>

const char *text_rules_option(const struct text_rules *r)
{
    const char *option = "--normalize";
    for (const struct text_rules_row *row = text_rules_table; row->name; row++)
        if (r->flags & row->flags && row->option)
            option = row->option;
        else if (r->flags & row->flags & ~(uint32_t)TEXT_INVISIBLE)
            return "--normalize";
    return option;
}

bool text_rules_equal(const struct text_rules *x, const struct text_rules *y)
{
    return x->flags == y->flags && x->n_replaces == y->n_replaces &&
           x->n_synonyms == y->n_synonyms && x->n_stops == y->n_stops &&
           memcmp(x->replace, y->replace, sizeof x->replace) == 0 &&
           memcmp(x->synonyms, y->synonyms, sizeof x->synonyms) == 0 &&
           memcmp(x->stops, y->stops, sizeof x->stops) == 0;
}

struct text_rules text_rules_upto(const struct text_rules *r, const struct text_rules_row *row)
{
    struct text_rules part = *r;
    part.flags = 0;
    for (const struct text_rules_row *other = text_rules_table; other <= row; other++)
        part.flags |= r->flags & other->flags;
    part.n_replaces = part.flags & TEXT_RULES_REPLACE ? r->n_replaces : 0;
    part.n_synonyms = part.flags & TEXT_RULES_SYNONYMS ? r->n_synonyms : 0;
    part.n_stops = part.flags & TEXT_RULES_STOPS ? r->n_stops : 0;
    return part;
}

/* ---- One value through the rules -------------------------------------------------------------*/

/* A value on its way: each step reads `text` and writes the other buffer. */
struct passage {
    const struct text_rules *r;
    struct text_rules_scratch *s;
    struct text_part text;
    unsigned next; /* the buffer to write to */
};

static struct text_buffer *to_write(const struct passage *v)
{
    return &v->s->buffer[v->next];
}

/* What was written is the text now. */
static bool written(struct passage *v, bool ok)
{
    v->text = text_buffer_part(to_write(v));
    v->next ^= 1;
    return ok;
}

static bool apply_characters(struct passage *v, uint32_t flags)
{
    struct text_buffer *out = to_write(v);
    flags &= v->r->flags;
    if (!flags)
        return true;
    if (!text_buffer_reserve(out, text_normalize_capacity(v->text.n)))
        return false;
    text_normalize(v->text.p, v->text.n, flags, out->p, &out->n);
    return written(v, true);
}

static bool apply_replaces(struct passage *v)
{
    bool ok = !v->r->n_replaces || apply_characters(v, TEXT_INVISIBLE);
    for (uint32_t i = 0; ok && i < v->r->n_replaces; i++)
        ok = written(v, text_replace_run(v->r->replace[i], v->text, &v->s->replace, to_write(v)));
    return ok;
}

static bool apply_latin(struct passage *v)
{
    if (!(v->r->flags & TEXT_RULES_LATIN))
        return true;
    return apply_characters(v, TEXT_NFKC | TEXT_INVISIBLE) &&
           written(v, text_latin_run(&v->s->latin, v->text, to_write(v)));
}

static bool apply_list(struct passage *v, const struct text_words *list)
{
    return written(v, text_words_replace(list, v->text, v->r->flags, &v->s->words, to_write(v)));
}

static bool asks_for_words(const struct text_rules *r)
{
    return r->flags &
           (TEXT_RULES_SYNONYMS | TEXT_RULES_NICKNAMES | TEXT_RULES_STOPS | TEXT_RULES_SUFFIXES);
}

/* Letters come first: words that lists put in are cleaned as the text is. */
static bool apply_words(struct passage *v)
{
    const struct text_rules *r = v->r;
    if (!asks_for_words(r))
        return true;
    bool ok = apply_characters(v, TEXT_OF_LETTERS);
    for (uint32_t i = 0; ok && i < r->n_synonyms; i++)
        ok = apply_list(v, r->synonyms[i]);
    if (ok && r->flags & TEXT_RULES_NICKNAMES)
        ok = apply_list(v, r->nicknames);
    for (uint32_t i = 0; ok && i < r->n_stops; i++)
        ok = apply_list(v, r->stops[i]);
    if (ok && r->flags & TEXT_RULES_SUFFIXES)
        ok = written(v, text_words_cut(r->suffixes, v->text, &v->s->words, to_write(v)));
    return ok;
}

static int compare_words(const void *x, const void *y)
{
    const struct text_part *a = x, *b = y;
    const int order = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return order ? order : a->n < b->n ? -1 : a->n > b->n;
}

/* The words of a text, as blanks separate them; false without memory. */
static bool split(struct text_part t, struct text_rules_scratch *s, size_t *n)
{
    bool within = false;
    *n = 0;
    for (size_t at = 0, next = 0; at < t.n; at = next) {
        if (text_is_space(text_next(t.p, &next))) {
            within = false;
            continue;
        }
        if (!within && *n == s->sort_capacity) {
            const size_t capacity = *n ? 2 * *n : 16;
            struct text_part *sort = realloc(s->sort, capacity * sizeof *sort);
            if (!sort)
                return false;
            s->sort = sort;
            s->sort_capacity = capacity;
        }
        if (!within)
            s->sort[(*n)++] = (struct text_part){t.p + at, 0};
        s->sort[*n - 1].n = (size_t)(t.p + next - s->sort[*n - 1].p);
        within = true;
    }
    return true;
}

static bool has_digit(struct text_part word)
{
    for (size_t at = 0; at < word.n;)
        if (text_class(text_next(word.p, &at)) == TEXT_IS_DIGIT)
            return true;
    return false;
}

/* Keeps of n words those that the rules select; returns how many. */
static size_t select_words(uint32_t flags, struct text_part *word, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const uint32_t drops = has_digit(word[i]) ? TEXT_RULES_NO_CODES : TEXT_RULES_CODES;
        if (!(flags & drops))
            word[kept++] = word[i];
    }
    return kept;
}

/* Selects and sorts words, and puts one blank between them. */
static bool apply_order(struct passage *v)
{
    struct text_buffer *out = to_write(v);
    size_t n;
    if (!(v->r->flags & (TEXT_RULES_SORT | TEXT_RULES_SELECT)))
        return true;
    if (!split(v->text, v->s, &n))
        return false;
    n = select_words(v->r->flags, v->s->sort, n);
    if (n > 1 && v->r->flags & TEXT_RULES_SORT)
        qsort(v->s->sort, n, sizeof *v->s->sort, compare_words);
    out->n = 0;
    for (size_t i = 0; i < n; i++)
        if ((i && !text_buffer_add(out, " ", 1)) ||
            !text_buffer_add(out, v->s->sort[i].p, v->s->sort[i].n))
            return false;
    return written(v, true);
}

bool text_rules_apply(const struct text_rules *r, struct text_part in, struct text_rules_scratch *s,
                      struct text_part *out)
{
    struct passage v = {r, s, in, 0};
    const bool ok = apply_replaces(&v) && apply_latin(&v) && apply_words(&v) &&
                    apply_characters(&v, asks_for_words(r) ? TEXT_REMOVES : TEXT_ALL) &&
                    apply_order(&v);
    *out = v.text;
    return ok;
}

bool text_rules_fault(const struct text_rules_scratch *s, struct err *e)
{
    if (s->replace.failed) {
        text_replace_fault(&s->replace, e);
        return true;
    }
    if (!s->latin.failed)
        return false;
    err_set(e, ERR_UNAVAILABLE, NULL, "--normalize transliterate: ICU fails: %s",
            text_latin_fault(&s->latin));
    return true;
}

void text_rules_scratch_free(struct text_rules_scratch *s)
{
    text_buffer_free(&s->buffer[0]);
    text_buffer_free(&s->buffer[1]);
    text_words_scratch_free(&s->words);
    text_replace_scratch_free(&s->replace);
    text_latin_free(&s->latin);
    free(s->sort);
    *s = (struct text_rules_scratch){0};
}
