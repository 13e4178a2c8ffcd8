/* Reads numbers from both ends: what stands around the digits is taken away first. */
#include "data/figures/spelled_number.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- Plain numbers ---------------------------------------------------------------------------*/

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct bytes trim(struct bytes v)
{
    while (v.n && is_blank(*v.p))
        v.p++, v.n--;
    while (v.n && is_blank(v.p[v.n - 1]))
        v.n--;
    return v;
}

double spelled_number_plain(struct bytes v)
{
    char text[SPELLED_NUMBER_BYTES + 1];
    v = trim(v);
    if (v.n == 0 || v.n >= sizeof text)
        return NAN;
    static const char allowed[] = "+-.0123456789eE";
    for (uint32_t i = 0; i < v.n; i++)
        if (!memchr(allowed, v.p[i], sizeof allowed - 1))
            return NAN;
    memcpy(text, v.p, v.n);
    text[v.n] = 0;
    char *end;
    double x = strtod(text, &end);
    return *end == 0 && isfinite(x) ? x : (double)NAN;
}

/* ---- What stands around the digits ------------------------------------------------------------*/

static const char *const blanks[] = {" ", "\t", "\u00a0", "\u2007", "\u2009", "\u202f", NULL};
static const char *const minuses[] = {"-", "\u2212", "\u2013", NULL};
static const char *const trailing_minuses[] = {"-", "\u2212", NULL};
static const char *const pluses[] = {"+", NULL};
static const char *const percents[] = {"%", NULL};
static const char *const apostrophes[] = {"'", "\u2019", NULL};

/* In place of cents that are none: "12.-", "12,--". */
static const char *const no_cents[] = {".--",     ",--",     ".-",      ",-", ".\u2013",
                                       ",\u2013", ".\u2014", ",\u2014", NULL};

#define MOST_LETTERS 9u /* of A to Z: of a currency before a number, its exponent, one after it */

/* Longer ones stand before what they end or begin with. Letters may be small or capital. */
static const char *const currencies[] = {
    "US$", "CA$",  "AU$", "NZ$", "HK$", "A$",  "C$",  "R$",  "S$",  "$",   "€",   "£",   "¥",
    "₹",   "₽",    "₩",   "₺",   "₪",   "₫",   "₴",   "₦",   "₱",   "฿",   "zł",  "Kč",  "kč",
    "лв",  "руб.", "руб", "Fr.", "Rs.", "kr.", "Ft.", "USD", "EUR", "GBP", "CHF", "JPY", "CNY",
    "RMB", "SEK",  "NOK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "BGN", "RSD", "RUB", "UAH",
    "TRY", "INR",  "AUD", "CAD", "NZD", "ZAR", "BRL", "MXN", "ARS", "CLP", "COP", "SGD", "HKD",
    "TWD", "KRW",  "THB", "IDR", "MYR", "PHP", "VND", "ILS", "AED", "SAR", "EGP", "NGN", "KES",
    "lei", "Fr",   "Rs",  "kr",  "Ft",  "RM",  NULL};

/* May these bytes be one letter, small or capital? Most words are told by one byte. */
static bool alike(char x, char y)
{
    return ((unsigned char)x | 0x20u) == ((unsigned char)y | 0x20u);
}

/* The bytes of the first of the words that *v begins with; 0 if with none. */
static uint32_t front_of(const struct bytes *v, const char *const *words)
{
    for (; *words && v->n; words++) {
        const size_t n = alike(v->p[0], (*words)[0]) ? strlen(*words) : SIZE_MAX;
        if (n <= v->n && strncasecmp(v->p, *words, n) == 0)
            return (uint32_t)n;
    }
    return 0;
}

static uint32_t back_of(const struct bytes *v, const char *const *words)
{
    for (; *words && v->n; words++) {
        const size_t n = strlen(*words);
        if (n <= v->n && alike(v->p[v->n - 1], (*words)[n - 1]) &&
            strncasecmp(v->p + v->n - n, *words, n) == 0)
            return (uint32_t)n;
    }
    return 0;
}

static bool drop_front(struct bytes *v, const char *const *words)
{
    const uint32_t n = front_of(v, words);
    v->p += n;
    v->n -= n;
    return n > 0;
}

