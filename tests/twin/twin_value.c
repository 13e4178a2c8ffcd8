/* What values stand for, read and compared in the plainest way. */
#include "tests/twin/twin_value.h"
#include "tests/twin/twin_figure.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct pair {
    const uint32_t *a, *b;
    size_t na, nb;
};

static void to_utf8(const uint32_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        out += utf8proc_encode_char((utf8proc_int32_t)p[i], (utf8proc_uint8_t *)out);
    *out = 0;
}

/* A letter and three digits. Drops h and w, makes digits of letters, merges equal neighbours, drops
 * vowels. */
static void soundex_code(const uint32_t *p, size_t n, char *code)
{
    static const char digits[] = "01230120022455012623010202";
    char text[4000], *letters;
    size_t used = 0;
    to_utf8(p, n, text);
    letters = (char *)utf8proc_NFD((utf8proc_uint8_t *)text);
    memset(code, 0, 5);
    char last = 0;
    for (char *c = letters; *c && used < 4; c++) {
        char up = (char)toupper(*c), digit;
        if (!isascii(*c) || !isalpha(*c) || (used && (up == 'H' || up == 'W')))
            continue;
        digit = up == 'H' || up == 'W' ? 0 : digits[up - 'A'];
        if (used == 0)
            code[used++] = up;
        else if (digit != '0' && digit != last)
            code[used++] = digit;
        last = digit;
    }
    while (used && used < 4)
        code[used++] = '0';
    free(letters);
}

static double soundex(const struct metric_use *use, struct pair p)
{
    char x[5], y[5];
    soundex_code(p.a, p.na, x);
    soundex_code(p.b, p.nb, y);
    (void)use;
    if (x[0] && y[0])
        return strcmp(x, y) == 0;
    return p.na == p.nb && memcmp(p.a, p.b, p.na * sizeof *p.a) == 0;
}

static double closeness(const struct metric_use *use, double difference)
{
    static const struct {
        const char *name;
        double scale;
    } defaults[] = {{"number", 1}, {"days", 30}, {"km", 10}};
    double scale = use->args[0];
    for (size_t i = 0; use->n_args == 0 && i < 3; i++)
        if (strcmp(use->metric->name, defaults[i].name) == 0)
            scale = defaults[i].scale;
    if (isnan(difference) || use->view == METRIC_DISTANCE)
        return difference;
    double part = difference >= scale ? 1.0 : difference / scale;
    return use->view == METRIC_NORMALIZED_DISTANCE ? part : 1.0 - part;
}

static double number_of(const uint32_t *p, size_t n)
{
    char text[4000];
    to_utf8(p, n, text);
    return twin_figure_number(text);
}

static double number(const struct metric_use *use, struct pair p)
{
    return closeness(use, fabs(number_of(p.a, p.na) - number_of(p.b, p.nb)));
}

static double number_ratio(const struct metric_use *use, struct pair p)
{
    double x = number_of(p.a, p.na), y = number_of(p.b, p.nb);
    (void)use;
    if (isnan(x) || isnan(y))
        return (double)NAN;
    if (x == y)
        return 1;
    if (x == 0 || y == 0 || signbit(x) != signbit(y))
        return 0;
    return fmin(fabs(x), fabs(y)) / fmax(fabs(x), fabs(y));
}

static double days_of(const uint32_t *p, size_t n)
{
    char text[4000];
    to_utf8(p, n, text);
    return twin_figure_days(text);
}

static double days(const struct metric_use *use, struct pair p)
{
    return closeness(use, fabs(days_of(p.a, p.na) - days_of(p.b, p.nb)));
}

static bool place_of(const uint32_t *p, size_t n, double *latitude, double *longitude)
{
    char text[4000];
    to_utf8(p, n, text);
    return twin_figure_place(text, latitude, longitude);
}

static double squared_sine(double degrees)
{
    double x = sin(degrees * (3.14159265358979323846 / 180) / 2);
    return x * x;
}

static double km(const struct metric_use *use, struct pair p)
{
    const double degree = 3.14159265358979323846 / 180;
    double la, lo, lb, lp;
    if (!place_of(p.a, p.na, &la, &lo) || !place_of(p.b, p.nb, &lb, &lp))
        return (double)NAN;
    double h = squared_sine(lb - la) + cos(la * degree) * cos(lb * degree) *
                                           sin((lp - lo) * degree / 2) *
                                           sin((lp - lo) * degree / 2);
    return closeness(use, 2 * 6371.0088 * asin(sqrt(h > 1 ? 1 : h)));
}

static const struct {
    const char *name;
    double (*value)(const struct metric_use *use, struct pair p);
} twins[] = {{"soundex", soundex},
             {"number", number},
             {"number_ratio", number_ratio},
             {"days", days},
             {"km", km}};

bool twin_value(const struct metric_use *use, const uint32_t *a, size_t na, const uint32_t *b,
                size_t nb, double *score)
{
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (strcmp(twins[i].name, use->metric->name) == 0) {
            *score = twins[i].value(use, (struct pair){a, b, na, nb});
            return true;
        }
    return false;
}
