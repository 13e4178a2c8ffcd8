/* The table of joins and the choice among them. */
#include "matcher/join.h"

#include <math.h>
#include <string.h>

/* Weak, so that a build without one of them still links; a missing row is passed over. */
extern const struct join join_equal __attribute__((weak)); /* join_equal.c: hash of whole values */
extern const struct join join_jaro __attribute__((weak));  /* join_jaro.c */
extern const struct join join_edit __attribute__((weak));  /* join_edit.c */
extern const struct join join_set __attribute__((weak));   /* join_set.c */
extern const struct join join_jaro_scan __attribute__((weak)); /* join_jaro_scan.c */
extern const struct join join_edit_scan __attribute__((weak)); /* join_edit_scan.c */
extern const struct join join_scan __attribute__((weak)); /* join_scan.c: any metric, every pair */

const struct join *join_at(size_t i)
{
    const struct join *rows[] = {&join_equal,     &join_jaro,      &join_edit, &join_set,
                                 &join_jaro_scan, &join_edit_scan, &join_scan};
    size_t n = 0;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (rows[k] && n++ == i)
            return rows[k];
    return NULL;
}

const struct join *join_choose(const struct join_job *job, const char *name, double *cost)
{
    const struct join *best = NULL;
    *cost = INFINITY;
    const struct join *j;
    for (size_t i = 0; (j = join_at(i)) != NULL; i++) {
        if (name && strcmp(name, j->name) != 0)
            continue;
        double c = j->cost(job);
        if (c < *cost) {
            *cost = c;
            best = j;
        }
    }
    return best;
}
