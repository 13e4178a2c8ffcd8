/* Words are found in each text, numbered by data/distinct.h, and numbered again by how many texts
 * have them. */
#include "matcher/join/token/token_words.h"

#include "core/shm.h"
#include "core/sort.h"
#include "data/distinct.h"

#include <stdlib.h>
#include <string.h>

#define SORT_BY_HAND 24u
#define OCCURRENCE_STEP 64u /* between the numbers of two occurrences of a character */

/* What building needs besides the index. Words of both sides are numbered through as they occur. */
struct making {
    const struct join_job *job;
    const struct side *side[2];
    unsigned n_sides;
    uint8_t *is_space;
    uint64_t first[3];   /* of each side: its first word; then how many there are */
    struct bytes *bytes; /* of each word as it occurs */
    uint32_t *id;        /* of each: equal words have the same */
    uint32_t n_words;
    uint32_t *rank; /* id -> number */
    struct token_words_at *at;
    struct shm *index;
};

static struct text text_of(const struct making *m, unsigned side, uint32_t place)
{
    return dictionary_text(m->job->dictionary, m->side[side]->value[place]);
}

/* ---- Finding ---------------------------------------------------------------------------------*/

/* The words of a text; `word` may be NULL. Returns how many. */
static uint32_t find_words(const struct making *m, struct text t, struct bytes *word)
{
    uint32_t n = 0, from = 0;
    for (uint32_t i = 0; i <= t.n; i++) {
        if (i < t.n && !m->is_space[text_code(t.codes, t.width, i)])
            continue;
        if (i > from && word)
            word[n] = (struct bytes){(const char *)t.codes + (size_t)from * t.width,
                                     (i - from) * t.width};
        n += i > from;
        from = i + 1;
    }
    return n;
}

/* Places the words and characters of a side; *n_words grows by how many there are. */
static bool place_side(struct making *m, unsigned s, uint64_t *n_words, struct err *e)
{
    struct token_side_at *at = &m->at->side[s];
    const uint32_t n = at->n = m->side[s]->n;
    if (!(at->word_begin_at = shm_alloc(m->index, "words", (n + 1ull) * 8, 64, e)) ||
        !(at->character_begin_at = shm_alloc(m->index, "words", (n + 1ull) * 8, 64, e)))
        return false;
    uint64_t *word = shm_writable_array(m->index, at->word_begin_at, uint64_t, n + 1ull);
    uint64_t *character = shm_writable_array(m->index, at->character_begin_at, uint64_t, n + 1ull);
#pragma omp parallel for schedule(static)
    for (uint32_t i = 0; i < n; i++)
        word[i + 1] = find_words(m, text_of(m, s, i), NULL);
    for (uint32_t i = 0; i < n; i++) {
        word[i + 1] += word[i];
        character[i + 1] = character[i] + text_of(m, s, i).n;
    }
    *n_words += word[n];
    return (at->word_at = shm_alloc(m->index, "words", (word[n] + 1) * 4, 64, e)) &&
           (at->character_at = shm_alloc(m->index, "words", (character[n] + 1) * 2, 64, e));
}

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the words of texts");
}

/* Fills bytes and id, which are allocated. */
static bool number_words(struct making *m, struct err *e)
{
    const uint64_t n = m->first[m->n_sides];
    if (n >= UINT32_MAX)
        return err_set(e, ERR_DATA, "use --shard to compare fewer records at once",
                       "the texts have more than 4 billion words");
    if (!m->bytes || !m->id)
        return no_memory(e);
    for (unsigned s = 0; s < m->n_sides; s++) {
        const uint64_t *begin = shm_writable_array(m->index, m->at->side[s].word_begin_at, uint64_t,
                                                   m->side[s]->n + 1ull);
        struct bytes *word = m->bytes + m->first[s];
#pragma omp parallel for schedule(static)
        for (uint32_t i = 0; i < m->side[s]->n; i++)
            find_words(m, text_of(m, s, i), word + begin[i]);
    }
    uint32_t n_words = 0;
    const bool ok = distinct_number(m->bytes, (uint32_t)n, m->id, &n_words);
    m->n_words = n_words;
    return ok || no_memory(e);
}

/* ---- Numbers by rarity -----------------------------------------------------------------------*/

