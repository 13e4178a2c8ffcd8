/* Edit distances, common beginnings and ends, and Jaro's metrics by the lanes of vectors
 * (kernel_many.h).
 *
 * Texts are sorted by length, so that each goes into a lane as wide as it needs: up to 8 characters
 * into one of 8 bits, and so on up to 64. Longer ones, and all where they have more different
 * characters than MANY_SYMBOLS, are scored one by one. A metric of texts in another form, such as
 * their sorted words, has lanes of its own. Where words in common make a metric another one, as in
 * token_set_ratio, the few texts that have some are scored one by one. */
#include "matcher/metric/metric_form.h"
#include "matcher/metric/metric_many_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAXIMA (2 * MANY_LENGTH + 1)
#define SPARE_BYTES 64u /* that may be read after a text's codes */

/* ---- Lanes -----------------------------------------------------------------------------------*/

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

bool many_lanes_open(struct metric_texts *t)
{
    t->n_symbols = 1;
    t->symbol = calloc(t->alphabet.n_codes + 1ull, sizeof *t->symbol);
    t->order = malloc((t->most + 1) * sizeof *t->order);
    t->rows = vectors(most_blocks(t->most) * MANY_SYMBOLS);
    t->masks = vectors(most_blocks(t->most));
    t->lengths = vectors(most_blocks(t->most));
    return t->symbol && t->order && t->rows && t->masks && t->lengths;
}

void many_lanes_close(struct metric_texts *t)
{
    free(t->symbol);
    free(t->order);
    free(t->rows);
    free(t->masks);
    free(t->lengths);
}

