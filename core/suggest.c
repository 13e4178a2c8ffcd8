/* Orders names by their distance to a wanted one. Plain dynamic programming: it runs once, in a
 * message. */
#include "core/suggest.h"
#include "core/base.h"
#include "core/sort.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 63

/* Are both bytes one letter, or both a sign that joins words? */
static bool same_letter(unsigned char a, unsigned char b)
{
    static const char between_words[] = " _-.";
    return tolower(a) == tolower(b) || (strchr(between_words, a) && strchr(between_words, b));
}

/* Are the last letters of both texts, of i and k letters, two that changed places? */
static bool changed_places(const char *a, size_t i, const char *b, size_t k)
{
    return i > 1 && k > 1 && same_letter((unsigned char)a[i - 1], (unsigned char)b[k - 2]) &&
           same_letter((unsigned char)a[i - 2], (unsigned char)b[k - 1]);
}

/* Levenshtein distance of the first LONGEST bytes, case ignored, where two neighbours that changed
 * places are one mistake; a name that the wanted one begins is nearer than its length says. */
static unsigned distance(const char *a, const char *b)
{
    unsigned cost[LONGEST + 1][LONGEST + 1];
    size_t na = strnlen(a, LONGEST), nb = strnlen(b, LONGEST);
    for (unsigned k = 0; k <= nb; k++)
        cost[0][k] = k;
    for (size_t i = 1; i <= na; i++) {
        cost[i][0] = (unsigned)i;
        for (size_t k = 1; k <= nb; k++) {
            unsigned differ = !same_letter((unsigned char)a[i - 1], (unsigned char)b[k - 1]);
            cost[i][k] =
                least(least(cost[i - 1][k], cost[i][k - 1]) + 1, cost[i - 1][k - 1] + differ);
            if (changed_places(a, i, b, k))
                cost[i][k] = least(cost[i][k], cost[i - 2][k - 2] + 1);
        }
    }
    return na && strncasecmp(a, b, na) == 0 ? least(cost[na][nb], 2) : cost[na][nb];
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

const char *suggest_nearest(const char *wanted, const char *const *names, size_t n)
{
    const unsigned letters = (unsigned)strnlen(wanted, LONGEST);
    unsigned least_distance = greatest(letters / 3, letters < 5 ? 1 : 2) + 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        const unsigned d = distance(wanted, names[i]);
        if (d <= least_distance)
            nearest = d < least_distance ? names[i] : NULL;
        least_distance = least(least_distance, d);
    }
    return nearest;
}
