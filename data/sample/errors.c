/* The errors and their table; see errors.h. The kinds of typing error follow the literature on
 * spelling (Damerau 1964: insert, delete, replace, transpose) and on synthetic records (Hernández
 * and Stolfo 1995; Christen 2005); the rates are ours. */
#include "data/sample/errors.h"

#include "data/sample/facts.h"

#include <string.h>

/* What an error works on. */
struct change {
    struct record *r;
    struct str *s; /* the field of the error's row */
    const struct world *w;
    struct rng *g;
};

static const char *pick(struct rng *g, const char *const *list, unsigned n)
{
    return list[rng_below(g, n)];
}

#define PICK(g, list) pick(g, list, sizeof(list) / sizeof *(list))

/* ---- Typing ----------------------------------------------------------------------------------*/
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char to_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* A key beside that of `c` on a QWERTY keyboard, in the same case; 0 if c is no letter or digit. */
static char key_beside(char c, struct rng *g)
{
    static const char *const beside[] = {
        "qwsz",   "vghn",  "xdfv", "serfcx", "wsdr", "drtgvc", "ftyhbv", "gyujnb", "ujko",
        "huikmn", "jiolm", "kop",  "njk",    "bhjm", "iklp",   "ol",     "wa",     "edft",
        "awedxz", "rfgy",  "yhji", "cfgb",   "qase", "zsdc",   "tghu",   "asx"};
    if (is_digit(c))
        return (char)(c == '0' ? '9' : c == '9' ? '8' : rng_chance(g, 0.5) ? c + 1 : c - 1);
    char low = to_lower(c);
    if (low < 'a' || low > 'z')
        return 0;
    const char *keys = beside[low - 'a'];
    char key = keys[rng_below(g, (unsigned)strlen(keys))];
    return (char)(low == c ? key : key - 'a' + 'A');
}

static bool key_wrong(struct change *c)
{
    if (c->s->n == 0)
        return false;
    unsigned at = str_at(c->s, rng_below(c->g, str_letters(c->s)));
    char key = key_beside(c->s->s[at], c->g);
    return key && str_splice(c->s, at, 1, &key, 1);
}

static bool key_extra(struct change *c)
{
    if (c->s->n == 0)
        return false;
    unsigned i = rng_below(c->g, str_letters(c->s));
    unsigned at = str_at(c->s, i), after = str_at(c->s, i + 1);
    char key = key_beside(c->s->s[at], c->g), letter[4];
    if (key && rng_chance(c->g, 0.6)) {
        key = to_lower(key);
        return str_splice(c->s, after, 0, &key, 1);
    }
    memcpy(letter, c->s->s + at, after - at);
    return str_splice(c->s, after, 0, letter, after - at);
}

static bool key_lost(struct change *c)
{
    unsigned n = str_letters(c->s);
    if (n < 2)
        return false;
    unsigned i = rng_chance(c->g, 0.9) ? 1 + rng_below(c->g, n - 1) : 0;
    unsigned at = str_at(c->s, i);
    return str_splice(c->s, at, str_at(c->s, i + 1) - at, "", 0);
}

static bool keys_swapped(struct change *c)
{
    unsigned n = str_letters(c->s);
    if (n < 2)
        return false;
    unsigned i = n > 2 ? 1 + rng_below(c->g, n - 2) : 0;
    unsigned a = str_at(c->s, i), b = str_at(c->s, i + 1), end = str_at(c->s, i + 2);
    char swapped[8];
    memcpy(swapped, c->s->s + b, end - b);
    memcpy(swapped + (end - b), c->s->s + a, b - a);
    if (memcmp(swapped, c->s->s + a, end - a) == 0)
        return false;
    return str_splice(c->s, a, end - a, swapped, end - a);
}

static bool typo(struct change *c)
{
    unsigned kind = rng_below(c->g, 10);
    return kind < 4   ? key_wrong(c)
           : kind < 6 ? key_extra(c)
           : kind < 8 ? key_lost(c)
                      : keys_swapped(c);
}

/* ---- Rules of replacement --------------------------------------------------------------------*/
struct rule {
    const char *from, *to;
};

