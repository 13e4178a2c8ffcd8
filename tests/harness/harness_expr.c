/* Names of columns for expressions, and their parsing where it must succeed. */
#include "tests/harness/harness_expr.h"
#include "core/suggest.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const char *const columns[] = {"name", "city", "size", "born", "full name", "größe", "名前"};
#define N_COLUMNS (sizeof columns / sizeof *columns)

static const char *const texts[] = {"name", "city"}, *const numbers[] = {"size"},
                         *const dates[] = {"born"}, *const values[] = {"Oslo", "it is"};
const struct twin_expr_columns harness_expr_columns = {texts, numbers, dates, values, 2, 1, 1, 2};

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    char suggestions[300];
    (void)context;
    for (*column = 0; *column < N_COLUMNS; (*column)++)
        if (strcmp(columns[*column], name) == 0)
            return true;
    suggest_names(name, columns, N_COLUMNS, 0, suggestions, sizeof suggestions);
    return err_set(e, ERR_USAGE, "name a column", "%c.csv has no column \"%s\"; it has %s",
                   "AB"[side], name, suggestions);
}

const struct expr_names harness_expr_names = {find, NULL};

uint32_t harness_expr_parse(struct expr *x, const char *text)
{
    struct err e = {0};
    uint32_t root;
    if (!expr_parse(x, text, "--score", &harness_expr_names, &root, &e))
        fail_msg("%s\n%s", e.text, e.hint);
    return root;
}
