/* Making bands and planes: lengths are cut into bands, classes are counted, bits are set. */
#include "matcher/join/count/count_blocks.h"
#include "core/base.h"
#include "matcher/join/count/count_rule.h"

#include <stdlib.h>
#include <string.h>

#define BAND_BLOCKS 64u    /* at most */
#define SERIAL_TEXTS 4096u /* fewer are not worth waking threads for */
#define BAND_WIDER 4u      /* a band ends where texts are longer by this part than its shortest */

void count_classes_of(struct count_classes *c, struct text text)
{
    for (uint32_t i = 0; i < c->n; i++)
        c->number[c->class[i]] = 0;
    c->n = 0;
    for (uint32_t i = 0; i < text.n; i++) {
        const uint32_t class = text_code(text.codes, text.width, i) % COUNT_CLASSES;
        if (c->number[class]++ == 0)
            c->class[c->n++] = (uint16_t) class;
    }
}

uint32_t count_planes_of(const struct count_band *band, const struct count_classes *c,
                         uint16_t *plane)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        const uint32_t class = c->class[i], begin = band->class_begin[class];
        const uint32_t most = band->class_begin[class + 1] - begin;
        const uint32_t number = least(c->number[class] / band->step, most);
        for (uint32_t k = 0; k < number; k++)
            plane[n++] = (uint16_t)(begin + k);
    }
    return n;
}

/* ---- Bands -----------------------------------------------------------------------------------*/

struct build {
    const struct join_job *job;
    const struct side *side;
    struct by_length sorted;
    struct count_lengths lengths;
};

static struct text text_at(const struct build *b, uint32_t position)
{
    return by_length_text(&b->sorted, b->job->dictionary, b->side, position);
}

static uint32_t length_at(const struct build *b, uint32_t position)
{
    return dictionary_length(b->job->dictionary, b->side->value[b->sorted.place[position]]);
}

/* Where the texts of a length begin, or all texts end. */
static uint32_t position_of(const struct build *b, uint32_t length)
{
    return length > b->sorted.max_length ? b->sorted.n : b->sorted.begin[length];
}

/* Where the band ends that begins at a position. */
static uint32_t band_end(const struct build *b, uint32_t first)
{
    const uint32_t shortest = length_at(b, first), split = b->lengths.split;
    const uint32_t n = shortest < split ? position_of(b, split) : b->sorted.n;
    uint32_t end = first;
    for (uint32_t block = 0; block < BAND_BLOCKS && end < n; block++) {
        if (end > first && length_at(b, end) > shortest + shortest / BAND_WIDER)
            break;
        end += least(SET_LANES, n - end);
    }
    return end;
}

/* Writes first and end of each band, or only counts them when `band` is NULL. */
static uint32_t list_bands(const struct build *b, struct count_band *band)
{
    uint32_t n = 0;
    for (uint32_t first = position_of(b, b->lengths.from); first < b->sorted.n; n++) {
        const uint32_t end = band_end(b, first);
        if (band) {
            band[n].first = first;
            band[n].end = end;
            band[n].shortest = length_at(b, first);
            band[n].longest = length_at(b, end - 1);
        }
        first = end;
    }
    return n;
}

/* Adds to most[] what the texts of a band have most often. */
static void count_most(const struct build *b, const struct count_band *band,
                       struct count_classes *c, uint32_t *most)
{
    memset(most, 0, COUNT_CLASSES * sizeof *most);
    for (uint32_t i = band->first; i < band->end; i++) {
        count_classes_of(c, text_at(b, i));
        for (uint32_t k = 0; k < c->n; k++)
            most[c->class[k]] = greatest(most[c->class[k]], c->number[c->class[k]]);
    }
}

static void number_planes(struct count_band *band, const uint32_t *most)
{
    uint64_t all = 0;
    uint32_t n = 1; /* the first is empty */
    for (uint32_t class = 0; class < COUNT_CLASSES; class ++)
        all += most[class];
    band->step = (uint32_t)(all / COUNT_PLANES_MOST) + 1;
    for (uint32_t class = 0; class < COUNT_CLASSES; class ++) {
        band->class_begin[class] = (uint16_t)n;
        n += most[class] / band->step;
    }
    band->class_begin[COUNT_CLASSES] = (uint16_t)n;
    band->n_planes = n;
}

/* ---- Planes ----------------------------------------------------------------------------------*/

