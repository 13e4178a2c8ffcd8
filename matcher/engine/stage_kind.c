/* The list of the kinds of stage. */
#include "matcher/engine/stage_kind.h"

#include <stddef.h>

static const struct stage_kind *const kinds[] = {
    &stage_prepare, &stage_claim, &stage_join,  &stage_pair, &stage_nested, &stage_emit,
    &stage_refine,  &stage_loop,  &stage_probe, &stage_map,  NULL,
};

const struct stage_kind *stage_kind_at(uint32_t number)
{
    uint32_t i = 0;
    while (kinds[i] && i < number)
        i++;
    return kinds[i];
}

uint32_t stage_kind_number(const struct stage_kind *kind)
{
    uint32_t number = 0;
    while (kinds[number] && kinds[number] != kind)
        number++;
    return number;
}
