/* Cells: characters, their differences, and their places on a line. */
#include "matcher/output/table_cell.h"

#include "core/base.h"
#include "data/text.h"

#include <math.h>
#include <string.h>

#define COLOUR_MARK "\033[1;31m"
#define COLOUR_MARK_BLANK "\033[41m"
#define COLOUR_END "\033[0m"

/* ---- Characters ------------------------------------------------------------------------------*/

static uint8_t bytes_of_character(const char *p, const char *end)
{
    const char *from = p++;
    while (p < end && ((unsigned char)*p & 0xc0) == 0x80)
        p++;
    return (uint8_t)(p - from);
}

/* Controls of one byte, and those of two, U+0080 to U+009F. */
static bool is_control(const char *p, uint8_t bytes)
{
    const unsigned char c = (unsigned char)*p;
    return bytes == 1 ? c < 0x20 || c == 0x7f
                      : bytes == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0;
}

/* What is shown for a control character. */
static const char *stand_in(char c)
{
    return c == '\t' || c == '\n' || c == '\r' ? " " : "?";
}

void table_cell_make(struct table_cell *c, struct bytes value)
{
    const char *p = value.p, *end = p + value.n;
    c->n = c->width = 0;
    c->gap_at_end = false;
    while (p < end && c->n < TABLE_CELL_MOST) {
        const uint8_t bytes = bytes_of_character(p, end);
        const bool control = is_control(p, bytes);
        const uint8_t width = control ? 1 : (uint8_t)text_width(p, p + bytes);
        c->at[c->n].control = 0;
        if (control)
            c->at[c->n].control = p[bytes - 1];
        c->at[c->n].p = control ? stand_in(*p) : p;
        c->at[c->n].bytes = control ? 1 : bytes;
        c->at[c->n].width = width;
        c->at[c->n].differs = c->at[c->n].gap = false;
        c->n++;
        c->width += width;
        p += bytes;
    }
    c->cut = p < end;
    c->width += c->cut;
}

/* ---- Differences -----------------------------------------------------------------------------*/

static bool same(const struct table_cell *a, uint32_t i, const struct table_cell *b, uint32_t k)
{
    return a->at[i].bytes == b->at[k].bytes && a->at[i].control == b->at[k].control &&
           memcmp(a->at[i].p, b->at[k].p, a->at[i].bytes) == 0;
}

/* common[i][k] is the length of a longest common subsequence of a from i on and b from k on. */
typedef uint8_t common_table[TABLE_CELL_MOST + 1][TABLE_CELL_MOST + 1];
_Static_assert(TABLE_CELL_MOST <= UINT8_MAX, "lengths fit");

static void find_common(const struct table_cell *a, const struct table_cell *b, common_table common)
{
    for (uint32_t i = a->n + 1; i-- > 0;)
        for (uint32_t k = b->n + 1; k-- > 0;) {
            if (i == a->n || k == b->n)
                common[i][k] = 0;
            else if (same(a, i, b, k))
                common[i][k] = (uint8_t)(common[i + 1][k + 1] + 1);
            else
                common[i][k] =
                    common[i + 1][k] > common[i][k + 1] ? common[i + 1][k] : common[i][k + 1];
        }
}

static void mark_gap(struct table_cell *c, uint32_t i)
{
    if (i < c->n)
        c->at[i].gap = true;
    else
        c->gap_at_end = true;
}

/* Follows the common subsequence. Where both have something of their own, that is marked; where one
 * has, the other has a gap. */
static void mark_differences(struct table_cell *a, struct table_cell *b, common_table common)
{
    uint32_t i = 0, k = 0;
    while (i < a->n || k < b->n) {
        while (i < a->n && k < b->n && same(a, i, b, k)) {
            i++;
            k++;
        }
        const uint32_t a_own = i, b_own = k;
        while ((i < a->n || k < b->n) && !(i < a->n && k < b->n && same(a, i, b, k))) {
            if (k == b->n || (i < a->n && common[i + 1][k] >= common[i][k + 1]))
                a->at[i++].differs = true;
            else
                b->at[k++].differs = true;
        }
        if (i > a_own && k == b_own)
            mark_gap(b, k);
        if (k > b_own && i == a_own)
            mark_gap(a, i);
    }
}

static void mark_all(struct table_cell *c)
{
    for (uint32_t i = 0; i < c->n; i++)
        c->at[i].differs = true;
}

void table_cell_compare(struct table_cell *a, struct table_cell *b)
{
    common_table common = {{0}};
    const uint32_t longer = a->n > b->n ? a->n : b->n;
    if (a->n == 0 || b->n == 0)
        return;
    find_common(a, b, common);
    if (2u * common[0][0] >= longer) {
        mark_differences(a, b, common);
        return;
    }
    mark_all(a);
    mark_all(b);
}

/* Is something marked from the i-th character on? */
static bool marked_from(const struct table_cell *c, uint32_t i)
{
    for (; i < c->n; i++)
        if (c->at[i].differs || c->at[i].gap)
            return true;
    return c->gap_at_end;
}