static bool rule_fits(const struct str *s, unsigned at, const char *from, unsigned n)
{
    if (at + n > s->n)
        return false;
    for (unsigned i = 0; i < n; i++)
        if (to_lower(s->s[at + i]) != from[i])
            return false;
    return true;
}

/* Applies the first rule that fits from a random one on; keeps a capital letter. */
static bool rules_apply(struct change *c, const struct rule *rules, unsigned n)
{
    unsigned first = rng_below(c->g, n);
    for (unsigned k = 0; k < n; k++) {
        const struct rule *rule = &rules[(first + k) % n];
        unsigned cut = (unsigned)strlen(rule->from), put = (unsigned)strlen(rule->to);
        for (unsigned at = 0; at < c->s->n; at++) {
            if (!rule_fits(c->s, at, rule->from, cut))
                continue;
            char to[8];
            memcpy(to, rule->to, put);
            if (c->s->s[at] != to_lower(c->s->s[at]) && put > 0 && to[0] >= 'a' && to[0] <= 'z')
                to[0] = (char)(to[0] - 'a' + 'A');
            return str_splice(c->s, at, cut, to, put);
        }
    }
    return false;
}

static bool scan(struct change *c)
{
    static const struct rule rules[] = {
        {"rn", "m"}, {"m", "rn"}, {"o", "0"}, {"0", "o"}, {"i", "l"},  {"l", "1"},  {"1", "7"},
        {"s", "5"},  {"5", "s"},  {"b", "8"}, {"8", "b"}, {"cl", "d"}, {"d", "cl"}, {"vv", "w"},
        {"w", "vv"}, {"e", "c"},  {"h", "n"}, {"g", "q"}, {"u", "v"},  {"z", "2"},  {"t", "f"}};
    return rules_apply(c, rules, sizeof rules / sizeof *rules);
}

static bool sound(struct change *c)
{
    static const struct rule rules[] = {
        {"ph", "f"},   {"f", "ph"},    {"ck", "k"},     {"ch", "k"},    {"c", "k"},
        {"k", "c"},    {"ie", "y"},    {"y", "ie"},     {"ey", "y"},    {"ee", "ea"},
        {"ea", "ee"},  {"ll", "l"},    {"l", "ll"},     {"tt", "t"},    {"t", "tt"},
        {"nn", "n"},   {"n", "nn"},    {"s", "z"},      {"z", "s"},     {"sch", "sh"},
        {"th", "t"},   {"wr", "r"},    {"kn", "n"},     {"ou", "ow"},   {"ei", "ie"},
        {"ie", "ei"},  {"ai", "ay"},   {"j", "g"},      {"x", "ks"},    {"v", "w"},
        {"dt", "t"},   {"gh", "g"},    {"sen", "son"},  {"son", "sen"}, {"mac", "mc"},
        {"mc", "mac"}, {"ski", "sky"}, {"man", "mann"}, {"er", "ar"},   {"a", "e"},
        {"i", "y"},    {"o", "oe"}};
    return rules_apply(c, rules, sizeof rules / sizeof *rules);
}

/* Replaces the first word of the list that is there; one that starts with a blank must end a part
 * of the field. */
static bool word_replaced(struct str *s, const struct rule *words, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned cut = (unsigned)strlen(words[i].from);
        const char *found = memmem(s->s, s->n, words[i].from, cut);
        unsigned at = found ? (unsigned)(found - s->s) : 0;
        bool whole = words[i].from[0] != ' ' || at + cut == s->n || s->s[at + cut] == ',';
        if (found && whole)
            return str_splice(s, at, cut, words[i].to, (unsigned)strlen(words[i].to));
    }
    return false;
}

static bool street_word(struct change *c)
{
    static const struct rule words[] = {
        {" St", " Street"},   {" Ave", " Avenue"},  {" Rd", " Road"},        {" Dr", " Drive"},
        {" Ln", " Lane"},     {" Ct", " Court"},    {" Blvd", " Boulevard"}, {" Cir", " Circle"},
        {" Pl", " Place"},    {" Ter", " Terrace"}, {" Pkwy", " Parkway"},   {" Trl", " Trail"},
        {" Hwy", " Highway"}, {" Way", " Wy"}};
    return word_replaced(c->s, words, sizeof words / sizeof *words);
}

