/* The join of phonetic metrics whose codes need not be equal: match_rating.
 *
 * Many values have the same code, so codes are compared in place of values. The code is a number of
 * eight bytes. Codes of B stand in blocks of 512 of one length, and the characters in common with a
 * code of A are counted for a block at once, by the kernel of Jaro's tokens: a token is a letter
 * and its place where both codes have one length, else a letter and which occurrence of it. A value
 * without a code matches the same value alone. */
#include "core/base.h"
#include "core/random.h"
#include "core/shm.h"
#include "core/sort.h"
#include "matcher/join/join.h"
#include "matcher/kernel/kernel_jaro_count.h"
#include "matcher/metric/metric_phonetic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_A_VALUE 1.5e-6
#define SECONDS_A_BLOCK 12e-9      /* a code of A against 512 of B */
#define SECONDS_A_CODE_PAIR 1.5e-9 /* that is alike */
#define SECONDS_A_PAIR 5e-9        /* of values, that is not only counted */
#define SAMPLE 16000u
#define SAMPLE_PAIRS 40000u
#define SILENT (1ull << 63) /* the code of a value without one: its value id */

/* A value of a side. Codes of text are below SILENT, since they are ASCII. */
struct entry {
    uint64_t code;
    uint32_t place;
};

/* The entries from .. to - 1 of a side have this code. */
struct group {
    uint64_t code;
    uint64_t rows; /* that have its values */
    uint32_t from, to;
};

/* Codes ascend, and so do their lengths, since a code's last character is in its highest byte. */
struct alike_side {
    uint64_t entry_at, group_at;
    uint32_t n, n_groups;
    uint32_t begin[METRIC_CODE_MOST + 2]; /* groups of each length begin there; of length 0, and
                                             after the last, those without a code do */
};

struct alike_head {
    struct alike_side a, b;
    uint64_t pairs; /* of the whole job */
    uint64_t block_at;
    uint32_t n_blocks; /* items: after them comes that of the values without a code */
};

/* Groups [from, from + n) of B, of codes of one length. */
struct alike_block {
    uint32_t from, n, length;
};

/* A worker's scratch. */
struct alike_scratch {
    struct jaro_counting counting;
    _Alignas(64) jaro_plane by_place[JARO_TOKENS], by_occurrence[JARO_TOKENS];
    uint64_t lane_rows[JARO_BLOCK], lane_values[JARO_BLOCK]; /* of the groups of the block */
    uint16_t rows[JARO_COUNT_ROWS_MAX * (METRIC_CODE_MOST + 1)];
    uint32_t hits[JARO_COUNT_ROWS_MAX * JARO_BLOCK];
};

/* A run of an item. */
struct alike_run {
    const struct join_job *job;
    const struct entry *a, *b;
    const struct group *group_a, *group_b;
    struct join_sink *sink;
    struct join_stats *stats;
};

/* ---- Codes -----------------------------------------------------------------------------------*/

/* What the codes of values are made with. */
struct coder {
    struct metric_state *metric;
    struct phonetic_code code;
};

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the sounds of values");
}

static void coder_close(struct coder *c)
{
    metric_close(c->metric);
    free(c->code.code[0]);
    free(c->code.code[1]);
}

static bool coder_open(struct coder *c, const struct join_job *job, struct err *e)
{
    const size_t bytes = PHONETIC_BYTES(4ull * job->dictionary->max_length);
    *c = (struct coder){.code = {{malloc(bytes), malloc(bytes)}}};
    return ((c->code.code[0] && c->code.code[1]) || no_memory(e)) &&
           metric_open(&c->metric, &job->use, &job->dictionary->alphabet,
                       job->dictionary->max_length, e);
}

static struct entry entry_of(const struct coder *c, const struct join_job *job,
                             const struct side *side, uint32_t place)
{
    const struct text text = dictionary_text(job->dictionary, side->value[place]);
    metric_phonetic_code(c->metric, &text, &c->code);
    if (!c->code.code[0][0])
        return (struct entry){SILENT | side->value[place], place};
    return (struct entry){phonetic_pack(c->code.code[0]), place};
}

static bool are_alike(const struct join_job *job, uint64_t x, uint64_t y)
{
    if ((x | y) & SILENT)
        return x == y;
    return job->use.metric->alike(x, y);
}

