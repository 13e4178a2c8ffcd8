/* Batches are filled column by column: where the shorter text has a character of the longer one is
 * looked up in a table of the shorter text, and becomes a lane of a row. */
#include "matcher/join/partial/partial_verify.h"
#include "core/base.h"
#include "matcher/join/partial/partial_rule.h"

#include <stdlib.h>
#include <string.h>

#define BEYOND_MOST 64u /* a longer text in a batch is longer by fewer characters than that */
#define ROWS_MOST (PARTIAL_SHORTER_MOST + BEYOND_MOST)

/* Pairs that wait; their texts are longer than the shorter ones by the number of the batch. */
struct waiting {
    _Alignas(64) char match[ROWS_MOST][PARTIAL_ROW_BYTES];
    uint32_t n;
    uint32_t shorter[PARTIAL_LANES_MOST], longer[PARTIAL_LANES_MOST]; /* places */
};

struct partial_verify {
    struct waiting waiting[BEYOND_MOST];
    const struct join_job *job;
    const struct partial_kernels *kernels;
    struct metric_state *metric;
    partial_match_fn *put;
    void *to;
    uint32_t n;                                /* characters of shorter texts; 0: none yet */
    uint32_t common[PARTIAL_SHORTER_MOST + 1]; /* that a part of so many characters needs */
    uint32_t part_least, common_least;
};

bool partial_verify_open(struct partial_verify **verify, const struct join_job *job, struct err *e)
{
    const size_t bytes = (sizeof(struct partial_verify) + 63) / 64 * 64;
    const struct dictionary *d = job->dictionary;
    struct partial_verify *v = *verify = aligned_alloc(64, bytes);
    if (!v)
        return err_set(e, ERR_OS, NULL, "no memory for the partial join");
    memset(v, 0, bytes);
    v->job = job;
    v->kernels = partial_kernels();
    if (metric_open(&v->metric, &job->use, &d->alphabet, d->max_length, e)) {
        return true;
    }
    partial_verify_close(v);
    *verify = NULL;
    return false;
}

void partial_verify_close(struct partial_verify *v)
{
    if (!v)
        return;
    metric_close(v->metric);
    free(v);
}

void partial_verify_begin(struct partial_verify *v, partial_match_fn *put, void *to)
{
    v->put = put;
    v->to = to;
}

/* ---- Batches ---------------------------------------------------------------------------------*/

static void run_batch(struct partial_verify *v, uint32_t beyond)
{
    struct partial_best best[PARTIAL_LANES_MOST];
    struct waiting *w = &v->waiting[beyond];
    const struct partial_batch batch = {.match = w->match,
                                        .n = v->n,
                                        .longer = v->n + beyond,
                                        .part_least = v->part_least,
                                        .common_least = v->common_least};
    v->kernels->best[partial_lane_size(v->n)](&batch, best);
    for (uint32_t i = 0; i < w->n; i++) {
        const uint64_t sum = (uint64_t)v->n + best[i].part;
        if (best[i].common < v->common[best[i].part])
            continue;
        v->put(v->to, w->shorter[i], w->longer[i],
               metric_edit_similarity(sum - 2ull * best[i].common, sum));
    }
    w->n = 0;
}

void partial_verify_end(struct partial_verify *v)
{
    for (uint32_t beyond = 0; beyond < BEYOND_MOST; beyond++)
        if (v->waiting[beyond].n)
            run_batch(v, beyond);
}

/* Ends what waits for texts of another length, and learns what parts of these need. */
static void set_length(struct partial_verify *v, uint32_t n)
{
    partial_verify_end(v);
    v->n = n;
    v->part_least = n;
    v->common_least = n;
    v->common[0] = UINT32_MAX;
    partial_rule_common(v->job, n, v->common);
    for (uint32_t part = n; part > 0; part--)
        if (v->common[part] <= part) {
            v->part_least = part;
            v->common_least = least(v->common_least, v->common[part]);
        }
}

/* ---- Longer texts ----------------------------------------------------------------------------*/

/* Writes a longer text into a lane of a batch. */
#define FILL(BITS, WIDTH)                                                                          \
    static void fill_##BITS##_##WIDTH(const uint64_t *where, struct text text, char *lane)         \
    {                                                                                              \
        for (uint32_t j = 0; j < text.n; j++)                                                      \
            *(uint##BITS##_t *)(void *)(lane + (size_t)j * PARTIAL_ROW_BYTES) =                    \
                (uint##BITS##_t)where[text_code(text.codes, WIDTH, j)];                            \
    }

FILL(16, 1)
FILL(16, 2)
FILL(16, 4)
FILL(32, 1)
FILL(32, 2)
FILL(32, 4)
FILL(64, 1)
FILL(64, 2)
FILL(64, 4)

typedef void fill_fn(const uint64_t *where, struct text text, char *lane);

static void fill(struct waiting *w, const struct partial_shorter *shorter, struct text text)
{
    static fill_fn *const fills[PARTIAL_LANE_SIZES][3] = {{fill_16_1, fill_16_2, fill_16_4},
                                                          {fill_32_1, fill_32_2, fill_32_4},
                                                          {fill_64_1, fill_64_2, fill_64_4}};
    const uint32_t size = partial_lane_size(shorter->text.n);
    fills[size][text.width / 2](shorter->where, text, w->match[0] + w->n * (2u << size));
}

static void score_one(struct partial_verify *v, const struct partial_shorter *shorter,
                      struct partial_value longer, struct text text)
{
    const double score = metric_score_reaching(v->metric, &shorter->text, &text, v->job->need);
    if (join_takes(v->job, score))
        v->put(v->to, shorter->value.place, longer.place, score);
}

void partial_verify_pair(struct partial_verify *v, const struct partial_shorter *shorter,
                         struct partial_value longer)
{
    const struct text text = dictionary_text(v->job->dictionary, longer.value);
    const uint32_t n = shorter->text.n, beyond = text.n - n;
    if (n > PARTIAL_SHORTER_MOST || beyond >= BEYOND_MOST) {
        score_one(v, shorter, longer, text);
        return;
    }
    if (v->n != n)
        set_length(v, n);
    struct waiting *w = &v->waiting[beyond];
    fill(w, shorter, text);
    w->shorter[w->n] = shorter->value.place;
    w->longer[w->n] = longer.place;
    if (++w->n == partial_lanes(partial_lane_size(n)))
        run_batch(v, beyond);
}
