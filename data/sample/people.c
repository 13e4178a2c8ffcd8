/* Households; see people.h. */
#include "data/sample/people.h"

#include "data/sample/facts.h"

#include <string.h>

enum { FIRST_YEAR = 1930, LAST_YEAR = 2022, ADULT_YEARS = 72, CHILDREN_MAX = HOUSEHOLD_MAX - 2 };

/* ---- Addresses, phones, e-mail ---------------------------------------------------------------*/
static const char *pick(struct rng *g, const char *const *list, unsigned n)
{
    return list[rng_below(g, n)];
}

static void ordinal_draw(struct str *s, struct rng *g)
{
    unsigned k = 1 + rng_below(g, 1 + rng_below(g, 90));
    const char *const ending[] = {"th", "st", "nd", "rd"};
    str_add_number(s, k, 1);
    str_add(s, k % 10 > 3 || (k >= 11 && k <= 13) ? "th" : ending[k % 10]);
}

static void street_draw(struct str *s, const struct world *w, struct rng *g)
{
    static const char *const side[] = {"N ", "S ", "E ", "W "};
    str_clear(s);
    str_add_number(s, 1 + rng_below(g, 1 + rng_below(g, 12000)), 1);
    str_add_char(s, ' ');
    if (rng_chance(g, 0.14))
        str_add(s, pick(g, side, 4));
    unsigned kind = rng_below(g, 100);
    if (kind < 48)
        str_add(s, words_draw(&w->street, g));
    else if (kind < 60)
        ordinal_draw(s, g);
    else
        world_surname(w, g, s);
    str_add_char(s, ' ');
    str_add(s, words_draw(&w->street_type, g));
    if (!rng_chance(g, facts[FACT_APARTMENT].rate))
        return;
    str_add(s, ", Apt ");
    if (rng_chance(g, 0.3))
        str_add_char(s, (char)('A' + rng_below(g, 8)));
    else
        str_add_number(s, 1 + rng_below(g, 400), 1);
}

void address_draw(struct record *r, const struct world *w, struct rng *g)
{
    const struct place *p = world_draw_place(w, g);
    street_draw(&r->field[FIELD_STREET], w, g);
    str_set(&r->field[FIELD_CITY], p->city);
    str_clear(&r->field[FIELD_ZIP]);
    str_add_number(&r->field[FIELD_ZIP], p->zip3 * 100 + rng_below(g, p->zips), 5);
    r->state = p->state;
}

/* Exchanges 100 to 199 are assigned nowhere, so that no number is somebody's. */
void phone_draw(struct record *r, struct rng *g)
{
    struct str *s = &r->field[FIELD_PHONE];
    str_clear(s);
    str_add_number(s, 201 + rng_below(g, 780), 3);
    str_add_char(s, '-');
    str_add_number(s, 100 + rng_below(g, 100), 3);
    str_add_char(s, '-');
    str_add_number(s, rng_below(g, 10000), 4);
}

/* The letters a to z of a name, accents stripped; "" for other scripts. */
static struct str email_part(const struct str *name)
{
    struct str s = *name, out = {0};
    if (!str_is_ascii(&s))
        str_map(&s, letter_strip_accent);
    for (unsigned i = 0; i < s.n && out.n < 24; i++)
        if ((s.s[i] | 32) >= 'a' && (s.s[i] | 32) <= 'z')
            str_add_char(&out, (char)(s.s[i] | 32));
    return out;
}

void email_draw(struct record *r, struct rng *g)
{
    static const char *const host[] = {"example.com",  "example.com", "example.com",
                                       "example.net",  "example.net", "example.org",
                                       "mail.example", "post.example"};
    struct str *s = &r->field[FIELD_EMAIL];
    struct str first = email_part(&r->field[FIELD_FIRST]), last = email_part(&r->field[FIELD_LAST]);
    unsigned pattern = first.n && last.n ? rng_below(g, 5) : 5;
    str_clear(s);
    if (pattern == 5)
        str_add(s, "user");
    else if (pattern == 3)
        str_add_bytes(s, last.s, last.n);
    else
        str_add_bytes(s, first.s, pattern == 1 ? 1 : first.n);
    if (pattern == 0 || pattern == 3)
        str_add_char(s, '.');
    if (pattern <= 2)
        str_add_bytes(s, last.s, last.n);
    if (pattern == 3)
        str_add_bytes(s, first.s, first.n);
    if (pattern == 2)
        str_add_bytes(s, r->field[FIELD_DOB].s + 2, 2);
    if (pattern >= 4)
        str_add_number(s, rng_below(g, 10000), 1);
    str_add_char(s, '@');
    str_add(s, pick(g, host, sizeof host / sizeof *host));
}

/* ---- People ----------------------------------------------------------------------------------*/
/* What the members of a household have in common. */
struct family {
    const struct world *w;
    struct rng *g;
    const struct world_culture *culture; /* NULL: names in A to Z */
    struct record home;                  /* address, surname and phone */
};

static void surname_draw(struct family *f, struct str *out)
{
    str_clear(out);
    if (f->culture) {
        str_add(out, words_draw(&f->culture->surname, f->g));
        return;
    }
    world_surname(f->w, f->g, out);
    if (rng_chance(f->g, facts[FACT_HYPHENATED].rate)) {
        str_add_char(out, '-');
        world_surname(f->w, f->g, out);
    }
}