static int by_code(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    return a->code != b->code ? sort_order(a->code, b->code) : sort_order(a->place, b->place);
}

/* The entries of every step-th place of a side, sorted; NULL without memory. */
static struct entry *read_side(const struct join_job *job, const struct side *side, uint32_t step,
                               uint32_t *n, struct err *e)
{
    *n = (side->n + step - 1) / step;
    struct entry *entry = malloc((*n + 1ull) * sizeof *entry);
    bool failed = false;
    if (!entry) {
        no_memory(e);
        return NULL;
    }
#pragma omp parallel reduction(|| : failed) if (*n > SAMPLE)
    {
        struct err own;
        struct coder c;
        failed = !coder_open(&c, job, &own);
#pragma omp for schedule(static)
        for (uint32_t i = 0; i < *n; i++)
            if (!failed)
                entry[i] = entry_of(&c, job, side, i * step);
        coder_close(&c);
    }
    if (failed) {
        free(entry);
        no_memory(e);
        return NULL;
    }
    qsort(entry, *n, sizeof *entry, by_code);
    return entry;
}

/* Writes the groups of n sorted entries, unless `group` is NULL; returns how many. */
static uint32_t cut_groups(const struct side *side, const struct entry *entry, uint32_t n,
                           struct group *group)
{
    uint32_t n_groups = 0;
    for (uint32_t from = 0, to; from < n; from = to) {
        uint64_t rows = 0;
        for (to = from; to < n && entry[to].code == entry[from].code; to++)
            rows += side_multiplicity(side, entry[to].place);
        if (group)
            group[n_groups] = (struct group){entry[from].code, rows, from, to};
        n_groups++;
    }
    return n_groups;
}

static uint32_t code_length(uint64_t code)
{
    return code & SILENT ? METRIC_CODE_MOST + 1 : (71 - (uint32_t)__builtin_clzll(code)) / 8;
}

static void find_lengths(struct alike_side *at, const struct group *group)
{
    for (uint32_t length = 0, g = 0; length < METRIC_CODE_MOST + 2; length++) {
        while (g < at->n_groups && code_length(group[g].code) < length)
            g++;
        at->begin[length] = g;
    }
}

/* ---- Cost ------------------------------------------------------------------------------------*/

/* How many codes a side has, from those that a sample has: they grow with a power of the number of
 * values (Heaps 1978), and half the sample says with which. */
static double codes_expected(const struct entry *entry, uint32_t n, uint32_t step)
{
    double all = 0, half = 0;
    for (uint32_t from = 0, to; from < n; from = to) {
        bool in_half = false;
        for (to = from; to < n && entry[to].code == entry[from].code; to++)
            in_half |= entry[to].place / step % 2;
        all++;
        half += in_half;
    }
    return all * pow(step, log2(all / fmax(half, 1)));
}

/* A sample of a side. */
struct sampled {
    struct entry *entry;
    uint64_t *code; /* each once */
    uint32_t n, n_codes;
    double codes; /* of the whole side, expected */
};

static void sampled_close(struct sampled *s)
{
    free(s->entry);
    free(s->code);
}

static bool sampled_open(struct sampled *s, const struct join_job *job, const struct side *side)
{
    const uint32_t step = side->n / SAMPLE + 1;
    struct err e;
    s->entry = read_side(job, side, step, &s->n, &e);
    s->code = malloc((s->n + 1ull) * sizeof *s->code);
    if (!s->entry || !s->code)
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        if (i == 0 || s->entry[i].code != s->entry[i - 1].code)
            s->code[s->n_codes++] = s->entry[i].code;
    s->codes = codes_expected(s->entry, s->n, step);
    return true;
}

/* The shares of random pairs of values, and of codes, that are alike. */
struct alike_shares {
    double values, codes;
};

static struct alike_shares find_shares(const struct join_job *job, const struct sampled *a,
                                       const struct sampled *b)
{
    uint64_t random = 20240305;
    uint32_t values = 0, codes = 0;
    for (uint32_t i = 0; i < SAMPLE_PAIRS; i++) {
        const uint64_t x = random_next(&random), y = random_next(&random);
        values += are_alike(job, a->entry[x % a->n].code, b->entry[y % b->n].code);
        codes += are_alike(job, a->code[x % a->n_codes], b->code[y % b->n_codes]);
    }
    return (struct alike_shares){(double)values / SAMPLE_PAIRS, (double)codes / SAMPLE_PAIRS};
}

