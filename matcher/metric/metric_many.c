/* One text against many. Texts are sorted by length, so that each goes into a lane as wide as it
 * needs: up to 8 characters into one of 8 bits, and so on up to 64. Longer ones, and all where they
 * have more different characters than MOST_SYMBOLS, are scored one by one. */
#include "matcher/metric/metric_many.h"
#include "matcher/kernel/kernel_many.h"
#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SYMBOLS 256u /* with 0, which no text in a lane has */
#define LENGTHS (MANY_LENGTH + 1)
#define MAXIMA (2 * MANY_LENGTH + 1)

/* ---- Texts -----------------------------------------------------------------------------------*/

struct metric_texts {
    struct alphabet alphabet;
    uint32_t n, most;
    struct text *text;
    uint16_t *symbol;            /* of a code; 0: no text in a lane has it; n_codes + 1 */
    uint32_t code[MOST_SYMBOLS]; /* of a symbol */
    uint32_t n_symbols;
    uint16_t *order;                          /* the texts by length */
    uint32_t begin[LENGTHS + 2];              /* in `order`: the first that is at least so long */
    uint32_t group_end[MANY_LANE_SIZES];      /* in `order`: lanes of 8 bits, of 16 … */
    struct many_lanes lanes[MANY_LANE_SIZES]; /* of each group */
    char *rows, *masks, *lengths;             /* of all lanes; at multiples of a vector */
};

/* Blocks that `most` texts can need: as if all needed the widest lanes, and a block that is not
 * full of each size. */
static size_t most_blocks(uint32_t most)
{
    return most / (many_kernels()->vector_bytes / 8) + MANY_LANE_SIZES + 1;
}

static char *vectors(size_t n)
{
    return aligned_alloc(MANY_VECTOR_BYTES, (n + 1) * MANY_VECTOR_BYTES);
}

bool metric_texts_open(struct metric_texts **texts, const struct alphabet *alphabet, uint32_t most,
                       struct err *e)
{
    struct metric_texts *t = *texts = calloc(1, sizeof *t);
    if (t) {
        *t = (struct metric_texts){.alphabet = *alphabet, .most = most, .n_symbols = 1};
        t->text = malloc((most + 1) * sizeof *t->text);
        t->symbol = calloc(alphabet->n_codes + 1ull, sizeof *t->symbol);
        t->order = malloc((most + 1) * sizeof *t->order);
        t->rows = vectors(most_blocks(most) * MOST_SYMBOLS);
        t->masks = vectors(most_blocks(most));
        t->lengths = vectors(most_blocks(most));
        if (t->text && t->symbol && t->order && t->rows && t->masks && t->lengths)
            return true;
    }
    metric_texts_close(t);
    *texts = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for texts to compare");
}

void metric_texts_close(struct metric_texts *t)
{
    if (!t)
        return;
    free(t->text);
    free(t->symbol);
    free(t->order);
    free(t->rows);
    free(t->masks);
    free(t->lengths);
    free(t);
}

/* Sorts the texts by length; those that fit no lane come last. */
static void sort_texts(struct metric_texts *t)
{
    uint32_t at[LENGTHS + 1];
    memset(t->begin, 0, sizeof t->begin);
    for (uint32_t i = 0; i < t->n; i++)
        t->begin[least(t->text[i].n, LENGTHS) + 1]++;
    for (uint32_t k = 0; k <= LENGTHS; k++)
        t->begin[k + 1] += t->begin[k];
    for (uint32_t g = 0; g < MANY_LANE_SIZES; g++)
        t->group_end[g] = t->begin[(8u << g) + 1];
    memcpy(at, t->begin, sizeof at);
    for (uint32_t i = 0; i < t->n; i++)
        t->order[at[least(t->text[i].n, LENGTHS)]++] = (uint16_t)i;
}

/* Numbers the characters of the texts in lanes. False if these are too many. */
static bool number_symbols(struct metric_texts *t)
{
    for (uint32_t k = 1; k < t->n_symbols; k++)
        t->symbol[t->code[k]] = 0;
    t->n_symbols = 1;
    for (uint32_t i = 0; i < t->group_end[MANY_LANE_SIZES - 1]; i++) {
        const struct text *x = &t->text[t->order[i]];
        for (uint32_t p = 0; p < x->n; p++) {
            const uint32_t code = text_code(x->codes, x->width, p);
            if (t->symbol[code])
                continue;
            if (t->n_symbols == MOST_SYMBOLS)
                return false;
            t->symbol[code] = (uint16_t)t->n_symbols;
            t->code[t->n_symbols++] = code;
        }
    }
    return true;
}

