/* A number is stripped of what may stand around it, one thing after the other, and must then match
 * an expression. A date is first written as its shape, a letter for each word, which must match. */
#include "tests/twin/twin_figure.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#define MOST 4096u

static bool matches(const char *text, const char *pattern)
{
    char whole[3000];
    regex_t compiled;
    snprintf(whole, sizeof whole, "^(%s)$", pattern);
    if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
        abort();
    const bool found = regexec(&compiled, text, 0, NULL, 0) == 0;
    regfree(&compiled);
    return found;
}

static void copy_trimmed(const char *text, char *out)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n && strchr(" \t", text[n - 1]))
        n--;
    n = n < MOST ? n : MOST - 1;
    memcpy(out, text, n);
    out[n] = 0;
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

/* What may stand at the front, or at the back; of each kind once but for blanks. */
enum { BLANK, PERCENT, CURRENCY, SIGN, N_KINDS };
static const struct {
    const char *words; /* separated by line ends */
    int kind;
    bool front, back, negative;
} around[] = {
    {" \n\t\n\u00a0\n\u2007\n\u2009\n\u202f", BLANK, true, true, false},
    {"%", PERCENT, false, true, false},
    {"US$\nCA$\nAU$\nNZ$\nHK$\nA$\nC$\nR$\nS$\n$"
     "\n€\n£\n¥\n₹\n₽\n₩\n₺\n₪\n₫\n₴\n₦\n₱\n฿\nzł\nKč\nkč\nлв\n"
     "руб.\nруб\nFr.\nRs.\nkr.\nFt.\nUSD\nEUR\nGBP\nCHF\nJPY\nCNY\nRMB\nSEK\nNOK\nDKK\nISK\nPLN\n"
     "CZK\nHUF\nRON\nBGN\nRSD\nRUB\nUAH\nTRY\nINR\nAUD\nCAD\nNZD\nZAR\nBRL\nMXN\nARS\nCLP\nCOP\nSGD"
     "\n"
     "HKD\nTWD\nKRW\nTHB\nIDR\nMYR\nPHP\nVND\nILS\nAED\nSAR\nEGP\nNGN\nKES\nlei\nFr\nRs\nkr\nFt\nR"
     "M",
     CURRENCY, true, true, false},
    {"+", SIGN, true, false, false},
    {"-\n\u2212\n\u2013", SIGN, true, false, true},
    {".--\n,--\n.-\n,-\n.\u2013\n,\u2013\n.\u2014\n,\u2014", SIGN, false, true, false},
    {"-\n\u2212", SIGN, false, true, true},
};

/* Takes one of the words away from an end of the text. */
static bool take_word(char *text, const char *words, bool front)
{
    for (const char *word = words; word; word = strchr(word, '\n')) {
        word += *word == '\n';
        const size_t n = strcspn(word, "\n"), all = strlen(text);
        if (n > all || strncasecmp(front ? text : text + all - n, word, n) != 0)
            continue;
        memmove(text, text + (front ? n : 0), all - n);
        text[all - n] = 0;
        return true;
    }
    return false;
}

/* Takes what stands around a number away; how often each kind was taken, and whether it is
 * negative. */
static void strip(char *text, unsigned taken[N_KINDS], bool *negative)
{
    for (bool more = true; more;) {
        const size_t n = strlen(text);
        more = false;
        if (!taken[SIGN] && n >= 3 && text[0] == '(' && text[n - 1] == ')') {
            text[n - 1] = 0;
            memmove(text, text + 1, n - 1);
            more = *negative = true;
            taken[SIGN]++;
        }
        for (size_t i = 0; i < sizeof around / sizeof *around && !more; i++) {
            if (around[i].kind != BLANK && taken[around[i].kind])
                continue;
            more = (around[i].front && take_word(text, around[i].words, true)) ||
                   (around[i].back && take_word(text, around[i].words, false));
            taken[around[i].kind] += more;
            *negative = *negative || (more && around[i].negative);
        }
    }
}

#define GROUPS(SIGN) "[1-9][0-9]?[0-9]?(" SIGN "[0-9]{3})+"
#define OTHER_GROUPS GROUPS("( |\t|\u00a0|\u2007|\u2009|\u202f)") "|" GROUPS("('|\u2019)")
#define EXPONENT "([eE][-+]?[0-9]+)?"

