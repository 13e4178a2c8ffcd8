/* Every way that a run can take through the program, on small tables. */
#include "tests/fault/kinds.h"

#include "tests/fault/place.h"

#include <string.h>

#define JOIN "../A.csv", "../B.csv", "--on", "full", "--min", "0.9", "-q"
#define SUM "0.6 * jaro_winkler(full) + 0.4 * levenshtein(city)"

static const struct kind kinds[] = {
    {"join", {"match", JOIN, "-o", "out.csv", "--id", "id", "--keep", "city"}},
    {"pipe", {"match", JOIN, "--format", "jsonl"}},
    {"refine",
     {"match", "../A.csv", "../B.csv", "--score", SUM, "--min", "0.8", "-o", "out.csv",
      "--output-terms", "-q"}},
    {"nested",
     {"match", "../A.csv", "../B.csv", "--score", "levenshtein(full)", "--where", "a.sex == b.sex",
      "--min", "0.7", "-o", "out.csv", "-q"}},
    {"scorer",
     {"match", "../A.csv", "../B.csv", "--score", "../score.c", "--min", "0.6", "-o", "out.csv",
      "-q"}},
    {"monotone",
     {"match", "../A.csv", "../B.csv", "--score", "../monotone.c", "--min", "0.8", "-o", "out.csv",
      "-q"}},
    {"dedupe", {"dedupe", "../A.csv", "--on", "last", "--min", "0.85", "-o", "out.csv", "-q"}},
    {"count", {"match", JOIN, "--count"}},
    {"gz",
     {"match", "../A.csv.gz", "../B.csv.gz", "--on", "full", "--metric", "levenshtein", "--min",
      "0.7", "-o", "out.csv", "-q"}},
    {"audit", {"match", JOIN, "--audit", "20", "--stats", "../stats.json", "-o", "out.csv"}},
    {"flood",
     {"match", "../A.csv", "../B.csv", "--on", "full", "--metric", "levenshtein", "--min", "0.1",
      "--max-memory", "48M", "-o", "out.csv", "-q"}},
    {"resume", {"match", JOIN, "--resume", "../journal", "--checkpoint", "0", "-o", "out.csv"}},
    {"named",
     {"match", place_table, "../B.csv", "--on", "full", "--min", "0.9", "-q", "-o", "out.csv"}},
    {"load", {"data", "load", place_table + 1, "../A.csv", "-q"}},
};

const struct kind *kinds_at(size_t i)
{
    return i < sizeof kinds / sizeof *kinds ? &kinds[i] : NULL;
}

bool kinds_has(const struct kind *k, const char *argument)
{
    for (size_t i = 0; k->arguments[i]; i++)
        if (strcmp(k->arguments[i], argument) == 0)
            return true;
    return false;
}

bool kinds_resumes(const struct kind *k)
{
    return kinds_has(k, "--resume");
}

void kinds_command(const struct kind *k, const char *const *more, const char **argv)
{
    bool takes_more = strcmp(k->arguments[0], "data") != 0;
    size_t n = 0;
    argv[n++] = place_binary("axb");
    for (size_t i = 0; k->arguments[i]; i++)
        argv[n++] = k->arguments[i];
    for (size_t i = 0; more && more[i] && takes_more; i++)
        argv[n++] = more[i];
    argv[n] = NULL;
}