static bool city_word(struct change *c)
{
    static const struct rule words[] = {
        {"New York", "NYC"}, {"Los Angeles", "LA"}, {"San Francisco", "SF"}, {"Saint ", "St. "},
        {"Fort ", "Ft. "},   {"North ", "N "},      {"West ", "W "},         {"Springs", "Spgs"},
        {" Beach", " Bch"},  {" City", " Cty"},     {" Island", " Isl"}};
    return word_replaced(c->s, words, sizeof words / sizeof *words);
}

/* ---- Names -----------------------------------------------------------------------------------*/
static bool nickname(struct change *c)
{
    const char *other = world_nick(c->w, c->g, c->s);
    if (other)
        str_set(c->s, other);
    return other;
}

static bool nickname_added(struct change *c)
{
    const char *other = world_nick(c->w, c->g, c->s);
    if (!other)
        return false;
    str_add(c->s, " \"");
    str_add(c->s, other);
    str_add_char(c->s, '"');
    return true;
}

static bool initial_only(struct change *c)
{
    if (str_letters(c->s) < 2)
        return false;
    c->s->n = (uint16_t)str_at(c->s, 1);
    if (rng_chance(c->g, 0.5))
        str_add_char(c->s, '.');
    return true;
}

/* Adds the middle initial, or takes it away where it is. */
static bool middle_initial(struct change *c)
{
    struct str *s = c->s;
    if (s->n == 0)
        return false;
    if (s->n > 2 && s->s[s->n - 2] == ' ') {
        s->n = (uint16_t)(s->n - 2);
        return true;
    }
    str_add_char(s, ' ');
    str_add_char(s, c->r->initial);
    if (rng_chance(c->g, 0.4))
        str_add_char(s, '.');
    return true;
}

static bool married(struct change *c)
{
    if (!c->r->female)
        return false;
    str_clear(c->s);
    world_surname(c->w, c->g, c->s);
    return true;
}

static bool hyphenated(struct change *c)
{
    if (c->s->n == 0)
        return false;
    str_add_char(c->s, '-');
    world_surname(c->w, c->g, c->s);
    return true;
}

static bool suffix(struct change *c)
{
    static const char *const forms[] = {"", "", ", Jr.", ", II", " Jr."};
    struct str *s = c->s;
    if (s->n < 4 ||
        (memcmp(s->s + s->n - 3, " Jr", 3) != 0 && memcmp(s->s + s->n - 3, " Sr", 3) != 0))
        return false;
    bool senior = s->s[s->n - 2] == 'S';
    s->n = (uint16_t)(s->n - 3);
    str_add(s, senior ? "" : PICK(c->g, forms));
    return true;
}

/* Apostrophes go, hyphens and blanks become one another or go. */
static bool punctuation(struct change *c)
{
    for (unsigned at = 1; at < c->s->n; at++) {
        char mark = c->s->s[at];
        if (mark == '\'')
            return str_splice(c->s, at, 1, "", 0);
        if (mark == '-' || mark == ' ')
            return str_splice(c->s, at, 1, mark == '-' ? " " : "-", rng_chance(c->g, 0.5));
    }
    return false;
}

static bool on_both_names(struct change *c, const char *(*map)(uint32_t letter, char buffer[8]))
{
    bool first = str_map(&c->r->field[FIELD_FIRST], map);
    return str_map(&c->r->field[FIELD_LAST], map) || first;
}

/* Most names are ASCII, and then the maps below have nothing to do. */
static bool both_ascii(const struct change *c)
{
    return str_is_ascii(&c->r->field[FIELD_FIRST]) && str_is_ascii(&c->r->field[FIELD_LAST]);
}

static bool accents_lost(struct change *c)
{
    return !both_ascii(c) && on_both_names(c, letter_strip_accent);
}

static bool transliterated(struct change *c)
{
    return !both_ascii(c) && on_both_names(c, letter_transliterate);
}