static bool rank_words(struct making *m, struct err *e)
{
    uint64_t *key = malloc((m->n_words + 1ull) * sizeof *key); /* how often, and the id */
    m->rank = malloc((m->n_words + 1ull) * sizeof *m->rank);
    m->at->n_words = m->n_words;
    m->at->weight_at = shm_alloc(m->index, "words", (m->n_words + 1ull) * 4, 64, e);
    if (!key || !m->rank || !m->at->weight_at) {
        free(key);
        return m->at->weight_at ? no_memory(e) : false;
    }
    for (uint32_t i = 0; i < m->n_words; i++)
        key[i] = i;
    for (uint64_t i = 0; i < m->first[m->n_sides]; i++)
        key[m->id[i]] += 1ull << 32;
    sort_u64(key, m->n_words);
    for (uint32_t r = 0; r < m->n_words; r++)
        m->rank[(uint32_t)key[r]] = r;
    free(key);
    uint32_t *weight = shm_writable_array(m->index, m->at->weight_at, uint32_t, m->n_words);
    for (uint64_t i = 0; i < m->first[m->n_sides]; i++)
        weight[m->rank[m->id[i]]] = m->bytes[i].n / m->job->dictionary->width + 1;
    return true;
}

static void sort_numbers(uint32_t *x, uint32_t n)
{
    if (n > SORT_BY_HAND)
        sort_u32(x, n);
    for (uint32_t i = 1; i < n && n <= SORT_BY_HAND; i++) {
        const uint32_t moved = x[i];
        uint32_t k = i;
        for (; k && x[k - 1] > moved; k--)
            x[k] = x[k - 1];
        x[k] = moved;
    }
}

/* Numbers the characters of a text. `seen` has a zero for each code, before and after. */
static void number_characters(struct text t, uint16_t *seen, uint16_t *out)
{
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t code = text_code(t.codes, t.width, i);
        out[i] = (uint16_t)(code + OCCURRENCE_STEP * seen[code]++);
    }
    for (uint32_t i = 0; i < t.n; i++)
        seen[text_code(t.codes, t.width, i)] = 0;
}

static bool fill_side(const struct making *m, unsigned s, struct err *e)
{
    const struct token_side_at *at = &m->at->side[s];
    const uint64_t *begin = shm_writable_array(m->index, at->word_begin_at, uint64_t, at->n + 1ull);
    const uint64_t *from =
        shm_writable_array(m->index, at->character_begin_at, uint64_t, at->n + 1ull);
    uint32_t *word = shm_writable_array(m->index, at->word_at, uint32_t, begin[at->n]);
    uint16_t *character = shm_writable_array(m->index, at->character_at, uint16_t, from[at->n]);
    const uint32_t *id = m->id + m->first[s];
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        uint16_t *seen = calloc(m->job->dictionary->alphabet.n_codes + 1ull, sizeof *seen);
        failed = !seen;
#pragma omp for schedule(static)
        for (uint32_t i = 0; i < at->n; i++) {
            for (uint64_t k = begin[i]; k < begin[i + 1]; k++)
                word[k] = m->rank[id[k]];
            sort_numbers(word + begin[i], (uint32_t)(begin[i + 1] - begin[i]));
            if (seen)
                number_characters(text_of(m, s, i), seen, character + from[i]);
        }
        free(seen);
    }
    return !failed || no_memory(e);
}

/* ---- Lists -----------------------------------------------------------------------------------*/

/* The places that have words, by length: a counting sort. */
static bool sort_places(const struct making *m, unsigned s, struct err *e)
{
    struct token_side_at *at = &m->at->side[s];
    const uint64_t *begin = shm_writable_array(m->index, at->word_begin_at, uint64_t, at->n + 1ull);
    const uint32_t longest = m->job->dictionary->max_length;
    uint32_t *next = calloc(longest + 2ull, sizeof *next);
    at->worded_at = shm_alloc(m->index, "words", (at->n + 1ull) * 4, 64, e);
    if (!next || !at->worded_at) {
        free(next);
        return at->worded_at ? no_memory(e) : false;
    }
    uint32_t *worded = shm_writable_array(m->index, at->worded_at, uint32_t, at->n + 1ull);
    for (uint32_t i = 0; i < at->n; i++)
        if (begin[i + 1] > begin[i])
            next[text_of(m, s, i).n + 1]++;
    for (uint32_t l = 1; l <= longest + 1; l++)
        next[l] += next[l - 1];
    at->n_worded = next[longest + 1];
    for (uint32_t i = 0; i < at->n; i++)
        if (begin[i + 1] > begin[i])
            worded[next[text_of(m, s, i).n]++] = i;
    free(next);
    return true;
}

