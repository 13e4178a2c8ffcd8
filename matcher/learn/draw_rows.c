/* Selection sampling (Fan, Muller, Rezucha, 1962). */
#include "matcher/learn/draw_rows.h"

#include "core/random.h"

#include <stdlib.h>

uint32_t *draw_rows(uint64_t rows, uint64_t most, uint64_t seed, uint64_t *n)
{
    const uint64_t need = most < rows ? most : rows;
    uint64_t random = seed;
    uint32_t *row = malloc((need + 1) * sizeof *row);
    *n = 0;
    for (uint64_t i = 0; row && i < rows; i++)
        if (random_next(&random) % (rows - i) < need - *n)
            row[(*n)++] = (uint32_t)i;
    return row;
}
