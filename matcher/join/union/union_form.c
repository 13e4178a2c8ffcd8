/* All texts are written once, in parallel, and numbered by distinct_number. */
#include "matcher/join/union/union_form.h"

#include "core/hash.h"
#include "data/distinct.h"
#include "matcher/metric/metric_form.h"

#include <stdlib.h>
#include <string.h>

#define WHAT "texts in a form"
#define SPARE_BYTES 64 /* after codes, as a dictionary has them */

/* What the build works with: the texts of A, then those of B. */
struct making {
    const struct join_job *job;
    enum text_form form;
    const struct side *side[2];
    unsigned n_sides;
    uint32_t first[3];   /* text: of each side, and how many there are */
    char *codes;         /* each text begins where those before it would end, were they values */
    struct bytes *bytes; /* of each text */
    uint32_t *number;    /* of each text */
};

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for the words of texts");
}

static struct text text_of(const struct making *m, unsigned s, uint32_t i)
{
    return dictionary_text(m->job->dictionary, m->side[s]->value[i]);
}

/* ---- Texts -----------------------------------------------------------------------------------*/

/* Points each text to its room. */
static bool make_room(struct making *m)
{
    const uint32_t width = m->job->dictionary->width, n = m->first[m->n_sides];
    uint64_t codes = 0;
    m->bytes = malloc((n + 1ull) * sizeof *m->bytes);
    m->number = malloc((n + 1ull) * sizeof *m->number);
    for (unsigned s = 0; s < m->n_sides; s++)
        for (uint32_t i = 0; i < m->side[s]->n; i++)
            codes += text_of(m, s, i).n;
    m->codes = malloc(codes * width + HASH_SPARE_BYTES);
    if (!m->bytes || !m->number || !m->codes)
        return false;
    codes = 0;
    for (unsigned s = 0; s < m->n_sides; s++)
        for (uint32_t i = 0; i < m->side[s]->n; i++) {
            m->bytes[m->first[s] + i].p = m->codes + codes * width;
            codes += text_of(m, s, i).n;
        }
    return true;
}

static bool write_texts(struct making *m)
{
    const struct dictionary *d = m->job->dictionary;
    bool failed = false;
#pragma omp parallel reduction(|| : failed)
    {
        struct metric_former *former = metric_former_open(&d->alphabet, d->max_length);
        failed = !former;
        for (unsigned s = 0; s < m->n_sides; s++)
#pragma omp for schedule(static)
            for (uint32_t i = 0; i < m->side[s]->n; i++) {
                const struct text t = text_of(m, s, i);
                struct bytes *to = &m->bytes[m->first[s] + i];
                char *out = m->codes + (to->p - m->codes);
                to->n = former ? metric_former_write(former, m->form, &t, out) * d->width : 0;
            }
        metric_former_close(former);
    }
    return !failed;
}

/* Writes each distinct text once. */
static bool write_dictionary(const struct making *m, struct union_form_at *at, struct shm *index,
                             struct err *e)
{
    const uint32_t width = m->job->dictionary->width;
    at->begin_at = shm_alloc(index, WHAT, (at->n + 1ull) * sizeof(uint64_t), 64, e);
    if (!at->begin_at)
        return false;
    uint64_t *begin = shm_writable_array(index, at->begin_at, uint64_t, at->n + 1ull);
    for (uint32_t i = 0, next = 0; i < m->first[m->n_sides]; i++)
        if (m->number[i] == next) {
            begin[next + 1] = begin[next] + m->bytes[i].n / width;
            at->max_length =
                m->bytes[i].n / width > at->max_length ? m->bytes[i].n / width : at->max_length;
            next++;
        }
    const size_t bytes = begin[at->n] * width + SPARE_BYTES;
    at->codes_at = shm_alloc(index, WHAT, bytes, 64, e);
    if (!at->codes_at)
        return false;
    char *codes = shm_writable_array(index, at->codes_at, char, bytes);
    for (uint32_t i = 0, next = 0; i < m->first[m->n_sides]; i++)
        if (m->number[i] == next)
            memcpy(codes + begin[next++] * width, m->bytes[i].p, m->bytes[i].n);
    return true;
}

/* ---- Sides -----------------------------------------------------------------------------------*/

/* Numbers the texts that a side has, in their order. place[v]: of text v, TABLE_MISSING if the side
 * has it not. */
static uint32_t find_places(const struct making *m, unsigned s, uint32_t n_texts, uint32_t *place)
{
    uint32_t n = 0;
    for (uint32_t v = 0; v < n_texts; v++)
        place[v] = TABLE_MISSING;
    for (uint32_t i = m->first[s]; i < m->first[s + 1]; i++)
        place[m->number[i]] = 0;
    for (uint32_t v = 0; v < n_texts; v++)
        if (place[v] != TABLE_MISSING)
            place[v] = n++;
    return n;
}

