/* Parts of a run: how they are asked for, and which rows they have. */
#include "matcher/shard/shard.h"

#include "matcher/shard/scheduler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* ---- Parts -----------------------------------------------------------------------------------*/

bool shard_parse_parts(const char *text, uint32_t *parts, struct err *e)
{
    char end;
    return (strncmp(text, "auto/", 5) == 0 && text[5] >= '0' && text[5] <= '9' &&
            sscanf(text + 5, "%7u%c", parts, &end) == 1 && *parts >= 1 && *parts <= SHARD_MOST) ||
           err_set(e, ERR_USAGE, "for example: --shard auto/8, one of eight parts",
                   "--shard: \"%s\" is not a part", text);
}

/* "auto", or "auto/8". */
static bool read_auto(const char *text, struct shard *s, struct err *e)
{
    const char *own = getenv("AXB_SHARD");
    s->of = 0;
    if (!text[4] && own && *own && strcmp(own, "auto") != 0)
        return shard_parse(own, s, e);
    return (!text[4] || shard_parse_parts(text, &s->of, e)) &&
           scheduler_part(&s->number, &s->of, SHARD_MOST, e);
}

bool shard_parse(const char *text, struct shard *s, struct err *e)
{
    if (strncmp(text, "auto", 4) == 0 && (text[4] == 0 || text[4] == '/'))
        return read_auto(text, s, e);
    return shard_parse_part(text, "shard", s, e);
}

bool shard_parse_part(const char *text, const char *option, struct shard *s, struct err *e)
{
    char end, hint[80];
    snprintf(hint, sizeof hint, "for example: --%s 2/8, the second of eight parts", option);
    bool ok = text[0] >= '0' && text[0] <= '9' &&
              sscanf(text, "%7u/%7u%c", &s->number, &s->of, &end) == 2 && s->number >= 1 &&
              s->number <= s->of && s->of <= SHARD_MOST;
    return ok || err_set(e, ERR_USAGE, hint, "--%s: \"%s\" is not a part", option, text);
}

/* The number of pairs of rows i < j < n with i < row. */
static wide pairs_before(uint64_t row, uint64_t n)
{
    return (wide)row * (2 * n - row - 1) / 2;
}

/* The first row after part `number`. */
static uint64_t end_of(uint32_t number, uint32_t of, uint64_t n, bool self)
{
    if (number == of || n == 0)
        return n;
    if (!self)
        return (uint64_t)((wide)n * number / of);
    wide wanted = pairs_before(n, n) * number;
    uint64_t low = 0, high = n;
    while (low < high) { /* the first row with enough pairs before it */
        uint64_t middle = low + (high - low) / 2;
        if (pairs_before(middle, n) * of < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void shard_rows(const struct shard *s, uint64_t n_rows, bool self, uint64_t *from, uint64_t *to)
{
    *from = s->of ? end_of(s->number - 1, s->of, n_rows, self) : 0;
    *to = s->of ? end_of(s->number, s->of, n_rows, self) : n_rows;
}