bool table_cell_is_marked(const struct table_cell *c)
{
    return marked_from(c, 0);
}

uint32_t table_cell_piece(const struct table_cell *c, uint32_t from, unsigned width,
                          struct table_cell *piece)
{
    uint32_t i = from;
    piece->n = piece->width = 0;
    for (; i < c->n && piece->width + c->at[i].width + (i + 1 == c->n && c->cut) <= width; i++) {
        piece->at[piece->n++] = c->at[i];
        piece->width += c->at[i].width;
    }
    const bool last = i == c->n;
    piece->cut = last && c->cut;
    piece->gap_at_end = last && c->gap_at_end;
    piece->width += piece->cut;
    return i;
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

struct bytes table_cell_number(double x, char text[TABLE_CELL_NUMBER_BYTES])
{
    const bool places = fabs(x) < 100000 && (fabs(x) >= 0.0001 || x == 0);
    snprintf(text, TABLE_CELL_NUMBER_BYTES, places ? "%.4f" : "%.4g", x + 0.0);
    if (isnan(x))
        *text = 0;
    return bytes_from(text);
}

/* No more of a name than is looked at. */
static int name_length(struct bytes name)
{
    return (int)text_valid_prefix(name.p, least(name.n, TABLE_CELL_MOST));
}

struct bytes table_cell_name(struct bytes a, struct bytes b, char text[TABLE_CELL_NAME_BYTES])
{
    if (!a.n || !b.n || bytes_equal(a, b))
        return a.n ? a : b;
    const int n = snprintf(text, TABLE_CELL_NAME_BYTES, "%.*s/%.*s", name_length(a), a.p,
                           name_length(b), b.p);
    return (struct bytes){text, (uint32_t)n};
}

/* ---- Lines -----------------------------------------------------------------------------------*/

static void put_blanks(struct table_line *l)
{
    for (; l->blanks > 0; l->blanks--)
        fputc(' ', l->out);
}

void table_line_blanks(struct table_line *l, unsigned n)
{
    l->blanks += (int)n;
}

void table_line_text(struct table_line *l, const char *text)
{
    put_blanks(l);
    fputs(text, l->out);
}

void table_line_end(struct table_line *l)
{
    l->blanks = 0;
    fputc('\n', l->out);
}

/* How many characters are shown in `width` columns; *used is what they take, without a "…". */
static uint32_t fitting(const struct table_cell *c, unsigned width, unsigned *used)
{
    const bool whole = c->width <= width && !c->cut;
    const unsigned room = whole ? width : width - 1;
    uint32_t n = 0;
    for (*used = 0; n < c->n && *used + c->at[n].width <= room; n++)
        *used += c->at[n].width;
    return n;
}

static void put_character(const struct table_cell *c, uint32_t i, struct table_line *l)
{
    const bool coloured = l->colour && c->at[i].differs;
    const bool blank = c->at[i].bytes == 1 && *c->at[i].p == ' ';
    if (blank && !coloured) {
        table_line_blanks(l, 1);
        return;
    }
    put_blanks(l);
    if (coloured)
        fputs(blank ? COLOUR_MARK_BLANK : COLOUR_MARK, l->out);
    fwrite(c->at[i].p, 1, c->at[i].bytes, l->out);
    if (coloured)
        fputs(COLOUR_END, l->out);
}

/* What stands for the rest of a value; it is coloured where something in the rest is marked. */
static void put_ellipsis(bool coloured, struct table_line *l)
{
    put_blanks(l);
    fprintf(l->out, "%s…%s", coloured ? COLOUR_MARK : "", coloured ? COLOUR_END : "");
}

void table_cell_print(const struct table_cell *c, unsigned width, bool right, struct table_line *l)
{
    unsigned used;
    const uint32_t n = fitting(c, width, &used);
    const bool whole = n == c->n && !c->cut;
    const unsigned rest = width - used - !whole;
    if (right)
        table_line_blanks(l, rest);
    for (uint32_t i = 0; i < n; i++)
        put_character(c, i, l);
    if (!whole)
        put_ellipsis(l->colour && marked_from(c, n), l);
    if (!right)
        table_line_blanks(l, rest);
}

static void put_times(char c, unsigned n, struct table_line *l)
{
    for (unsigned i = 0; i < n; i++) {
        put_blanks(l);
        fputc(c, l->out);
    }
}

void table_cell_print_marks(const struct table_cell *c, unsigned width, struct table_line *l)
{
    unsigned used;
    const uint32_t n = fitting(c, width, &used);
    const bool whole = n == c->n && !c->cut;
    for (uint32_t i = 0; i < n; i++) {
        const unsigned columns = c->at[i].width;
        if (c->at[i].differs)
            put_times('~', columns, l);
        else if (c->at[i].gap && columns) {
            put_times('^', 1, l);
            table_line_blanks(l, columns - 1);
        } else
            table_line_blanks(l, columns);
    }
    const bool end = whole ? c->gap_at_end : marked_from(c, n);
    if (end)
        put_times(whole ? '^' : '~', 1, l);
    l->blanks += (int)(width - used) - end; /* a mark after the last column of all takes a blank */
}
