/* Signatures, and how much two of them must have in common to reach a threshold. */
#include "matcher/engine/prefilter.h"
#include "core/shm.h"

#include <string.h>

#define SLACK 1e-9 /* the last bits of Jaro-Winkler need not rise with its parts */
#define MOST_PREFIX 4u
#define HEAD_AT 64u

bool prefilter_knows(const struct metric_use *use)
{
    enum metric_family f = use->metric->family;
    bool edits = f == METRIC_LEVENSHTEIN || f == METRIC_OSA || f == METRIC_DAMERAU ||
                 f == METRIC_INDEL || f == METRIC_LCSSEQ || f == METRIC_HAMMING ||
                 f == METRIC_AFFIX;
    bool jaro = f == METRIC_JARO || f == METRIC_JARO_WINKLER;
    return (edits || jaro) && use->view == METRIC_NORMALIZED_SIMILARITY;
}

/* ---- Signatures ------------------------------------------------------------------------------*/

/* The bit of the k-th occurrence of a code. Any function is correct; this one spreads the bits. */
static uint64_t sign_bit(uint32_t code, uint32_t k)
{
    return 1ull << ((code * 0x9e3779b1u + k * 0x85ebca6bu) >> 26);
}

static uint32_t count_before(struct text t, uint32_t i)
{
    uint32_t code = text_code(t.codes, t.width, i), n = 0;
    for (uint32_t k = 0; k < i; k++)
        n += text_code(t.codes, t.width, k) == code;
    return n;
}

static struct signature signature(struct text text)
{
    struct signature signature = {.length =
                                      (uint8_t)(text.n < SIGNATURE_LONG ? text.n : SIGNATURE_LONG)};
    for (uint32_t i = 0; i < text.n && text.n < SIGNATURE_LONG; i++)
        signature.sign |= sign_bit(text_code(text.codes, text.width, i), count_before(text, i));
    for (uint32_t i = 0; i < 4 && i < text.n; i++)
        signature.head |= (text_code(text.codes, text.width, i) & 255) << 8 * i;
    return signature;
}

struct prefilter_head {
    uint64_t a_at, sign_at, head_at, length_at;
};

static struct signature row_signature(const struct dictionary *dictionary, const struct side *side,
                                      uint64_t row)
{
    uint32_t place = side->row_place[row];
    return place == TABLE_MISSING ? (struct signature){.length = SIGNATURE_MISSING}
                                  : signature(dictionary_text(dictionary, side->value[place]));
}

static void fill_a(const struct dictionary *dictionary, const struct side *side,
                   struct signature *signature)
{
#pragma omp parallel for schedule(static, 4096)
    for (uint64_t i = 0; i < side->n_rows; i++)
        signature[i] = row_signature(dictionary, side, i);
}

static void fill_b(const struct dictionary *dictionary, const struct side *side,
                   const uint32_t *rows, uint64_t n, char *base, const struct prefilter_head *h)
{
    uint64_t *sign = (uint64_t *)(void *)(base + h->sign_at);
    uint32_t *head = (uint32_t *)(void *)(base + h->head_at);
    uint8_t *length = (uint8_t *)base + h->length_at;
#pragma omp parallel for schedule(static, 4096)
    for (uint64_t i = 0; i < n; i++) {
        struct signature signature = row_signature(dictionary, side, rows ? rows[i] : i);
        sign[i] = signature.sign;
        head[i] = signature.head;
        length[i] = signature.length;
    }
}

bool prefilter_build(const struct dictionary *dictionary, const struct side *a,
                     const struct side *b, const uint32_t *rows, uint64_t n, struct shm *out,
                     struct err *e)
{
    const char *what = "the signatures of a column";
    struct prefilter_head h;
    uint64_t head_at = shm_alloc(out, what, sizeof h, 64, e);
    if (head_at != HEAD_AT ||
        !(h.a_at = shm_alloc(out, what, (a->n_rows + 1) * sizeof(struct signature), 64, e)) ||
        !(h.sign_at = shm_alloc(out, what, (n + 8) * 8, 64, e)) ||
        !(h.head_at = shm_alloc(out, what, (n + 16) * 4, 64, e)) ||
        !(h.length_at = shm_alloc(out, what, n + 64, 64, e)))
        return false;
    memcpy(out->base + HEAD_AT, &h, sizeof h);
    fill_a(dictionary, a, (struct signature *)(void *)(out->base + h.a_at));
    fill_b(dictionary, b, rows, n, out->base, &h);
    return true;
}

void prefilter_view(struct prefilter *prefilter, const char *base)
{
    const struct prefilter_head *h = (const struct prefilter_head *)(const void *)(base + HEAD_AT);
    prefilter->a = (const struct signature *)(const void *)(base + h->a_at);
    prefilter->b.sign = (const uint64_t *)(const void *)(base + h->sign_at);
    prefilter->b.head = (const uint32_t *)(const void *)(base + h->head_at);
    prefilter->b.length = (const uint8_t *)base + h->length_at;
}

/* ---- Limits ----------------------------------------------------------------------------------*/

/* The greatest value of the metric with so many characters in common. */
static double upper(const struct metric_use *use, uint32_t la, uint32_t lb, uint32_t common,
                    uint32_t prefix)
{
    enum metric_family f = use->metric->family;
    uint32_t longer = la > lb ? la : lb;
    if (f == METRIC_JARO || f == METRIC_JARO_WINKLER)
        return metric_jaro_similarity(la, lb, common, 0, prefix, f == METRIC_JARO_WINKLER);
    if (f == METRIC_INDEL)
        return metric_edit_similarity(la + lb - 2ull * common, la + lb);
    /* Each character of the longer text without a partner is an edit. */
    return metric_edit_similarity(longer - common, longer);
}

static uint8_t least_common(const struct metric_use *use, uint32_t la, uint32_t lb, double need,
                            uint32_t prefix)
{
    uint32_t shorter = la < lb ? la : lb, least = SIGNATURE_NEVER;
    for (uint32_t common = shorter + 1; common-- > 0;) {
        uint32_t same = prefix < common ? prefix : common;
        if (upper(use, la, lb, common, same) + SLACK < need)
            break;
        least = common;
    }
    return (uint8_t)least;
}

void prefilter_limit(const struct metric_use *use, uint32_t length, double need,
                     signature_limits limits)
{
    bool by_prefix = use->metric->family == METRIC_JARO_WINKLER;
    memset(limits, SIGNATURE_NEVER, sizeof(signature_limits));
    for (uint32_t lb = 0; lb < SIGNATURE_LONG; lb++)
        for (uint32_t p = 0; p <= MOST_PREFIX; p++)
            limits[lb][p] =
                p && !by_prefix ? limits[lb][0] : least_common(use, length, lb, need, p);
    memset(limits[SIGNATURE_LONG], 0, SIGNATURE_PREFIXES);
}
