/* Words of a text, and a hash table of phrases. */
#include "data/clean/text_words.h"

#include "core/hash.h"
#include "data/input.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

/* The letters of words as they are compared. */
#define KEY_FLAGS (TEXT_OF_LETTERS | TEXT_PUNCT)

/* Between the words of a phrase. No word has it. A blank would not do: the one word "½" becomes "1
 * 2", and so does "n`ŉ". */
#define KEY_JOINT "\n"

/* A word of a text: its bytes there, with the point after it, and its part of the keys. */
struct text_words_span {
    size_t begin, end;
    size_t key_begin, key_end;
};

/* ---- Words of a text -------------------------------------------------------------------------*/

static bool is_symbol_word(uint32_t c)
{
    return c == '&' || c == '+';
}

/* The end of the word that begins at p[at]. */
static size_t word_end(const char *p, size_t n, size_t at)
{
    uint32_t characters = 0;
    bool letter = false;
    while (at < n) {
        size_t next = at, after;
        const uint32_t c = text_next(p, &next);
        const enum text_class class = text_class(c);
        after = next;
        if (text_in_word(class)) {
            characters += class != TEXT_IS_MARK;
            letter = class == TEXT_IS_MARK ? letter : class == TEXT_IS_LETTER;
        } else if (class != TEXT_IS_PUNCT || next >= n ||
                   !text_in_word(text_class(text_next(p, &after))) ||
                   !text_glues(c, characters == 1 && letter, p, n, next)) {
            break;
        } else {
            characters = 0;
        }
        at = next;
    }
    return at;
}

/* Adds the word p[begin..end) as it is compared; one of ASCII is only folded. */
static bool add_key(struct text_buffer *keys, const char *p, size_t begin, size_t end)
{
    const size_t n = end - begin;
    size_t key_n = 0, i = begin;
    if (!text_buffer_reserve(keys, keys->n + text_normalize_capacity(n)))
        return false;
    char *out = keys->p + keys->n;
    for (; i < end && (signed char)p[i] >= 0; i++) {
        const char c = p[i];
        out[key_n] = (char)(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
        key_n += c != '.' && c != '\'' && c != '`';
    }
    if (i < end && !text_normalize(p + begin, n, KEY_FLAGS, out, &key_n))
        key_n = 0;
    keys->n += key_n;
    return true;
}

static bool add_span(struct text_words_scratch *s, const char *p, size_t n, size_t begin,
                     size_t end)
{
    if (s->n == s->capacity) {
        const size_t capacity = s->capacity ? 2 * s->capacity : 16;
        struct text_words_span *spans = realloc(s->spans, capacity * sizeof *spans);
        if (!spans)
            return false;
        s->spans = spans;
        s->capacity = capacity;
    }
    if (s->n && !text_buffer_add(&s->keys, KEY_JOINT, sizeof KEY_JOINT - 1))
        return false;
    struct text_words_span *span = &s->spans[s->n++];
    *span = (struct text_words_span){begin, end + (end < n && p[end] == '.'), s->keys.n, 0};
    const bool ok = add_key(&s->keys, p, begin, end);
    span->key_end = s->keys.n;
    return ok;
}

/* Finds the words of a text. */
static bool find_words(struct text_part in, struct text_words_scratch *s)
{
    s->n = s->keys.n = 0;
    for (size_t at = 0; at < in.n;) {
        size_t end = at;
        const uint32_t c = text_next(in.p, &end);
        if (text_in_word(text_class(c)))
            end = word_end(in.p, in.n, at);
        else if (!is_symbol_word(c)) {
            at = end;
            continue;
        }
        if (!add_span(s, in.p, in.n, at, end))
            return false;
        at = end;
    }
    return true;
}

void text_words_scratch_free(struct text_words_scratch *s)
{
    free(s->spans);
    text_buffer_free(&s->keys);
    *s = (struct text_words_scratch){0};
}

/* ---- The table -------------------------------------------------------------------------------*/

/* The entry of a key, or the empty slot where it belongs. There is one. */
static struct text_words_entry *find_slot(const struct text_words *w, const char *key, size_t n,
                                          uint32_t hash)
{
    for (uint32_t i = hash & (w->n_slots - 1);; i = (i + 1) & (w->n_slots - 1)) {
        struct text_words_entry *slot = &w->slots[i];
        if (!slot->key ||
            (slot->hash == hash && slot->key_bytes == n && memcmp(slot->key, key, n) == 0))
            return slot;
    }
}

static uint32_t hash_key(const char *key, size_t n)
{
    const uint64_t hash = hash_bytes(key, n);
    return (uint32_t)(hash ^ hash >> 32);
}

static bool grow(struct text_words *w)
{
    if (w->n_slots > 2 * w->n_entries)
        return true;
    const struct text_words old = *w;
    w->n_slots = old.n_slots ? 2 * old.n_slots : 64;
    w->slots = calloc(w->n_slots, sizeof *w->slots);
    if (!w->slots) {
        *w = old;
        return false;
    }
    for (uint32_t i = 0; i < old.n_slots; i++)
        if (old.slots[i].key)
            *find_slot(w, old.slots[i].key, old.slots[i].key_bytes, old.slots[i].hash) =
                old.slots[i];
    free(old.slots);
    return true;
}

static const char *keep(struct arena *a, const char *p, size_t n)
{
    char *kept = arena_take(a, n + 1);
    if (!kept)
        return NULL;
    if (n > 0)
        memcpy(kept, p, n);
    kept[n] = 0;
    return kept;
}

/* The entry of a key, which is made if the table lacks it; NULL without memory. */
static struct text_words_entry *entry_of(struct text_words *w, const char *key, size_t n)
{
    if (!grow(w))
        return NULL;
    const uint32_t hash = hash_key(key, n);
    struct text_words_entry *slot = find_slot(w, key, n, hash);
    if (slot->key)
        return slot;
    const char *kept = keep(&w->arena, key, n);
    if (!kept)
        return NULL;
    *slot = (struct text_words_entry){.key = kept, .key_bytes = (uint32_t)n, .hash = hash};
    w->n_entries++;
    return slot;
}

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for a list of words");
}

