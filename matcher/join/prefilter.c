/* Signatures, and how much two of them must have in common to reach a threshold. */
#include "matcher/join/prefilter.h"
#include "core/shm.h"

#include <stdlib.h>
#include <string.h>

#define FEW_VALUES 2 /* so many rows a value are few values */

bool prefilter_knows(const struct metric_use *use)
{
    return use->metric->bound && use->view == METRIC_NORMALIZED_SIMILARITY;
}

/* ---- Signatures ------------------------------------------------------------------------------*/

/* The bit of the k-th occurrence of a code: any function will do; this one spreads. It is not
 * hash_mix, since how many candidates pass, which users see, depends on it. */
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

/* Codes of a byte are counted in a table, others are looked for. */
static uint64_t sign_of(struct text t)
{
    uint8_t seen[256] = {0};
    uint64_t sign = 0;
    for (uint32_t i = 0; i < t.n && t.width == 1; i++) {
        const uint32_t code = text_code(t.codes, 1, i);
        sign |= sign_bit(code, seen[code]++);
    }
    for (uint32_t i = 0; i < t.n && t.width > 1; i++)
        sign |= sign_bit(text_code(t.codes, t.width, i), count_before(t, i));
    return sign;
}

static struct signature signature(struct text text)
{
    const bool is_long = text.n >= SIGNATURE_LONG;
    struct signature signature = {.sign = is_long ? 0 : sign_of(text),
                                  .length = is_long ? SIGNATURE_LONG : (uint8_t)text.n};
    for (uint32_t i = 0; i < 4 && i < text.n; i++)
        signature.head |= (text_code(text.codes, text.width, i) & 255) << 8 * i;
    return signature;
}

struct prefilter_head {
    uint64_t a_at, sign_at, head_at, length_at;
};

/* Those of the rows of a side. */
struct signing {
    const struct dictionary *dictionary;
    const struct side *side;
    struct signature *of_place; /* malloced; NULL: made for each row anew */
};

/* Where n rows have few values, those of the values are made first. */
static struct signing sign_values(const struct dictionary *dictionary, const struct side *side,
                                  uint64_t n)
{
    struct signing s = {dictionary, side, NULL};
    if (side->n > n / FEW_VALUES)
        return s;
    s.of_place = malloc((side->n + 1ull) * sizeof *s.of_place);
#pragma omp parallel for schedule(static, 4096)
    for (uint32_t i = 0; i < (s.of_place ? side->n : 0); i++)
        s.of_place[i] = signature(dictionary_text(dictionary, side->value[i]));
    return s;
}

static struct signature row_signature(const struct signing *s, uint64_t row)
{
    const uint32_t place = s->side->row_place[row];
    return place == TABLE_MISSING ? (struct signature){.length = SIGNATURE_MISSING}
           : s->of_place          ? s->of_place[place]
                         : signature(dictionary_text(s->dictionary, s->side->value[place]));
}

static void fill_a(const struct dictionary *dictionary, const struct side *side,
                   struct signature *signature)
{
    const struct signing s = sign_values(dictionary, side, side->n_rows);
#pragma omp parallel for schedule(static, 4096)
    for (uint64_t i = 0; i < side->n_rows; i++)
        signature[i] = row_signature(&s, i);
    free(s.of_place);
}

static void fill_b(const struct dictionary *dictionary, const struct side *side,
                   const uint32_t *rows, uint64_t n, struct shm *out,
                   const struct prefilter_head *h)
{
    const struct signing s = sign_values(dictionary, side, n);
    uint64_t *sign = shm_writable_array(out, h->sign_at, uint64_t, n);
    uint32_t *head = shm_writable_array(out, h->head_at, uint32_t, n);
    uint8_t *length = shm_writable_array(out, h->length_at, uint8_t, n);
#pragma omp parallel for schedule(static, 4096)
    for (uint64_t i = 0; i < n; i++) {
        const struct signature signature = row_signature(&s, rows ? rows[i] : i);
        sign[i] = signature.sign;
        head[i] = signature.head;
        length[i] = signature.length;
    }
    free(s.of_place);
}

