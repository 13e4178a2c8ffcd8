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
    char work[96]; /* the current directory of the runs: holds out.csv and nothing else */
    char tmp[96];  /* TMPDIR of the runs: empty */
};

/* What a run gave: out.csv (n 0 and bytes NULL if it does not exist), and what it said. */
struct result {
    char *out, *said, *errors; /* malloced, each ended by a zero byte */
    size_t n_out, n_said;
};

/* The path of what was built beside this program: "axb", "tests/fault/…". Owned by the program. */
const char *place_binary(const char *name);

/* "@NAME" of a table in shared memory: A.csv of the place that was opened last. */
extern char place_table[40];

/* Makes a place with tables of `rows` records of axb-sample's people of `seed`, and makes it the
 * current directory. Ends the program if it cannot. */
void place_open(struct place *p, unsigned rows, uint64_t seed);
/* Puts other tables there. */
void place_fill(const struct place *p, unsigned rows, uint64_t seed);
void place_close(struct place *p);

/* Makes the place as it is before a run, with `former` as out.csv; NULL: without out.csv. */
void place_reset(const struct place *p, const char *former);

#define PLACE_NO_START 99 /* the exit status of a run that could not be started */

/* Starts a run. If `traced`, it is stopped before its first instruction and traced by us. */
pid_t place_start(const char *const argv[], bool traced);

void place_result(struct result *r);
void place_forget(struct result *r);

/* Does the place hold no name that it should not? What a run keeps to be resumed is such a name,
 * unless it `may_resume`. The number of names goes to text[bytes]. */
bool place_is_clean(const struct place *p, bool may_resume, char *text, size_t bytes);

#endif