static bool drop_back(struct bytes *v, const char *const *words)
{
    const uint32_t n = back_of(v, words);
    v->n -= n;
    return n > 0;
}

/* What was taken away; each of the three once at most. */
struct around {
    bool sign, negative, currency, percent;
};

static bool drop_brackets(struct bytes *v, struct around *a)
{
    if (a->sign || v->n < 3 || v->p[0] != '(' || v->p[v->n - 1] != ')')
        return false;
    *v = (struct bytes){v->p + 1, v->n - 2};
    return a->sign = a->negative = true;
}

static bool drop_sign(struct bytes *v, struct around *a)
{
    if (a->sign)
        return false;
    if (drop_front(v, pluses))
        return a->sign = true;
    if (drop_front(v, minuses))
        return a->sign = a->negative = true;
    if (drop_back(v, no_cents))
        return a->sign = true;
    return drop_back(v, trailing_minuses) && (a->sign = a->negative = true);
}

/* Takes one thing away from either end. */
static bool drop_one(struct bytes *v, struct around *a)
{
    if (drop_front(v, blanks) || drop_back(v, blanks))
        return true;
    if (!a->percent && drop_back(v, percents))
        return a->percent = true;
    if (!a->currency && (drop_front(v, currencies) || drop_back(v, currencies)))
        return a->currency = true;
    return drop_brackets(v, a) || drop_sign(v, a);
}

/* ---- Digits ----------------------------------------------------------------------------------*/

/* Groups of digits before the decimal sign. */
struct groups {
    uint32_t n, first, last; /* separators; digits of the first and of the last group */
    const char *const *separators;
    bool threes, twos; /* all groups between the first and the last have 3 digits, or 2 */
};

struct digits {
    struct bytes left;
    char decimal;
    char *out; /* what strtod reads */
};

static uint32_t take_digits(struct digits *d)
{
    uint32_t n = 0;
    for (; d->left.n && is_digit(*d->left.p); n++, d->left.p++, d->left.n--)
        *d->out++ = *d->left.p;
    return n;
}

/* The bytes of a separator that is followed by a digit; all of a number are of one kind. */
static uint32_t separator(const struct digits *d, struct groups *g)
{
    static const char *const points[] = {".", NULL}, *const commas[] = {",", NULL};
    const char *const *const kinds[] = {d->decimal == '.' ? commas : points, blanks, apostrophes};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const uint32_t n = front_of(&d->left, kinds[i]);
        if (n == 0 || n == d->left.n || !is_digit(d->left.p[n]))
            continue;
        if (g->separators && g->separators != kinds[i])
            return 0;
        g->separators = kinds[i];
        return n;
    }
    return 0;
}

/* Groups of three; or as in India, the last of three and the others of two. */
static bool groups_right(const struct groups *g, char first_digit)
{
    if (g->n == 0)
        return true;
    if (first_digit == '0' || g->last != 3)
        return false;
    const bool india = g->twos && g->n >= 2 && g->first <= 2 && g->separators[0][0] == ',';
    return (g->threes && g->first <= 3) || india;
}

static bool take_groups(struct digits *d, uint32_t *n_digits, bool *grouped)
{
    struct groups g = {.threes = true, .twos = true};
    const char *const first_digit = d->out;
    g.first = *n_digits = take_digits(d);
    for (uint32_t n; g.first && (n = separator(d, &g)); g.n++) {
        if (g.n) {
            g.threes = g.threes && g.last == 3;
            g.twos = g.twos && g.last == 2;
        }
        d->left.p += n;
        d->left.n -= n;
        g.last = take_digits(d);
        *n_digits += g.last;
    }
    *grouped = g.n > 0;
    return groups_right(&g, *first_digit);
}

static bool take_exponent(struct digits *d)
{
    *d->out++ = 'e';
    d->left.p++;
    d->left.n--;
    if (d->left.n && (*d->left.p == '-' || *d->left.p == '+')) {
        *d->out++ = *d->left.p++;
        d->left.n--;
    }
    return take_digits(d) > 0;
}

