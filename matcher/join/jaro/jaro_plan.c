/* Planning a Jaro join: lengths are counted, pairs are sampled, every choice has its seconds. */
#include "matcher/join/jaro/jaro_plan.h"
#include "core/sort.h"
#include "matcher/join/jaro/jaro_dense.h"
#include "matcher/join/jaro/jaro_windows.h"
#include "matcher/kernel/kernel_jaro_count.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LENGTHS JARO_PAIR_LENGTH /* longer values are the count join's */
#define SAMPLE_VALUES 2048u      /* of each side */
#define SAMPLE_PAIRS 4096u       /* of each prefix, at least … */
#define SAMPLE_HITS 64u          /* … until so many pass … */
#define SAMPLE_STANDS 4e6        /* … or each stands for fewer than so many pairs of the join */
#define SAMPLE_MORE 8u           /* times as many pairs are looked at next */
#define ORDERS_BYTES 3.0e8       /* memory that orders may take */
#define UNMATCHED (2 * LENGTHS + 1)

/* Measured on Zen 5; others are alike. */
#define COUNT_SECONDS 8e-9           /* a value against a block */
#define COUNT_WITHIN_SECONDS 9e-9    /* the same where tokens count within reach */
#define HIT_SECONDS 17e-9            /* a pair that counting lets pass */
#define DENSE_SECONDS 1.6e-9         /* a pair, when all are looked at … */
#define DENSE_HIT_SECONDS 5e-9       /* … and a pair that counting would let pass … */
#define DENSE_COUNTED_SECONDS 0.5e-9 /* … where matches are only counted */
#define SORT_SECONDS 120e-9          /* a value in an order: sorted, and made into planes */
#define SORT_WITHIN_SECONDS 180e-9   /* the same where tokens count within reach */

/* ---- Sampling --------------------------------------------------------------------------------*/

/* A sampled value and its leading characters. */
struct sampled {
    uint64_t key;
    struct text text;
};

struct plan_sample {
    const struct join_job *job;
    bool winkler;
    double lengths_a[LENGTHS + 1], lengths_b[LENGTHS + 1]; /* values, scaled to the whole side */
    struct sampled *a, *b;
    uint32_t n_a, n_b;
    struct jaro_sample *codes;
    struct jaro_code *code;      /* NULL: no sampled text has more tokens than a row */
    uint8_t *seen;               /* by code, zero between values */
    uint8_t *token;              /* of a text */
    double share[JARO_PASSES];   /* of all pairs, with at least such a prefix */
    double hits[2][JARO_PASSES]; /* of those with no longer one whose lengths may match, the share
                                    that counting lets pass: anywhere, and within reach */
};

static uint32_t sample_side(const struct dictionary *dictionary, const struct side *side,
                            double *lengths, struct sampled *sampled)
{
    uint32_t step = side->n / SAMPLE_VALUES + 1, n = 0;
    for (uint32_t i = step / 2; i < side->n; i += step) {
        const struct text text = dictionary_text(dictionary, side->value[i]);
        if (text.n > LENGTHS)
            continue;
        sampled[n++].text = text;
        lengths[text.n] += (double)step;
    }
    return n;
}

static int by_key(const void *x, const void *y)
{
    const struct sampled *a = x, *b = y;
    return sort_order(a->key, b->key);
}

/* Sorts by the first `prefix` characters; shorter values come last and do not count. */
static uint32_t sort_sampled(struct sampled *s, uint32_t n, uint32_t prefix)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        s[i].key = s[i].text.n < prefix ? UINT64_MAX : 0;
        for (uint32_t k = 0; k < prefix && k < s[i].text.n; k++)
            s[i].key = s[i].key << 16 | (text_code(s[i].text.codes, s[i].text.width, k) & 0x7fff);
        count += s[i].text.n >= prefix;
    }
    qsort(s, n, sizeof *s, by_key);
    return count;
}

static uint32_t tokens_in_common(struct text a, struct text b, uint8_t *seen)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < a.n; i++) {
        uint8_t *k = &seen[text_code(a.codes, a.width, i)];
        *k = (uint8_t)(*k + (*k < UINT8_MAX));
    }
    for (uint32_t i = 0; i < b.n; i++) {
        uint8_t *left = &seen[text_code(b.codes, b.width, i)];
        n += *left > 0;
        *left = (uint8_t)(*left - (*left > 0));
    }
    for (uint32_t i = 0; i < a.n; i++)
        seen[text_code(a.codes, a.width, i)] = 0;
    return n;
}

