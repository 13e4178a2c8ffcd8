/* Rows of a Jaro join: classes of codes from a sample, then one pass over each side. */
#include "matcher/join/jaro/jaro_rows.h"
#include "core/hash.h"
#include "core/shm.h"
#include "core/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_VALUES 8192u /* of each side */
#define SERIAL_VALUES 4096u /* so few are not worth waking threads for */

/* ---- Classes of codes ------------------------------------------------------------------------*/

/* Sampled values with at least k + 1 of a code, and with it among the leading characters. */
struct code_counts {
    uint32_t dictionary[JARO_OCCURRENCES];
    uint32_t lead;
};

/* A number with a weight, to be sorted by weight: heaviest first, then by number. */
struct weighed {
    double weight;
    uint32_t number;
};

struct jaro_sample {
    uint32_t n_codes, n_values;
    struct code_counts *counts;
    uint32_t *seen;          /* by code, zero between values */
    struct weighed *telling; /* codes by the nats that they tell */
};

static int heaviest_first(const void *x, const void *y)
{
    const struct weighed *a = x, *b = y;
    if (a->weight != b->weight)
        return a->weight > b->weight ? -1 : 1;
    return sort_order(a->number, b->number);
}

static void sample_value(struct jaro_sample *s, struct text t)
{
    for (uint32_t i = 0; i < t.n; i++) {
        uint32_t code = text_code(t.codes, t.width, i), k = s->seen[code]++;
        if (k < JARO_OCCURRENCES)
            s->counts[code].dictionary[k]++;
        s->counts[code].lead += i < JARO_LEADS;
    }
    for (uint32_t i = 0; i < t.n; i++)
        s->seen[text_code(t.codes, t.width, i)] = 0;
    s->n_values++;
}

static void sample_side(struct jaro_sample *s, const struct dictionary *dictionary,
                        const struct side *side)
{
    uint32_t step = side->n / SAMPLE_VALUES + 1;
    for (uint32_t i = step / 2; i < side->n; i += step)
        sample_value(s, dictionary_text(dictionary, side->value[i]));
}

/* Nats: minus the logarithm of the chance that two values have a code equally often. */
static double information_of(const struct jaro_sample *s, uint32_t code)
{
    double more = s->n_values, same = 0;
    for (uint32_t k = 0; k <= JARO_OCCURRENCES; k++) {
        double next = k < JARO_OCCURRENCES ? s->counts[code].dictionary[k] : 0;
        double share = (more - next) / s->n_values;
        same += share * share;
        more = next;
    }
    return -log(same);
}

static uint16_t hash_of(uint32_t code)
{
    return (uint16_t)(hash_mix(code + 1) >> 48);
}

/* Frequent tokens have numbers of their own, the others share some. Returns false without memory.
 */
static bool deal_tokens(const struct jaro_sample *s, struct jaro_code *code)
{
    uint32_t n = 0;
    struct weighed *token = malloc(((size_t)s->n_codes * JARO_OCCURRENCES + 1) * sizeof *token);
    if (!token)
        return false;
    for (uint32_t c = 0; c < s->n_codes; c++)
        for (uint32_t k = 0; k < JARO_OCCURRENCES; k++) {
            uint32_t number = c * JARO_OCCURRENCES + k;
            uint32_t shared = hash_of(number) % (JARO_TOKENS - JARO_SHARED_TOKEN);
            code[c].token[k] = (uint8_t)(JARO_SHARED_TOKEN + shared);
            if (s->counts[c].dictionary[k])
                token[n++] = (struct weighed){s->counts[c].dictionary[k], number};
        }
    qsort(token, n, sizeof *token, heaviest_first);
    for (uint32_t i = 0; i < n && i < JARO_SHARED_TOKEN; i++)
        code[token[i].number / JARO_OCCURRENCES].token[token[i].number % JARO_OCCURRENCES] =
            (uint8_t)i;
    free(token);
    return true;
}