static void set_lane(uint64_t (*plane)[SET_PLANE_WORDS], uint32_t number, uint32_t lane)
{
    plane[number][lane / 64] |= 1ull << lane % 64;
}

/* The planes of one block of a band. `own` has room for as many numbers. */
static void fill_block(const struct build *b, const struct count_band *band, uint32_t block,
                       struct count_classes *c, uint16_t *own, struct shm_view index)
{
    uint64_t(*plane)[SET_PLANE_WORDS] =
        (uint64_t(*)[SET_PLANE_WORDS])(uintptr_t)count_block_planes(index, band, block);
    uint64_t(*lead)[SET_PLANE_WORDS] =
        (uint64_t(*)[SET_PLANE_WORDS])(uintptr_t)count_block_leads(index, band, block);
    const uint32_t begin = band->first + block * SET_LANES;
    for (uint32_t lane = 0; lane < SET_LANES && begin + lane < band->end; lane++) {
        const struct text text = text_at(b, begin + lane);
        count_classes_of(c, text);
        const uint32_t n = count_planes_of(band, c, own);
        for (uint32_t i = 0; i < n; i++)
            set_lane(plane, own[i], lane);
        for (uint32_t at = 0; band->leads_at && at < METRIC_PREFIX_MOST && at < text.n; at++)
            set_lane(lead, count_lead_plane(text, at), lane);
    }
}

/* What one thread counts with. */
struct counter {
    struct count_classes classes;
    uint32_t most[COUNT_CLASSES];
    uint16_t plane[COUNT_PLANES_MOST + COUNT_CLASSES];
};

/* Numbers the planes of each band, or if `fill` is set fills them; threads share the work. */
static bool each_band(const struct build *b, struct count_band *band, uint32_t n, bool fill,
                      struct shm_view index)
{
    bool ok = true;
#pragma omp parallel if (b->sorted.n > SERIAL_TEXTS)
    {
        struct counter *c = calloc(1, sizeof *c);
        if (!c)
#pragma omp atomic write
            ok = false;
#pragma omp for schedule(dynamic, 1)
        for (uint32_t i = 0; i < n; i++) {
            if (!c)
                continue;
            if (!fill) {
                count_most(b, &band[i], &c->classes, c->most);
                number_planes(&band[i], c->most);
            }
            for (uint32_t k = 0; fill && k < count_band_blocks(&band[i]); k++)
                fill_block(b, &band[i], k, &c->classes, c->plane, index);
        }
        free(c);
    }
    return ok;
}

static bool alloc_planes(struct count_band *band, bool leads, struct shm *index, struct err *e)
{
    const size_t plane_bytes = sizeof(uint64_t[SET_PLANE_WORDS]);
    const size_t blocks = count_band_blocks(band);
    band->planes_at =
        shm_alloc(index, "the count index", blocks * band->n_planes * plane_bytes, 64, e);
    if (!band->planes_at)
        return false;
    if (leads)
        band->leads_at = shm_alloc(index, "the count index",
                                   blocks * METRIC_PREFIX_MOST * COUNT_LEADS * plane_bytes, 64, e);
    return !leads || band->leads_at;
}

bool count_blocks_build(struct count_blocks_at *at, const struct join_job *job,
                        const struct side *side, struct count_lengths lengths, struct shm *index,
                        struct err *e)
{
    if (!by_length_build(&at->side, job->dictionary, side, index, e))
        return false;
    const struct build b = {job, side, by_length_view(shm_view_of(index), &at->side), lengths};
    at->n_bands = list_bands(&b, NULL);
    at->bands_at = shm_alloc(index, "the count index",
                             (at->n_bands + 1ull) * sizeof(struct count_band), 64, e);
    if (!at->bands_at)
        return false;
    struct count_band *band =
        shm_writable_array(index, at->bands_at, struct count_band, at->n_bands);
    list_bands(&b, band);
    if (!each_band(&b, band, at->n_bands, false, shm_view_of(index)))
        return err_set(e, ERR_OS, NULL, "no memory for the count index");
    for (uint32_t i = 0; i < at->n_bands; i++)
        if (!alloc_planes(&band[i], count_rule_prefixes(job) > 0, index, e))
            return false;
    return each_band(&b, band, at->n_bands, true, shm_view_of(index)) ||
           err_set(e, ERR_OS, NULL, "no memory for the count index");
}
