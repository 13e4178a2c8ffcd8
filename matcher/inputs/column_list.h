/* How --on, --id, --keep and --normalize name columns: one syntax for all.
 *
 *     name             the column of that name: of both sides, or of the one side that has it
 *     name=customer    "name" of A, and "customer" of B
 *     a.name  b.name   of one side
 *     *  a.*  b.*      every column
 *     name:rules       what follows the colon is for the option to read, up to a comma
 *     name:"rules"     the same with commas in it
 *     name:,           a comma alone
 *
 * --on and --id take one item, in which commas and colons are parts of names; "a." and "b." may
 * stand before its names. In a list, items are separated by commas, and blanks around them do not
 * count. A name that holds a comma, an equals sign or a colon, or begins with "a." or "b.", stands
 * in double quotes, where a quote is written twice. Not here: what an option does with the columns.
 */
#ifndef AXB_MATCHER_INPUTS_COLUMN_LIST_H
#define AXB_MATCHER_INPUTS_COLUMN_LIST_H

#include "core/err.h"
#include "matcher/inputs/sources.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLUMN_NAME_BYTES 1024u

struct column_item {
    const char *option;              /* "--keep", for messages */
    bool side[2];                    /* which sides the item is about */
    bool one_name;                   /* one name for both sides, of which one may lack it */
    bool every;                      /* "*": all columns of these sides; no names */
    char name[2][COLUMN_NAME_BYTES]; /* of each side that it is about */
    const char *rules;               /* after the colon, in the list; NULL: no colon */
    size_t rules_bytes;
};

/* Reads the item at *at of a list, and moves *at to the next; at the end of the text **at is 0.
 * ERR_USAGE. */
bool column_item_next(const char **at, const char *option, struct column_item *item, struct err *e);

/* The one item of --on or --id, in which commas and colons are parts of names. ERR_USAGE. */
bool column_item_whole(const char *text, const char *option, struct column_item *item,
                       struct err *e);

/* Finds the columns of an item that has names. found[side] is whether the side has one, which is
 * then column[side]. ERR_USAGE if none has it, or if a side lacks what was asked of it. */
bool column_item_find(const struct column_item *item, const struct sources *s, bool found[2],
                      uint32_t column[2], struct err *e);

/* The same for --on and --id, which need a column of each side. */
bool column_item_find_both(const struct column_item *item, const struct sources *s,
                           uint32_t column[2], struct err *e);

#endif
