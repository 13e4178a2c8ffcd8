/* The list of the kinds of stage. */
#include "matcher/engine/stage_kind.h"

static const struct stage_kind *const kinds[] = {
    &stage_prepare, &stage_claim,  &stage_join, &stage_nested,
    &stage_emit,    &stage_refine, &stage_loop, &stage_probe,
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

const struct stage_kind *stage_kind_at(uint32_t number)
{
    return number < N_KINDS ? kinds[number] : NULL;
}

uint32_t stage_kind_number(const struct stage_kind *kind)
{
    uint32_t number = 0;
    while (number < N_KINDS && kinds[number] != kind)
        number++;
    return number;
}
