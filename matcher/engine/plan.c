/* What follows from a plan alone. */
#include "matcher/engine/plan.h"

const struct side *plan_term_side(const struct plan_term *term, const struct inputs *inputs,
                                  int side)
{
    return &inputs->index.field[side ? term->field_b : term->field_a].side;
}

struct join_job plan_term_job(const struct plan_term *term, const struct inputs *inputs,
                              const struct side *a, bool prune)
{
    const struct side *b = plan_term_side(term, inputs, 1);
    return (struct join_job){
        .use = term->use,
        .need = term->need,
        .self = inputs->self && a == b,
        .prune = prune,
        .dictionary = &inputs->index.dictionary,
        .a = a,
        .b = b,
    };
}
