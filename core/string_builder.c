/* open_memstream, with a check of everything that can go wrong. */
#include "core/string_builder.h"

#include <stdbool.h>
#include <stdlib.h>

FILE *string_builder_open(struct string_builder *d)
{
    *d = (struct string_builder){0};
    d->file = open_memstream(&d->text, &d->bytes);
    return d->file;
}

char *string_builder_end(struct string_builder *d)
{
    if (!d->file)
        return NULL;
    bool whole = !ferror(d->file);
    whole = fclose(d->file) == 0 && whole; /* may give no text, and say that all is well */
    if (!whole) {
        free(d->text);
        d->text = NULL;
    }
    return d->text;
}