static bool deal_leads(const struct jaro_sample *s, struct jaro_code *code)
{
    struct weighed *lead = malloc((s->n_codes + 1ull) * sizeof *lead);
    if (!lead)
        return false;
    for (uint32_t c = 0; c < s->n_codes; c++)
        lead[c] = (struct weighed){s->counts[c].lead, c};
    qsort(lead, s->n_codes, sizeof *lead, heaviest_first);
    for (uint32_t i = 0; i < s->n_codes && i + 1 < JARO_LEAD_PLANES; i++)
        code[lead[i].number].lead = (uint8_t)(i + 1);
    free(lead);
    return true;
}

/* The most telling code first, each to the part that tells least so far. */
struct jaro_information jaro_deal_parts(const struct jaro_sample *s, uint32_t n_parts,
                                        struct jaro_code *code)
{
    struct jaro_information info = {0};
    for (uint32_t i = 0; i < s->n_codes; i++) {
        uint32_t part = 0;
        for (uint32_t p = 1; p < n_parts; p++)
            part = info.part[p] < info.part[part] ? p : part;
        info.part[part] += s->telling[i].weight;
        info.whole += s->telling[i].weight;
        if (code)
            code[s->telling[i].number].part = (uint8_t)part;
    }
    return info;
}

struct jaro_sample *jaro_sample_open(const struct join_job *job)
{
    uint32_t n = job->dictionary->alphabet.n_codes;
    struct jaro_sample *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->n_codes = n;
    s->counts = calloc(n + 1ull, sizeof *s->counts);
    s->seen = calloc(n + 1ull, sizeof *s->seen);
    s->telling = calloc(n + 1ull, sizeof *s->telling);
    if (!s->counts || !s->seen || !s->telling) {
        jaro_sample_close(s);
        return NULL;
    }
    sample_side(s, job->dictionary, job->a);
    if (!job->self)
        sample_side(s, job->dictionary, job->b);
    for (uint32_t c = 0; c < n && s->n_values; c++)
        s->telling[c] = (struct weighed){information_of(s, c), c};
    qsort(s->telling, n, sizeof *s->telling, heaviest_first);
    return s;
}

void jaro_sample_close(struct jaro_sample *s)
{
    if (!s)
        return;
    free(s->counts);
    free(s->seen);
    free(s->telling);
    free(s);
}

bool jaro_codes_make(struct jaro_code *code, const struct jaro_sample *s, uint32_t n_parts)
{
    jaro_deal_parts(s, n_parts, code);
    for (uint32_t c = 0; c < s->n_codes; c++)
        code[c].hash = hash_of(c);
    return deal_tokens(s, code) && deal_leads(s, code);
}

/* ---- Rows ------------------------------------------------------------------------------------*/

/* The number of one more occurrence of a code. */
static inline uint8_t next_token(const struct jaro_code *code, uint32_t c, uint8_t *seen)
{
    uint32_t k = seen[c];
    seen[c] = (uint8_t)(k + 1 < JARO_OCCURRENCES ? k + 1 : k);
    return code[c].token[k];
}

static void forget_codes(struct text t, uint8_t *seen)
{
    for (uint32_t i = 0; i < t.n; i++)
        seen[text_code(t.codes, t.width, i)] = 0;
}

void jaro_tokens(uint8_t *token, const struct jaro_code *code, struct text t, uint8_t *seen)
{
    for (uint32_t i = 0; i < t.n; i++)
        token[i] = next_token(code, text_code(t.codes, t.width, i), seen);
    forget_codes(t, seen);
}

void jaro_tokens_back(uint8_t *token, const struct jaro_code *code, struct text t, uint8_t *seen)
{
    for (uint32_t i = t.n; i-- > 0;)
        token[i] = next_token(code, text_code(t.codes, t.width, i), seen);
    forget_codes(t, seen);
}

void jaro_rarest_tokens(uint8_t row[JARO_ROW_TOKENS], const uint8_t *token, uint32_t n)
{
    uint32_t count[JARO_TOKENS] = {0}, k = 0;
    for (uint32_t i = 0; i < n; i++)
        count[token[i]]++;
    for (uint32_t number = JARO_TOKENS; number-- > 0;)
        for (; count[number] && k < JARO_ROW_TOKENS; count[number]--)
            row[k++] = (uint8_t)number;
}

/* Scratch of one thread. */
struct row_scratch {
    uint8_t *seen, *token;
};

