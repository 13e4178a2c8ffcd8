/* The table of foreign functions. */
#include "matcher/expr/expr_foreign.h"

#include <stddef.h>
#include <strings.h>

#define CASE "ignore upper and lower case by --normalize casefold, or casefold(a.city)"
#define BLANKS "ignore blanks by --normalize space, or space(a.city)"
#define PARTS "clean the values by --normalize, or write the score in C or Python"
#define JOINED "compare the columns one by one: 0.5 * jaro(first) + 0.5 * jaro(last)"
#define CHOICE "write c ? x : y"
#define MISSING "write if_missing(x, v), or missing(x)"
#define NUMBER "write number(a.size)"
#define DAYS "write days(a.born), or the metric days_distance(born)"
#define IN_C "write the score in C or Python for that"

static const struct expr_foreign rows[] = {
    {"lower", true, CASE},
    {"upper", true, CASE},
    {"lcase", true, CASE},
    {"ucase", true, CASE},
    {"initcap", true, CASE},
    {"proper", true, CASE},
    {"trim", true, BLANKS},
    {"ltrim", true, BLANKS},
    {"rtrim", true, BLANKS},
    {"strip", true, BLANKS},
    {"unaccent", true, "ignore accents by --normalize strip-accents"},
    {"replace", true, PARTS},
    {"regexp_replace", true, PARTS},
    {"regex_replace", true, PARTS},
    {"gsub", true, PARTS},
    {"sub", true, PARTS},
    {"translate", true, PARTS},
    {"substr", true, PARTS},
    {"substring", true, PARTS},
    {"left", true, "compare how texts begin by the metric prefix(name)"},
    {"right", true, "compare how texts end by the metric postfix(name)"},
    {"mid", true, PARTS},
    {"split", true, PARTS},
    {"concat", true, JOINED},
    {"concat_ws", true, JOINED},
    {"concatenate", true, JOINED},
    {"textjoin", true, JOINED},
    {"len", true, PARTS},
    {"length", true, PARTS},
    {"char_length", true, PARTS},
    {"str", true, "a column is read as a text where a metric takes it"},
    {"if", false, CHOICE},
    {"iif", false, CHOICE},
    {"case", false, CHOICE},
    {"coalesce", false, MISSING},
    {"ifnull", false, MISSING},
    {"nvl", false, MISSING},
    {"isnull", false, MISSING},
    {"is_null", false, MISSING},
    {"isblank", false, MISSING},
    {"greatest", false, "write max(x, y)"},
    {"least", false, "write min(x, y)"},
    {"and", false, "write x && y"},
    {"or", false, "write x || y"},
    {"not", false, "write !x"},
    {"int", false, NUMBER},
    {"float", false, NUMBER},
    {"cast", false, NUMBER},
    {"value", false, NUMBER},
    {"to_number", false, NUMBER},
    {"date", false, DAYS},
    {"to_date", false, DAYS},
    {"datediff", false, DAYS},
    {"datevalue", false, DAYS},
    {"year", false, DAYS},
    {"round", false, "write floor(x + 0.5)"},
    {"pow", false, IN_C},
    {"power", false, IN_C},
    {"exp", false, IN_C},
    {"log", false, IN_C},
    {"ln", false, IN_C},
    {"similarity", false, "axb metrics lists the metrics, such as jaro_winkler(name)"},
};

const struct expr_foreign *expr_foreign_find(const char *name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcasecmp(name, rows[i].name) == 0)
            return &rows[i];
    return NULL;
}
