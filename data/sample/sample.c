/* axb-sample: two tables of invented people with errors, or one table with duplicates, and the
 * truth about who is who.
 *
 * For trying axb out, for its tests and for its benchmarks, at any size, without anybody's data.
 * The same seed gives the same bytes with any number of threads. */
#include "data/sample/errors.h"
#include "data/sample/files.h"
#include "data/sample/rows.h"

#include <getopt.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: axb-sample DIR ROWS [--dedupe] [--seed N] [--level easy|std|hard] [-j N]\n"
    "       axb-sample --rates [--level easy|std|hard]\n"
    "\n"
    "Writes DIR/A.csv and DIR/B.csv, ROWS records of invented people each, and DIR/truth.csv,\n"
    "the pairs of records that are the same person, with the errors made in them.\n"
    "\n"
    "  --dedupe     write one table with duplicates, DIR/A.csv, of ROWS records; DIR/truth.csv\n"
    "               then has the cluster of each record\n"
    "  --seed N     another seed gives other people (default 1)\n"
    "  --level L    easy halves the errors, hard doubles them (default std)\n"
    "  -j N         threads (default: as many as OpenMP has)\n"
    "  --rates      print how often things happen, and do nothing else\n"
    "  --help       print this\n";

enum { ROWS_MAX = 99999999, THREADS_MAX = 1024 };

struct options {
    const char *dir;
    struct rows_ask ask;
    unsigned threads; /* 0: leave it to OpenMP */
    bool rates, help;
};

static bool parse_number(const char *what, const char *text, unsigned long long least,
                         unsigned long long most, unsigned long long *value, struct err *e)
{
    char *end;
    *value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || *value < least || *value > most)
        return err_set(e, ERR_USAGE, "try axb-sample --help", "%s must be %llu to %llu, not %s",
                       what, least, most, text);
    return true;
}

static bool parse_level(const char *text, double *level, struct err *e)
{
    static const struct {
        const char *name;
        double level;
    } levels[] = {{"easy", 0.5}, {"std", 1}, {"hard", 2}};
    for (unsigned i = 0; i < sizeof levels / sizeof *levels; i++)
        if (strcmp(text, levels[i].name) == 0) {
            *level = levels[i].level;
            return true;
        }
    return err_set(e, ERR_USAGE, "try axb-sample --help", "level must be easy, std or hard, not %s",
                   text);
}

static bool parse_option(struct options *o, int option, struct err *e)
{
    unsigned long long value = 0;
    bool ok = true;
    switch (option) {
    case 's':
        ok = parse_number("seed", optarg, 0, UINT64_MAX, &value, e);
        o->ask.seed = value;
        return ok;
    case 'l':
        return parse_level(optarg, &o->ask.level, e);
    case 'j':
        ok = parse_number("-j", optarg, 1, THREADS_MAX, &value, e);
        o->threads = (unsigned)value;
        return ok;
    case 'd':
        return o->ask.dedupe = true;
    case 'r':
        return o->rates = true;
    case 'h':
        return o->help = true;
    default:
        return err_set(e, ERR_USAGE, "try axb-sample --help", "the command line is wrong");
    }
}

static bool parse(struct options *o, int argc, char **argv, struct err *e)
{
    static const struct option names[] = {
        {"dedupe", no_argument, NULL, 'd'},      {"seed", required_argument, NULL, 's'},
        {"level", required_argument, NULL, 'l'}, {"rates", no_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0}};
    unsigned long long n = 0;
    *o = (struct options){.ask = {.seed = 1, .level = 1}};
    for (int option; (option = getopt_long(argc, argv, "j:", names, NULL)) != -1;)
        if (!parse_option(o, option, e))
            return false;
    if (o->rates || o->help)
        return true;
    if (argc - optind != 2)
        return err_set(e, ERR_USAGE, "try axb-sample --help",
                       "a folder and a number of rows are needed");
    o->dir = argv[optind];
    if (!parse_number("ROWS", argv[optind + 1], 1, ROWS_MAX, &n, e))
        return false;
    o->ask.n = (unsigned)n;
    return true;
}

static bool sample(const struct options *o, struct err *e)
{
    struct world w;
    struct rows rows = {0};
    if (o->threads)
        omp_set_num_threads((int)o->threads);
    bool ok = world_open(&w, e) && rows_make(&rows, &w, &o->ask, e) &&
              files_write(o->dir, &rows, o->ask.seed, e);
    rows_free(&rows);
    world_close(&w);
    return ok;
}

int main(int argc, char **argv)
{
    struct options o;
    struct err e = {.status = ERR_NONE};
    bool ok = parse(&o, argc, argv, &e);
    if (ok && o.help)
        fputs(usage, stdout);
    else if (ok && o.rates)
        errors_print(o.ask.level, stdout);
    else if (ok)
        ok = sample(&o, &e);
    if (ok && fflush(stdout) != 0)
        ok = err_set(&e, ERR_IO, NULL, "stdout: writing failed");
    if (!ok)
        err_print(&e, stderr);
    return ok ? 0 : (int)e.status;
}