static double alike_seconds(const struct join_job *job, const struct sampled *a,
                            const struct sampled *b)
{
    const struct alike_shares share = find_shares(job, a, b);
    const double blocks = b->codes / JARO_BLOCK + 1;
    return SECONDS_A_VALUE * ((double)job->a->n + job->b->n) + SECONDS_A_BLOCK * a->codes * blocks +
           SECONDS_A_CODE_PAIR * share.codes * a->codes * b->codes +
           (job->counts ? 0 : SECONDS_A_PAIR * share.values * (double)join_n_pairs(job));
}

static double alike_cost(const struct join_job *job)
{
    if (!job->prune || !job->use.metric->alike || metric_falls(job->use.view) || !job->a->n ||
        !job->b->n)
        return INFINITY;
    struct sampled a = {0}, b = {0};
    const bool ok = sampled_open(&a, job, job->a) && sampled_open(&b, job, job->b);
    const double seconds = ok ? alike_seconds(job, &a, &b) : (double)INFINITY;
    sampled_close(&a);
    sampled_close(&b);
    return seconds;
}

/* ---- Build -----------------------------------------------------------------------------------*/

static bool build_side(const struct join_job *job, const struct side *side, struct alike_side *at,
                       struct shm *index, struct err *e)
{
    struct entry *entry = read_side(job, side, 1, &at->n, e);
    if (!entry)
        return false;
    at->n_groups = cut_groups(side, entry, at->n, NULL);
    const bool ok =
        (at->entry_at = shm_alloc(index, "sounds", (at->n + 1ull) * sizeof *entry, 64, e)) &&
        (at->group_at =
             shm_alloc(index, "sounds", (at->n_groups + 1ull) * sizeof(struct group), 64, e));
    if (ok) {
        memcpy(shm_writable_array(index, at->entry_at, struct entry, at->n), entry,
               at->n * sizeof *entry);
        struct group *group = shm_writable_array(index, at->group_at, struct group, at->n_groups);
        cut_groups(side, entry, at->n, group);
        find_lengths(at, group);
    }
    free(entry);
    return ok;
}

/* Writes the blocks of B, unless `block` is NULL; returns how many. */
static uint32_t cut_blocks(const struct alike_side *b, struct alike_block *block)
{
    uint32_t n = 0;
    for (uint32_t length = 1; length <= METRIC_CODE_MOST; length++)
        for (uint32_t from = b->begin[length]; from < b->begin[length + 1]; from += JARO_BLOCK) {
            if (block)
                block[n] = (struct alike_block){
                    from, least(b->begin[length + 1] - from, JARO_BLOCK), length};
            n++;
        }
    return n;
}

static bool alike_build(const struct join_job *job, struct shm *index, uint32_t *n_items,
                        struct err *e)
{
    struct alike_head h = {.pairs = join_n_pairs(job)};
    const uint64_t at = shm_alloc(index, "sounds", sizeof h, 64, e);
    if (!at || !build_side(job, job->a, &h.a, index, e))
        return false;
    h.b = h.a;
    if (!job->self && !build_side(job, job->b, &h.b, index, e))
        return false;
    h.n_blocks = cut_blocks(&h.b, NULL);
    h.block_at =
        shm_alloc(index, "sounds", (h.n_blocks + 1ull) * sizeof(struct alike_block), 64, e);
    if (!h.block_at)
        return false;
    cut_blocks(&h.b, shm_writable_array(index, h.block_at, struct alike_block, h.n_blocks));
    *n_items = h.n_blocks + 1;
    *shm_writable(index, at, struct alike_head) = h;
    return true;
}

/* ---- Pairs of groups -------------------------------------------------------------------------*/

static void put_groups(const struct alike_run *r, uint32_t a, uint32_t b)
{
    const struct group *x = &r->group_a[a], *y = &r->group_b[b];
    for (uint32_t i = x->from; i < x->to; i++)
        for (uint32_t k = y->from; k < y->to; k++) {
            if (r->job->self && r->a[i].place > r->b[k].place)
                continue;
            join_put(r->sink, r->a[i].place, r->b[k].place, 1.0);
            r->stats->matches++;
        }
}