/* An equal phrase may stand in the list, if it means the same. */
static bool check_meaning(const struct text_words_entry *have, struct text_part phrase,
                          struct text_part to, const char *shown, uint32_t line, struct err *e)
{
    if (!have->places || (have->to_bytes == to.n && memcmp(have->to, to.p, to.n) == 0))
        return true;
    return err_set(e, ERR_DATA, "keep one of the lines",
                   "%s:%u: \"%.*s\" is \"%.*s\" here, and \"%.*s\" in line %u", shown, line,
                   (int)phrase.n, phrase.p, (int)to.n, to.p, (int)have->to_bytes, have->to,
                   have->line);
}

static bool add_entry(struct text_words *w, const struct text_words_scratch *s,
                      struct text_part written, struct text_part to, enum text_words_place place,
                      const char *shown, uint32_t line, struct err *e)
{
    struct text_words_entry *first = entry_of(w, s->keys.p, s->spans[0].key_end);
    if (!first)
        return no_memory(e);
    first->longest = s->n > first->longest ? (uint32_t)s->n : first->longest;
    struct text_words_entry *phrase = entry_of(w, s->keys.p, s->keys.n);
    const char *kept = keep(&w->arena, to.p, to.n);
    if (!phrase || !kept)
        return no_memory(e);
    if (!check_meaning(phrase, written, to, shown, line, e))
        return false;
    phrase->places |= place;
    phrase->to = kept;
    phrase->to_bytes = (uint32_t)to.n;
    phrase->line = line;
    w->longest = s->n > w->longest ? (uint32_t)s->n : w->longest;
    return true;
}

bool text_words_add(struct text_words *w, struct text_part phrase, struct text_part to,
                    enum text_words_place place, const char *shown, uint32_t line, struct err *e)
{
    struct text_words_scratch s = {0};
    bool ok = find_words(phrase, &s) || no_memory(e);
    if (ok && s.n == 0)
        ok = err_set(e, ERR_DATA, "a word is a run of letters and digits, or one of & and +",
                     "%s:%u: \"%.*s\" has no word", shown, line, (int)phrase.n, phrase.p);
    ok = ok && add_entry(w, &s, phrase, to, place, shown, line, e);
    text_words_scratch_free(&s);
    return ok;
}

void text_words_free(struct text_words *w)
{
    free(w->slots);
    arena_free(&w->arena);
    *w = (struct text_words){0};
}

/* ---- Files -----------------------------------------------------------------------------------*/

static struct text_part trim(struct text_part t)
{
    while (t.n > 0 && strchr(" \t\r", t.p[0]))
        t.p++, t.n--;
    while (t.n > 0 && strchr(" \t\r", t.p[t.n - 1]))
        t.n--;
    return t;
}

