/* The table of kinds: to add one, add its row. */
#include "matcher/model/model_kinds.h"

#include "matcher/index/typed_value.h"

#include <string.h>

#define PLAIN "casefold,strip-accents,punct,space"

/* In the order in which a column is tried. */
static const struct model_kind kinds[] = {
    {"date", "dates of persons and things, such as a date of birth: typing errors count",
     "date_osa", "", true, "event"},
    {"event", "dates of events, such as a payment: days apart count", "days:60", "", true, NULL},
    {"amount", "amounts and measures", "number_ratio", "", true, NULL},
    {"category", "few values, such as a state or a sex", "equal", PLAIN, false, NULL},
    {"code", "numbers and codes, such as a phone number", "osa", "casefold,strip-accents,alnum",
     false, NULL},
    {"name", "about one word", "jaro_winkler", PLAIN, false, NULL},
    {"text", "several words", "cosine:3", PLAIN, false, "words"},
    {"words", "several words, of which rare ones count more", "cosine_idf", PLAIN, false, NULL},
};

const struct model_kind *model_kind_at(size_t i)
{
    return i < sizeof kinds / sizeof *kinds ? &kinds[i] : NULL;
}

const struct model_kind *model_kind_find(const char *name, size_t n)
{
    const struct model_kind *kind;
    for (size_t i = 0; (kind = model_kind_at(i)); i++)
        if (strlen(kind->name) == n && memcmp(kind->name, name, n) == 0)
            return kind;
    return NULL;
}

bool model_kind_has_dates(const struct model_kind *kind)
{
    return kind->figures && strcmp(kind->metric, "number_ratio") != 0;
}

double model_kind_figure(const struct model_kind *kind, const char *text)
{
    const struct bytes bytes = {text, (uint32_t)strlen(text)};
    return model_kind_has_dates(kind) ? value_days(bytes) : value_number(bytes);
}