static bool names_swapped(struct change *c)
{
    struct str *first = &c->r->field[FIELD_FIRST], *last = &c->r->field[FIELD_LAST], held = *first;
    *first = *last;
    *last = held;
    return first->n != last->n || memcmp(first->s, last->s, first->n) != 0;
}

static bool truncated(struct change *c)
{
    unsigned n = str_letters(c->s), keep = 5 + rng_below(c->g, 4);
    if (n <= keep)
        return false;
    c->s->n = (uint16_t)str_at(c->s, keep);
    return true;
}

static bool padded(struct change *c)
{
    unsigned where = rng_below(c->g, 3);
    if (c->s->n == 0)
        return false;
    if (where != 0)
        str_add(c->s, where == 1 ? " " : "  ");
    return where != 0 || str_splice(c->s, 0, 0, " ", 1);
}

static bool case_changed(struct change *c, const char *(*map)(uint32_t letter, char buffer[8]))
{
    bool names = on_both_names(c, map);
    bool street = str_map(&c->r->field[FIELD_STREET], map);
    return str_map(&c->r->field[FIELD_CITY], map) || street || names;
}

static bool upper(struct change *c)
{
    return case_changed(c, letter_upper);
}

static bool lower(struct change *c)
{
    return case_changed(c, letter_lower);
}

/* ---- Values that are none --------------------------------------------------------------------*/
static bool missing(struct change *c)
{
    bool was = c->s->n > 0;
    str_clear(c->s);
    return was;
}

static bool junk_name(struct change *c)
{
    static const char *const names[] = {"UNKNOWN", "UNKNOWN", "TEST", "N/A", "BABY", "XXX", "NONE"};
    const char *name = PICK(c->g, names);
    str_set(&c->r->field[FIELD_FIRST], name);
    if (rng_chance(c->g, 0.5))
        str_set(&c->r->field[FIELD_LAST], name);
    return true;
}

static bool junk_dob(struct change *c)
{
    static const char *const dates[] = {"1900-01-01", "1900-01-01", "1970-01-01", "9999-12-31",
                                        "N/A"};
    str_set(c->s, PICK(c->g, dates));
    return true;
}

static bool junk_phone(struct change *c)
{
    static const char *const phones[] = {"000-000-0000", "999-999-9999", "N/A", "UNKNOWN",
                                         "123-456-7890"};
    str_set(c->s, PICK(c->g, phones));
    return true;
}

static bool junk_email(struct change *c)
{
    static const char *const emails[] = {"none@example.com", "test@example.com",
                                         "noemail@example.com", "N/A"};
    str_set(c->s, PICK(c->g, emails));
    return true;
}

static bool blank_phone(struct change *c)
{
    c->r->blank_phone = c->s->n > 0;
    return missing(c);
}

/* ---- Dates, addresses, phones ----------------------------------------------------------------*/
static bool sex_wrong(struct change *c)
{
    if (c->s->n == 0)
        return false;
    str_set(c->s, c->r->female ? "M" : "F");
    return true;
}

/* Whether the field is a date as we write it: earlier errors may have left something else. */
static bool is_date(const struct str *s)
{
    return s->n == 10 && s->s[4] == '-' && s->s[7] == '-';
}

static bool dob_swapped(struct change *c)
{
    char *d = c->s->s;
    if (!is_date(c->s) || d[8] > '1' || (d[8] == '1' && d[9] > '2') || memcmp(d + 5, d + 8, 2) == 0)
        return false;
    char held[2] = {d[5], d[6]};
    memcpy(d + 5, d + 8, 2);
    memcpy(d + 8, held, 2);
    return true;
}

static bool dob_digit(struct change *c)
{
    static const unsigned places[] = {2, 3, 5, 6, 8, 9};
    if (!is_date(c->s))
        return false;
    char *digit = &c->s->s[places[rng_below(c->g, 6)]];
    *digit = (char)('0' + ((unsigned)(*digit - '0') + 1 + rng_below(c->g, 9)) % 10);
    return true;
}

