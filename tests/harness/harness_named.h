/* Named tables of a test program, and axb run on them, in a directory of their own with two tables
 * A.csv and B.csv in it. All names begin with the test's own process id, since /dev/shm is
 * everybody's. Random by harness_below (harness_random.h). */
#ifndef AXB_TESTS_HARNESS_HARNESS_NAMED_H
#define AXB_TESTS_HARNESS_HARNESS_NAMED_H

#include <stdbool.h>
#include <stddef.h>

#define HARNESS_NAMED_AXB BINARY_DIR "/axb"

/* Set-up and tear-down of a group of tests: the directory, A.csv and B.csv with 300 rows of
 * name, city, row, same, size, same and serial; all tables of the test are removed. */
int harness_named_set_up(void **state);
int harness_named_tear_down(void **state);
extern char harness_named_directory[];

/* "A" as the name of a table of this test, and as @NAME. Each is valid for eight calls. */
const char *harness_named_own(const char *name);
const char *harness_named_at(const char *name);

/* Where the table is. */
void harness_named_path(const char *name, char path[128]);
bool harness_named_exists(const char *name);
void harness_named_unlink(const char *name);

/* Runs axb with words that are parted by blanks, as harness_run. */
int harness_named_axb(const char *words, char **out, char **err);

/* The status and what is said of a command that is to fail. */
int harness_named_fails(const char *words, char **err);

/* axb data load: must succeed. */
void harness_named_load(const char *name, const char *file, const char *options);

/* Writes random CSV: fields quoted or not, missing, empty, of several scripts. The seventh column
 * numbers the rows. */
void harness_named_random_csv(const char *path, const char *header, unsigned columns,
                              unsigned rows);

/* Loads a random table "d" of 40 rows of name, größe and c; returns the bytes of its segment,
 * malloced. */
char *harness_named_saved(size_t *n);

#endif
