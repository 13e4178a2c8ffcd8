/* Functions of SQL, spreadsheets and other languages, and what an expression has in their place.
 * For messages alone. */
#ifndef AXB_MATCHER_EXPR_EXPR_FOREIGN_H
#define AXB_MATCHER_EXPR_EXPR_FOREIGN_H

#include <stdbool.h>

struct expr_foreign {
    const char *name; /* in small letters */
    bool of_texts;    /* it would compute a text */
    const char *hint; /* what to write instead */
};

/* The row of a name in letters of any case; NULL: none. */
const struct expr_foreign *expr_foreign_find(const char *name);

#endif