/* Would a block let a pair pass whose first text has more tokens than a row holds? */
static bool long_passes(struct plan_sample *s, struct text a, struct text b, uint32_t common)
{
    uint8_t row[JARO_ROW_TOKENS];
    bool has[JARO_TOKENS] = {false};
    uint32_t n = 0, missing = a.n - common;
    jaro_tokens(s->token, s->code, a, s->seen);
    jaro_rarest_tokens(row, s->token, a.n);
    jaro_tokens(s->token, s->code, b, s->seen);
    for (uint32_t i = 0; i < b.n; i++)
        has[s->token[i]] = true;
    for (uint32_t i = 0; i < JARO_ROW_TOKENS; i++)
        n += has[row[i]];
    return n + missing >= JARO_ROW_TOKENS;
}

/* Pairs that were looked at, how many of them passed, and how many of those that were tried passed
 * within reach. To try takes long: so the first that pass are tried, and some of the others. */
struct looked {
    uint64_t pairs, anywhere, tried, within;
};

#define TRIED_FIRST 64u
#define TRIED_EVERY 16u

/* Have two texts that agree in `prefix` characters more in common? Such pairs are found by a later
 * prefix, and pass far more often. */
static bool agree_further(struct text a, struct text b, unsigned prefix)
{
    return a.n > prefix && b.n > prefix &&
           text_code(a.codes, a.width, prefix) == text_code(b.codes, b.width, prefix);
}

static void look(struct looked *l, struct plan_sample *s, struct text a, struct text b,
                 unsigned prefix)
{
    const uint32_t common = jaro_common_bound(s->job->need, s->winkler, a.n, b.n, prefix);
    if (common == JARO_NEVER ||
        (s->winkler && prefix + 1 < JARO_PASSES && agree_further(a, b, prefix)))
        return;
    l->pairs++;
    const bool whole = a.n <= JARO_ROW_TOKENS;
    if (!(whole ? tokens_in_common(a, b, s->seen) >= common : long_passes(s, a, b, common)))
        return;
    if (l->anywhere++ >= TRIED_FIRST && l->anywhere % TRIED_EVERY)
        return;
    l->tried++;
    l->within += !whole || b.n > JARO_WINDOW_LENGTH || jaro_window_common(a, b) >= common;
}

/* Looks at every step-th pair with equal keys; returns their number. */
static uint64_t sample_pairs(struct plan_sample *s, uint32_t n_a, uint32_t n_b, unsigned prefix,
                             uint64_t step, struct looked *looked)
{
    uint64_t n = 0;
    uint32_t first = 0, end = 0;
    for (uint32_t i = 0; i < n_a; i++) {
        uint64_t key = s->a[i].key;
        if (i == 0 || key != s->a[i - 1].key) {
            for (first = end; first < n_b && s->b[first].key < key;)
                first++;
            for (end = first; end < n_b && s->b[end].key == key;)
                end++;
        }
        uint64_t next = (n + step - 1) / step * step - n;
        for (n += end - first; next < end - first; next += step)
            look(looked, s, s->a[i].text, s->b[first + next].text, prefix);
    }
    return n;
}

/* Gives the codes tokens, if a sampled text is so long that its row does not hold all of them. */
static bool make_codes(struct plan_sample *s)
{
    uint32_t longest = 0;
    for (uint32_t i = 0; i < s->n_a; i++)
        longest = s->a[i].text.n > longest ? s->a[i].text.n : longest;
    if (longest <= JARO_ROW_TOKENS)
        return true;
    s->code = calloc(s->job->dictionary->alphabet.n_codes + 1ull, sizeof *s->code);
    s->token = calloc(s->job->dictionary->max_length + 1ull, 1);
    return s->code && s->token && jaro_codes_make(s->code, s->codes, 1);
}

/* Looks at pairs with a prefix, of which the sample has n_pairs. Where one in thousands passes, a
 * few thousand say nothing of whether tokens should count within reach. */
