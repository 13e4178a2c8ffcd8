/* Where trials happen: a directory with the inputs, one for what a run writes, and one for its
 * temporary files; and what is looked at there after a run. */
#ifndef AXB_TESTS_FAULT_PLACE_H
#define AXB_TESTS_FAULT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct place {
    unsigned rows;
    uint64_t seed;
    char root[64]; /* A.csv, B.csv, A.csv.gz, B.csv.gz, score.c, monotone.c, stdout,
                    * stderr, journal and stats.json if a run keeps them */
    char work[96]; /* the current directory of the runs: out.csv and nothing else */
    char tmp[96];  /* TMPDIR of the runs: empty */
};

/* What a run gave: out.csv (n is 0 and bytes NULL if there is none), and what it said. */
struct result {
    char *out, *said, *errors; /* malloced, each ended by a zero byte */
    size_t n_out, n_said;
};

/* The path of what was built beside this program: "axb", "tests/fault/…". It lives on. */
const char *place_binary(const char *name);

/* "@NAME" of the table of shared memory that the last place that was opened has: its A.csv. */
extern char place_table[40];

/* Makes a place with tables of `rows` records of axb-sample's people of `seed`, and makes it the
 * current directory; ends the program if it cannot. */
void place_open(struct place *p, unsigned rows, uint64_t seed);
/* Puts other tables there. */
void place_fill(const struct place *p, unsigned rows, uint64_t seed);
void place_close(struct place *p);

/* Makes the place what it is before a run, with `former` as out.csv, or without one if NULL. */
void place_reset(const struct place *p, const char *former);

#define PLACE_NO_START 99 /* the exit status of a run that could not be started */

/* Starts a run, stopped before its first instruction and traced by us if `traced`. */
pid_t place_start(const char *const argv[], bool traced);

void place_result(struct result *r);
void place_forget(struct result *r);

/* Are there no names that should not be? What a run that can be resumed keeps is among those,
 * unless it `may_resume`. Says how many there are in text[bytes]. */
bool place_is_clean(const struct place *p, bool may_resume, char *text, size_t bytes);

#endif