/* Without the quotes around it. */
static struct text_part unquote(struct text_part t)
{
    t = trim(t);
    return t.n >= 2 && t.p[0] == '"' && t.p[t.n - 1] == '"' ? (struct text_part){t.p + 1, t.n - 2}
                                                            : t;
}

/* Where the first of the separators is, outside quotes; n if there is none. */
static size_t find_separator(struct text_part t, const char *separators)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < t.n; i++) {
        quoted ^= t.p[i] == '"';
        if (!quoted && strchr(separators, t.p[i]))
            break;
    }
    return i;
}

/* A file that is read line by line. */
struct list_file {
    struct text_words *words;
    const char *path;
    uint32_t line;
    struct err *e;
};

static bool add_stop(const struct list_file *f, struct text_part line)
{
    return text_words_add(f->words, unquote(line), (struct text_part){"", 0}, TEXT_WORDS_ANYWHERE,
                          f->path, f->line, f->e);
}

static bool add_synonym(const struct list_file *f, struct text_part line)
{
    size_t at = find_separator(line, "=");
    at = at < line.n ? at : find_separator(line, "\t");
    at = at < line.n ? at : find_separator(line, ",");
    if (at == line.n)
        return err_set(f->e, ERR_DATA, "for example: Bob = Robert, or Bob,Robert",
                       "%s:%u: a word and what it stands for are expected", f->path, f->line);
    const struct text_part to = unquote((struct text_part){line.p + at + 1, line.n - at - 1});
    if (to.n == 0)
        return err_set(f->e, ERR_DATA, "to drop a word, name it in a file for --stop-words",
                       "%s:%u: nothing stands after the separator", f->path, f->line);
    return text_words_add(f->words, unquote((struct text_part){line.p, at}), to,
                          TEXT_WORDS_ANYWHERE, f->path, f->line, f->e);
}

static bool read_lines(struct list_file *f, struct text_part all,
                       bool (*add)(const struct list_file *f, struct text_part line))
{
    for (size_t at = 0; at < all.n;) {
        const char *end = memchr(all.p + at, '\n', all.n - at);
        const size_t n = end ? (size_t)(end - all.p) - at : all.n - at;
        const struct text_part line = trim((struct text_part){all.p + at, n});
        f->line++;
        if (text_valid_prefix(line.p, line.n) < line.n)
            return err_set(f->e, ERR_DATA, "convert it, for example: iconv -f latin1 -t utf-8",
                           "%s:%u: this is not UTF-8", f->path, f->line);
        if (line.n > 0 && line.p[0] != '#' && !add(f, line))
            return false;
        at += n + 1;
    }
    return true;
}