/* What the values of a side get. */
struct filling {
    const struct jaro_code *code;
    const struct jaro_texts *texts;
    struct jaro_row *row;
    struct jaro_start *start;
    struct jaro_parts *parts;
};

static void fill_row(const struct filling *f, uint32_t position, struct row_scratch *s)
{
    const struct jaro_code *code = f->code;
    const struct text t = jaro_text(f->texts, position, jaro_length(f->texts, position, 0));
    struct jaro_row *row = &f->row[position];
    struct jaro_start *start = &f->start[position];
    struct jaro_parts *parts = &f->parts[position];
    *row = (struct jaro_row){0};
    *start = (struct jaro_start){0};
    *parts = (struct jaro_parts){0};
    row->length = t.n < 127 ? t.n & 127 : 127;
    jaro_tokens(s->token, code, t, s->seen);
    if (t.n > JARO_ROW_TOKENS)
        jaro_rarest_tokens(row->token, s->token, t.n);
    else
        memcpy(row->token, s->token, t.n);
    uint32_t codes = 0; /* all bits of them */
    for (uint32_t i = 0; i < t.n; i++) {
        const uint32_t symbol = text_code(t.codes, t.width, i);
        const struct jaro_code *c = &code[symbol];
        codes |= symbol;
        if (i < JARO_ROW_TEXT)
            start->code[i] = (uint8_t)symbol;
        parts->hash[c->part] = (uint16_t)(parts->hash[c->part] + c->hash);
        if (i < JARO_LEADS)
            row->lead[i] = c->lead;
    }
    row->whole = t.n <= JARO_ROW_TEXT && codes < 256;
}

static bool fill_rows(const struct filling *f, const struct dictionary *dictionary)
{
    const uint32_t n = f->texts->side.n;
    bool ok = true;
#pragma omp parallel if (n > SERIAL_VALUES)
    {
        struct row_scratch s = {calloc(dictionary->alphabet.n_codes + 1ull, 1),
                                calloc(dictionary->max_length + 1ull, 1)};
        if (!s.seen || !s.token)
#pragma omp atomic write
            ok = false;
#pragma omp for schedule(dynamic, 4096)
        for (uint32_t i = 0; i < n; i++)
            if (s.seen && s.token)
                fill_row(f, i, &s);
        free(s.seen);
        free(s.token);
    }
    return ok;
}

bool jaro_rows_build(struct jaro_rows_at *at, const struct jaro_code *code,
                     const struct dictionary *dictionary, const struct side *side,
                     struct shm *index, struct err *e)
{
    if (!jaro_texts_build(&at->texts, dictionary, side, index, e))
        return false;
    const char *what = "the jaro index";
    const uint64_t n = side->n + 1ull;
    at->row_at = shm_alloc(index, what, n * sizeof(struct jaro_row), 64, e);
    at->start_at = at->row_at ? shm_alloc(index, what, n * sizeof(struct jaro_start), 64, e) : 0;
    at->parts_at = at->start_at ? shm_alloc(index, what, n * sizeof(struct jaro_parts), 64, e) : 0;
    if (!at->parts_at)
        return false;
    struct jaro_texts texts = jaro_texts_view(shm_view_of(index), &at->texts, dictionary->width);
    const struct filling filling = {
        .code = code,
        .texts = &texts,
        .row = shm_writable_array(index, at->row_at, struct jaro_row, side->n),
        .start = shm_writable_array(index, at->start_at, struct jaro_start, side->n),
        .parts = shm_writable_array(index, at->parts_at, struct jaro_parts, side->n)};
    return fill_rows(&filling, dictionary) ||
           err_set(e, ERR_OS, NULL, "no memory for the jaro index");
}

struct jaro_rows jaro_rows_view(struct shm_view index, const struct jaro_rows_at *at,
                                uint32_t width)
{
    return (struct jaro_rows){
        .texts = jaro_texts_view(index, &at->texts, width),
        .row = shm_array(index, at->row_at, struct jaro_row, at->texts.side.n),
        .start = shm_array(index, at->start_at, struct jaro_start, at->texts.side.n),
        .parts = shm_array(index, at->parts_at, struct jaro_parts, at->texts.side.n),
    };
}