/* Puts a text into a lane of `bytes` bytes of a block; the lane is `at` bytes into each vector. */
static void set_lane(const struct metric_texts *t, const struct text *x, char *rows, char *mask,
                     char *length, uint32_t at, uint32_t bytes)
{
    const uint32_t vector_bytes = many_kernels()->vector_bytes;
    const uint64_t places = x->n ? ~0ull >> (64 - x->n) : 0;
    for (uint32_t p = 0; p < x->n; p++) {
        const uint32_t symbol = t->symbol[text_code(x->codes, x->width, p)];
        rows[(size_t)symbol * vector_bytes + at + p / 8] |= (char)(1u << p % 8);
    }
    memcpy(mask + at, &places, bytes);
    length[at] = (char)x->n;
}

/* Makes the lanes of a group, whose first block is `block`. Returns the one after its last. */
static size_t set_group(struct metric_texts *t, uint32_t group, size_t block)
{
    const uint32_t vector_bytes = many_kernels()->vector_bytes, bytes = 1u << group;
    const uint32_t from = group ? t->group_end[group - 1] : 0, n = t->group_end[group] - from;
    const uint32_t in_block = vector_bytes / bytes, n_blocks = (n + in_block - 1) / in_block;
    const size_t stride = (size_t)t->n_symbols * vector_bytes;
    struct many_lanes *lanes = &t->lanes[group];
    char *rows = t->rows + block * stride, *mask = t->masks + block * vector_bytes;
    char *length = t->lengths + block * vector_bytes;
    *lanes = (struct many_lanes){rows, stride, mask, length, n_blocks};
    memset(rows, 0, n_blocks * stride);
    memset(mask, 0, (size_t)n_blocks * vector_bytes);
    memset(length, 0, (size_t)n_blocks * vector_bytes);
    for (uint32_t i = 0; i < n; i++) {
        const size_t k = i / in_block;
        set_lane(t, &t->text[t->order[from + i]], rows + k * stride, mask + k * vector_bytes,
                 length + k * vector_bytes, i % in_block * bytes, bytes);
    }
    return block + n_blocks;
}

void metric_texts_set(struct metric_texts *t, const struct text *texts, uint32_t n)
{
    size_t block = 0;
    t->n = n;
    for (uint32_t i = 0; i < n; i++)
        t->text[i] = texts[i];
    sort_texts(t);
    if (!number_symbols(t))
        memset(t->group_end, 0, sizeof t->group_end);
    for (uint32_t g = 0; g < MANY_LANE_SIZES; g++)
        block = set_group(t, g, block);
}

/* ---- The metric ------------------------------------------------------------------------------*/

struct metric_many {
    struct metric_state *state;
    const struct metric_edits *edits; /* its edits run in lanes; or NULL … */
    bool jaro;                        /* … it is Jaro, in lanes; else all is scored one by one */
    uint16_t *symbols;                /* of A */
    uint8_t *number[3];               /* of each lane of a group: what a kernel writes */
    double *figures; /* edits: by [maximum][distance], for maxima up to 2 * MANY_LENGTH */
    /* Jaro: the similarity by [common][swaps], for lengths up to MANY_LENGTH; where those of two
     * lengths stand, and whether they were made already. */
    double *similarity;
    uint32_t similarity_at[LENGTHS][LENGTHS];
    bool has_similarity[LENGTHS][LENGTHS];
};

static bool open_edits(struct metric_many *m)
{
    m->figures = malloc((size_t)MAXIMA * MAXIMA * sizeof *m->figures);
    for (uint32_t maximum = 0; m->figures && maximum < MAXIMA; maximum++)
        for (uint32_t d = 0; d <= maximum; d++)
            m->figures[maximum * MAXIMA + d] = metric_view_value(m->state, d, maximum);
    return m->figures;
}

/* How many swaps, and none, so many characters in common may have. */
static uint32_t swaps_of(uint32_t common)
{
    return common / 2 + 1;
}

static bool open_jaro(struct metric_many *m)
{
    uint32_t n = 0;
    for (uint32_t la = 0; la < LENGTHS; la++)
        for (uint32_t lb = 0; lb < LENGTHS; lb++) {
            m->similarity_at[la][lb] = n;
            n += (least(la, lb) + 1) * swaps_of(least(la, lb));
        }
    m->similarity = malloc(n * sizeof *m->similarity);
    return m->similarity;
}

bool metric_many_open(struct metric_many **many, const struct metric_use *use,
                      const struct alphabet *alphabet, uint32_t max_length, uint32_t most,
                      struct err *e)
{
    struct metric_many *m = *many = calloc(1, sizeof *m);
    if (m && !metric_open(&m->state, use, alphabet, max_length, e)) {
        metric_many_close(m);
        *many = NULL;
        return false;
    }
    if (m) {
        const struct metric_edits *edits = use->metric->edits;
        const bool of_pattern = use->metric->state_bytes == 0; /* and of texts as they stand */
        m->edits = edits && edits->exact && of_pattern ? edits : NULL;
        m->jaro = use->metric->flags & METRIC_JARO;
        m->symbols = malloc((max_length + 1ull) * sizeof *m->symbols);
        bool ok = m->symbols && (!m->jaro || open_jaro(m)) && (!m->edits || open_edits(m));
        for (uint32_t i = 0; i < 3; i++)
            ok = (m->number[i] = malloc(most + MANY_LANES_MAX)) && ok;
        if (ok)
            return true;
    }
    metric_many_close(m);
    *many = NULL;
    return err_set(e, ERR_OS, NULL, "not enough memory for a metric");
}

