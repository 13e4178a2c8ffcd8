/* open_memstream, with everything asked that can have gone wrong. */
#include "core/string_builder.h"

#include <stdbool.h>
#include <stdlib.h>

FILE *draft_open(struct draft *d)
{
    *d = (struct draft){0};
    d->file = open_memstream(&d->text, &d->bytes);
    return d->file;
}

char *draft_end(struct draft *d)
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
