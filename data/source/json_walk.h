/* JSON (RFC 8259), as far as records need it: one object, member by member, where it stands.
 * Nothing is built; a value is its text, checked. The text is valid UTF-8 already. Not here: lines,
 * columns (load_json.c). */
#ifndef AXB_DATA_SOURCE_JSON_WALK_H
#define AXB_DATA_SOURCE_JSON_WALK_H

#include "data/arena.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>

#define JSON_WALK_MOST_DEPTH 200u /* of values in values */

/* A walk over the members of one object in p[at..end). Begins as {.p = …, .at = …, .end = …}; what
 * is wrong is in `what`, at `at`. */
struct json_walk {
    const char *p;
    size_t at, end;
    const char *what; /* NULL: nothing */
    bool in_object;
};

struct json_walk_text {
    struct bytes raw; /* in the text; of a string what is between its quotes */
    bool is_string;
    bool has_escapes; /* a string that json_walk_unescape must read */
};

struct json_walk_member {
    struct json_walk_text name, value;
};

/* The next member of the object; false after its last, or if something is wrong. An object begins
 * at `at`, perhaps after white space; after it `at` is behind its brace. */
bool json_walk_next(struct json_walk *w, struct json_walk_member *m);

/* Passes over white space; true if the end is reached. */
bool json_walk_at_end(struct json_walk *w);

/* Is it the value null? */
bool json_walk_is_null(const struct json_walk_text *t);

/* What a text stands for: a string without its escapes, of anything else what is written. What must
 * be changed lies in the arena. False for want of memory. */
bool json_walk_unescape(const struct json_walk_text *t, struct bytes *text, struct arena *arena);

#endif