/* The places of the job under each place here, by counting. */
static void fill_from(const uint32_t *place, uint32_t n_job, uint32_t n, uint32_t *begin,
                      uint32_t *from)
{
    for (uint32_t i = 0; i < n_job; i++)
        begin[place[i] + 1]++;
    for (uint32_t k = 0; k < n; k++)
        begin[k + 1] += begin[k];
    for (uint32_t i = 0; i < n_job; i++)
        from[begin[place[i]]++] = i;
    memmove(begin + 1, begin, n * sizeof *begin);
    begin[0] = 0;
}

static bool write_side(const struct making *m, unsigned s, uint32_t n_texts, uint32_t *place,
                       struct union_side_at *at, struct shm *index, struct err *e)
{
    const uint32_t n_job = m->side[s]->n, *number = m->number + m->first[s];
    const uint32_t n = at->n = find_places(m, s, n_texts, place);
    const size_t each = sizeof(uint32_t);
    if (!(at->value_at = shm_alloc(index, WHAT, (n + 1ull) * each, 64, e)) ||
        !(at->place_at = shm_alloc(index, WHAT, (n_job + 1ull) * each, 64, e)) ||
        !(at->from_begin_at = shm_alloc(index, WHAT, (n + 1ull) * each, 64, e)) ||
        !(at->from_at = shm_alloc(index, WHAT, (n_job + 1ull) * each, 64, e)))
        return false;
    uint32_t *value = shm_writable_array(index, at->value_at, uint32_t, n);
    uint32_t *own = shm_writable_array(index, at->place_at, uint32_t, n_job);
    for (uint32_t v = 0; v < n_texts; v++)
        if (place[v] != TABLE_MISSING)
            value[place[v]] = v;
    for (uint32_t i = 0; i < n_job; i++)
        own[i] = place[number[i]];
    fill_from(own, n_job, n, shm_writable_array(index, at->from_begin_at, uint32_t, n + 1ull),
              shm_writable_array(index, at->from_at, uint32_t, n_job));
    return true;
}

static bool write_sides(const struct making *m, struct union_form_at *at, struct shm *index,
                        struct err *e)
{
    uint32_t *place = malloc((at->n + 1ull) * sizeof *place);
    bool ok = place || no_memory(e);
    for (unsigned s = 0; ok && s < m->n_sides; s++)
        ok = write_side(m, s, at->n, place, &at->side[s], index, e);
    if (m->n_sides == 1)
        at->side[1] = at->side[0];
    free(place);
    return ok;
}

static bool make(struct making *m, struct union_form_at *at, struct shm *index, struct err *e)
{
    if (!make_room(m) || !write_texts(m) ||
        !distinct_number(m->bytes, m->first[m->n_sides], m->number, &at->n))
        return no_memory(e);
    return write_dictionary(m, at, index, e) && write_sides(m, at, index, e);
}

bool union_form_build(struct union_form_at *at, const struct join_job *job, enum text_form form,
                      struct shm *index, struct err *e)
{
    struct making m = {.job = job,
                       .form = form,
                       .side = {job->a, job->b},
                       .n_sides = job->self ? 1 : 2,
                       .first = {0, job->a->n, job->a->n + job->b->n}};
    *at = (struct union_form_at){0};
    if (!job->self && UINT32_MAX - job->a->n <= job->b->n)
        return err_set(e, ERR_DATA, "use --shard to compare fewer records at once",
                       "there are more than 4 billion different texts");
    const bool ok = make(&m, at, index, e);
    free(m.codes);
    free(m.bytes);
    free(m.number);
    return ok;
}

/* ---- Views -----------------------------------------------------------------------------------*/

struct union_form union_form_plain(const struct join_job *job)
{
    return (struct union_form){.dictionary = *job->dictionary, .side = {*job->a, *job->b}};
}

struct union_form union_form_view(struct shm_view index, const struct union_form_at *at,
                                  const struct join_job *job)
{
    struct union_form f = union_form_plain(job);
    f.dictionary.n = at->n;
    f.dictionary.max_length = at->max_length;
    f.dictionary.begin = shm_array(index, at->begin_at, uint64_t, at->n + 1ull);
    f.dictionary.codes = shm_at(index, at->codes_at, char);
    f.dictionary.utf8 = NULL;
    f.dictionary.utf8_begin = NULL;
    for (int s = 0; s < 2; s++) {
        const struct union_side_at *side = &at->side[s];
        const uint32_t n_job = (s ? job->b : job->a)->n;
        f.side[s] = (struct side){.n = side->n,
                                  .value = shm_array(index, side->value_at, uint32_t, side->n)};
        f.place[s] = shm_array(index, side->place_at, uint32_t, n_job);
        f.from_begin[s] = shm_array(index, side->from_begin_at, uint32_t, side->n + 1ull);
        f.from[s] = shm_array(index, side->from_at, uint32_t, n_job);
    }
    return f;
}
