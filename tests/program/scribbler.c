/* A module that scores by Levenshtein and, as a wrong pointer would, writes where it must not: into
 * the shared memory of its worker that can be written. AXB_SCRIBBLE is a seed that says when, what
 * and where; without it the module does no harm. With AXB_SCRIBBLER_WHERE it has a --where of its
 * own, which leads to other stages; with AXB_SCRIBBLER_PREPARES it prepares records. */
#include "core/axb.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_MAPPINGS 16

enum when { ONCE, ALWAYS, THREAD, N_WHEN };
enum what { ZEROS, ONES, RANDOM, COPY, BIT, N_WHAT };

static struct {
    bool on;
    uint64_t random;
    unsigned long calls, at; /* the call at which it begins */
    enum when when;
    struct {
        char *begin;
        size_t bytes;
    } mapping[MOST_MAPPINGS];
    int n_mappings;
} scribble;

/* splitmix64 (Steele, Lea, Flood, 2014). */
static uint64_t random_next(void)
{
    uint64_t x = scribble.random += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

static uint64_t below(uint64_t n)
{
    return random_next() % n;
}

/* Where a piece begins, in a mapping of `bytes`: often among the slots, which are at its begin. */
static size_t place(size_t bytes)
{
    const size_t most = below(2) && bytes > 8192 ? 8192 : bytes;
    return below(most) / 8 * 8;
}

static void overwrite(char *p, size_t n)
{
    switch (below(N_WHAT)) {
    case ZEROS:
        memset(p, 0, n);
        break;
    case ONES:
        memset(p, 0xff, n);
        break;
    case RANDOM:
        for (size_t i = 0; i + 8 <= n; i += 8) {
            const uint64_t word = below(2) ? random_next() : below(100);
            memcpy(p + i, &word, sizeof word);
        }
        break;
    default:
        p[0] ^= (char)(1u << below(8));
    }
}

static void scribble_now(void)
{
    static const size_t sizes[] = {8, 64, 4096, 1u << 16, SIZE_MAX};
    if (scribble.n_mappings == 0)
        return;
    const size_t which = below((uint64_t)scribble.n_mappings), size = sizes[below(5)];
    char *begin = scribble.mapping[which].begin;
    const size_t bytes = scribble.mapping[which].bytes;
    const size_t at = size == SIZE_MAX ? 0 : place(bytes), from = place(bytes);
    size_t n = size < bytes - at ? size : bytes - at;
    if (below(N_WHAT) == COPY)
        memmove(begin + at, begin + from, n < bytes - from ? n : bytes - from);
    else
        overwrite(begin + at, n);
}

static void *scribble_on(void *unused)
{
    for (;;) {
        scribble_now();
        nanosleep(&(struct timespec){0, (long)below(2000000)}, NULL);
    }
    return unused;
}

static void find_mappings(void)
{
    char line[600], rights[8];
    unsigned long begin, end;
    FILE *f = fopen("/proc/self/maps", "r");
    while (f && fgets(line, sizeof line, f) && scribble.n_mappings < MOST_MAPPINGS)
        if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) == 3 && rights[1] == 'w' &&
            rights[3] == 's') {
            scribble.mapping[scribble.n_mappings].begin = (char *)begin;
            scribble.mapping[scribble.n_mappings++].bytes = end - begin;
        }
    if (f)
        fclose(f);
}

__attribute__((constructor)) static void begin(void)
{
    const char *seed = getenv("AXB_SCRIBBLE");
    if (!seed)
        return;
    scribble.random = strtoull(seed, NULL, 10);
    scribble.on = below(3) > 0 || getpid() % 2;
    scribble.at = below(2) ? below(100) : below(100000);
    scribble.when = (enum when)below(N_WHEN);
    scribble.random ^= (uint64_t)getpid() << 32;
}

static void note_call(void)
{
    pthread_t thread;
    if (!scribble.on || scribble.calls++ < scribble.at)
        return;
    if (scribble.n_mappings == 0)
        find_mappings();
    scribble_now();
    if (scribble.when == THREAD && pthread_create(&thread, NULL, scribble_on, NULL) == 0)
        pthread_detach(thread);
    scribble.on = scribble.when == ALWAYS;
    scribble.calls = 0;
    scribble.at = below(1000);
}

static double score(const void *const *a, uint32_t i, const void *const *b, uint32_t j)
{
    const axb_str *x = a[0], *y = b[0];
    note_call();
    return axb_levenshtein(x[i], y[j]);
}

static uint32_t match(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                      uint32_t to, double min, uint32_t *hits, double *scores)
{
    uint32_t n = 0;
    for (uint32_t j = from; j < to; j++) {
        scores[n] = score(a, i, b, j);
        hits[n] = j;
        n += scores[n] >= min;
    }
    return n;
}

#ifdef AXB_SCRIBBLER_PREPARES
static void prepare(const void *const *rows, uint32_t i, void *out)
{
    (void)rows;
    note_call();
    memcpy(out, &i, sizeof i);
}
#endif

static const axb_field fields[] = {{0, AXB_TEXT, "name"}, {1, AXB_TEXT, "name"}};

const axb_module axb_scorer = {
    .abi = AXB_ABI,
    .bytes = sizeof(axb_module),
    .n_fields = 2,
    .fields = fields,
    .match = match,
    .score = score,
#ifdef AXB_SCRIBBLER_WHERE
    .where = "levenshtein(name) >= 0.3 && jaro_winkler(name) >= 0.5",
#endif
#ifdef AXB_SCRIBBLER_PREPARES
    .prepared_bytes = 8,
    .prepare_a = prepare,
    .prepare_b = prepare,
#endif
};