static void family_draw(struct family *f)
{
    if (rng_chance(f->g, facts[FACT_SCRIPT].rate))
        f->culture = world_draw_culture(f->w, f->g, false);
    else if (rng_chance(f->g, facts[FACT_ACCENTED].rate / (1 - facts[FACT_SCRIPT].rate)))
        f->culture = world_draw_culture(f->w, f->g, true);
    surname_draw(f, &f->home.field[FIELD_LAST]);
    address_draw(&f->home, f->w, f->g);
    phone_draw(&f->home, f->g);
}

/* Half of the families with accented names give first names that are common in the country. */
static void first_draw(struct family *f, bool female, struct str *out)
{
    str_clear(out);
    if (f->culture && !(f->culture->from->latin && rng_chance(f->g, 0.5)))
        str_add(out, words_draw(female ? &f->culture->female : &f->culture->male, f->g));
    else
        world_first(f->w, f->g, female, out);
    if (!rng_chance(f->g, facts[FACT_LONG].rate))
        return;
    for (unsigned more = 4 + rng_below(f->g, 6); more > 0; more--) {
        str_add_char(out, ' ');
        world_first(f->w, f->g, female, out);
    }
}

static void dob_draw(struct str *s, struct rng *g, unsigned year)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned month = rng_below(g, 12);
    unsigned leap = month == 1 && year % 4 == 0;
    str_clear(s);
    str_add_number(s, year, 4);
    str_add_char(s, '-');
    str_add_number(s, month + 1, 2);
    str_add_char(s, '-');
    str_add_number(s, 1 + rng_below(g, days[month] + leap), 2);
}

/* Some cultures give women another form of the surname. */
static void surname_fit(const struct family *f, struct record *r)
{
    if (f->culture && r->female)
        str_add(&r->field[FIELD_LAST], f->culture->from->female_ending);
}

static void contact_draw(struct family *f, struct record *r)
{
    str_clear(&r->field[FIELD_PHONE]);
    str_clear(&r->field[FIELD_EMAIL]);
    if (rng_chance(f->g, facts[FACT_PHONE].rate)) {
        if (rng_chance(f->g, facts[FACT_OWN_PHONE].rate))
            phone_draw(r, f->g);
        else
            r->field[FIELD_PHONE] = f->home.field[FIELD_PHONE];
    }
    if (rng_chance(f->g, facts[FACT_EMAIL].rate))
        email_draw(r, f->g);
}

static void person_draw(struct family *f, struct record *r, bool female, unsigned year)
{
    *r = f->home;
    r->female = female;
    str_set(&r->field[FIELD_SEX], female ? "F" : "M");
    first_draw(f, female, &r->field[FIELD_FIRST]);
    dob_draw(&r->field[FIELD_DOB], f->g, year);
    r->initial = (char)('A' + rng_below(f->g, 26));
}

/* The last touches, when first name, surname and date of birth stand. */
static void person_finish(struct family *f, struct record *r)
{
    surname_fit(f, r);
    contact_draw(f, r);
    if (rng_chance(f->g, facts[FACT_MIDDLE].rate)) {
        str_add_char(&r->field[FIELD_FIRST], ' ');
        str_add_char(&r->field[FIELD_FIRST], r->initial);
    }
}

/* Draws the child h->person[h->n] of the household. */
static void child_draw(struct household *h, struct family *f, unsigned year, unsigned adults)
{
    struct record *child = &h->person[h->n], *father = &h->person[0];
    person_draw(f, child, rng_chance(f->g, 0.5), year);
    bool twin = h->n > adults && rng_chance(f->g, facts[FACT_TWIN].rate);
    if (twin)
        child->field[FIELD_DOB] = h->person[h->n - 1].field[FIELD_DOB];
    if (!child->female && !father->female && rng_chance(f->g, facts[FACT_NAMESAKE].rate)) {
        child->field[FIELD_FIRST] = father->field[FIELD_FIRST];
        child->initial = father->initial;
        str_add(&child->field[FIELD_LAST], " Jr");
    }
    h->n++;
}

/* The father of a namesake may write Sr; called while surnames are bare. */
static void senior_mark(struct household *h, struct family *f, unsigned adults)
{
    for (unsigned i = adults; i < h->n; i++)
        if (h->person[i].field[FIELD_LAST].n > f->home.field[FIELD_LAST].n) {
            if (rng_chance(f->g, facts[FACT_SENIOR].rate))
                str_add(&h->person[0].field[FIELD_LAST], " Sr");
            return;
        }
}

void household_draw(struct household *h, const struct world *w, struct rng *g)
{
    struct family f = {.w = w, .g = g};
    family_draw(&f);
    bool couple = rng_chance(g, facts[FACT_COUPLE].rate), female = !couple && rng_chance(g, 0.5);
    unsigned born = FIRST_YEAR + rng_below(g, ADULT_YEARS), adults = couple ? 2 : 1;
    person_draw(&f, &h->person[0], female, born);
    if (couple) {
        person_draw(&f, &h->person[1], true, born + rng_below(g, 6));
        if (rng_chance(g, facts[FACT_OWN_SURNAME].rate))
            surname_draw(&f, &h->person[1].field[FIELD_LAST]);
    }
    h->n = adults;
    double more = facts[couple ? FACT_CHILD : FACT_CHILD_SINGLE].rate;
    unsigned year = born + 20 + rng_below(g, 14);
    for (; year <= LAST_YEAR && h->n < adults + CHILDREN_MAX && rng_chance(g, more);
         year += 1 + rng_below(g, 5))
        child_draw(h, &f, year, adults);
    senior_mark(h, &f, adults);
    for (unsigned i = 0; i < h->n; i++)
        person_finish(&f, &h->person[i]);
}