static bool dob_january(struct change *c)
{
    if (!is_date(c->s) || memcmp(c->s->s + 5, "01-01", 5) == 0)
        return false;
    return str_splice(c->s, 5, 5, "01-01", 5);
}

static bool dob_year(struct change *c)
{
    if (!is_date(c->s))
        return false;
    char *tens = &c->s->s[2], *ones = &c->s->s[3];
    char *digit = rng_chance(c->g, 0.6) ? ones : tens;
    *digit = (char)(*digit == '0'                            ? '1'
                    : *digit == '9' || rng_chance(c->g, 0.5) ? *digit - 1
                                                             : *digit + 1);
    return true;
}

static bool dob_format(struct change *c)
{
    if (!is_date(c->s))
        return false;
    struct str was = *c->s, *s = c->s;
    str_clear(s);
    str_add_bytes(s, was.s + 5, 2);
    str_add_char(s, '/');
    str_add_bytes(s, was.s + 8, 2);
    str_add_char(s, '/');
    str_add_bytes(s, was.s, 4);
    return true;
}

static bool moved(struct change *c)
{
    address_draw(c->r, c->w, c->g);
    return true;
}

static bool house_number(struct change *c)
{
    unsigned digits = 0;
    while (digits < c->s->n && is_digit(c->s->s[digits]))
        digits++;
    if (digits == 0)
        return false;
    char *digit = &c->s->s[rng_below(c->g, digits)];
    *digit = (char)('0' + ((unsigned)(*digit - '0') + 1 + rng_below(c->g, 9)) % 10);
    return true;
}

static bool apartment_lost(struct change *c)
{
    const char *comma = memchr(c->s->s, ',', c->s->n);
    if (!comma)
        return false;
    c->s->n = (uint16_t)(comma - c->s->s);
    return true;
}

static bool state_added(struct change *c)
{
    if (c->s->n == 0)
        return false;
    str_add(c->s, ", ");
    str_add(c->s, c->r->state);
    return true;
}

static bool zip_plus4(struct change *c)
{
    if (c->s->n == 0)
        return false;
    str_add_char(c->s, '-');
    str_add_number(c->s, rng_below(c->g, 10000), 4);
    return true;
}

static bool phone_new(struct change *c)
{
    if (c->s->n > 0)
        phone_draw(c->r, c->g);
    return c->s->n > 0;
}

static bool phone_format(struct change *c)
{
    static const char *const formats[] = {"(999) 999-9999",  "9999999999",     "999.999.9999",
                                          "+1 999 999 9999", "1-999-999-9999", "999 999 9999"};
    struct str was = *c->s;
    unsigned at = 0;
    if (was.n != 12 || was.s[3] != '-')
        return false;
    str_clear(c->s);
    for (const char *p = PICK(c->g, formats); *p; p++) {
        while (*p == '9' && !is_digit(was.s[at]))
            at++;
        str_add_char(c->s, *p == '9' ? was.s[at++] : *p);
    }
    return true;
}

static bool email_new(struct change *c)
{
    if (c->s->n > 0)
        email_draw(c->r, c->g);
    return c->s->n > 0;
}

/* ---- The table -------------------------------------------------------------------------------*/
struct error_row {
    const char *tag;
    const char *touches; /* columns besides full that may change */
    enum field field;    /* what change.s is */
    double rate;         /* how often it is tried on a copy in B at level std */
    double takes;        /* measured: of the tries, how many change the record */
    bool (*apply)(struct change *c);
    const char *what;
};