/* Sorts the texts by length; those that fit no lane come last. */
static void sort_texts(struct metric_texts *t)
{
    uint32_t at[MANY_LENGTHS + 1];
    memset(t->begin, 0, sizeof t->begin);
    for (uint32_t i = 0; i < t->n; i++)
        t->begin[least(t->text[i].n, MANY_LENGTHS) + 1]++;
    for (uint32_t k = 0; k <= MANY_LENGTHS; k++)
        t->begin[k + 1] += t->begin[k];
    for (uint32_t g = 0; g < MANY_LANE_SIZES; g++)
        t->group_end[g] = t->begin[(8u << g) + 1];
    memcpy(at, t->begin, sizeof at);
    for (uint32_t i = 0; i < t->n; i++)
        t->order[at[least(t->text[i].n, MANY_LENGTHS)]++] = (uint16_t)i;
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
            if (t->n_symbols == MANY_SYMBOLS)
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

static void lay_lanes(struct metric_texts *t)
{
    size_t block = 0;
    if (t->in_lanes)
        return;
    t->in_lanes = true;
    sort_texts(t);
    if (!number_symbols(t))
        memset(t->group_end, 0, sizeof t->group_end);
    for (uint32_t g = 0; g < MANY_LANE_SIZES; g++)
        block = set_group(t, g, block);
}

/* ---- The metric ------------------------------------------------------------------------------*/

struct lane_scores {
    struct metric_state *state;
    bool jaro;                        /* it is Jaro; or … */
    bool damerau;                     /* … Damerau; or … */
    const struct metric_edits *edits; /* … its edits are counted; or … */
    enum metric_end end;              /* … what is common at an end */
    uint16_t *symbols;                /* of A */
    uint8_t *number[3];               /* of each lane of a group: what a kernel writes */
    double *figures; /* edits: by [maximum][distance], for maxima up to 2 * MANY_LENGTH */
    /* Jaro: the similarity by [common][swaps], for lengths up to MANY_LENGTH; where those of two
     * lengths stand, and whether they were made already. */
    double *similarity;
    uint32_t similarity_at[MANY_LENGTHS][MANY_LENGTHS];
    bool has_similarity[MANY_LENGTHS][MANY_LENGTHS];
    /* A metric of texts in another form: */
    struct metric_former *former;
    struct metric_texts
        *formed;           /* the texts that may get a lane, in the form; others as they are */
    struct text *form;     /* the same, for metric_texts_set */
    char *codes, *codes_a; /* of these, and of A */
    /* A metric that lanes have for texts without a word in common alone: */
    struct metric_many *shares; /* is above 0 for others */
    double *shared;             /* its scores */
};

static bool open_edits(struct lane_scores *own)
{
    own->figures = malloc((size_t)MAXIMA * MAXIMA * sizeof *own->figures);
    for (uint32_t maximum = 0; own->figures && maximum < MAXIMA; maximum++)
        for (uint32_t d = 0; d <= maximum; d++)
            own->figures[maximum * MAXIMA + d] = metric_view_value(own->state, d, maximum);
    return own->figures;
}

/* How many swaps, and none, so many characters in common may have. */
static uint32_t swaps_of(uint32_t common)
{
    return common / 2 + 1;
}

static bool open_jaro(struct lane_scores *own)
{
    uint32_t n = 0;
    for (uint32_t la = 0; la < MANY_LENGTHS; la++)
        for (uint32_t lb = 0; lb < MANY_LENGTHS; lb++) {
            own->similarity_at[la][lb] = n;
            n += (least(la, lb) + 1) * swaps_of(least(la, lb));
        }
    own->similarity = malloc(n * sizeof *own->similarity);
    return own->similarity;
}

static bool open_former(struct metric_many *m)
{
    struct lane_scores *own = m->own;
    const size_t code_bytes = sizeof(uint32_t);
    struct err e;
    own->former = metric_former_open(&m->state->alphabet, m->max_length);
    own->form = malloc((m->most + 1ull) * sizeof *own->form);
    own->codes = malloc(m->most * MANY_LENGTH * code_bytes + SPARE_BYTES);
    own->codes_a = malloc(m->max_length * code_bytes + SPARE_BYTES);
    return own->former && own->form && own->codes && own->codes_a &&
           metric_texts_open(&own->formed, &m->state->alphabet, m->most, &e);
}

/* Opens what tells the texts that have a word in common with A. */
static bool open_shares(struct metric_many *m)
{
    struct lane_scores *own = m->own;
    struct metric_use use;
    struct err e;
    own->shared = malloc((m->most + 1ull) * sizeof *own->shared);
    if (!own->shared || !metric_find("overlap:0", strlen("overlap:0"), &use, &e))
        return false;
    return metric_many_open(&own->shares, &use, &m->state->alphabet, m->max_length, m->most, &e);
}

static bool serves(const struct metric *metric)
{
    metric = metric->apart ? metric->apart : metric;
    return (metric->edits && metric->edits->exact) || metric->end ||
           metric->flags & (METRIC_JARO | METRIC_DAMERAU);
}

static bool open_lane_scores(struct metric_many *m)
{
    const struct metric *metric = m->state->use.metric;
    struct lane_scores *own = m->own;
    own->state = m->state;
    own->edits = metric->apart ? metric->apart->edits : metric->edits;
    own->end = metric->end;
    own->jaro = metric->flags & METRIC_JARO;
    own->damerau = metric->flags & METRIC_DAMERAU;
    own->symbols = malloc((m->max_length + 1ull) * sizeof *own->symbols);
    bool ok = own->symbols && (own->jaro ? open_jaro(own) : open_edits(own));
    for (uint32_t i = 0; i < 3; i++)
        ok = (own->number[i] = malloc(m->most + MANY_LANES_MAX)) && ok;
    ok = ok && (!metric->apart || open_shares(m));
    return ok && (metric->form == TEXT_FORM_VALUE || open_former(m));
}

static void close_lane_scores(struct metric_many *m)
{
    struct lane_scores *own = m->own;
    for (uint32_t i = 0; i < 3; i++)
        free(own->number[i]);
    free(own->symbols);
    free(own->figures);
    free(own->similarity);
    metric_former_close(own->former);
    metric_texts_close(own->formed);
    free(own->form);
    free(own->codes);
    free(own->codes_a);
    metric_many_close(own->shares);
    free(own->shared);
}

/* ---- Forms -----------------------------------------------------------------------------------*/

/* The text in the metric's form; its codes go to `codes`. */
static struct text form_of(const struct lane_scores *own, const struct text *t, void *codes)
{
    const enum text_form form = own->state->use.metric->form;
    return (struct text){
        .codes = codes, .n = metric_former_write(own->former, form, t, codes), .width = t->width};
}

static void lay(struct metric_many *m, struct metric_texts *t)
{
    struct lane_scores *own = m->own;
    char *codes = own->codes;
    if (!own->former) {
        lay_lanes(t);
        return;
    }
    if (own->shares)
        metric_many_lay(own->shares, t);
    for (uint32_t i = 0; i < t->n; i++) {
        const struct text *x = &t->text[i];
        own->form[i] = x->n <= MANY_LENGTH ? form_of(own, x, codes) : *x;
        codes += x->n <= MANY_LENGTH ? (size_t)x->n * x->width : 0;
    }
    metric_texts_set(own->formed, own->form, t->n);
    lay_lanes(own->formed);
}

/* ---- Scores ----------------------------------------------------------------------------------*/

/* Texts of one length, lb, in the order of theirs; `number` has what the kernel wrote of them. */
struct run {
    const uint16_t *order;
    const uint8_t *number[3];
    uint32_t n, lb;
};

/* How a distance follows from what a kernel writes of two lengths: it is first + each * delta out
 * of `maximum`. */
struct count {
    uint32_t maximum;
    int first, each;
};

static struct count count_of(const struct lane_scores *own, uint32_t la, uint32_t lb)
{
    const bool of_sum = own->edits && own->edits->share == METRIC_OF_SUM;
    const bool counts_edits =
        own->edits && (own->edits->kind == EDIT_LEVENSHTEIN || own->edits->kind == EDIT_OSA);
    const uint32_t maximum = of_sum ? la + lb : greatest(la, lb);
    if (own->damerau)
        return (struct count){maximum, 0, 1};
    return (struct count){maximum, (int)(counts_edits ? la : maximum),
                          of_sum && !counts_edits ? 2 : 1};
}

/* The figures of a distance, from deltas. */
static void put_figures(const struct lane_scores *own, uint32_t la, const struct run *r,
                        double *scores)
{
    const struct count count = count_of(own, la, r->lb);
    const double *figures = own->figures + (size_t)count.maximum * MAXIMA;
    for (uint32_t i = 0; i < r->n; i++) {
        const uint32_t distance = (uint32_t)(count.first + count.each * (int8_t)r->number[0][i]);
        scores[r->order[i]] = count.maximum < MAXIMA
                                  ? figures[distance]
                                  : metric_view_value(own->state, distance, count.maximum);
    }
}

/* Jaro's similarity of these lengths, by characters in common and swaps. */
static const double *similarity_of(struct lane_scores *own, uint32_t la, uint32_t lb)
{
    double *similarity = own->similarity + own->similarity_at[la][lb];
    const uint32_t most = least(la, lb), swaps = swaps_of(most);
    for (uint32_t c = 0; !own->has_similarity[la][lb] && c <= most; c++)
        for (uint32_t t = 0; t < swaps; t++)
            similarity[c * swaps + t] = metric_jaro_similarity(la, lb, c, t, 0, false);
    own->has_similarity[la][lb] = true;
    return similarity;
}

static void put_jaro(struct lane_scores *own, uint32_t la, const struct run *r, double *scores)
{
    const bool winkler = own->state->use.metric->flags & METRIC_PREFIX;
    const double *similarity = similarity_of(own, la, r->lb);
    const uint32_t swaps = swaps_of(least(la, r->lb));
    for (uint32_t i = 0; i < r->n; i++) {
        const double sim = similarity[r->number[0][i] * swaps + r->number[1][i] / 2];
        scores[r->order[i]] = winkler ? metric_boosted(sim, r->number[2][i]) : sim;
    }
}

static void run_kernel(struct lane_scores *own, uint32_t la, const struct metric_texts *t,
                       uint32_t group)
{
    const struct many_kernels *kernels = many_kernels();
    const struct many_lanes *lanes = &t->lanes[group];
    uint8_t *const *number = own->number;
    if (own->jaro)
        kernels->jaro[group](lanes, own->symbols, la, number[0], number[1], number[2]);
    else if (own->damerau)
        kernels->damerau[group](lanes, own->symbols, la, (int8_t *)number[0]);
    else if (own->edits)
        kernels->edit[own->edits->kind][group](lanes, own->symbols, la, (int8_t *)number[0]);
    else
        kernels->end[own->end == METRIC_COMMON_ENDING][group](lanes, own->symbols, la,
                                                              (int8_t *)number[0]);
}

/* Scores the texts in lanes of one size, which have from .. to characters. */
static void score_group(struct lane_scores *own, uint32_t la, const struct metric_texts *t,
                        uint32_t group, double *scores)
{
    const uint32_t from = group ? (8u << (group - 1)) + 1 : 0, to = 8u << group;
    const uint32_t begin = t->begin[from];
    uint8_t *const *number = own->number;
    if (begin == t->group_end[group])
        return;
    run_kernel(own, la, t, group);
    for (uint32_t lb = from; lb <= to; lb++) {
        const uint32_t at = t->begin[lb], skip = at - begin;
        const struct run r = {t->order + at,
                              {number[0] + skip, number[1] + skip, number[2] + skip},
                              t->begin[lb + 1] - at,
                              lb};
        if (r.n && own->jaro)
            put_jaro(own, la, &r, scores);
        else if (r.n)
            put_figures(own, la, &r, scores);
    }
}

/* Scores the texts that have a word in common with A. */
static void score_shared(struct metric_many *m, const struct text *a, struct metric_texts *t,
                         double *scores)
{
    struct lane_scores *own = m->own;
    metric_many_scores(own->shares, a, t, own->shared);
    for (uint32_t i = 0; i < t->n; i++)
        if (own->shared[i] > 0)
            scores[i] = many_one(m, a, t, i);
}

static void lane_scores(struct metric_many *m, const struct text *a, struct metric_texts *t,
                        double *scores)
{
    struct lane_scores *own = m->own;
    const struct text text = own->former ? form_of(own, a, own->codes_a) : *a;
    const struct metric_texts *in = own->former ? own->formed : t;
    const bool lanes = !(own->jaro || own->damerau) || text.n <= MANY_LENGTH;
    const uint32_t n_lanes = lanes ? in->group_end[MANY_LANE_SIZES - 1] : 0;
    for (uint32_t p = 0; n_lanes && p < text.n; p++)
        own->symbols[p] = in->symbol[text_code(text.codes, text.width, p)];
    for (uint32_t g = 0; n_lanes && g < MANY_LANE_SIZES; g++)
        score_group(own, text.n, in, g, scores);
    for (uint32_t i = n_lanes; i < t->n; i++)
        scores[in->order[i]] = many_one(m, a, t, in->order[i]);
    if (own->shares)
        score_shared(m, a, t, scores);
}

const struct many_way many_way_lanes = {
    .serves = serves,
    .own_bytes = sizeof(struct lane_scores),
    .open = open_lane_scores,
    .close = close_lane_scores,
    .lay = lay,
    .scores = lane_scores,
};
