/* Reads dates: three parts, of which one may be the name of a month. */
#include "data/figures/spelled_date.h"

#include "data/text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- Days ------------------------------------------------------------------------------------*/

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Both after Howard Hinnant, "chrono-compatible low-level date algorithms", 2013. */
static double days_from_civil(int year, int month, int day)
{
    year -= month <= 2;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (double)era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int days, int *year, int *month, int *day)
{
    days += 719468;
    int era = (days >= 0 ? days : days - 146096) / 146097;
    int of_era = days - era * 146097;
    int year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int from_march = (5 * of_year + 2) / 153;
    *day = of_year - (153 * from_march + 2) / 5 + 1;
    *month = from_march < 10 ? from_march + 3 : from_march - 9;
    *year = year_of_era + era * 400 + (*month <= 2);
}

static double days_of(int year, int month, int day)
{
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return NAN;
    return days_from_civil(year, month, day);
}

uint32_t spelled_date_write(double days, char text[10])
{
    char all[40];
    int year, month, day;
    civil_from_days((int)days, &year, &month, &day);
    snprintf(all, sizeof all, "%04d-%02d-%02d", year, month, day);
    memcpy(text, all, 10);
    return 10;
}

/* ---- Plain dates -----------------------------------------------------------------------------*/

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct bytes trim(struct bytes v)
{
    while (v.n && is_blank(*v.p))
        v.p++, v.n--;
    while (v.n && is_blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

/* Reads `digits` decimal digits at p into *value. */
static bool read_digits(const char *p, int digits, int *value)
{
    *value = 0;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)p[i]))
            return false;
        *value = *value * 10 + (p[i] - '0');
    }
    return true;
}

double spelled_date_plain(struct bytes v)
{
    int year, month, day;
    v = trim(v);
    bool split = v.n >= 10 && (v.p[4] == '-' || v.p[4] == '/') && v.p[7] == v.p[4];
    uint32_t length = split ? 10 : 8;
    if (v.n < length)
        return NAN;
    bool ends = v.n == length || (split && (v.p[length] == 'T' || v.p[length] == ' '));
    if (!ends || !read_digits(v.p, 4, &year) || !read_digits(v.p + (split ? 5 : 4), 2, &month) ||
        !read_digits(v.p + (split ? 8 : 6), 2, &day))
        return NAN;
    return days_of(year, month, day);
}

/* ---- Words -----------------------------------------------------------------------------------*/

/* Names of months, small and without accents, each between blanks. */
static const char *const month_names[12] = {
    " january jan januar janner janvier janv enero ene gennaio gen janeiro januari ",
    " february feb februar feber fevrier fevr fev febrero febbraio fevereiro februari ",
    " march mar marz maerz mrz mars marzo marco maart mrt ",
    " april apr avril avr abril abr aprile ",
    " may mai mayo maggio mag maio mei ",
    " june jun juni juin junio giugno giu junho ",
    " july jul juli juillet juil julio luglio lug julho ",
    " august aug aout agosto ago augustus ",
    " september sept sep septembre septiembre setiembre set settembre setembro ",
    " october oct oktober okt octobre octubre ottobre ott outubro out ",
    " november nov novembre noviembre novembro ",
    " december dec dezember dez decembre diciembre dic dicembre dezembro ",
};

/* What may stand between the parts: ordinals, prepositions, days of the week. */
static const char fillers[] =
    " st nd rd th er of the de del den der d le el "
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat "
    "sunday sun montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend "
    "sonntag so lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves "
    "viernes sabado domingo lunedi martedi mercoledi giovedi venerdi sabato domenica ";

#define WORD_BYTES 32u

static bool stands_in(const char *list, const char *word_in_blanks)
{
    return strstr(list, word_in_blanks) != NULL;
}

/* Folds a word to " small " without accents; false if it is too long to be one of ours. */
static bool fold_word(struct bytes word, char folded[WORD_BYTES])
{
    size_t n = 0;
    char out[256];
    if (word.n + 3 > WORD_BYTES || text_normalize_capacity(word.n) > sizeof out ||
        !text_normalize(word.p, word.n, TEXT_CASEFOLD | TEXT_STRIP_ACCENTS, out, &n) ||
        n + 3 > WORD_BYTES)
        return false;
    folded[0] = ' ';
    memcpy(folded + 1, out, n);
    memcpy(folded + 1 + n, " ", 2);
    return true;
}

/* ---- Parts -----------------------------------------------------------------------------------*/

struct part {
    bool name; /* of a month, which is its value */
    int value;
    int digits;
    char before; /* the sign before it; ' ' for blanks, 0 for nothing, '?' for several signs */
    bool words;  /* words before it that are passed over */
};

struct reader {
    const char *p, *end;
};

