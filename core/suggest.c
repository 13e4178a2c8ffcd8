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
#define NEAR_LISTED 3

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

static int earlier(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;
    return sort_order(a->place, b->place);
}

/* The names, the nearest first; malloced, NULL without memory. */
static struct candidate *rank(const char *wanted, const char *const *names, size_t n)
{
    struct candidate *c = calloc(n + 1, sizeof *c);
    for (size_t i = 0; c && i < n; i++)
        c[i] = (struct candidate){names[i], distance(wanted, names[i]), i};
    if (c)
        qsort(c, n, sizeof *c, nearer);
    return c;
}

static void list(const struct candidate *c, size_t n, char *text, size_t bytes)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used + 8 < bytes; i++) {
        const char *between = i ? ", " : "";
        size_t n_name = (size_t)snprintf(text + used, bytes - used, "%s%s", between, c[i].name);
        if (n_name >= bytes - used) {
            snprintf(text + used, bytes - used, "%s…", between);
            break;
        }
        used += n_name;
    }
}

char *suggest_names(const char *wanted, const char *const *names, size_t n, size_t most, char *text,
                    size_t bytes)
{
    struct candidate *c = rank(wanted, names, n);
    const size_t shown = most && most < n ? most : n;
    text[0] = 0;
    if (c) {
        qsort(c, shown, sizeof *c, earlier);
        list(c, shown, text, bytes);
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

/* Lists those of the names that are near at all. */
static void list_near(const char *wanted, const char *const *names, size_t n, char *text,
                      size_t bytes)
{
    const unsigned most = (unsigned)strnlen(wanted, LONGEST) / 2;
    struct candidate *c = rank(wanted, names, n);
    size_t near = 0;
    while (c && near < n && near < NEAR_LISTED && c[near].distance <= most)
        near++;
    text[0] = 0;
    if (near)
        list(c, near, text, bytes);
    free(c);
}

char *suggest_hint(const char *wanted, const char *const *names, size_t n, const char *more,
                   char *text, size_t bytes)
{
    const char *nearest = suggest_nearest(wanted, names, n);
    char near[300] = "";
    if (!nearest)
        list_near(wanted, names, n, near, sizeof near);
    const char *found = nearest ? nearest : near;
    const char *before = nearest ? "did you mean " : near[0] ? "nearest: " : "";
    const char *between = !more || !*found ? "" : nearest ? " " : "; ";
    snprintf(text, bytes, "%s%s%s%s%s", before, found, nearest ? "?" : "", between,
             more ? more : "");
    return text;
}
