/* Runs of rows, one after the other. */
#include "matcher/pairs/row_runs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct row_runs *row_runs_open(void)
{
    struct row_runs *r = calloc(1, sizeof *r);
    if (r && !(r->sum = XXH3_createState())) {
        free(r);
        return NULL;
    }
    if (r)
        row_runs_next(r);
    return r;
}

void row_runs_close(struct row_runs *r)
{
    if (r)
        XXH3_freeState(r->sum);
    free(r);
}

void row_runs_lines(struct row_runs *r, const char *p, size_t n)
{
    XXH3_64bits_update(r->sum, p, n);
}

void row_runs_finish(struct row_runs *r)
{
    XXH3_64bits_update(r->sum, r->run, r->end.n * sizeof *r->run);
    r->end.check = XXH3_64bits_digest(r->sum);
    r->end.mark = ROW_RUNS_MARK;
}

void row_runs_next(struct row_runs *r)
{
    XXH3_64bits_reset(r->sum);
    r->end = (struct row_runs_end){.n = 0};
}

void row_runs_add(struct row_runs *r, uint32_t row, uint64_t bytes)
{
    assert(r->end.n < ROW_RUNS_ENOUGH);
    r->end.bytes += bytes;
    while (bytes) {
        const uint32_t taken = bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
        r->run[r->end.n++] = (struct row_run){row, taken};
        bytes -= taken;
    }
}

struct row_run row_stretch_run(const struct row_stretch *s, uint32_t i)
{
    struct row_run run;
    memcpy(&run, (const char *)s->run + i * sizeof run, sizeof run);
    return run;
}

uint64_t row_stretch_bytes(const struct row_stretch *s)
{
    return s->end.bytes + s->end.n * sizeof *s->run + sizeof s->end;
}

/* Do the rows ascend, and do their lines add up? */
static bool adds_up(const struct row_stretch *s)
{
    uint64_t bytes = 0;
    bool ascend = true;
    for (uint32_t i = 0; i < s->end.n; i++) {
        const struct row_run run = row_stretch_run(s, i);
        ascend = ascend && (i == 0 || row_stretch_run(s, i - 1).row <= run.row);
        bytes += run.bytes;
    }
    return ascend && bytes == s->end.bytes;
}

bool row_stretch_last(struct row_stretch *s, const char *p, uint64_t n)
{
    if (n < sizeof s->end)
        return false;
    memcpy(&s->end, p + n - sizeof s->end, sizeof s->end);
    n -= sizeof s->end;
    if (s->end.mark != ROW_RUNS_MARK || s->end.n == 0 || s->end.n > ROW_RUNS_MOST ||
        s->end.n * sizeof *s->run > n || s->end.bytes > n - s->end.n * sizeof *s->run)
        return false;
    s->run = (const void *)(p + n - s->end.n * sizeof *s->run);
    s->lines = (const char *)s->run - s->end.bytes;
    return true;
}

bool row_stretch_check(const struct row_stretch *s)
{
    return adds_up(s) &&
           XXH3_64bits(s->lines, s->end.bytes + s->end.n * sizeof *s->run) == s->end.check;
}
