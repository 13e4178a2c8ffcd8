/* Every so many values of a side. */
#include "matcher/planner/some_sides.h"

#include <stdlib.h>

bool some_sides_open(struct some_sides *s, const struct plan_term *term,
                     const struct inputs *inputs, const uint32_t n[2])
{
    for (int k = 0; k < 2; k++) {
        const struct side *side = plan_term_side(term, inputs, k);
        uint32_t *value = s->value[k] = malloc((n[k] + 1ull) * sizeof *value);
        for (uint32_t i = 0; value && i < n[k]; i++)
            value[i] = side->value[(uint64_t)i * side->n / n[k]];
        s->side[k] = (struct side){.n = n[k], .value = value};
    }
    return s->value[0] && s->value[1];
}

void some_sides_close(struct some_sides *s)
{
    free(s->value[0]);
    free(s->value[1]);
}