/* All values of two groups match. */
static void take_groups(const struct alike_run *r, uint32_t a, uint32_t b)
{
    const struct group *x = &r->group_a[a], *y = &r->group_b[b];
    if (!r->sink->rows || (r->job->self && a == b)) {
        put_groups(r, a, b);
    } else if (!r->job->self || a < b) {
        *r->sink->rows += x->rows * y->rows;
        r->stats->matches += (uint64_t)(x->to - x->from) * (y->to - y->from);
    }
}

/* ---- Workers ---------------------------------------------------------------------------------*/

static bool alike_open(const struct join_job *job, struct shm_view index, void **scratch,
                       struct err *e)
{
    (void)job, (void)index;
    struct alike_scratch *s = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    *scratch = s;
    if (!s)
        return no_memory(e);
    memset(s, 0, sizeof *s);
    return true;
}

/* The tokens of a code, one for each of its characters. */
static void code_tokens(uint64_t code, bool by_place, uint16_t *token)
{
    enum { LETTERS = 27 };
    uint8_t seen[LETTERS] = {0};
    _Static_assert(METRIC_CODE_MOST * LETTERS <= JARO_TOKENS, "each token has a plane");
    for (uint16_t i = 0; code; i++, code >>= 8) {
        const unsigned c = code & 0xff, letter = c == ' ' ? LETTERS - 1 : c - 'A';
        const unsigned which = by_place ? i : seen[letter]++;
        token[i] = (uint16_t)(LETTERS * which + letter);
    }
}

static void load_block(struct alike_scratch *s, const struct group *group,
                       const struct alike_block *block)
{
    memset(s->by_place, 0, sizeof s->by_place);
    memset(s->by_occurrence, 0, sizeof s->by_occurrence);
    memset(s->counting.wanted, 0, sizeof s->counting.wanted);
    for (uint32_t lane = 0; lane < block->n; lane++) {
        const uint64_t code = group[block->from + lane].code, bit = 1ull << lane % 64;
        uint16_t placed[METRIC_CODE_MOST] = {0}, occurring[METRIC_CODE_MOST] = {0};
        code_tokens(code, true, placed);
        code_tokens(code, false, occurring);
        for (uint32_t i = 0; i < block->length; i++) {
            s->by_place[placed[i]][lane / 64] |= bit;
            s->by_occurrence[occurring[i]][lane / 64] |= bit;
        }
        s->counting.wanted[lane / 64] |= bit;
        s->lane_rows[lane] = group[block->from + lane].rows;
        s->lane_values[lane] = group[block->from + lane].to - group[block->from + lane].from;
    }
}

/* Has the kernel look for so many tokens in common. */
static void set_least(struct jaro_counting *c, uint32_t common)
{
    for (uint32_t bit = 0; bit < JARO_COUNT_BITS; bit++)
        memset(c->not_least[bit], common >> bit & 1 ? 0 : 255, sizeof c->not_least[bit]);
}

/* Keeps the hits whose codes are alike; returns how many. */
static size_t keep_alike(const struct alike_run *r, struct alike_scratch *s,
                         const struct alike_block *block, uint32_t first, size_t n_hits)
{
    size_t n = 0;
    for (size_t k = 0; k < n_hits; k++) {
        const uint32_t hit = s->hits[k];
        s->hits[n] = hit;
        n += are_alike(r->job, r->group_a[first + hit / JARO_BLOCK].code,
                       r->group_b[block->from + hit % JARO_BLOCK].code);
    }
    return n;
}

/* Counts the pairs of hits, of which those of a row follow each other. */
static void count_hits(const struct alike_run *r, const struct alike_scratch *s, uint32_t first,
                       size_t n_hits)
{
    for (size_t k = 0; k < n_hits;) {
        const uint32_t row = s->hits[k] / JARO_BLOCK;
        const struct group *x = &r->group_a[first + row];
        uint64_t rows = 0, values = 0;
        for (; k < n_hits && s->hits[k] / JARO_BLOCK == row; k++) {
            rows += s->lane_rows[s->hits[k] % JARO_BLOCK];
            values += s->lane_values[s->hits[k] % JARO_BLOCK];
        }
        *r->sink->rows += x->rows * rows;
        r->stats->matches += values * (x->to - x->from);
    }
}

