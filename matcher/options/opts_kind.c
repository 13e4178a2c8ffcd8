/* The kinds of options: how each reads its value and prints it. */
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"

#include "data/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool bad_value(const struct opts_row *row, const char *value, struct err *e)
{
    return err_set(e, ERR_USAGE, opts_help(row), "--%s needs %s, not \"%.200s\"", row->name,
                   row->kind->needs(row), value);
}

#define NEEDS(name, text)                                                                          \
    static const char *needs_##name(const struct opts_row *row)                                    \
    {                                                                                              \
        (void)row;                                                                                 \
        return text;                                                                               \
    }

NEEDS(char, "one character such as ';' or '\\t'")
NEEDS(number, "a number such as 0.9")
NEEDS(seconds, "a number of seconds such as 2 or 0.5")
NEEDS(count, "a whole number such as 1000, 20k or 3M")
NEEDS(unsigned, "a whole number from 1 to 65535")
NEEDS(size, "a size such as 512M or 2G")

/* ---- Flags and levels ------------------------------------------------------------------------*/

static bool read_flag(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    (void)row, (void)value, (void)e;
    *(bool *)field = true;
    return true;
}

static bool read_unflag(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    (void)row, (void)value, (void)e;
    *(bool *)field = false;
    return true;
}

static const char *print_flag(const struct opts_row *row, const void *field,
                              char text[OPTS_VALUE_BYTES])
{
    (void)row, (void)text;
    return *(const bool *)field ? "yes" : "no";
}

static bool read_level(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    (void)value, (void)e;
    *(enum log_level *)field = row->level;
    return true;
}

static const char *print_int(const struct opts_row *row, const void *field,
                             char text[OPTS_VALUE_BYTES])
{
    (void)row;
    snprintf(text, OPTS_VALUE_BYTES, "%d", *(const int *)field);
    return text;
}

const struct opts_kind kind_flag = {read_flag, print_flag, NULL, NULL};
const struct opts_kind kind_unflag = {read_unflag, print_flag, NULL, NULL};
const struct opts_kind kind_level = {read_level, print_int, NULL, NULL};

/* ---- Texts -----------------------------------------------------------------------------------*/

static bool read_string(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    (void)row, (void)e;
    *(const char **)field = value;
    return true;
}

static const char *print_string(const struct opts_row *row, const void *field,
                                char text[OPTS_VALUE_BYTES])
{
    (void)row, (void)text;
    return *(const char *const *)field;
}

static bool read_strings(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    struct opts_strings *all = field;
    if (all->n == OPTS_STRINGS_MAX)
        return err_set(e, ERR_USAGE, NULL, "--%s is given more than %d times", row->name,
                       OPTS_STRINGS_MAX);
    all->text[all->n++] = value;
    return true;
}

/* The first; opts_value has the others. */
static const char *print_strings(const struct opts_row *row, const void *field,
                                 char text[OPTS_VALUE_BYTES])
{
    (void)row, (void)text;
    return ((const struct opts_strings *)field)->text[0];
}

static const struct {
    const char *name;
    char c;
} chars[] = {{"\\t", '\t'},      {"tab", '\t'}, {"comma", ','},
             {"semicolon", ';'}, {"pipe", '|'}, {"space", ' '}};

/* One ASCII character, or its name. */
static bool read_char(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    char c = value[0] && !value[1] ? value[0] : 0;
    for (size_t i = 0; i < sizeof chars / sizeof *chars; i++)
        c = strcmp(value, chars[i].name) == 0 ? chars[i].c : c;
    const bool usable = c != 0 && c != '"' && c != '\n' && c != '\r' && (c & 0x80) == 0;
    *(char *)field = c;
    return usable || bad_value(row, value, e);
}

static const char *print_char(const struct opts_row *row, const void *field,
                              char text[OPTS_VALUE_BYTES])
{
    (void)row;
    text[0] = *(const char *)field;
    text[1] = 0;
    return text;
}

/* "one of core, pu, numa, none". */
static const char *needs_choice(const struct opts_row *row)
{
    static char text[160];
    size_t n = (size_t)snprintf(text, sizeof text, "one of ");
    for (const char *c = row->choices; *c && n + 3 < sizeof text; c++) {
        if (*c == '|')
            text[n++] = ',';
        text[n++] = *c == '|' ? ' ' : *c;
    }
    text[n] = 0;
    return text;
}

static bool read_choice(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    unsigned place = 0;
    for (const char *c = row->choices; *c; place++) {
        size_t n = strcspn(c, "|");
        if (strlen(value) == n && strncmp(c, value, n) == 0) {
            *(unsigned *)field = place;
            return true;
        }
        c += n + (c[n] == '|');
    }
    return bad_value(row, value, e);
}

