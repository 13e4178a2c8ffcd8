/* Orders names by their distance to a wanted one. Plain dynamic programming: it runs once, in a
 * message. */
#include "core/suggest.h"
#include "core/base.h"
#include "core/sort.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 63

/* Levenshtein distance of the first LONGEST bytes, case ignored; a name that the wanted one begins
 * is nearer than its length says. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[LONGEST + 1];
    size_t na = strnlen(a, LONGEST), nb = strnlen(b, LONGEST);
    for (unsigned j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned up = row[j];
            unsigned differ = tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]);
            row[j] = least(least(row[j], row[j - 1]) + 1, diagonal + differ);
            diagonal = up;
        }
    }
    return na && strncasecmp(a, b, na) == 0 ? least(row[nb], 2) : row[nb];
}

struct candidate {
    const char *name;
    unsigned distance;
    size_t place;
};

static int nearer(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    if (a->distance != b->distance)
        return sort_order(a->distance, b->distance);
    return sort_order(a->place, b->place);
}

char *suggest_names(const char *wanted, const char *const *names, size_t n, size_t most, char *text,
                    size_t bytes)
{
    struct candidate *c = calloc(n + 1, sizeof *c);
    size_t used = 0, shown = most && most < n ? most : n;
    text[0] = 0;
    if (!c)
        return text;
    for (size_t i = 0; i < n; i++)
        c[i] = (struct candidate){names[i], distance(wanted, names[i]), i};
    qsort(c, n, sizeof *c, nearer);
    for (size_t i = 0; i < shown && used + 8 < bytes; i++) {
        const char *between = i ? ", " : "";
        size_t n_name = (size_t)snprintf(text + used, bytes - used, "%s%s", between, c[i].name);
        if (n_name >= bytes - used) {
            snprintf(text + used, bytes - used, "%s…", between);
            break;
        }
        used += n_name;
    }
    free(c);
    return text;
}
