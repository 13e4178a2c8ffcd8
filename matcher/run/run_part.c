/* What a part of a run costs, and what several machines gain. */
#include "matcher/run/run.h"

#include "core/log.h"

#include <math.h>
#include <stdlib.h>

#define START_SECONDS 0.05 /* of the program and a worker */

/* Which share of the values of A, in the column of the first join, the rows of the span have: a
 * part finds all pairs of a value that it has once. 1 without memory. */
static double values_share(const struct run *r)
{
    const struct side *a = plan_term_side(&r->plan.join[0].by, &r->loaded.inputs, 0);
    uint64_t *seen = calloc(a->n / 64 + 1ull, sizeof *seen);
    uint64_t n = 0;
    for (uint64_t row = r->span.row_from; seen && row < r->span.row_to; row++) {
        const uint32_t place = a->row_place[row];
        if (place == TABLE_MISSING || seen[place / 64] >> place % 64 & 1)
            continue;
        seen[place / 64] |= 1ull << place % 64;
        n++;
    }
    free(seen);
    return seen && a->n ? (double)n / a->n : 1;
}

struct part_cost run_part_cost(const struct run *r)
{
    const double of = r->shard.of ? r->shard.of : 1;
    struct part_cost c = {.begin = START_SECONDS + r->loaded.load_seconds + r->loaded.index_seconds,
                          .search = r->expected_seconds};
    if (r->identity)
        return (struct part_cost){START_SECONDS, c.search, c.search * of};
    c.whole = c.search;
    if (r->plan.n_joins)
        c.search *= values_share(r);
    else
        c.whole *= of;
    return c;
}

size_t run_common_bytes(const struct run *r)
{
    const struct inputs *inputs = &r->loaded.inputs;
    return inputs->table_segment[0]->bytes + inputs->index_segment->bytes +
           (inputs->self ? 0 : inputs->table_segment[1]->bytes);
}

static void print_rows(const struct run *r, FILE *out)
{
    const struct row_list *part = &r->loaded.inputs.part;
    fprintf(out, "shard     %u of %u: ", r->shard.number, r->shard.of);
    if (part->row)
        fprintf(out, "%llu rows of A, with like values\n", (unsigned long long)part->n);
    else
        fprintf(out, "%llu rows of A from row %llu\n",
                (unsigned long long)(r->span.row_to - r->span.row_from),
                (unsigned long long)r->span.row_from + 1);
}

void run_print_part(const struct run *r, FILE *out)
{
    const struct part_cost c = run_part_cost(r);
    const double all = c.begin + c.whole, of = r->shard.of;
    char bytes[32], begin[32], search[32], whole[32];
    if (!r->shard.of)
        return;
    print_rows(r, out);
    fprintf(out, "          %s to begin and %s to find its pairs, on one core; all pairs take %s\n",
            log_duration(c.begin, begin), log_duration(c.search, search),
            log_duration(c.whole, whole));
    fprintf(out, "          tables and index are %s%s\n",
            log_bytes((double)run_common_bytes(r), bytes),
            r->identity ? ", mapped, so once a machine" : " in each part");
    if (r->identity || isnan(c.search))
        return;
    fprintf(out,
            "          %u machines are about %.2g times as fast as one; with --prepare and "
            "axb run %.2g times\n",
            r->shard.of, all / (c.begin + c.search), all / (START_SECONDS + c.whole / of));
}