static const char *print_choice(const struct opts_row *row, const void *field,
                                char text[OPTS_VALUE_BYTES])
{
    const char *c = row->choices;
    for (unsigned place = *(const unsigned *)field; place; place--)
        c += strcspn(c, "|") + 1;
    snprintf(text, OPTS_VALUE_BYTES, "%.*s", (int)strcspn(c, "|"), c);
    return text;
}

const struct opts_kind kind_string = {read_string, print_string, NULL, NULL};
const struct opts_kind kind_strings = {read_strings, print_strings, NULL, NULL};
const struct opts_kind kind_char = {read_char, print_char, needs_char, NULL};
const struct opts_kind kind_choice = {read_choice, print_choice, needs_choice, NULL};

/* ---- Numbers ---------------------------------------------------------------------------------*/

static bool read_number(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    char *end;
    double x = strtod(value, &end);
    *(double *)field = x;
    return (end != value && !*end && !isnan(x)) || bad_value(row, value, e);
}

static bool read_seconds(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    if (!read_number(field, row, value, e))
        return false;
    double x = *(const double *)field;
    return (isfinite(x) && x >= 0) || bad_value(row, value, e);
}

/* "90%" is 0.9, and "0,9" too. */
static bool repair_number(const char *value, char text[OPTS_VALUE_BYTES])
{
    char copy[OPTS_VALUE_BYTES], *end, *comma;
    if (strlen(value) >= sizeof copy)
        return false;
    memcpy(copy, value, strlen(value) + 1);
    if ((comma = strchr(copy, ',')) != NULL)
        *comma = '.';
    const double x = strtod(copy, &end);
    const bool percent = strcmp(end, "%") == 0 || strcmp(end, " %") == 0;
    if (end == copy || (*end && !percent) || !isfinite(x))
        return false;
    text[number_double(percent ? x / 100 : x, text)] = 0;
    return true;
}

static const char *print_number(const struct opts_row *row, const void *field,
                                char text[OPTS_VALUE_BYTES])
{
    (void)row;
    text[number_double(*(const double *)field, text)] = 0;
    return text;
}

/* Reads a number with a suffix: k, M, G, T by `unit` (1000 or 1024); "B" and "iB" may follow. It is
 * below 2^63. */
static bool read_scaled(const char *text, double unit, double *value)
{
    char *end;
    *value = strtod(text, &end);
    if (end == text || *value < 0 || !isfinite(*value))
        return false;
    const char *suffixes = "kMGT", *s = *end ? strchr(suffixes, *end == 'K' ? 'k' : *end) : NULL;
    if (s) {
        *value *= pow(unit, (double)(s - suffixes + 1));
        end++;
    }
    return (!*end || strcmp(end, "B") == 0 || strcmp(end, "iB") == 0) && *value < 0x1p63;
}

static bool read_count(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    double x;
    if (!read_scaled(value, 1000, &x) || (row->from_one && x < 1))
        return bad_value(row, value, e);
    *(uint64_t *)field = (uint64_t)x;
    return true;
}

static const char *print_count(const struct opts_row *row, const void *field,
                               char text[OPTS_VALUE_BYTES])
{
    (void)row;
    snprintf(text, OPTS_VALUE_BYTES, "%llu", (unsigned long long)*(const uint64_t *)field);
    return text;
}

static bool read_unsigned(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    double x;
    if (!read_scaled(value, 1000, &x) || x < 1 || x > 65535 || floor(x) != x)
        return bad_value(row, value, e);
    *(unsigned *)field = (unsigned)x;
    return true;
}

static const char *print_unsigned(const struct opts_row *row, const void *field,
                                  char text[OPTS_VALUE_BYTES])
{
    (void)row;
    snprintf(text, OPTS_VALUE_BYTES, "%u", *(const unsigned *)field);
    return text;
}

static bool read_size(void *field, const struct opts_row *row, const char *value, struct err *e)
{
    double x;
    if (!read_scaled(value, 1024, &x))
        return bad_value(row, value, e);
    *(size_t *)field = (size_t)x;
    return true;
}

static const char *print_size(const struct opts_row *row, const void *field,
                              char text[OPTS_VALUE_BYTES])
{
    (void)row;
    snprintf(text, OPTS_VALUE_BYTES, "%zu", *(const size_t *)field);
    return text;
}

const struct opts_kind kind_number = {read_number, print_number, needs_number, repair_number};
const struct opts_kind kind_seconds = {read_seconds, print_number, needs_seconds, repair_number};
const struct opts_kind kind_count = {read_count, print_count, needs_count, NULL};
const struct opts_kind kind_unsigned = {read_unsigned, print_unsigned, needs_unsigned, NULL};
const struct opts_kind kind_size = {read_size, print_size, needs_size, NULL};