static struct looked look_at_prefix(struct plan_sample *s, uint32_t n_a, uint32_t n_b,
                                    unsigned prefix, uint64_t n_pairs)
{
    const double most = fmin((double)join_n_pairs(s->job) / SAMPLE_STANDS, (double)n_pairs);
    struct looked looked = {0};
    for (uint64_t pairs = SAMPLE_PAIRS;; pairs *= SAMPLE_MORE) {
        looked = (struct looked){0};
        sample_pairs(s, n_a, n_b, prefix, n_pairs / pairs + 1, &looked);
        if (looked.anywhere >= SAMPLE_HITS || (double)pairs >= most)
            return looked;
    }
}

static bool sample_job(struct plan_sample *s)
{
    const struct dictionary *dictionary = s->job->dictionary;
    s->a = calloc(2 * SAMPLE_VALUES, sizeof *s->a);
    s->b = calloc(2 * SAMPLE_VALUES, sizeof *s->b);
    s->seen = calloc(dictionary->alphabet.n_codes + 1ull, 1);
    s->codes = jaro_sample_open(s->job);
    if (!s->a || !s->b || !s->seen || !s->codes)
        return false;
    s->n_a = sample_side(dictionary, s->job->a, s->lengths_a, s->a);
    s->n_b = sample_side(dictionary, s->job->b, s->lengths_b, s->b);
    if (!make_codes(s))
        return false;
    double all = fmax(1, (double)s->n_a * s->n_b);
    for (unsigned prefix = 0; prefix < (s->winkler ? JARO_PASSES : 1); prefix++) {
        struct looked looked = {0};
        uint32_t n_a = sort_sampled(s->a, s->n_a, prefix);
        uint32_t n_b = sort_sampled(s->b, s->n_b, prefix);
        const uint64_t n = sample_pairs(s, n_a, n_b, prefix, UINT64_MAX / 2, &looked);
        looked = look_at_prefix(s, n_a, n_b, prefix, n);
        s->share[prefix] = (double)n / all;
        const double hits = (double)looked.anywhere / fmax(1, (double)looked.pairs);
        s->hits[false][prefix] = hits;
        s->hits[true][prefix] = hits * (double)looked.within / fmax(1, (double)looked.tried);
    }
    return true;
}

/* ---- Choosing --------------------------------------------------------------------------------*/

/* Pairs of values by the number of tokens that may stay unmatched, of all prefixes together. */
struct unmatched {
    double pairs[UNMATCHED];
    double possible; /* the sum */
};

static void count_unmatched(struct unmatched *u, const struct plan_sample *s, unsigned prefix)
{
    memset(u, 0, sizeof *u);
    for (uint32_t la = 0; la <= LENGTHS; la++)
        for (uint32_t lb = 0; lb <= LENGTHS; lb++) {
            double pairs = s->lengths_a[la] * s->lengths_b[lb];
            if (pairs == 0)
                continue;
            uint32_t common = jaro_common_bound(s->job->need, s->winkler, la, lb, prefix);
            if (common == JARO_NEVER)
                continue;
            u->pairs[jaro_unmatched(la, lb, common)] += pairs;
            u->possible += pairs;
        }
}

/* What counting costs: anywhere, or within reach. */
static double count_seconds(bool windows)
{
    return windows ? COUNT_WITHIN_SECONDS : COUNT_SECONDS;
}

/* An order, whatever is found in it. */
static double order_seconds(const struct plan_sample *s, bool windows)
{
    const double values = (double)s->job->a->n + s->job->b->n;
    return values * (windows ? SORT_WITHIN_SECONDS : SORT_SECONDS) +
           s->job->a->n * count_seconds(windows);
}

/* Seconds for the pairs with this prefix by orders of the plan's parts. */
static double parts_seconds(const struct plan_sample *s, const struct jaro_plan *plan,
                            const struct unmatched *u, double share,
                            const struct jaro_information *info, bool windows, double *bytes)
{
    struct jaro_pass pass = {.parts = true};
    double seconds = 0, dictionary = (double)s->job->a->n + s->job->b->n;
    for (uint32_t parts = 1; parts >> plan->n_parts == 0; parts++) {
        if ((uint32_t)__builtin_popcount(parts) != plan->n_equal)
            continue;
        double chance = share, pairs = 0;
        for (uint32_t p = 0; p < plan->n_parts; p++)
            chance *= parts >> p & 1 ? exp(-info->part[p]) : 1;
        for (uint32_t d = 0; d < UNMATCHED; d++)
            if (jaro_plan_finds(plan, &pass, parts, d))
                pairs += u->pairs[d];
        seconds += order_seconds(s, windows) + pairs * chance / JARO_BLOCK * count_seconds(windows);
        *bytes += dictionary * 4;
    }
    return seconds;
}