static bool is_letter(char c)
{
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

static char pass_signs(struct reader *r)
{
    char sign = 0;
    for (; r->p < r->end; r->p++) {
        const char c = *r->p;
        if (is_blank(c))
            sign = sign ? sign : ' ';
        else if (strchr("-/.,'", c) && c)
            sign = sign && sign != ' ' ? '?' : c;
        else
            break;
    }
    return sign;
}

static bool read_number(struct reader *r, struct part *part)
{
    for (; r->p < r->end && isdigit((unsigned char)*r->p) && part->digits < 9; r->p++) {
        part->value = part->value * 10 + (*r->p - '0');
        part->digits++;
    }
    return part->digits > 0;
}

/* Reads a word: the name of a month, or one that is passed over. */
static bool read_word(struct reader *r, struct part *part)
{
    struct bytes word = {r->p, 0};
    char folded[WORD_BYTES];
    while (r->p < r->end && is_letter(*r->p))
        r->p++;
    word.n = (uint32_t)(r->p - word.p);
    if (word.n == 0 || !fold_word(word, folded))
        return false;
    for (int month = 1; month <= 12 && !part->name; month++)
        if (stands_in(month_names[month - 1], folded)) {
            part->name = true;
            part->value = month;
        }
    return part->name || stands_in(fillers, folded);
}

static bool read_part(struct reader *r, struct part *part)
{
    *part = (struct part){0};
    for (;;) {
        const char sign = pass_signs(r);
        part->before = sign == '?' || !part->before ? sign : part->before;
        if (part->before == '?')
            return false;
        if (r->p < r->end && isdigit((unsigned char)*r->p))
            return read_number(r, part);
        if (!read_word(r, part) || part->name)
            return part->name;
        part->words = true;
    }
}

/* Is what is left nothing, or a time: "T12:00:00Z", ", 3:05 PM"? */
static bool ends_in_time(const struct reader *r)
{
    static const char in_times[] = "0123456789:.,+-zZtTaApPmMuUcCgGhH ";
    const char *p = r->p, *colon = NULL;
    if (p == r->end)
        return true;
    if (!is_blank(*p) && *p != 'T' && *p != ',')
        return false;
    while (p < r->end && (is_blank(*p) || *p == 'T' || *p == ','))
        p++;
    if (p == r->end || !isdigit((unsigned char)*p))
        return false;
    for (; p < r->end && memchr(in_times, *p, sizeof in_times - 1); p++)
        colon = *p == ':' ? p : colon;
    return p == r->end && colon;
}

/* ---- Dates -----------------------------------------------------------------------------------*/

static int year_of(const struct part *part)
{
    if (part->digits == 2)
        return part->value + (part->value < 69 ? 2000 : 1900);
    return part->digits == 4 ? part->value : -1;
}

static double days_of_parts(const struct part *year, const struct part *month,
                            const struct part *day)
{
    const bool right = year_of(year) >= 0 && (month->name || month->digits <= 2) &&
                       day->digits <= 2 && !year->name && !day->name;
    return right ? days_of(year_of(year), month->value, day->value) : (double)NAN;
}

static struct spelled_date in_every_order(double days)
{
    return (struct spelled_date){days == days ? SPELLED_ORDERS : 0, false, {days, days, days}};
}

/* A month by name: 31 December 2024, 2024-Dec-31, December 31, 2024. */
static struct spelled_date named_date(const struct part part[3])
{
    if (part[0].name)
        return in_every_order(days_of_parts(&part[2], &part[0], &part[1]));
    return in_every_order(part[0].digits == 4 ? days_of_parts(&part[0], &part[1], &part[2])
                                              : days_of_parts(&part[2], &part[1], &part[0]));
}

static struct spelled_date numeric_date(const struct part part[3])
{
    struct spelled_date d = {.points = part[1].before == '.'};
    if (part[1].before != part[2].before || !strchr("-/. ", part[1].before) || !part[1].before ||
        part[1].words || part[2].words)
        return d;
    if (part[0].digits == 4)
        return in_every_order(days_of_parts(&part[0], &part[1], &part[2]));
    d.days[0] = days_of_parts(&part[2], &part[1], &part[0]);
    d.days[1] = days_of_parts(&part[2], &part[0], &part[1]);
    d.days[2] = days_of_parts(&part[0], &part[1], &part[2]);
    for (unsigned i = 0; i < SPELLED_N_ORDERS; i++)
        d.orders |= d.days[i] == d.days[i] ? 1u << i : 0;
    return d;
}

struct spelled_date spelled_date_read(struct bytes v)
{
    const double plain = spelled_date_plain(v);
    if (plain == plain)
        return in_every_order(plain);
    struct part part[3];
    v = trim(v);
    struct reader r = {v.p, v.p + v.n};
    int names = 0;
    for (int i = 0; i < 3; i++) {
        if (!read_part(&r, &part[i]))
            return (struct spelled_date){0};
        names += part[i].name;
    }
    const bool begins = !part[0].before || part[0].before == ' ' || part[0].words;
    if (!begins || names > 1 || !ends_in_time(&r))
        return (struct spelled_date){0};
    return names ? named_date(part) : numeric_date(part);
}

double spelled_date_days(const struct spelled_date *d, unsigned orders)
{
    double days = NAN;
    for (unsigned i = 0; i < SPELLED_N_ORDERS; i++) {
        if (!(d->orders & orders & 1u << i))
            continue;
        if (days == days && days != d->days[i])
            return NAN;
        days = d->days[i];
    }
    return days;
}

/* ---- Formats ---------------------------------------------------------------------------------*/

double spelled_date_format(struct bytes v, const char *format)
{
    char text[128];
    struct tm tm = {.tm_year = -100000, .tm_mon = -1, .tm_mday = -1};
    v = trim(v);
    if (v.n >= sizeof text)
        return NAN;
    memcpy(text, v.n ? v.p : "", v.n);
    text[v.n] = 0;
    const char *end = strptime(text, format, &tm);
    if (!end || *end || strlen(text) != v.n || tm.tm_year + 1900 < 0 || tm.tm_year + 1900 > 9999)
        return NAN;
    return days_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* Does the format have one of these conversions? */
static bool has_conversion(const char *format, const char *letters)
{
    for (const char *p = strchr(format, '%'); p && p[1]; p = strchr(p, '%')) {
        p++;
        p += strspn(p, "EO_-0123456789");
        if (*p && strchr(letters, *p))
            return true;
        p += *p != 0;
    }
    return false;
}

bool spelled_date_format_whole(const char *format)
{
    return has_conversion(format, "YyDFxcs") && has_conversion(format, "mbBhjDFxcs") &&
           has_conversion(format, "dejDFxcs");
}
