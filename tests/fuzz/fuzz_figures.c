/* Any text as a number, a date and a place, against the slow twin; and what is written of it in
 * some format: plain text that is read by itself as the format reads it. The first byte is the
 * format. */
#include "data/figures/figures.h"
#include "data/figures/spelled_date.h"
#include "data/figures/spelled_number.h"
#include "data/text.h"
#include "matcher/index/typed_value.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_figure.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES 200u
#define DAYS_TO_1970 719528 /* from the first of January of year 0 */

static bool same(double x, double y)
{
    return x == y || (isnan(x) && isnan(y));
}

static void check_by_itself(struct bytes v, const char *text)
{
    double is[2], should[2];
    FUZZ_EXPECT(same(value_number(v), twin_figure_number(text)));
    FUZZ_EXPECT(same(value_days(v), twin_figure_days(text) - DAYS_TO_1970));
    const bool is_place = value_place(v, is);
    FUZZ_EXPECT(is_place == twin_figure_place(text, &should[0], &should[1]));
    FUZZ_EXPECT(!is_place || (same(is[0], should[0]) && same(is[1], should[1])));
}

/* What a text tells of the decimal sign is what both readings are. */
static void check_sign(struct bytes v)
{
    bool plain;
    const double point = spelled_number(v, '.'), comma = spelled_number(v, ',');
    const bool has_point = !isnan(point), has_comma = !isnan(comma);
    const enum spelled_sign should = has_point && has_comma
                                         ? (point == comma ? SPELLED_ANY : SPELLED_UNSURE)
                                     : has_point ? SPELLED_POINT
                                     : has_comma ? SPELLED_COMMA
                                                 : SPELLED_NO_NUMBER;
    FUZZ_EXPECT(spelled_number_sign(v, &plain) == should);
    FUZZ_EXPECT(plain == !isnan(spelled_number_plain(v)));
}

static struct figure_format format_of(uint8_t byte)
{
    static const enum figure_kind kinds[] = {FIGURE_NUMBER, FIGURE_DATE, FIGURE_PLACE, FIGURE_DATE};
    struct figure_format f = figure_default(kinds[byte & 3]);
    f.given = byte & 4;
    f.decimal = byte & 8 ? ',' : '.';
    f.orders = byte >> 4 & SPELLED_ORDERS ? byte >> 4 & SPELLED_ORDERS : SPELLED_ORDERS;
    f.points_dmy = byte & 128;
    return f;
}

static void check_written(struct bytes v, const struct figure_format *f)
{
    char out[MAX_BYTES + FIGURE_SPARE_BYTES];
    double is[2], should[2];
    const size_t n = figure_write(v, f, out);
    FUZZ_EXPECT(n <= v.n + (size_t)FIGURE_SPARE_BYTES);
    const struct bytes plain = {out, (uint32_t)n};
    if (f->kind == FIGURE_NUMBER)
        FUZZ_EXPECT(same(value_number(plain), figure_number(v, f)));
    if (f->kind == FIGURE_DATE)
        FUZZ_EXPECT(same(value_days(plain), figure_days(v, f)));
    if (f->kind != FIGURE_PLACE)
        return;
    const bool is_place = value_place(plain, is);
    FUZZ_EXPECT(is_place == figure_place(v, f, should));
    FUZZ_EXPECT(!is_place || (same(is[0], should[0]) && same(is[1], should[1])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char text[MAX_BYTES + 1];
    if (n < 1 || n > MAX_BYTES || memchr(data, 0, n))
        return 0;
    memcpy(text, data + 1, n - 1);
    text[n - 1] = 0;
    if (text_valid_prefix(text, n - 1) != n - 1)
        return 0;
    const struct bytes v = {text, (uint32_t)(n - 1)};
    const struct figure_format f = format_of(data[0]);
    check_by_itself(v, text);
    check_sign(v);
    check_written(v, &f);
    return 0;
}
