/* The values of columns, and numbers and times as text. */
#include "data/columns.h"

#include "data/number.h"

#include <math.h>
#include <string.h>

#define FIRST_DAY (-719162) /* 0001-01-01 */
#define LAST_DAY 2932896    /* 9999-12-31 */
#define DAY_MICROSECONDS INT64_C(86400000000)
#define WHOLE_BELOW 9007199254740992.0 /* 2^53 */

/* ---- Text ------------------------------------------------------------------------------------*/

size_t columns_write_i64(int64_t x, char text[COLUMNS_TEXT_BYTES])
{
    char *p = text;
    if (x < 0)
        *p++ = '-';
    return (size_t)(number_integer(p, x < 0 ? 0 - (uint64_t)x : (uint64_t)x) - text);
}

size_t columns_write_f64(double x, char text[COLUMNS_TEXT_BYTES])
{
    if (x != 0 && fabs(x) < WHOLE_BELOW && x == floor(x))
        return columns_write_i64((int64_t)x, text);
    return number_double(x, text);
}

static char *put_digits(char *p, uint32_t x, int n)
{
    for (int i = n - 1; i >= 0; i--, x /= 10)
        p[i] = (char)('0' + x % 10);
    return p + n;
}

bool columns_date_in_range(int64_t days)
{
    return days >= FIRST_DAY && days <= LAST_DAY;
}

bool columns_time_in_range(int64_t microseconds)
{
    return microseconds >= FIRST_DAY * DAY_MICROSECONDS &&
           microseconds < (LAST_DAY + 1) * DAY_MICROSECONDS;
}

/* The calendar counted in 400 years from a 1st of March (Hinnant, chrono-compatible low-level date
 * algorithms, 2013): the leap day is then the last of its year. */
size_t columns_write_date(int32_t days, char text[COLUMNS_TEXT_BYTES])
{
    const uint32_t z = (uint32_t)(days + 719468); /* since 0000-03-01 */
    const uint32_t era = z / 146097, day_of_era = z % 146097;
    const uint32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const uint32_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint32_t month_from_march = (5 * day_of_year + 2) / 153;
    const uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    const uint32_t year = era * 400 + year_of_era + (month <= 2);
    char *p = put_digits(text, year, 4);
    *p++ = '-';
    p = put_digits(p, month, 2);
    *p++ = '-';
    return (size_t)(put_digits(p, day, 2) - text);
}

size_t columns_write_time(int64_t microseconds, bool utc, char text[COLUMNS_TEXT_BYTES])
{
    int64_t days = microseconds / DAY_MICROSECONDS, rest = microseconds % DAY_MICROSECONDS;
    if (rest < 0) {
        rest += DAY_MICROSECONDS;
        days--;
    }
    char *p = text + columns_write_date((int32_t)days, text);
    if (rest == 0 && !utc)
        return (size_t)(p - text);
    const uint32_t seconds = (uint32_t)(rest / 1000000), fraction = (uint32_t)(rest % 1000000);
    *p++ = 'T';
    p = put_digits(p, seconds / 3600, 2);
    *p++ = ':';
    p = put_digits(p, seconds / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, seconds % 60, 2);
    if (fraction) {
        *p++ = '.';
        p = put_digits(p, fraction, 6);
    }
    if (utc) {
        memcpy(p, "+00:00", 6);
        p += 6;
    }
    return (size_t)(p - text);
}

/* ---- Arrays ----------------------------------------------------------------------------------*/

struct bytes columns_value(const struct columns *c, uint32_t column, uint64_t i,
                           char text[COLUMNS_TEXT_BYTES])
{
    const struct columns_column *k = &c->column[column];
    const void *values = columns_array(c, k->values_at);
    const struct bytes missing = {NULL, 0};
    size_t n = 0;
    if (!columns_is_valid(c, column, i))
        return missing;
    switch ((enum columns_kind)k->kind) {
    case COLUMNS_TEXT:
    case COLUMNS_DICTIONARY: {
        const uint64_t *begin = columns_offsets(c, column) + i;
        return (struct bytes){c->base + k->values_at + begin[0], (uint32_t)(begin[1] - begin[0])};
    }
    case COLUMNS_F64:
        if (isnan(((const double *)values)[i]))
            return missing;
        n = columns_write_f64(((const double *)values)[i], text);
        break;
    case COLUMNS_I64:
        n = columns_write_i64(((const int64_t *)values)[i], text);
        break;
    case COLUMNS_BOOL:
        n = c->base[k->values_at + i] ? 4 : 5;
        memcpy(text, n == 4 ? "True" : "False", n);
        break;
    case COLUMNS_DATE:
        n = columns_write_date(((const int32_t *)values)[i], text);
        break;
    case COLUMNS_TIMESTAMP:
    case COLUMNS_MOMENT:
        n = columns_write_time(((const int64_t *)values)[i], k->kind == COLUMNS_MOMENT, text);
        break;
    case COLUMNS_ABSENT: /* none is checked and of these */
    case COLUMNS_KINDS:
        return missing;
    }
    return (struct bytes){text, (uint32_t)n};
}
