/* The command that shows one pair of a run, from what its own command line said. */
#include "core/string_builder.h"
#include "matcher/options/opts_table.h"

#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 32u

/* Does the row say what a pair's score is made of? Of these explain gets what was given; which pair
 * it is comes in row numbers. */
static bool is_of_score(const struct opts_row *row)
{
    bool excluded = row->kind == OPTS_LEVEL || row->kind == OPTS_SIZE || row->kind == OPTS_NUMBER;
    static const char *const other[] = {"pair", "id", "join", "no-prune"};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        excluded = excluded || strcmp(row->name, other[i]) == 0;
    return (row->verbs & OPTS_ON(VERB_EXPLAIN)) && !excluded;
}

/* The value that was given, into text if it is none; NULL: the option was not given. A flag that
 * was given has any value. */
static const char *given(const struct opts *o, const struct opts_row *row, char *text)
{
    const void *field = (const char *)o + row->offset;
    switch (row->kind) {
    case OPTS_STRING:
        return *(const char *const *)field;
    case OPTS_FLAG:
        return *(const bool *)field ? "" : NULL;
    case OPTS_UNFLAG:
        return *(const bool *)field ? NULL : "";
    case OPTS_CHAR:
        snprintf(text, NUMBER_BYTES, "%c", *(const char *)field);
        return *text ? text : NULL;
    case OPTS_SECONDS:
        snprintf(text, NUMBER_BYTES, "%.15g", *(const double *)field);
        return *(const double *)field > 0 ? text : NULL;
    case OPTS_NUMBER:
    case OPTS_COUNT:
    case OPTS_UNSIGNED:
    case OPTS_SIZE:
    case OPTS_CHOICE:
    case OPTS_LEVEL:
        break;
    }
    return NULL;
}

static void put_option(FILE *out, const struct opts *o, const struct opts_row *row)
{
    char number[NUMBER_BYTES];
    const char *value = given(o, row, number);
    if (!value)
        return;
    fprintf(out, " --%s", row->name);
    if (row->kind != OPTS_FLAG && row->kind != OPTS_UNFLAG) {
        fputc(' ', out);
        opts_print_word(value, out);
    }
}

/* A file's name that begins with a dash would be taken for an option. */
static void put_input(FILE *out, const char *input)
{
    fputs(input[0] == '-' && input[1] ? " ./" : " ", out);
    opts_print_word(input, out);
}

char *opts_explain_command(const struct opts *o)
{
    struct string_builder string_builder;
    FILE *out = string_builder_open(&string_builder);
    if (out) {
        fputs("axb explain", out);
        for (size_t i = 0; i < o->n_inputs; i++)
            put_input(out, o->inputs[i]);
        for (size_t i = 0; i < n_opts_rows; i++)
            if (is_of_score(&opts_rows[i]))
                put_option(out, o, &opts_rows[i]);
    }
    return string_builder_end(&string_builder);
}
