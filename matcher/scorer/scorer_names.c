/* C names for columns, and back: the rule for headers that do not suit C, and the column that a
 * module's field means. */
#include "data/text.h"
#include "matcher/scorer/scorer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The rule --------------------------------------------------------------------------------*/

/*   1. Accents go (é -> e), and letters that accents do not explain have these names (ß -> ss).
 *   2. Other characters outside ASCII are written by number: 名 -> u540d.
 *   3. Runs of blanks and signs become one _; none at either end. Nothing left: column_3.
 *   4. A digit in front gets a _ before it. A _ follows a name that means something in C, in C++
 *      or in a row (`prepared`), begins with two _, or is another column's with _number or _days.
 *   5. A name that is taken gets _2, _3 … */

static const struct {
    uint32_t code_point;
    const char *ascii;
} letters[] = {
    {0x00C6, "AE"}, {0x00D0, "D"}, {0x00D8, "O"},  {0x00DE, "TH"}, {0x00DF, "ss"}, {0x00E6, "ae"},
    {0x00F0, "d"},  {0x00F8, "o"}, {0x00FE, "th"}, {0x0110, "D"},  {0x0111, "d"},  {0x0131, "i"},
    {0x0141, "L"},  {0x0142, "l"}, {0x0152, "OE"}, {0x0153, "oe"}, {0x1E9E, "SS"},
};

/* Keywords of C and C++, macros that the compiler or the usual headers define, and the member of a
 * row that is no column. */
static const char reserved[] =
    " "
    "EOF I INFINITY NAN NULL _Alignas _Alignof _Atomic _Bool _Complex _Generic _Imaginary "
    "_Noreturn _Static_assert _Thread_local alignas alignof and and_eq asm auto bitand bitor "
    "bool break case catch char char16_t char32_t char8_t class co_await co_return co_yield "
    "compl complex concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum errno explicit export extern false "
    "float for friend goto i386 if inline int linux long mutable namespace new noexcept not "
    "not_eq nullptr operator or or_eq prepared private protected public register reinterpret_cast "
    "requires restrict return short signed sizeof static static_assert static_cast stderr "
    "stdin stdout struct switch template this thread_local throw true try typedef typeid "
    "typename typeof union unix unsigned using virtual void volatile wchar_t while xor "
    "xor_eq ";

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static size_t write_character(uint32_t c, char *out, size_t bytes)
{
    if (is_letter(c) || is_digit(c) || c == '_')
        return (size_t)snprintf(out, bytes, "%c", (char)c);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].code_point == c)
            return (size_t)snprintf(out, bytes, "%s", letters[i].ascii);
    return c < 0x80 ? 0 : (size_t)snprintf(out, bytes, "u%04x", (unsigned)c);
}

/* Steps 2 and 3 on n code points. out has a capacity of 8 bytes a code point and one more. */
static void write_name(const uint32_t *code_points, size_t n, char *out)
{
    size_t length = 0;
    bool gap = false;
    for (size_t i = 0; i < n; i++) {
        char one[16];
        size_t wrote = write_character(code_points[i], one, sizeof one);
        if (wrote && gap && length)
            out[length++] = '_';
        memcpy(out + length, one, wrote);
        length += wrote;
        gap = wrote == 0;
    }
    out[length] = 0;
}

/* The code points of a header without accents. If it is not UTF-8, each byte is one. */
static size_t plain_code_points(const char *name, size_t n, char *buffer, uint32_t *out)
{
    size_t plain;
    if (text_normalize(name, n, TEXT_STRIP_ACCENTS | TEXT_NFKC, buffer, &plain))
        return text_decode(buffer, plain, out);
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)name[i];
    return n;
}

static bool is_reserved(const char *name)
{
    size_t n = strlen(name);
    for (const char *at = reserved; (at = strstr(at, name)) != NULL; at++)
        if (n && at[-1] == ' ' && at[n] == ' ')
            return true;
    return strncmp(name, "__", 2) == 0;
}

static void add_underscore(char *name)
{
    size_t n = strlen(name);
    name[n] = '_';
    name[n + 1] = 0;
}

