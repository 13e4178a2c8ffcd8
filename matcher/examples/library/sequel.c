/* Films: title. "Rocky IV" is "Rocky 4", and not "Rocky V", which is much more like it as a text.
 * The number at the end of a title is compared as a number; roman_value is in a library
 * (README.md). */
#include <axb.h>

int roman_value(const char *text, unsigned n);

struct title {
    axb_str name;
    int number; /* 1 if it has none: the first of a series */
};

static int digits_value(const char *text, unsigned n)
{
    int value = 0;
    for (unsigned i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || n > 4)
            return 0;
        value = 10 * value + text[i] - '0';
    }
    return value;
}

/* Takes the number off the end of a title, in either form. */
static struct title split(axb_str s)
{
    uint32_t begin = s.n;
    while (begin > 0 && s.p[begin - 1] != ' ')
        begin--;
    const int roman = roman_value(s.p + begin, s.n - begin);
    const int number = roman ? roman : digits_value(s.p + begin, s.n - begin);
    if (number == 0 || begin == 0)
        return (struct title){s, 1};
    return (struct title){axb_text(s.p, begin - 1), number};
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    if (axb_missing(a->title) || axb_missing(b->title))
        return 0;
    const struct title x = split(a->title), y = split(b->title);
    return x.number == y.number ? axb_jaro_winkler(x.name, y.name) : 0;
}
