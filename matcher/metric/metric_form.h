/* Forms of texts that are codes: what index/text_form.h makes of values, here made of the codes of
 * a dictionary. For joins that need a text in a form of which no column is indexed. */
#ifndef AXB_MATCHER_METRIC_METRIC_FORM_H
#define AXB_MATCHER_METRIC_METRIC_FORM_H

#include "matcher/index/dictionary.h"
#include "matcher/index/text_form.h"

#include <stdbool.h>
#include <stdint.h>

/* What puts texts of an alphabet into a form. One thread uses it at a time. */
struct metric_former;

/* `alphabet` outlives the former; no text has more than max_length characters. NULL without memory.
 */
struct metric_former *metric_former_open(const struct alphabet *alphabet, uint32_t max_length);
void metric_former_close(struct metric_former *f);

/* Writes the form of a text to `out`, codes of the text's width; returns how many, at most as many
 * as the text has. One code of white space stands between words, the same for all texts. */
uint32_t metric_former_write(struct metric_former *f, enum text_form form, const struct text *t,
                             void *out);

#endif
