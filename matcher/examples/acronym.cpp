/* Companies: name. "International Business Machines" and "IBM" have hardly a letter in common; here
 * the initials of one name are compared with the other. In C++: axb compiles it as it does C. */
#include <algorithm>
#include <axb.h>
#include <string_view>

/* What is computed once for each record. It is copied as bytes, so it holds no std::string. */
struct key {
    char initials[16]; /* of the words, in capitals: "IBM"; ended by a zero byte */
    char letters[16];  /* of the whole name: "INTERNATIONALBU", "IBM" */
};
AXB_PREPARED(key);

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

static bool is_letter(char c)
{
    return capital(c) >= 'A' && capital(c) <= 'Z';
}

static void add(char *text, std::size_t &n, char c)
{
    if (n + 1 < sizeof key::initials)
        text[n++] = capital(c);
}

static void fill(std::string_view name, key *out)
{
    std::size_t n_initials = 0, n_letters = 0;
    char before = ' ';
    for (char c : name) {
        if (is_letter(c))
            add(out->letters, n_letters, c);
        if (is_letter(c) && !is_letter(before))
            add(out->initials, n_initials, c);
        before = c;
    }
}

static void prepare_a(const axb_row_a *a, key *out)
{
    fill({a->name.p, a->name.n}, out);
}

static void prepare_b(const axb_row_b *b, key *out)
{
    fill({b->name.p, b->name.n}, out);
}

/* Are these the initials of several words, and all that the other name consists of? */
static bool is_acronym(std::string_view initials, std::string_view letters)
{
    return initials.size() >= 3 && initials == letters;
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    const key *x = a->prepared, *y = b->prepared;
    const bool acronym = is_acronym(x->initials, y->letters) || is_acronym(y->initials, x->letters);
    return std::max(axb_jaro_winkler(a->name, b->name), acronym ? 0.95 : 0.0);
}
