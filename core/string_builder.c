/* open_memstream, with a check of everything that can go wrong. */
#include "core/string_builder.h"

#include <stdbool.h>
#include <stdlib.h>

FILE *string_builder_open(struct string_builder *b)
{
    *b = (struct string_builder){0};
    b->file = open_memstream(&b->text, &b->bytes);
    return b->file;
}

char *string_builder_end(struct string_builder *b)
{
    if (!b->file)
        return NULL;
    bool whole = !ferror(b->file);
    whole = fclose(b->file) == 0 && whole; /* may give no text, and say that all is well */
    if (!whole) {
        free(b->text);
        b->text = NULL;
    }
    return b->text;
}