static double number_with(const char *text, char decimal)
{
    static const char point[] =
        "(" GROUPS(",") "|[1-9][0-9]?(,[0-9]{2})+,[0-9]{3}|" OTHER_GROUPS
                        ")(\\.[0-9]*)?|([0-9]+(\\.[0-9]*)?|\\.[0-9]+)" EXPONENT;
    static const char comma[] =
        "(" GROUPS("\\.") "|" OTHER_GROUPS ")(,[0-9]+)?|([0-9]+(,[0-9]+)?|,[0-9]+)" EXPONENT;
    char left[MOST], plain[MOST + 8], *out = plain;
    unsigned taken[N_KINDS] = {0};
    bool negative = false;
    copy_trimmed(text, left);
    strip(left, taken, &negative);
    if (strlen(left) > 127 || !matches(left, decimal == '.' ? point : comma))
        return (double)NAN;
    for (const char *p = left; *p; p++) {
        if (*p == decimal)
            *out++ = '.';
        else if (isdigit((unsigned char)*p) || strchr("eE+-", *p))
            *out++ = *p;
    }
    *out = 0;
    if (taken[PERCENT] && strpbrk(plain, "eE"))
        return (double)NAN;
    strcpy(out, taken[PERCENT] ? "e-2" : "");
    const double x = strtod(plain, NULL);
    return isinf(x) ? (double)NAN : negative ? -x : x;
}

double twin_figure_number(const char *text)
{
    const double x = number_with(text, '.');
    return isnan(x) ? number_with(text, ',') : x;
}

/* ---- Places ----------------------------------------------------------------------------------*/

bool twin_figure_place(const char *text, double *north, double *east)
{
    char left[MOST];
    copy_trimmed(text, left);
    size_t n = strlen(left);
    if (n > 1 && left[0] == '(' && left[n - 1] == ')') {
        left[n - 1] = 0;
        memmove(left, left + 1, n - 1);
    }
    char *at = strchr(left, ';');
    if (!at && matches(left, "[^,]*,[^,]*"))
        at = strchr(left, ',');
    if (!at && matches(left, "[^,]*,[^,]*,[^,]*,[^,]*"))
        at = strchr(strchr(left, ',') + 1, ',');
    if (!at)
        at = strpbrk(left, " \t");
    if (!at)
        return false;
    *at = 0;
    *north = twin_figure_number(left);
    *east = twin_figure_number(at + 1);
    return fabs(*north) <= 90 && fabs(*east) <= 360;
}

/* ---- Dates -----------------------------------------------------------------------------------*/

static const char *const names[] = {
    "january jan januar janner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar feber fevrier fevr fev febrero febbraio fevereiro februari",
    "march mar marz maerz mrz mars marzo marco maart mrt", "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei", "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho", "august aug aout agosto ago augustus",
    "september sept sep septembre septiembre setiembre set settembre setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez decembre diciembre dic dicembre dezembro",
    /* what is passed over */
    "st nd rd th er of the de del den der d le el monday mon tuesday tue tues wednesday wed "
    "thursday "
    "thu thur thurs friday fri saturday sat sunday sun montag mo dienstag di mittwoch mi "
    "donnerstag "
    "do freitag fr samstag sa sonnabend sonntag so lundi mardi mercredi jeudi vendredi samedi "
    "dimanche lunes martes miercoles jueves viernes sabado domingo lunedi martedi mercoledi "
    "giovedi "
    "venerdi sabato domenica"};

/* The month of a word, 13 for one that is passed over, 0 for another. */
static int month_of(const char *word, size_t n)
{
    char pattern[400], original[64];
    if (n > 29)
        return 0;
    memcpy(original, word, n);
    original[n] = 0;
    utf8proc_uint8_t *folded = NULL;
    utf8proc_map((const utf8proc_uint8_t *)original, 0, &folded,
                 UTF8PROC_NULLTERM | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK);
    int month = 0;
    if (folded && matches((const char *)folded, "[a-z]+"))
        for (int m = 1; m <= 13 && !month; m++) {
            snprintf(pattern, sizeof pattern, "(.* )?%s( .*)?", (const char *)folded);
            month = matches(names[m - 1], pattern) ? m : 0;
        }
    free(folded);
    return month;
}

/* A date as its shape, up to its third part: n for digits, m for a month, f for what is passed
 * over, a blank for blanks, other characters as they are. */
struct shape {
    char text[MOST];
    int n_parts, value[3], digits[3];
    const char *rest;
};