/* In the order in which they happen: life first, then the pen, then the keyboard, then exports. */
static const struct error_row rows[] = {
    {"moved", "street,city,zip", FIELD_STREET, .12, 1, moved, "a new address"},
    {"marry", "last", FIELD_LAST, .05, .5, married, "a woman has another surname"},
    {"hyphen", "last", FIELD_LAST, .01, 1, hyphenated, "a second surname after a hyphen"},
    {"new_phone", "phone", FIELD_PHONE, .10, .86, phone_new, "another number"},
    {"new_email", "email", FIELD_EMAIL, .10, .65, email_new, "another address"},
    {"nick", "first", FIELD_FIRST, .06, .34, nickname, "short for full form, or the reverse"},
    {"quote", "first", FIELD_FIRST, .004, .34, nickname_added, "the other form added in quotes"},
    {"middle", "first", FIELD_FIRST, .04, 1, middle_initial, "middle initial added or left out"},
    {"suffix", "last", FIELD_LAST, .40, .015, suffix, "Jr or Sr left out or written otherwise"},
    {"punct", "last", FIELD_LAST, .40, .06, punctuation, "apostrophe, hyphen or blank lost"},
    {"sound_first", "first", FIELD_FIRST, .015, 1, sound, "respelt by sound"},
    {"sound_last", "last", FIELD_LAST, .02, .98, sound, "respelt by sound"},
    {"key_first", "first", FIELD_FIRST, .012, .97, key_wrong, "a key beside the right one"},
    {"ins_first", "first", FIELD_FIRST, .006, 1, key_extra, "a letter too many"},
    {"del_first", "first", FIELD_FIRST, .009, 1, key_lost, "a letter lost"},
    {"swap_first", "first", FIELD_FIRST, .006, .95, keys_swapped, "two letters transposed"},
    {"key_last", "last", FIELD_LAST, .014, .98, key_wrong, "a key beside the right one"},
    {"ins_last", "last", FIELD_LAST, .007, 1, key_extra, "a letter too many"},
    {"del_last", "last", FIELD_LAST, .010, 1, key_lost, "a letter lost"},
    {"swap_last", "last", FIELD_LAST, .007, .94, keys_swapped, "two letters transposed"},
    {"scan_first", "first", FIELD_FIRST, .005, .97, scan, "letters confused in scanning"},
    {"scan_last", "last", FIELD_LAST, .006, 1, scan, "letters confused in scanning"},
    {"initial", "first", FIELD_FIRST, .02, 1, initial_only, "the first name's initial alone"},
    {"accent", "first,last", FIELD_FIRST, .40, .05, accents_lost, "accents stripped"},
    {"translit", "first,last", FIELD_FIRST, .30, .004, transliterated,
     "Cyrillic or Greek in A to Z"},
    {"trunc_first", "first", FIELD_FIRST, .003, .31, truncated, "cut after 5 to 8 letters"},
    {"trunc_last", "last", FIELD_LAST, .005, .5, truncated, "cut after 5 to 8 letters"},
    {"swap_names", "first,last", FIELD_FIRST, .01, 1, names_swapped, "first and last exchanged"},
    {"miss_first", "first", FIELD_FIRST, .01, 1, missing, "missing"},
    {"miss_last", "last", FIELD_LAST, .005, 1, missing, "missing"},
    {"junk_name", "first,last", FIELD_FIRST, .003, 1, junk_name, "UNKNOWN, TEST, N/A and the like"},
    {"wrong_sex", "sex", FIELD_SEX, .006, 1, sex_wrong, "M for F or the reverse"},
    {"miss_sex", "sex", FIELD_SEX, .03, 1, missing, "missing"},
    {"dob_swap", "dob", FIELD_DOB, .012, .36, dob_swapped, "day and month exchanged"},
    {"dob_digit", "dob", FIELD_DOB, .02, 1, dob_digit, "one digit wrong"},
    {"dob_year", "dob", FIELD_DOB, .012, 1, dob_year, "a year or ten beside"},
    {"dob_jan1", "dob", FIELD_DOB, .01, 1, dob_january, "January 1 of the year"},
    {"dob_format", "dob", FIELD_DOB, .04, 1, dob_format, "MM/DD/YYYY"},
    {"junk_dob", "dob", FIELD_DOB, .008, 1, junk_dob, "1900-01-01, 9999-12-31 and the like"},
    {"miss_dob", "dob", FIELD_DOB, .035, 1, missing, "missing"},
    {"apartment", "street", FIELD_STREET, .25, .18, apartment_lost, "apartment left out"},
    {"abbr_street", "street", FIELD_STREET, .25, 1, street_word, "St for Street and the like"},
    {"number", "street", FIELD_STREET, .02, 1, house_number, "a digit of the house number wrong"},
    {"typo_street", "street", FIELD_STREET, .035, .93, typo, "one typing error"},
    {"scan_street", "street", FIELD_STREET, .008, 1, scan, "letters confused in scanning"},
    {"miss_street", "street", FIELD_STREET, .02, 1, missing, "missing"},
    {"abbr_city", "city", FIELD_CITY, .30, .14, city_word, "St. for Saint and the like"},
    {"typo_city", "city", FIELD_CITY, .015, .98, typo, "one typing error"},
    {"state", "city", FIELD_CITY, .05, 1, state_added, "the state added after a comma"},
    {"miss_city", "city", FIELD_CITY, .01, 1, missing, "missing"},
    {"typo_zip", "zip", FIELD_ZIP, .012, .97, typo, "one typing error"},
    {"zip_plus4", "zip", FIELD_ZIP, .06, 1, zip_plus4, "with four more digits"},
    {"miss_zip", "zip", FIELD_ZIP, .02, 1, missing, "missing"},
    {"typo_phone", "phone", FIELD_PHONE, .015, .79, typo, "one typing error"},
    {"fmt_phone", "phone", FIELD_PHONE, .30, .86, phone_format, "another way of writing it"},
    {"junk_phone", "phone", FIELD_PHONE, .01, 1, junk_phone, "000-000-0000, N/A and the like"},
    {"blank_phone", "phone", FIELD_PHONE, .005, .86, blank_phone, "empty but there: \"\""},
    {"miss_phone", "phone", FIELD_PHONE, .10, .86, missing, "missing"},
    {"typo_email", "email", FIELD_EMAIL, .02, .62, typo, "one typing error"},
    {"junk_email", "email", FIELD_EMAIL, .01, 1, junk_email, "none@example.com and the like"},
    {"miss_email", "email", FIELD_EMAIL, .20, .65, missing, "missing"},
    {"upper", "first,last,street,city", FIELD_FIRST, .03, 1, upper, "all capitals"},
    {"lower", "first,last,street,city", FIELD_FIRST, .01, 1, lower, "all small letters"},
    {"pad", "first", FIELD_FIRST, .012, .98, padded, "blanks before or after"},
};

enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(ROWS <= 64, "a set of errors is 64 bits");

static double rate_of(const struct error_row *row, bool in_a, double level)
{
    double rate = row->rate * level * (in_a ? 0.25 : 1);
    return rate < 0.95 ? rate : 0.95;
}

struct error_rates error_rates_of(bool in_a, double level)
{
    struct error_rates rates = {{0}};
    for (unsigned i = 0; i < ROWS; i++)
        rates.rate[i] = rate_of(&rows[i], in_a, level);
    return rates;
}

uint64_t errors_make(struct record *r, const struct error_rates *rates, const struct world *w,
                     struct rng *g)
{
    uint64_t set = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!rng_chance(g, rates->rate[i]))
            continue;
        struct change c = {.r = r, .s = &r->field[rows[i].field], .w = w, .g = g};
        if (rows[i].apply(&c))
            set |= 1ULL << i;
    }
    return set;
}

unsigned errors_tags(uint64_t set, char *out)
{
    char *p = out;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!(set >> i & 1))
            continue;
        if (p > out)
            *p++ = '+';
        p = stpcpy(p, rows[i].tag);
    }
    return (unsigned)(p - out);
}

void errors_print(double level, FILE *out)
{
    fprintf(out, "%-15s %7s  %s\n", "fact", "rate", "what");
    for (unsigned i = 0; i < FACT_COUNT; i++)
        fprintf(out, "%-15s %7.4f  %s\n", facts[i].tag, facts[i].rate, facts[i].what);
    fprintf(out, "\n%-12s %7s %7s %6s  %-23s %s\n", "error", "in_A", "in_B", "takes", "columns",
            "what");
    for (unsigned i = 0; i < ROWS; i++)
        fprintf(out, "%-12s %7.4f %7.4f %6.3f  %-23s %s\n", rows[i].tag,
                rate_of(&rows[i], true, level), rate_of(&rows[i], false, level), rows[i].takes,
                rows[i].touches, rows[i].what);
}
