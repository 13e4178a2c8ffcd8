/* Text that is written into memory through stdio. The result is all of it, or none if memory ran
 * out at any moment, which stdio alone does not always say. */
#ifndef AXB_CORE_STRING_BUILDER_H
#define AXB_CORE_STRING_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct string_builder {
    FILE *file;
    char *text;
    size_t bytes;
};

/* Begins one; returns the file to write to, NULL if there is no memory. */
FILE *string_builder_open(struct string_builder *b);

/* Ends one, whether it could be opened or not. Returns its text, b->bytes of it and a zero byte,
 * which the caller frees. NULL, with nothing to free, if memory ran out. */
char *string_builder_end(struct string_builder *b);

/* Makes a text safe for a terminal: control characters, those of ASCII but line ends and tabs, and
 * U+0080 to U+009F, become "?". What files hold and what they are called may have some. */
void string_builder_plain(char *text);

/* Ends one, and writes its text, made safe, to a stream for people. False if memory ran out. */
bool string_builder_show(struct string_builder *b, FILE *to);

#endif
