/* --score model.axb as options: what the same run would be with the model written out. */
#ifndef AXB_MATCHER_MODEL_MODEL_OPTIONS_H
#define AXB_MATCHER_MODEL_MODEL_OPTIONS_H

#include "core/err.h"
#include "matcher/model/model.h"
#include "matcher/options/opts.h"

#include <stdbool.h>

/* A model that a run uses, and what it says as options. */
struct model_options {
    bool used; /* false: --score is no model, and opts is what was given */
    struct model model;
    struct opts opts; /* with the texts of the model in place of --score model.axb */
    char *score, *where, *rules;
};

/* If --score names a model, reads it and makes the options. The score, the cleaning and the missing
 * values are the model's; its condition is added to --where; so are the threshold and one partner a
 * record, where no option says otherwise. `self`: one table. *e as model_read; ERR_USAGE for
 * options that contradict the model. model_options_free is due even after a failure. */
bool model_options_make(struct model_options *m, const struct opts *o, bool self, struct err *e);
void model_options_free(struct model_options *m);

#endif
