/* The inputs of a run: A and B as files or named tables, opened, with their column names known.
 *
 * Not here: which columns are wanted (wanted.h), and loading them (loaded.h). */
#ifndef AXB_MATCHER_INPUTS_SOURCES_H
#define AXB_MATCHER_INPUTS_SOURCES_H

#include "core/err.h"
#include "data/load.h"
#include "data/out.h"
#include "matcher/options/opts.h"
#include "matcher/scorer/scorer.h"

#include <stdbool.h>
#include <stdint.h>

struct sources {
    bool self;           /* dedupe: B is A, and only load[0] is open */
    struct load load[2]; /* use sources_load */
    struct out mended;   /* --rejected-lines, if mended_open */
    bool mended_open;
};

/* How the file of a side is read, as the options say; `self`: there is no other. */
struct load_options sources_options(const struct opts *o, int side, bool self);
/* How a file of neither side is read: --a-NAME and --b-NAME do not count. */
struct load_options sources_options_of_all(const struct opts *o);

/* Opens the first input as A, or if `self` all inputs as one, and else the second as B.
 * sources_close is due even after a failure. ERR_NOINPUT, ERR_DATA; ERR_OS without memory. */
bool sources_open(struct sources *s, const struct opts *o, bool self, struct err *e);
void sources_close(struct sources *s);

/* Begins FILE of --rejected-lines, if it was asked for. */
bool sources_open_mended(struct out *out, bool *is_open, const struct opts *o, struct err *e);
/* After all was loaded: the file gets its name. */
bool sources_commit_mended(struct sources *s, struct err *e);

/* The input of side 0 (A) or 1 (B). */
const struct load *sources_load(const struct sources *s, int side);

/* The path of a side's file, as users know it. */
const char *sources_path(const struct sources *s, int side);

/* Finds the column of a side whose name is the first n bytes of `name`. ERR_USAGE: none. */
bool sources_find(const struct sources *s, int side, const char *name, size_t n, uint32_t *column,
                  struct err *e);

/* The column names of both sides, as a scorer is compiled against them; borrowed from *s. */
struct scorer_headers sources_headers(const struct sources *s);

#endif
