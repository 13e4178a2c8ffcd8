/* A model as what the engine understands: the text of an expression, and options.
 *
 * The functions write to a stream; whoever made it knows whether that went well. model_text makes a
 * text of what they write. */
#ifndef AXB_MATCHER_MODEL_MODEL_TEXT_H
#define AXB_MATCHER_MODEL_MODEL_TEXT_H

#include "matcher/metric/metric.h"
#include "matcher/model/model.h"

#include <stdbool.h>
#include <stdio.h>

/* What a function writes of a model, as a text that the caller frees; NULL without memory. */
typedef void model_write_fn(const struct model *m, FILE *f);
char *model_text(const struct model *m, model_write_fn *write);

/* The score of a pair in bits, as --score takes it. */
void model_write_score(const struct model *m, FILE *f);

/* What one column adds, against random pairs or related ones: 0 where a value is missing. */
void model_write_column(const struct model_column *c, bool related, FILE *f);

/* Its metric: "jaro_winkler(name)", "osa(a.phone, b.tel)". */
void model_write_metric(const struct model_column *c, FILE *f);
/* rarity(name) */
void model_write_rarity(const struct model_column *c, FILE *f);

/* Which pairs it scores, as --where takes it: those without a placeholder. Writes nothing if the
 * model has none. */
void model_write_where(const struct model *m, FILE *f);

/* How its columns are cleaned, as --normalize takes it. */
void model_write_rules(const struct model *m, FILE *f);

/* Can an expression hold this name of a column, or this value? A text is short there, and stands
 * between quotes of a kind that it does not have. */
bool model_text_can_say(const char *text);

/* Why no model can have a metric, which `text` names as --metric takes it: levels need a similarity
 * from 0 to 1, and arguments are as an expression has them. NULL: one can. */
const char *model_text_metric_fault(const char *text, const struct metric_use *use);

#endif
