/* What follows from a plan alone. */
#include "matcher/engine/plan.h"

const struct side *plan_join_side(const struct plan_join *join, const struct inputs *inputs,
                                  int side)
{
    return &inputs->index.field[side ? join->field_b : join->field_a].side;
}

struct join_job plan_join_job(const struct plan_join *join, const struct inputs *inputs,
                              const struct side *a, bool prune)
{
    const struct side *b = plan_join_side(join, inputs, 1);
    struct metric_use use = join->use;
    use.idf = index_idf(&inputs->index, join->field_a, join->field_b);
    use.rarity = index_rarity(&inputs->index, join->field_a, join->field_b);
    return (struct join_job){
        .use = use,
        .need = join->need,
        .self = inputs->self && a == b,
        .prune = prune,
        .dictionary = &inputs->index.dictionary,
        .a = a,
        .b = b,
    };
}