/* Steps 1 to 4 but for the clash with other columns. Malloced, with the capacity for a suffix. */
static char *base_name(const char *name, size_t column)
{
    size_t n = strlen(name), capacity = text_normalize_capacity(n);
    char *plain = malloc(capacity + 1), *out = malloc(8 * capacity + 96);
    uint32_t *code_points = malloc((capacity + 1) * sizeof *code_points);
    if (plain && out && code_points) {
        write_name(code_points, plain_code_points(name, n, plain, code_points), out + 1);
        char *begin = out + 1;
        if (*begin == 0)
            sprintf(begin, "column_%zu", column + 1);
        if (is_digit((unsigned char)*begin))
            *--begin = '_';
        memmove(out, begin, strlen(begin) + 1);
        if (is_reserved(out))
            add_underscore(out);
    } else {
        free(out);
        out = NULL;
    }
    free(plain);
    free(code_points);
    return out;
}

/* Is `longer` the name `name` followed by _number or _days? */
static bool is_value_of(const char *longer, const char *name)
{
    size_t n = strlen(name);
    return strncmp(longer, name, n) == 0 &&
           (strcmp(longer + n, "_number") == 0 || strcmp(longer + n, "_days") == 0);
}

static bool is_taken(const char *name, char *const *c_names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, c_names[i]) == 0)
            return true;
    return false;
}

/* Would `name` stand for a value of one of the n other columns, or one of their names for a value
 * of this one? */
static bool is_value_clash(const char *name, char *const *c_names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_value_of(name, c_names[i]) || is_value_of(c_names[i], name))
            return true;
    return false;
}

/* Step 5, and the rest of step 4: makes `name` differ from the n names before it, in place. */
static void make_unique(char *name, char *const *c_names, size_t n)
{
    if (is_value_clash(name, c_names, n))
        add_underscore(name);
    size_t length = strlen(name);
    for (size_t k = 2; is_taken(name, c_names, n) || is_value_clash(name, c_names, n); k++)
        snprintf(name + length, 24, "_%zu", k);
}

static void free_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        free(names[i]);
    free(names);
}

bool scorer_c_names(char *const *names, size_t n, char **c_names, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        c_names[i] = base_name(names[i], i);
        if (!c_names[i]) {
            while (i-- > 0)
                free(c_names[i]);
            return err_set(e, ERR_OS, NULL, "no memory for the names of %zu columns", n);
        }
        make_unique(c_names[i], c_names, i);
    }
    return true;
}

/* ---- Both sides ------------------------------------------------------------------------------*/

bool scorer_names_open(struct scorer_names *names, const struct scorer_headers *headers,
                       struct err *e)
{
    *names = (struct scorer_names){.headers = *headers};
    for (uint32_t side = 0; side < 2; side++) {
        size_t n = scorer_columns(headers, side);
        char **c_names = calloc(n + 1, sizeof *c_names);
        if (!c_names)
            err_set(e, ERR_OS, NULL, "no memory for the names of %zu columns", n);
        if (!c_names || !scorer_c_names(scorer_header(headers, side), n, c_names, e)) {
            free(c_names);
            scorer_names_close(names);
            return false;
        }
        names->c_names[side] = c_names;
    }
    return true;
}

void scorer_names_close(struct scorer_names *names)
{
    for (uint32_t side = 0; side < 2; side++)
        free_names(names->c_names[side], scorer_columns(&names->headers, side));
    *names = (struct scorer_names){0};
}

bool scorer_resolve(const struct scorer_headers *h, uint32_t side, const char *column,
                    uint32_t *index)
{
    char *const *names = scorer_header(h, side);
    size_t n = scorer_columns(h, side);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(names[i], column) == 0) {
            *index = (uint32_t)i;
            return true;
        }
    }
    char *end;
    if (column[0] != '#' || !is_digit((unsigned char)column[1]))
        return false;
    unsigned long number = strtoul(column + 1, &end, 10);
    *index = (uint32_t)(number - 1);
    return *end == 0 && number >= 1 && number <= n;
}