static struct shape shape_of(const char *p)
{
    struct shape s = {.text = ""};
    size_t n = 0;
    while (*p && s.n_parts < 3 && n + 2 < MOST) {
        const char *from = p;
        char letter = *p++;
        if (isdigit((unsigned char)letter)) {
            p += strspn(p, "0123456789");
            letter = 'n';
            s.digits[s.n_parts] = (int)(p - from);
            s.value[s.n_parts++] = p - from > 4 ? 0 : atoi(from);
        } else if (isalpha((unsigned char)letter) || letter & 0x80) {
            while (isalpha((unsigned char)*p) || *p & 0x80)
                p++;
            const int month = month_of(from, (size_t)(p - from));
            letter = month == 13 ? 'f' : month ? 'm' : '?';
            if (letter == 'm')
                s.value[s.n_parts++] = month;
        } else if (letter == ' ' || letter == '\t') {
            p += strspn(p, " \t");
            letter = ' ';
        }
        s.text[n++] = letter;
    }
    s.text[n] = 0;
    s.rest = p;
    return s;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since the first of January of year 0, counted one by one. Years are of two or four digits.
 */
static double days_of(const struct shape *s, int year_part, int month_part, int day_part)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int month = s->value[month_part], day = s->value[day_part];
    int year = s->value[year_part];
    if (s->digits[year_part] == 2)
        year += year < 69 ? 2000 : 1900;
    else if (s->digits[year_part] != 4)
        return (double)NAN;
    if (month < 1 || month > 12 || s->digits[month_part] > 2 || s->digits[day_part] > 2 ||
        day < 1 || day > lengths[month - 1] + (month == 2 && is_leap(year)))
        return (double)NAN;
    double days = day - 1;
    for (int y = 0; y < year; y++)
        days += is_leap(y) ? 366 : 365;
    for (int m = 1; m < month; m++)
        days += lengths[m - 1] + (m == 2 && is_leap(year));
    return days;
}

#define BETWEEN " ?[-/.,']? ?"
#define WORDS "(f(" BETWEEN "))*"
#define START "((" BETWEEN "f)+" BETWEEN ")?"
#define TIME "([ \tT,]+[0-9][-0-9:.,+zZtTaApPmMuUcCgGhH ]*)?"

/* Parts in figures alone: the one date that they are in the orders that give one; day first where
 * they are separated by points. */
static double numeric_days(const struct shape *s)
{
    const bool points = strchr(s->text, 'n')[1] == '.' || strstr(s->text, "n .");
    if (s->digits[0] == 4)
        return days_of(s, 0, 1, 2);
    const double dmy = days_of(s, 2, 1, 0), mdy = days_of(s, 2, 0, 1), ymd = days_of(s, 0, 1, 2);
    if (points && !isnan(dmy))
        return dmy;
    const double any = !isnan(dmy) ? dmy : !isnan(mdy) ? mdy : ymd;
    const bool alike = (isnan(mdy) || mdy == any) && (isnan(ymd) || ymd == any);
    return alike ? any : (double)NAN;
}

double twin_figure_days(const char *text)
{
    char left[MOST];
    copy_trimmed(text, left);
    if (matches(left, "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?|[0-9]{4}/[0-9]{2}/[0-9]{2}([T ].*)?") &&
        !isnan(days_of(&(struct shape){.value = {atoi(left), atoi(left + 5), atoi(left + 8)},
                                       .digits = {4, 2, 2}},
                       0, 1, 2)))
        left[10] = 0;
    if (matches(left, "[0-9]{8}")) {
        memmove(left + 8, left + 6, 3);
        memmove(left + 5, left + 4, 2);
        left[4] = left[7] = '-';
    }
    const struct shape s = shape_of(left);
    if (s.n_parts < 3 || !matches(s.rest, TIME) || (*s.rest && !strchr(s.rest, ':')))
        return (double)NAN;
    if (matches(s.text, START "m" BETWEEN WORDS "n" BETWEEN WORDS "n"))
        return days_of(&s, 2, 0, 1);
    if (matches(s.text, START "n" BETWEEN WORDS "m" BETWEEN WORDS "n"))
        return s.digits[0] == 4 ? days_of(&s, 0, 1, 2) : days_of(&s, 2, 1, 0);
    if (matches(s.text, START "(n ?- ?n ?- ?n|n ?/ ?n ?/ ?n|n ?\\. ?n ?\\. ?n|n n n)"))
        return numeric_days(&s);
    return (double)NAN;
}
