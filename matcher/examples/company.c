/* Companies: name. The legal form ("Ltd", "GmbH") and what follows it say little, so both are cut
 * off before the names are compared. */
#include <axb.h>

static const char *const forms[] = {" ltd",  " limited", " inc", " llc", " corp", " plc",
                                    " gmbh", " ag",      " sa",  " bv",  " oy",   " kg"};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Is `form` found at place i of s, where it ends a word? */
static int has_form(axb_str s, uint32_t i, const char *form)
{
    for (; *form; form++, i++)
        if (i >= s.n || lower(s.p[i]) != *form)
            return 0;
    return i == s.n || s.p[i] == ' ' || s.p[i] == '.' || s.p[i] == ',';
}

static axb_str without_form(axb_str s)
{
    for (uint32_t i = 1; i < s.n; i++)
        for (unsigned k = 0; s.p[i] == ' ' && k < sizeof forms / sizeof *forms; k++)
            if (has_form(s, i, forms[k]))
                return axb_text(s.p, i);
    return s;
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    double name = axb_jaro_winkler(a->name, b->name);
    if (name < 0.7)
        return 0;
    double core = axb_jaro_winkler(without_form(a->name), without_form(b->name));
    return core > name ? core : name;
}