bool prefilter_build(const struct dictionary *dictionary, const struct side *a,
                     const struct side *b, const uint32_t *rows, uint64_t n, struct shm *out,
                     struct err *e)
{
    const char *what = "the signatures of a column";
    struct prefilter_head h;
    uint64_t head_at = shm_alloc(out, what, sizeof h, 64, e);
    if (head_at != SHM_HEAD_AT ||
        !(h.a_at = shm_alloc(out, what, (a->n_rows + 1) * sizeof(struct signature), 64, e)) ||
        !(h.sign_at = shm_alloc(out, what, (n + 8) * 8, 64, e)) ||
        !(h.head_at = shm_alloc(out, what, (n + 16) * 4, 64, e)) ||
        !(h.length_at = shm_alloc(out, what, n + 64, 64, e)))
        return false;
    *shm_writable(out, head_at, struct prefilter_head) = h;
    fill_a(dictionary, a, shm_writable_array(out, h.a_at, struct signature, a->n_rows));
    fill_b(dictionary, b, rows, n, out, &h);
    return true;
}

void prefilter_view(struct prefilter *prefilter, struct shm_view signatures)
{
    const struct prefilter_head *h = shm_at(signatures, SHM_HEAD_AT, struct prefilter_head);
    prefilter->a = shm_at(signatures, h->a_at, struct signature);
    prefilter->b.sign = shm_at(signatures, h->sign_at, uint64_t);
    prefilter->b.head = shm_at(signatures, h->head_at, uint32_t);
    prefilter->b.length = shm_at(signatures, h->length_at, uint8_t);
}

/* ---- Limits ----------------------------------------------------------------------------------*/

static uint8_t least_common(const struct metric_use *use, uint32_t la, uint32_t lb, double need,
                            uint32_t prefix)
{
    uint32_t shorter = la < lb ? la : lb, least = SIGNATURE_NEVER;
    for (uint32_t common = shorter + 1; common-- > 0;) {
        uint32_t same = prefix < common ? prefix : common;
        if (use->metric->bound(la, lb, common, same) < need)
            break;
        least = common;
    }
    return (uint8_t)least;
}

void prefilter_limit(const struct metric_use *use, uint32_t length, double need,
                     signature_limits limits)
{
    bool by_prefix = use->metric->flags & METRIC_PREFIX;
    memset(limits, SIGNATURE_NEVER, sizeof(signature_limits));
    for (uint32_t lb = 0; lb < SIGNATURE_LONG; lb++)
        for (uint32_t p = 0; p <= METRIC_PREFIX_MOST; p++)
            limits[lb][p] =
                p && !by_prefix ? limits[lb][0] : least_common(use, length, lb, need, p);
    memset(limits[SIGNATURE_LONG], 0, SIGNATURE_PREFIXES);
}

/* ---- How many pass ---------------------------------------------------------------------------*/

#define SHARE_A 48u
#define SHARE_B 192u

/* Signatures of values of a side at equal distances, as the kernels read them. */
struct some {
    uint32_t n;
    uint64_t sign[SHARE_B + 8];
    uint32_t head[SHARE_B + 16];
    uint8_t length[SHARE_B + 64];
};

static struct signature some_signature(const struct dictionary *dictionary, const struct side *side,
                                       uint32_t i, uint32_t n)
{
    const uint32_t place = (uint32_t)((uint64_t)i * side->n / n);
    return signature(dictionary_text(dictionary, side->value[place]));
}

static struct some some_of(const struct dictionary *dictionary, const struct side *side)
{
    struct some some = {.n = side->n < SHARE_B ? side->n : SHARE_B};
    for (uint32_t i = 0; i < some.n; i++) {
        const struct signature signature = some_signature(dictionary, side, i, some.n);
        some.sign[i] = signature.sign;
        some.head[i] = signature.head;
        some.length[i] = signature.length;
    }
    return some;
}

double prefilter_share(const struct metric_use *use, const struct dictionary *dictionary,
                       const struct side *a, const struct side *b, double need)
{
    const struct some some = some_of(dictionary, b);
    const struct signatures signatures = {some.sign, some.head, some.length};
    const uint32_t n = a->n < SHARE_A ? a->n : SHARE_A;
    uint32_t passed[SHARE_B], length = SIGNATURE_LONG, n_passed = 0;
    signature_limits limits;
    for (uint32_t i = 0; i < n; i++) {
        const struct signature one = some_signature(dictionary, a, i, n);
        if (one.length < SIGNATURE_LONG && one.length != length) {
            length = one.length;
            prefilter_limit(use, length, need, limits);
        }
        n_passed += one.length < SIGNATURE_LONG
                        ? signature_kernels()->scan(&one, &signatures, 0, some.n,
                                                    *(const signature_limits *)&limits, passed)
                        : some.n;
    }
    return (n_passed + 0.3) / ((double)n * some.n + 1);
}