void metric_many_close(struct metric_many *m)
{
    if (!m)
        return;
    metric_close(m->state);
    for (uint32_t i = 0; i < 3; i++)
        free(m->number[i]);
    free(m->symbols);
    free(m->figures);
    free(m->similarity);
    free(m);
}

double metric_many_one(struct metric_many *m, const struct text *a, const struct text *b)
{
    return metric_score_texts(m->state, a, b);
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* Texts of one length, lb, in the order of theirs; `number` has what the kernel wrote of them. */
struct run {
    const uint16_t *order;
    const uint8_t *number[3];
    uint32_t n, lb;
};

/* The figures of edits, from deltas. */
static void put_edits(const struct metric_many *m, uint32_t la, const struct run *r, double *scores)
{
    const bool of_sum = m->edits->share == METRIC_OF_SUM;
    const bool counts_edits = m->edits->kind == EDIT_LEVENSHTEIN || m->edits->kind == EDIT_OSA;
    const uint32_t maximum = of_sum ? la + r->lb : greatest(la, r->lb);
    const int first = (int)(counts_edits ? la : maximum), each = of_sum && !counts_edits ? 2 : 1;
    const double *figures = m->figures + (size_t)maximum * MAXIMA;
    for (uint32_t i = 0; i < r->n; i++) {
        const uint32_t distance = (uint32_t)(first + each * (int8_t)r->number[0][i]);
        scores[r->order[i]] =
            maximum < MAXIMA ? figures[distance] : metric_view_value(m->state, distance, maximum);
    }
}

/* Jaro's similarity of these lengths, by characters in common and swaps. */
static const double *similarity_of(struct metric_many *m, uint32_t la, uint32_t lb)
{
    double *similarity = m->similarity + m->similarity_at[la][lb];
    const uint32_t most = least(la, lb), swaps = swaps_of(most);
    for (uint32_t c = 0; !m->has_similarity[la][lb] && c <= most; c++)
        for (uint32_t t = 0; t < swaps; t++)
            similarity[c * swaps + t] = metric_jaro_similarity(la, lb, c, t, 0, false);
    m->has_similarity[la][lb] = true;
    return similarity;
}

static void put_jaro(struct metric_many *m, uint32_t la, const struct run *r, double *scores)
{
    const bool winkler = m->state->use.metric->flags & METRIC_PREFIX;
    const double *similarity = similarity_of(m, la, r->lb);
    const uint32_t swaps = swaps_of(least(la, r->lb));
    for (uint32_t i = 0; i < r->n; i++) {
        const double sim = similarity[r->number[0][i] * swaps + r->number[1][i] / 2];
        scores[r->order[i]] = winkler ? metric_boosted(sim, r->number[2][i]) : sim;
    }
}

/* Scores the texts in lanes of one size, which have from .. to characters. */
static void score_group(struct metric_many *m, uint32_t la, const struct metric_texts *t,
                        uint32_t group, double *scores)
{
    const struct many_lanes *lanes = &t->lanes[group];
    const uint32_t from = group ? (8u << (group - 1)) + 1 : 0, to = 8u << group;
    const uint32_t begin = t->begin[from];
    uint8_t *const *number = m->number;
    if (begin == t->group_end[group])
        return;
    if (m->edits)
        many_kernels()->edit[m->edits->kind][group](lanes, m->symbols, la, (int8_t *)number[0]);
    else
        many_kernels()->jaro[group](lanes, m->symbols, la, number[0], number[1], number[2]);
    for (uint32_t lb = from; lb <= to; lb++) {
        const uint32_t at = t->begin[lb], skip = at - begin;
        const struct run r = {t->order + at,
                              {number[0] + skip, number[1] + skip, number[2] + skip},
                              t->begin[lb + 1] - at,
                              lb};
        if (r.n && m->edits)
            put_edits(m, la, &r, scores);
        else if (r.n)
            put_jaro(m, la, &r, scores);
    }
}

void metric_many_scores(struct metric_many *m, const struct text *a, const struct metric_texts *t,
                        double *scores)
{
    const bool lanes = m->edits || (m->jaro && a->n <= MANY_LENGTH);
    const uint32_t n_lanes = lanes ? t->group_end[MANY_LANE_SIZES - 1] : 0;
    for (uint32_t p = 0; n_lanes && p < a->n; p++)
        m->symbols[p] = t->symbol[text_code(a->codes, a->width, p)];
    for (uint32_t g = 0; n_lanes && g < MANY_LANE_SIZES; g++)
        score_group(m, a->n, t, g, scores);
    for (uint32_t i = n_lanes; i < t->n; i++)
        scores[t->order[i]] = metric_score_texts(m->state, a, &t->text[t->order[i]]);
}
