/* Picking rows, and what is said of an audit. */
#include "matcher/run/audit.h"

#include "core/log.h"
#include "core/random.h"

#include <stdlib.h>

/* ---- Picking ---------------------------------------------------------------------------------*/

/* Picks exactly n rows, ascending. Each row is picked with the probability (rows still wanted) /
 * (rows still left); Knuth, The Art of Computer Programming 2, algorithm S. */
static void pick(struct audit *a, uint64_t from, uint64_t to)
{
    uint64_t state = a->seed, picked = 0;
    for (uint64_t row = from; picked < a->n; row++)
        if (random_next(&state) % (to - row) < a->n - picked)
            a->row[picked++] = row;
}

bool audit_pick(struct audit *a, uint64_t n, uint64_t seed, uint64_t from, uint64_t to,
                struct err *e)
{
    a->seed = seed ? seed : 1 + (uint64_t)(log_seconds() * 1e6) % 1000000000;
    a->n = n < to - from ? n : to - from;
    a->row = malloc((a->n + 1) * sizeof *a->row);
    if (!a->row)
        return err_set(e, ERR_OS, "audit fewer rows", "not enough memory for the audited rows");
    pick(a, from, to);
    a->found = (struct audit_tap){.row = a->row, .n = a->n};
    return true;
}

void audit_close(struct audit *a)
{
    audit_tap_close(&a->found);
    free(a->row);
    a->row = NULL;
}

/* ---- What is said ----------------------------------------------------------------------------*/

/* An audit that comes this far has found no difference: a difference is an error. */
void audit_note(const struct audit *a)
{
    char pairs[32], matches[32];
    log_note("audit: %llu rows of A (--seed %llu), %s pairs by brute force in %.1f s: "
             "%s matches expected, the same found, recall 1",
             (unsigned long long)a->n, (unsigned long long)a->seed, log_count(a->pairs, pairs),
             a->seconds, log_count((double)a->matches, matches));
}

json_t *audit_json(const struct audit *a)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:I, s:I, s:f, s:f}", "rows", (json_int_t)a->n, "seed",
                     (json_int_t)a->seed, "pairs", a->pairs, "seconds", a->seconds, "expected",
                     (json_int_t)a->matches, "found", (json_int_t)a->matches, "recall", 1.0,
                     "precision", 1.0);
}
