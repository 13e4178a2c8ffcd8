/* Forms of texts: what a metric compares in place of the value itself.
 *
 * `token_sort_ratio` is `ratio` of texts whose words are sorted. So the index of a column that it
 * compares holds these texts, made once for each distinct value, and all that serves `ratio` serves
 * it as well. Words are what white space separates (text_splits_words); one blank separates them
 * in a form. Not here: rules by which users have columns cleaned (data/clean). */
#ifndef AXB_MATCHER_INDEX_TEXT_FORM_H
#define AXB_MATCHER_INDEX_TEXT_FORM_H

#include "core/err.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum text_form {
    TEXT_FORM_VALUE,        /* the value as it is */
    TEXT_FORM_SORTED_WORDS, /* its words in the order of their code points; "" if it has none */
    TEXT_FORM_WORD_SET,     /* the same, each word once */
};

/* The texts that the values of a column have in a form. Private memory. */
struct text_forms {
    char *bytes;      /* of all texts; each begins where its value begins in the table, and can be
                         hashed (core/hash.h) */
    struct bytes *of; /* value -> its text */
};

/* Makes the texts of all values of a column, in parallel. ERR_OS without memory; text_forms_close
 * is due even then. */
bool text_forms_make(struct text_forms *t, const struct table *table, uint32_t column,
                     enum text_form form, struct err *e);
void text_forms_close(struct text_forms *t);

#endif
