/* The tables of foreign options and verbs. */
#include "matcher/options/opts_foreign.h"

#include <string.h>

static const struct opts_foreign rows[] = {
    /* what matches */
    {"threshold", "min", NULL, true, NULL},
    {"min-score", "min", NULL, true, NULL},
    {"cutoff", "min", NULL, true, NULL},
    {"min-similarity", "min", NULL, true, NULL},
    {"max-distance", "max", NULL, true, NULL},
    {"similarity", "metric", NULL, true, NULL},
    {"distance", "metric", NULL, true, NULL},
    {"key", "on", NULL, true, NULL},
    {"column", "on", NULL, true, NULL},
    {"field", "on", NULL, true, NULL},
    {"filter", "where", NULL, true, NULL},
    {"block", "where", NULL, true, NULL},
    {"blocking", "where", NULL, true, NULL},
    {"ignore-case", "normalize", "casefold", false, NULL},
    {"case-insensitive", "normalize", "casefold", false, NULL},
    {"ignore-accents", "normalize", "strip-accents", false, NULL},
    {"nocase", "normalize", "casefold", false, NULL},
    {"nicknames", "normalize", "nicknames", false, NULL},
    {"company-suffixes", "normalize", "company-suffixes", false, NULL},

    /* what is written */
    {"columns", "keep", NULL, true, NULL},
    {"select", "keep", NULL, true, NULL},
    {"output-format", "format", NULL, true, NULL},
    {"out", "output", NULL, true, NULL},
    {"limit", "max-results", NULL, true, NULL},
    {"head", "max-results", NULL, true, NULL},
    {"best-match", "best", "a", false, NULL},
    {"mutual", "best", "mutual", false, NULL},
    {"one2one", "one-to-one", "", false, NULL},
    {"unique", "one-to-one", "", false, NULL},
    {"assignment", "one-to-one", "", false, NULL},
    {"nearest", "top", NULL, true, NULL},
    {"left-join", "unmatched", "a", false, NULL},
    {"left", "unmatched", "a", false, NULL},
    {"right", "unmatched", "b", false, NULL},
    {"outer", "unmatched", "both", false, NULL},
    {"full", "unmatched", "both", false, NULL},
    {"how", NULL, NULL, true,
     "--unmatched a is a left join, --unmatched b a right one, --unmatched both a full one"},
    {"no-match", "unmatched", "only-a", false, NULL},
    {"unmatched-only", "unmatched", "only-a", false, NULL},
    {"anti-join", "unmatched", "only-a", false, NULL},
    {"anti", "unmatched", "only-a", false, NULL},
    {"cluster", "clusters", NULL, true, NULL},
    {"groups", "clusters", NULL, true, NULL},
    {"group", "clusters", NULL, true, NULL},
    {"survivorship", "golden-rule", NULL, true, NULL},
    {"sheet", NULL, NULL, true, "convert the sheet to CSV first: in2csv --sheet NAME file.xlsx"},
    {"join", NULL, NULL, true,
     "--unmatched a is a left join, --unmatched both a full one. The algorithm that finds the "
     "matches is chosen by --algorithm"},

    /* how files are read, and how fast */
    {"separator", "delimiter", NULL, true, NULL},
    {"sep", "delimiter", NULL, true, NULL},
    {"delim", "delimiter", NULL, true, NULL},
    {"ifs", "delimiter", NULL, true, NULL},
    {"tabs", "delimiter", "\\t", false, NULL},
    {"tsv", "delimiter", "\\t", false, NULL},
    {"no-headers", "no-header", "", false, NULL},
    {"no-header-row", "no-header", "", false, NULL},
    {"charset", "encoding", NULL, true, NULL},
    {"threads", "workers", NULL, true, NULL},
    {"jobs", "workers", NULL, true, NULL},
    {"cores", "workers", NULL, true, NULL},
    {"memory", "max-memory", NULL, true, NULL},
    {"silent", "quiet", "", false, NULL},
    {"dry-run", "plan", "", false, NULL},
};

const struct opts_foreign *opts_foreign_at(size_t i)
{
    return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

const struct opts_foreign *opts_foreign_find(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strlen(rows[i].name) == n && strncmp(rows[i].name, name, n) == 0)
            return &rows[i];
    return NULL;
}

/* ---- Verbs -----------------------------------------------------------------------------------*/

#define FINDS "axb match finds the pairs of two files that match"

static const struct opts_foreign_verb verbs[] = {
    {"compare", "match", FINDS},
    {"link", "match", FINDS},
    {"join", "match", FINDS},
    {"label", "review", "axb review shows uncertain pairs and writes down what you say of each"},
    {"group", "dedupe", "axb dedupe A.csv --clusters FILE writes the groups of records that match"},
};

const struct opts_foreign_verb *opts_foreign_verb_at(size_t i)
{
    return i < sizeof verbs / sizeof *verbs ? &verbs[i] : NULL;
}

const struct opts_foreign_verb *opts_foreign_verb_find(const char *name)
{
    const struct opts_foreign_verb *v;
    for (size_t i = 0; (v = opts_foreign_verb_at(i)); i++)
        if (strcmp(v->name, name) == 0)
            return v;
    return NULL;
}
