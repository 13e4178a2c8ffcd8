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
    const bool halved = term->half && !(inputs->self && a == b);
    struct metric_use use = term->use;
    use.idf = index_idf(&inputs->index, term->field_a, term->field_b);
    use.rarity = index_rarity(&inputs->index, term->field_a, term->field_b);
    return (struct join_job){
        .use = use,
        .need = term->need,
        .self = inputs->self && a == b,
        .counts = term->counts,
        .prune = prune,
        .dictionary = &inputs->index.dictionary,
        .a = a,
        .b = b,
        .half = halved ? shm_view_of(term->half) : (struct shm_view){NULL, 0},
    };
}