/* Chooses the way for one prefix with the plan's numbers of parts and one way to count; returns
 * its seconds. */
static double choose_way(struct jaro_pass *pass, const struct jaro_plan *plan,
                         const struct plan_sample *s, unsigned prefix, const struct unmatched *u,
                         const struct jaro_information *info, double *bytes)
{
    const bool windows = pass->windows;
    const double share = s->share[prefix];
    const double more = prefix + 1 < plan->n_passes ? s->share[prefix + 1] : 0;
    const double passing = u->possible * fmax(0, share - more) * s->hits[windows][prefix];
    const double hits = passing * HIT_SECONDS;
    const double order = order_seconds(s, windows);
    const double block = share / JARO_BLOCK * count_seconds(windows);
    const double sparse = order + u->possible * block + hits;
    const double dense_hit = s->job->counts ? DENSE_COUNTED_SECONDS : DENSE_HIT_SECONDS;
    const double dense = order + u->possible * share * DENSE_SECONDS + passing * dense_hit;
    double rest = 0, more_bytes = 0;
    for (uint32_t d = plan->n_parts - plan->n_equal + 1; d < UNMATCHED; d++)
        rest += u->pairs[d];
    double by_parts = parts_seconds(s, plan, u, share, info, windows, &more_bytes) + hits;
    if (rest > 0)
        by_parts += order + rest * block;
    pass->parts = by_parts < sparse && by_parts < dense && *bytes + more_bytes < ORDERS_BYTES;
    pass->rest = !pass->parts || rest > 0;
    pass->dense =
        !pass->parts && dense < sparse && s->job->dictionary->alphabet.n_codes <= JARO_DENSE_CODES;
    pass->windows = windows && !pass->dense;
    *bytes += pass->parts ? more_bytes : 0;
    return pass->parts ? by_parts : fmin(dense, sparse);
}

/* Chooses the way for one prefix; returns its seconds. */
static double choose_pass(struct jaro_plan *plan, const struct plan_sample *s, unsigned prefix,
                          const struct jaro_information *info, double *bytes)
{
    struct jaro_pass anywhere = {0}, within = {.windows = true};
    struct unmatched u;
    count_unmatched(&u, s, prefix);
    plan->pass[prefix] = anywhere;
    if (u.possible == 0)
        return 0;
    double bytes_anywhere = *bytes, bytes_within = *bytes;
    const double x = choose_way(&anywhere, plan, s, prefix, &u, info, &bytes_anywhere);
    const double y = choose_way(&within, plan, s, prefix, &u, info, &bytes_within);
    plan->pass[prefix] = y < x ? within : anywhere;
    *bytes = y < x ? bytes_within : bytes_anywhere;
    return fmin(x, y);
}

static void choose_parts(struct jaro_plan *best, const struct plan_sample *s)
{
    best->seconds = INFINITY;
    for (uint32_t n_parts = 2; n_parts <= JARO_PARTS_MAX; n_parts++)
        for (uint32_t n_equal = 1; n_equal <= 2 && n_equal < n_parts; n_equal++) {
            struct jaro_information info = jaro_deal_parts(s->codes, n_parts, NULL);
            struct jaro_plan plan = {
                .n_passes = s->winkler ? JARO_PASSES : 1, .n_parts = n_parts, .n_equal = n_equal};
            double bytes = 0;
            for (unsigned prefix = 0; prefix < plan.n_passes; prefix++)
                plan.seconds += choose_pass(&plan, s, prefix, &info, &bytes);
            if (plan.seconds < best->seconds)
                *best = plan;
        }
}

bool jaro_plan_make(struct jaro_plan *plan, const struct join_job *job)
{
    struct plan_sample s = {.job = job, .winkler = job->use.metric->flags & METRIC_PREFIX};
    bool ok = sample_job(&s);
    if (ok)
        choose_parts(plan, &s);
    jaro_sample_close(s.codes);
    free(s.code);
    free(s.token);
    free(s.a);
    free(s.b);
    free(s.seen);
    return ok;
}
