/* open_memstream, with a check of everything that can go wrong. */
#include "core/string_builder.h"

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

void string_builder_plain(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++)
        if ((*p < ' ' && *p != '\n' && *p != '\t') || *p == 0x7f)
            *p = '?';
        else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
            p[0] = p[1] = '?';
}

bool string_builder_show(struct string_builder *b, FILE *to)
{
    char *text = string_builder_end(b);
    if (!text)
        return false;
    string_builder_plain(text);
    fputs(text, to);
    free(text);
    return true;
}