static bool read_list(struct text_words *w, const char *path, struct err *e,
                      bool (*add)(const struct list_file *f, struct text_part line))
{
    struct list_file f = {w, path, 0, e};
    struct input in = {0};
    if (!input_open(&in, path, path, SIZE_MAX, e))
        return false;
    const size_t mark = in.n >= 3 && memcmp(in.p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    bool ok = read_lines(&f, (struct text_part){in.p + mark, in.n - mark}, add);
    if (ok && w->n_entries == 0)
        ok = err_set(e, ERR_DATA, NULL, "%s: there is no word in it", path);
    input_close(&in);
    return ok;
}

bool text_words_read_stops(struct text_words *w, const char *path, struct err *e)
{
    return read_list(w, path, e, add_stop);
}

bool text_words_read_synonyms(struct text_words *w, const char *path, struct err *e)
{
    return read_list(w, path, e, add_synonym);
}

/* ---- Use -------------------------------------------------------------------------------------*/

/* The phrase of the n words from the first on; NULL: it is none. */
static const struct text_words_entry *
phrase_at(const struct text_words *w, const struct text_words_scratch *s, size_t first, size_t n)
{
    const size_t begin = s->spans[first].key_begin, end = s->spans[first + n - 1].key_end;
    const char *key = s->keys.p + begin;
    if (w->n_slots == 0)
        return NULL;
    const struct text_words_entry *entry =
        find_slot(w, key, end - begin, hash_key(key, end - begin));
    return entry->key ? entry : NULL;
}

/* The longest phrase that begins at a word, and how many words it has. */
static const struct text_words_entry *
longest_at(const struct text_words *w, const struct text_words_scratch *s, size_t first, size_t *n)
{
    const struct text_words_entry *word = phrase_at(w, s, first, 1);
    *n = !word ? 0 : word->longest < s->n - first ? word->longest : s->n - first;
    for (; *n > 0; (*n)--) {
        const struct text_words_entry *phrase = phrase_at(w, s, first, *n);
        if (phrase && phrase->places)
            return phrase;
    }
    return NULL;
}

/* Does the character at t.p[at] belong to a word? */
static bool is_word_at(struct text_part t, size_t at)
{
    return at < t.n && text_in_word(text_class(text_next(t.p, &at)));
}

static bool is_word_before(struct text_part t, size_t at)
{
    if (at == 0)
        return false;
    do
        at--;
    while (at > 0 && (t.p[at] & 0xC0) == 0x80);
    return is_word_at(t, at);
}

/* Appends what the phrase in.p[begin..end) becomes. A symbol was apart from words that touch it, so
 * A&B becomes A and B; so was a word with a point, so St.John becomes Saint John. */
static bool put_replacement(const struct text_words_entry *entry, struct text_part in, size_t begin,
                            size_t end, uint32_t flags, struct text_buffer *out)
{
    const bool before = is_symbol_word((unsigned char)in.p[begin]) && is_word_before(in, begin);
    const char last = in.p[end - 1];
    const bool after = (is_symbol_word((unsigned char)last) || last == '.') && is_word_at(in, end);
    if ((before && !text_buffer_add(out, " ", 1)) ||
        !text_buffer_reserve(out, out->n + text_normalize_capacity(entry->to_bytes)))
        return false;
    size_t n = 0;
    text_normalize(entry->to, entry->to_bytes, flags & TEXT_OF_LETTERS, out->p + out->n, &n);
    out->n += n;
    return !after || text_buffer_add(out, " ", 1);
}

/* Drops words up to the next, or, at the end, what separates them from the word before. */
static size_t drop(const struct text_words_scratch *s, size_t next, size_t kept_end,
                   struct text_part in, struct text_buffer *out)
{
    if (next < s->n)
        return s->spans[next].begin;
    out->n = kept_end;
    return in.n;
}

bool text_words_replace(const struct text_words *w, struct text_part in, uint32_t flags,
                        struct text_words_scratch *s, struct text_buffer *out)
{
    size_t copied = 0, kept_end = 0; /* of in; of out, after its last word */
    out->n = 0;
    if (!find_words(in, s))
        return false;
    for (size_t i = 0, n; i < s->n; i += n ? n : 1) {
        const struct text_words_entry *entry = longest_at(w, s, i, &n);
        const size_t begin = s->spans[i].begin, end = s->spans[i + (n ? n - 1 : 0)].end;
        const size_t upto = entry ? begin : end;
        if (upto > copied && !text_buffer_add(out, in.p + copied, upto - copied))
            return false;
        if (entry && !entry->to_bytes) {
            copied = drop(s, i + n, kept_end, in, out);
            continue;
        }
        if (entry && !put_replacement(entry, in, begin, end, flags, out))
            return false;
        copied = end;
        kept_end = out->n;
    }
    return text_buffer_add(out, in.p + copied, in.n - copied);
}

/* How many of the words from..to are a phrase at that end; 0: none. One word is left. */
static size_t cut_at(const struct text_words *w, const struct text_words_scratch *s, size_t from,
                     size_t to, enum text_words_place place)
{
    const size_t words = to - from;
    for (size_t n = words - 1 < w->longest ? words - 1 : w->longest; n > 0; n--) {
        const struct text_words_entry *entry =
            phrase_at(w, s, place == TEXT_WORDS_FIRST ? from : to - n, n);
        if (entry && entry->places & place)
            return n;
    }
    return 0;
}

bool text_words_cut(const struct text_words *w, struct text_part in, struct text_words_scratch *s,
                    struct text_buffer *out)
{
    out->n = 0;
    if (!find_words(in, s))
        return false;
    size_t from = 0, to = s->n, n = 1;
    while (n > 0 && to > 1)
        to -= n = cut_at(w, s, 0, to, TEXT_WORDS_LAST);
    for (n = 1; n > 0 && to - from > 1;)
        from += n = cut_at(w, s, from, to, TEXT_WORDS_FIRST);
    const size_t begin = from > 0 ? s->spans[from].begin : 0;
    const size_t end = to < s->n ? s->spans[to - 1].end : in.n;
    return text_buffer_add(out, in.p + begin, end - begin);
}
