/* axb-fault: proves that axb keeps its promises when calls fail, memory ends, and processes are
 * killed. See README.md beside this file. */
#include "tests/fault/parts.h"

#include "tests/harness/harness_left.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct part {
    const char *name;
    bool (*run)(const struct ask *ask);
    const char *what;
} parts[] = {
    {"syscalls", part_syscalls, "a system call fails, one a run, with each of six errors"},
    {"allocations", part_allocations, "an allocation fails, one a run, in axb or in a library"},
    {"kills", part_kills, "kill -9 of workers at random moments"},
    {"resume", part_resume, "kill -9 of the coordinator at random moments, with --resume"},
    {"seeds", part_seeds, "random data, kinds of run, workers, memory, kills and shards"},
    {"scorers", part_scorers, "scorers that crash, hang, exit, run out of memory …"},
};
#define N_PARTS (sizeof parts / sizeof *parts)

static void usage(FILE *to)
{
    fputs("usage: tests/fault/run [PART] [--long] [--n N] [--from I] [--seed S] [--kind KIND]\n"
          "                       [--jobs J] [--seconds S] [--only CASE] [--stays]\n\n",
          to);
    for (size_t i = 0; i < N_PARTS; i++)
        fprintf(to, "  %-12s %s\n", parts[i].name, parts[i].what);
    fputs("\nWithout PART all of them, in short; --long is all that can fail, which takes hours.\n"
          "--n is how many trials of each kind of run, --seconds how long to go on with one.\n"
          "--stays: what fails once goes on failing, so long as the process lives.\n",
          to);
}

static const struct option options[] = {{"long", no_argument, NULL, 'l'},
                                        {"n", required_argument, NULL, 'n'},
                                        {"from", required_argument, NULL, 'f'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"kind", required_argument, NULL, 'k'},
                                        {"jobs", required_argument, NULL, 'j'},
                                        {"only", required_argument, NULL, 'o'},
                                        {"stays", no_argument, NULL, 'a'},
                                        {"seconds", required_argument, NULL, 't'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};

static void take_option(struct ask *ask, int option, const char *value)
{
    if (option == 'l')
        ask->is_long = true;
    else if (option == 'a')
        ask->stays = true;
    else if (option == 'n')
        ask->n = strtoull(value, NULL, 10);
    else if (option == 'f')
        ask->from = strtoull(value, NULL, 10);
    else if (option == 's')
        ask->seed = strtoull(value, NULL, 10);
    else if (option == 'k')
        ask->kind = value;
    else if (option == 'j')
        ask->jobs = (unsigned)strtoul(value, NULL, 10);
    else if (option == 'o')
        ask->only = value;
    else if (option == 't')
        ask->seconds = strtod(value, NULL);
}

static bool parse(struct ask *ask, const char **part, int argc, char **argv)
{
    *ask = (struct ask){.seed = 1, .jobs = 2};
    *part = NULL;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == '?')
            return false;
        if (c == 'h') {
            usage(stdout);
            exit(0);
        }
        take_option(ask, c, optarg);
    }
    if (optind < argc)
        *part = argv[optind++];
    return optind == argc && ask->jobs > 0;
}

int main(int argc, char **argv)
{
    struct ask ask;
    const char *part;
    bool ok = true, found = false;
    if (!parse(&ask, &part, argc, argv)) {
        usage(stderr);
        return 2;
    }
    harness_left_begin();
    for (size_t i = 0; i < N_PARTS; i++)
        if (!part || strcmp(part, parts[i].name) == 0) {
            found = true;
            ok = parts[i].run(&ask) && ok;
        }
    if (!found)
        usage(stderr);
    return !found ? 2 : ok ? 0 : 1;
}
