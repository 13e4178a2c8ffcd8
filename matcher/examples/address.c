/* Places: name, addr, city, phone. Equal digits of the phone number are nearly proof. */
#include <axb.h>

/* Copies the digits of s into out, at most 15 of them. */
static axb_str digits(axb_str s, char out[15])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s.n && n < 15; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            out[n++] = s.p[i];
    return axb_text(out, n);
}

double score(const axb_row_a *a, const axb_row_b *b)
{
    char phone_a[15], phone_b[15];
    axb_str x = digits(a->phone, phone_a), y = digits(b->phone, phone_b);
    double phone = x.n >= 7 ? axb_equal(x, y) : 0;
    double name = axb_token_set_ratio(a->name, b->name);
    double street = axb_jaro_winkler(a->addr, b->addr);
    double city = axb_jaro_winkler(a->city, b->city);
    return 0.4 * name + 0.2 * street + 0.1 * city + 0.3 * phone;
}
