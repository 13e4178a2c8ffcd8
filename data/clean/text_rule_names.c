/* The table of rules, and their names. Not here: what they do to a text (text_rules.c), and so
 * nothing that needs regular expressions, lists or other scripts. */
#include "core/suggest.h"
#include "data/clean/text_rules.h"

#include <stdio.h>
#include <string.h>

const struct text_rules_row text_rules_table[] = {
    {"invisible", "removes characters that show nothing; all rules imply it",
     "zero-width bom control", TEXT_INVISIBLE, NULL},
    {"replace", "replaces what your regular expressions match", "regex", TEXT_RULES_REPLACE,
     "--replace"},
    {"nfkc", "writes lookalikes one way: full width, ligatures, \u00bd", "nfc nfd nfkd unicode",
     TEXT_NFKC, NULL},
    {"transliterate", "writes other scripts in Latin letters: \u0418\u0432\u0430\u043d is Ivan",
     "latin romanize translit ascii", TEXT_RULES_LATIN, NULL},
    {"strip-accents", "\u00e9 is e, \u0142 is l, \u00f8 is o, \u00e6 is ae, \u00df is ss",
     "accents unaccent diacritics deaccent no-accents remove-accents",
     TEXT_STRIP_ACCENTS | TEXT_LETTERS, NULL},
    {"casefold", "ignores case: STRASSE and Stra\u00dfe are strasse",
     "lower lowercase lcase upper uppercase case ignore-case fold i", TEXT_CASEFOLD, NULL},
    {"synonyms", "replaces words of your list", "synonym", TEXT_RULES_SYNONYMS, "--synonyms"},
    {"nicknames", "writes first names in full: Bob is Robert, Peggy is Margaret",
     "names first-names nick", TEXT_RULES_NICKNAMES, NULL},
    {"stop-words", "drops words of your list", "stopwords stop", TEXT_RULES_STOPS, "--stop-words"},
    {"company-suffixes", "cuts off legal forms: Ltd, Inc., GmbH & Co. KG, S.A.",
     "suffixes suffix company legal legal-forms", TEXT_RULES_SUFFIXES, NULL},
    {"punct", "makes punctuation a blank between words, else removes it",
     "punctuation no-punct strip-punct symbols", TEXT_PUNCT, NULL},
    {"digits", "keeps digits only", "numbers numeric", TEXT_DIGITS, NULL},
    {"alnum", "keeps letters and digits only", "alphanumeric letters", TEXT_ALNUM, NULL},
    {"space", "trims white space, and makes each run of it one blank",
     "trim strip whitespace blanks spaces squeeze", TEXT_SPACE, NULL},
    {"codes", "keeps words with a digit: canon sd1200 is sd1200", "models part-numbers skus",
     TEXT_RULES_CODES, NULL},
    {"no-codes", "drops words with a digit: canon sd1200 is canon", "no-numbers drop-digits",
     TEXT_RULES_NO_CODES, NULL},
    {"sort-words", "sorts the words: Moss Ben is Ben Moss", "sort token-sort sorted words",
     TEXT_RULES_SORT, NULL},
    {.name = NULL},
};

_Static_assert(sizeof text_rules_table / sizeof *text_rules_table <= TEXT_RULES_MAX, "rows");

/* ---- Names -----------------------------------------------------------------------------------*/

static bool is_name(const char *name, const char *p, size_t n)
{
    return strlen(name) == n && memcmp(name, p, n) == 0;
}

static const struct text_rules_row *find_rule(const char *p, size_t n)
{
    for (const struct text_rules_row *row = text_rules_table; row->name; row++)
        if (!row->option && is_name(row->name, p, n))
            return row;
    return NULL;
}

uint32_t text_rules_of_function(const char *name)
{
    char rule[32];
    const size_t n = strlen(name);
    if (n >= sizeof rule || strchr(name, '-'))
        return 0;
    for (size_t i = 0; i <= n; i++)
        rule[i] = name[i] == '_' ? '-' : name[i];
    const struct text_rules_row *row = find_rule(rule, n);
    return row ? row->flags | TEXT_INVISIBLE : 0;
}

const char *text_rules_names(void)
{
    static char names[400];
    size_t n = 0;
    for (const struct text_rules_row *row = text_rules_table; row->name; row++)
        if (!row->option)
            n += (size_t)snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", row->name);
    return names;
}

/* The rule that people mean by another name, else the one that is spelled much like it, or NULL. */
static const char *nearest_rule(const char *name)
{
    const char *names[TEXT_RULES_MAX];
    size_t n = 0;
    for (const struct text_rules_row *row = text_rules_table; row->name; row++) {
        for (const char *other = row->others; *other; other += strspn(other, " ")) {
            const size_t length = strcspn(other, " ");
            if (is_name(name, other, length))
                return row->option ? row->option : row->name;
            other += length;
        }
        if (!row->option)
            names[n++] = row->name;
        else if (strcmp(row->name, name) == 0)
            return row->option;
    }
    return suggest_nearest(name, names, n);
}

/* Adds the finding. The list of all rules is the hint of the first alone. */
static void unknown_rule(const char *p, size_t n, struct err *e)
{
    char name[64], hint[500];
    struct err one;
    snprintf(name, sizeof name, "%.*s", (int)n, p);
    snprintf(hint, sizeof hint, "the rules are %s; COLUMN:RULES is for one column",
             text_rules_names());
    const char *nearest = nearest_rule(name);
    err_set(&one, ERR_USAGE, e->status == ERR_NONE ? hint : NULL,
            "--normalize: there is no rule \"%s\"%s%s%s", name, nearest ? "; did you mean " : "",
            nearest ? nearest : "", nearest ? "?" : "");
    err_add(e, &one);
}

static struct text_part trim(const char *p, size_t n)
{
    while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\n'))
        p++, n--;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\n'))
        n--;
    return (struct text_part){p, n};
}

/* The length of the name at the begin of a list. */
static size_t name_length(const char *list, size_t n)
{
    size_t i = 0;
    while (i < n && list[i] != ',' && list[i] != '+')
        i++;
    return i;
}

bool text_rules_parse(const char *list, size_t n, uint32_t *flags, struct err *e)
{
    bool ok = true;
    *flags = 0;
    for (size_t at = 0; at <= n;) {
        const size_t length = name_length(list + at, n - at);
        const struct text_part name = trim(list + at, length);
        const struct text_rules_row *row = find_rule(name.p, name.n);
        if (name.n == 0)
            return err_set(e, ERR_USAGE, text_rules_names(), "--normalize: a rule is missing");
        if (!row && !is_name("none", name.p, name.n)) {
            unknown_rule(name.p, name.n, e);
            ok = false;
        }
        *flags |= row ? row->flags | TEXT_INVISIBLE : 0;
        at += length + 1;
    }
    return ok;
}

bool text_rules_known(const char *list, size_t n)
{
    for (size_t at = 0; at <= n;) {
        const size_t length = name_length(list + at, n - at);
        const struct text_part name = trim(list + at, length);
        if (!find_rule(name.p, name.n) && !is_name("none", name.p, name.n))
            return false;
        at += length + 1;
    }
    return true;
}