/* Digits, a decimal sign, digits, an exponent; nothing may be left. *exponent: it has one. */
static bool take_number(struct digits *d, bool *exponent)
{
    uint32_t whole, fraction = 0;
    bool grouped;
    *exponent = false;
    if (!take_groups(d, &whole, &grouped))
        return false;
    if (d->left.n && *d->left.p == d->decimal) {
        *d->out++ = '.';
        d->left.p++;
        d->left.n--;
        fraction = take_digits(d);
        if (!fraction && d->decimal == ',')
            return false; /* "5," is more often part of a list */
    }
    if (whole + fraction == 0)
        return false;
    *exponent = !grouped && d->left.n && (*d->left.p | 0x20) == 'e';
    return (!*exponent || take_exponent(d)) && d->left.n == 0;
}

/* ---- All of it -------------------------------------------------------------------------------*/

/* Tells most texts that are no number, such as addresses, without reading them. */
static bool may_be_number(struct bytes v)
{
    uint32_t digits = 0, letters = 0;
    for (uint32_t i = 0; i < v.n && letters <= MOST_LETTERS; i++) {
        digits += is_digit(v.p[i]);
        const unsigned c = (unsigned char)v.p[i] | 0x20u;
        letters += c >= 'a' && c <= 'z';
    }
    return digits > 0 && letters <= MOST_LETTERS;
}

static double read_spelled(struct bytes v, char decimal)
{
    char text[SPELLED_NUMBER_BYTES + 8];
    struct around around = {0};
    struct digits d = {.decimal = decimal, .out = text};
    bool exponent;
    while (v.n && drop_one(&v, &around))
        continue;
    if (v.n == 0 || v.n > SPELLED_NUMBER_BYTES)
        return NAN;
    text[0] = 0;
    d.left = v;
    if (!take_number(&d, &exponent) || (exponent && around.percent))
        return NAN;
    memcpy(d.out, around.percent ? "e-2" : "", around.percent ? 4 : 1);
    const double x = strtod(text, NULL);
    return !isfinite(x) ? (double)NAN : around.negative ? -x : x;
}

double spelled_number(struct bytes v, char decimal)
{
    double x = NAN;
    if (decimal == '.' || !v.n || !memchr(v.p, '.', v.n))
        x = spelled_number_plain(v);
    return x == x || !may_be_number(v) ? x : read_spelled(v, decimal);
}

double spelled_number_either(struct bytes v, char decimal)
{
    const double x = spelled_number(v, decimal);
    return x == x ? x : spelled_number(v, decimal == '.' ? ',' : '.');
}

/* Most numbers are digits with a point at most, of a length that a double can hold: what they tell
 * can be seen. */
static bool sign_at_a_glance(struct bytes v, enum spelled_sign *sign)
{
    uint32_t i = v.n && (v.p[0] == '-' || v.p[0] == '+'), whole = 0, fraction = 0;
    const char first = i < v.n ? v.p[i] : 0;
    for (; i < v.n && is_digit(v.p[i]); i++)
        whole++;
    const bool point = i < v.n && v.p[i] == '.';
    for (i += point; i < v.n && is_digit(v.p[i]); i++)
        fraction++;
    const bool group = fraction == 3 && whole >= 1 && whole <= 3 && first != '0';
    *sign = !point ? SPELLED_ANY : group ? SPELLED_UNSURE : SPELLED_POINT;
    return i == v.n && whole + fraction > 0 && v.n <= SPELLED_NUMBER_BYTES;
}

bool spelled_number_is_simple(struct bytes v)
{
    enum spelled_sign sign;
    return sign_at_a_glance(v, &sign);
}

enum spelled_sign spelled_number_sign(struct bytes v, bool *plain)
{
    enum spelled_sign sign;
    *plain = true;
    if (sign_at_a_glance(v, &sign))
        return sign;
    const double plainly = spelled_number_plain(v);
    *plain = plainly == plainly;
    const double point = spelled_number(v, '.'), comma = spelled_number(v, ',');
    if (point == point && comma == comma)
        return point == comma ? SPELLED_ANY : SPELLED_UNSURE;
    return point == point ? SPELLED_POINT : comma == comma ? SPELLED_COMMA : SPELLED_NO_NUMBER;
}