/* Up to JARO_COUNT_ROWS_MAX groups of A, of one length, against a block. In dedupe pairs of groups
 * are met twice; they are counted where the group of A is the lower one. */
static void run_rows(const struct alike_run *r, struct alike_scratch *s,
                     const struct alike_block *block, uint32_t first, uint32_t n, uint32_t length)
{
    const bool counts = r->sink->rows, self = r->job->self;
    if (counts && self && first >= block->from + block->n)
        return;
    uint16_t *row = s->rows;
    for (uint32_t i = 0; i < n; i++, row += length + 1) {
        code_tokens(r->group_a[first + i].code, length == block->length, row);
        row[length] = 0; /* no lead is left out */
    }
    size_t n_hits = jaro_count_kernels()->count[length](&s->counting, s->rows, n, s->hits);
    if (length != block->length)
        n_hits = keep_alike(r, s, block, first, n_hits);
    if (counts && (!self || first + n <= block->from))
        count_hits(r, s, first, n_hits);
    else
        for (size_t k = 0; k < n_hits; k++)
            take_groups(r, first + s->hits[k] / JARO_BLOCK, block->from + s->hits[k] % JARO_BLOCK);
}

static void run_block(const struct alike_run *r, struct alike_scratch *s,
                      const struct alike_side *a, const struct alike_block *block)
{
    load_block(s, r->group_b, block);
    for (uint32_t length = 1; length <= METRIC_CODE_MOST; length++) {
        const uint32_t common = r->job->use.metric->alike_least(length, block->length);
        if (common == METRIC_NEVER_ALIKE)
            continue;
        set_least(&s->counting, common);
        s->counting.plane = length == block->length ? s->by_place : s->by_occurrence;
        for (uint32_t i = a->begin[length], n; i < a->begin[length + 1]; i += n) {
            n = least(a->begin[length + 1] - i, JARO_COUNT_ROWS_MAX);
            run_rows(r, s, block, i, n, length);
        }
    }
}

/* Values without a code: equal ones match. */
static void run_silent(const struct alike_run *r, const struct alike_side *a,
                       const struct alike_side *b)
{
    uint32_t i = a->begin[METRIC_CODE_MOST + 1], k = b->begin[METRIC_CODE_MOST + 1];
    while (i < a->n_groups && k < b->n_groups) {
        const uint64_t x = r->group_a[i].code, y = r->group_b[k].code;
        if (x == y)
            take_groups(r, i, k);
        i += x <= y;
        k += y <= x;
    }
}

static void alike_run_item(const struct join_job *job, struct shm_view index, void *scratch,
                           uint32_t item, struct join_sink *sink, struct join_stats *stats)
{
    const struct alike_head *h = shm_at(index, SHM_HEAD_AT, struct alike_head);
    const struct alike_run r = {
        .job = job,
        .a = shm_array(index, h->a.entry_at, struct entry, h->a.n),
        .b = shm_array(index, h->b.entry_at, struct entry, h->b.n),
        .group_a = shm_array(index, h->a.group_at, struct group, h->a.n_groups),
        .group_b = shm_array(index, h->b.group_at, struct group, h->b.n_groups),
        .sink = sink,
        .stats = stats};
    const uint64_t each = h->pairs / (h->n_blocks + 1), before = stats->matches;
    stats->pairs += item ? each : h->pairs - each * h->n_blocks;
    if (item < h->n_blocks)
        run_block(&r, scratch, &h->a, shm_at(index, h->block_at, struct alike_block) + item);
    else
        run_silent(&r, &h->a, &h->b);
    stats->candidates += stats->matches - before;
    stats->verified += stats->matches - before;
}

static void alike_close(void *scratch)
{
    free(scratch);
}

const struct join join_alike = {
    .name = "alike sounds",
    .what = "the codes of values compared, each with 512 others at once",
    .cost = alike_cost,
    .build = alike_build,
    .open = alike_open,
    .run = alike_run_item,
    .close = alike_close,
};