/* begin[] is filled one word ahead, so that writing a place moves each entry to where it begins. */
static bool list_places(const struct making *m, unsigned s, struct err *e)
{
    struct token_side_at *at = &m->at->side[s];
    const uint64_t *begin = shm_writable_array(m->index, at->word_begin_at, uint64_t, at->n + 1ull);
    const uint64_t n = begin[at->n];
    if (!(at->list_begin_at = shm_alloc(m->index, "words", (m->n_words + 2ull) * 8, 64, e)) ||
        !(at->list_at = shm_alloc(m->index, "words", (n + 1) * 4, 64, e)))
        return false;
    const uint32_t *word = shm_writable_array(m->index, at->word_at, uint32_t, n);
    const uint32_t *worded = shm_writable_array(m->index, at->worded_at, uint32_t, at->n);
    uint64_t *next = shm_writable_array(m->index, at->list_begin_at, uint64_t, m->n_words + 2ull);
    uint32_t *list = shm_writable_array(m->index, at->list_at, uint32_t, n);
    for (uint64_t k = 0; k < n; k++)
        next[word[k] + 2]++;
    for (uint32_t i = 2; i <= m->n_words; i++)
        next[i] += next[i - 1];
    for (uint32_t i = 0; i < at->n_worded; i++)
        for (uint64_t k = begin[worded[i]]; k < begin[worded[i] + 1]; k++)
            list[next[word[k] + 1]++] = worded[i];
    return true;
}

/* ---- All -------------------------------------------------------------------------------------*/

static void making_close(struct making *m)
{
    free(m->is_space);
    free(m->bytes);
    free(m->id);
    free(m->rank);
}

bool token_words_build(const struct join_job *job, struct token_words_at *at, struct shm *index,
                       struct err *e)
{
    struct making m = {.job = job,
                       .side = {job->a, job->b},
                       .n_sides = job->self ? 1 : 2,
                       .is_space = metric_spaces(&job->dictionary->alphabet),
                       .at = at,
                       .index = index};
    bool ok = m.is_space || no_memory(e);
    for (unsigned s = 0; ok && s < m.n_sides; s++) {
        m.first[s + 1] = m.first[s];
        ok = place_side(&m, s, &m.first[s + 1], e);
    }
    const uint64_t n = ok ? m.first[m.n_sides] : 0;
    m.bytes = calloc(n + 1, sizeof *m.bytes);
    m.id = malloc((n + 1) * sizeof *m.id);
    ok = ok && number_words(&m, e) && rank_words(&m, e);
    for (unsigned s = 0; ok && s < m.n_sides; s++)
        ok = fill_side(&m, s, e) && sort_places(&m, s, e) && list_places(&m, s, e);
    if (job->self)
        at->side[1] = at->side[0];
    making_close(&m);
    return ok;
}

static struct token_side view_side(struct shm_view index, const struct token_side_at *at,
                                   uint32_t n_words)
{
    return (struct token_side){
        .n = at->n,
        .word_begin = shm_array(index, at->word_begin_at, uint64_t, at->n + 1ull),
        .word = shm_at(index, at->word_at, uint32_t),
        .character_begin = shm_array(index, at->character_begin_at, uint64_t, at->n + 1ull),
        .character = shm_at(index, at->character_at, uint16_t),
        .list_begin = shm_array(index, at->list_begin_at, uint64_t, n_words + 1ull),
        .list = shm_at(index, at->list_at, uint32_t),
        .worded = {shm_at(index, at->worded_at, uint32_t), at->n_worded},
    };
}

struct token_words token_words_view(struct shm_view index, const struct token_words_at *at)
{
    return (struct token_words){
        .side = {view_side(index, &at->side[0], at->n_words),
                 view_side(index, &at->side[1], at->n_words)},
        .weight = shm_array(index, at->weight_at, uint32_t, at->n_words),
        .n_words = at->n_words,
    };
}

uint32_t token_in_common(const struct token_words *w, uint32_t a, uint32_t b, uint32_t *first)
{
    const struct token_side *x = &w->side[0], *y = &w->side[1];
    uint64_t i = x->word_begin[a], k = y->word_begin[b];
    uint32_t weight = 0;
    while (i < x->word_begin[a + 1] && k < y->word_begin[b + 1]) {
        const uint32_t p = x->word[i], q = y->word[k];
        if (p == q) {
            *first = weight ? *first : p;
            weight += w->weight[p];
        }
        i += p <= q;
        k += p >= q;
    }
    return weight;
}
