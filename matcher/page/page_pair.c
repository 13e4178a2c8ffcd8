/* Two records side by side, and where they differ. */
#include "matcher/page/page.h"
#include "matcher/page/page_element.h"
#include "matcher/page/page_text.h"

#include <string.h>

#define FIELDS_MOST 60u
#define FIELD_BYTES (20u * PAGE_VALUE_BYTES) /* of a line at most */

/* ---- Marks -----------------------------------------------------------------------------------*/

static bool is_inside(struct bytes v, uint32_t at)
{
    return at < v.n && ((unsigned char)v.p[at] & 0xc0) == 0x80;
}

/* The end of the character that ends at byte `at` or after it. No character has more than four
 * bytes; of bytes that are no UTF-8 each is its own. */
static uint32_t end_of(struct bytes v, uint32_t at)
{
    uint32_t to = at;
    while (to - at < 3 && is_inside(v, to))
        to++;
    return is_inside(v, to) ? at : to;
}

static void put_part(FILE *f, struct bytes v, uint32_t from, uint32_t to)
{
    page_text_put(f, (struct bytes){v.p + from, to - from});
}

/* Writes the value up to `to` from `at` on, then the span; returns where the value goes on. */
static uint32_t put_span(FILE *f, struct bytes v, uint32_t at, struct page_span span)
{
    const uint32_t from = (uint32_t)page_text_prefix(v, span.from), to = end_of(v, span.to);
    if (from < at || span.from > span.to)
        return at;
    put_part(f, v, at, from);
    if (span.from == span.to) {
        fputs("<i class=\"gap\"></i>", f);
        return from;
    }
    fputs("<mark>", f);
    put_part(f, v, from, to);
    fputs("</mark>", f);
    return to;
}

static void put_marked(FILE *f, const struct page_side *s)
{
    const struct bytes v = {s->value.p, (uint32_t)page_text_prefix(s->value, PAGE_VALUE_BYTES)};
    uint32_t at = 0;
    fputs("<bdi>", f);
    for (uint32_t k = 0; k < s->n_differs && s->differs[k].from <= v.n; k++) {
        struct page_span span = s->differs[k];
        span.to = span.to < v.n ? span.to : v.n;
        at = put_span(f, v, at, span);
    }
    put_part(f, v, at, v.n);
    fputs("</bdi>", f);
    page_text_rest(f, s->value.n - v.n);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static void put_side(FILE *f, const char *name, const struct page_side *s, bool same)
{
    fprintf(f, same ? "<td class=\"same\" data-side=\"%s\">" : "<td data-side=\"%s\">", name);
    if (s->value.p && s->n_differs)
        put_marked(f, s);
    else
        page_text_value(f, s->value);
    fputs("</td>", f);
}

static bool is_same(const struct page_field *d)
{
    return d->side[0].value.p && d->side[1].value.p &&
           bytes_equal(d->side[0].value, d->side[1].value);
}

static void put_field(FILE *f, const struct page_field *d, bool notes)
{
    const bool same = is_same(d);
    fputs("<tr><th scope=\"row\">", f);
    page_text_name(f, d->name);
    fputs("</th>", f);
    put_side(f, "a", &d->side[0], same);
    put_side(f, "b", &d->side[1], same);
    if (notes) {
        fputs("<td class=\"quiet\">", f);
        page_text_name(f, d->note ? d->note : "");
        fputs("</td>", f);
    }
    fputs("</tr>\n", f);
}

/* Does any field have one? Else there is no column for them. */
static bool have_notes(const struct page_pair *pair)
{
    for (uint32_t k = 0; k < pair->n_fields; k++)
        if (pair->field[k].note)
            return true;
    return false;
}

static void put_id(FILE *f, const char *name, struct bytes id)
{
    fprintf(f, "<th scope=\"col\">%s: ", name);
    page_text_value(f, id);
    fputs("</th>", f);
}

static void put_head(FILE *f, const struct page_pair *pair, bool notes)
{
    fprintf(f, "<table class=\"pair%s\">\n", notes ? " noted" : "");
    if (pair->title)
        page_element_text(f, "caption", NULL, pair->title);
    fputs("<thead><tr><td></td>", f);
    put_id(f, "a", pair->id[0]);
    put_id(f, "b", pair->id[1]);
    fputs(notes ? "<td></td></tr></thead>\n<tbody>\n" : "</tr></thead>\n<tbody>\n", f);
}

void page_pair(struct page *p, const struct page_pair *pair)
{
    FILE *f = page_element(p);
    if (!f)
        return;
    const bool notes = have_notes(pair);
    put_head(f, pair, notes);
    uint32_t k = 0;
    for (; k < pair->n_fields && k < FIELDS_MOST && page_has_space(p, FIELD_BYTES); k++)
        put_field(f, &pair->field[k], notes);
    fputs("</tbody></table>\n", f);
    if (k < pair->n_fields)
        fprintf(f, "<p class=\"cut\">%u further fields are not shown.</p>\n", pair->n_fields - k);
    if (pair->note)
        page_element_text(f, "p", "quiet", pair->note);
}
