/* What `axb learn --json` prints: the model, and how it was learned. */
#ifndef AXB_MATCHER_LEARN_LEARN_JSON_H
#define AXB_MATCHER_LEARN_LEARN_JSON_H

#include "matcher/learn/learn.h"

#include <jansson.h>

/* An object of `model`, as its file has it, and `report`; axb-model(7) has the members. NULL
 * without memory. */
json_t *learn_json(const struct learned *l);

#endif
