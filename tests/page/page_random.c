/* Random elements. */
#include "tests/page/page_random.h"

#include "matcher/page/chart.h"
#include "tests/harness/harness_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST 300u /* numbers of a chart, but for time lines */
#define TIMES 9000u
#define TEXT_BYTES 600u

/* ---- Texts and numbers -----------------------------------------------------------------------*/

/* Bytes: letters, markup, controls, UTF-8 and what is none. The last `n_texts` are kept. */
static struct bytes random_bytes(void)
{
    static char kept[64][TEXT_BYTES];
    static unsigned next;
    static const char *const piece[] = {"Anna",
                                        " ",
                                        "<b>",
                                        "&",
                                        "\"",
                                        "'",
                                        "\xc3\xa9",
                                        "\xff",
                                        "\xf0\x9f\x92\xbb",
                                        "]]>",
                                        "\x01",
                                        "\n",
                                        "\xe2\x80\xae",
                                        "\xd7\xa9",
                                        "\xe6\x9d\xb1",
                                        "\xed\xa0\x80",
                                        "\xc3",
                                        "--"};
    char *text = kept[next++ % 64];
    const uint32_t most = harness_below(9) ? 12 : TEXT_BYTES - 8;
    uint32_t n = 0;
    while (n < most && harness_below(8)) {
        const char *add = piece[harness_below(sizeof piece / sizeof *piece)];
        memcpy(text + n, add, strlen(add));
        n += (uint32_t)strlen(add);
    }
    text[n] = 0;
    return harness_below(12) ? (struct bytes){text, n} : (struct bytes){NULL, 0};
}

static const char *random_text(void)
{
    const char *text = random_bytes().p;
    return text ? text : "";
}

static double random_number(void)
{
    static const double odd[] = {0, 1, -1, 0.5, 1e300, -1e300, 1e-300, 5e-324, 1e15, 0.93, 100};
    switch (harness_below(8)) {
    case 0:
        return harness_below(2) ? (double)NAN : (double)INFINITY;
    case 1:
        return odd[harness_below(sizeof odd / sizeof *odd)];
    case 2:
        return harness_below(20);
    case 3:
        return pow(10, (int)harness_below(40) - 20) * harness_below(1000);
    default:
        return harness_below(100000) / 1e5;
    }
}

/* Numbers of one kind, so that axes have work to do, or of all kinds. */
static void random_numbers(double *x, uint32_t n)
{
    const bool mixed = harness_below(3) == 0;
    const double base = random_number(), unit = random_number();
    for (uint32_t i = 0; i < n; i++)
        x[i] = mixed ? random_number() : base + unit * harness_below(1000);
}

static struct chart_about random_about(void)
{
    return (struct chart_about){random_text(), harness_below(2) ? random_text() : NULL};
}

/* ---- Elements --------------------------------------------------------------------------------*/

static void add_text(struct page *p)
{
    switch (harness_below(7)) {
    case 0:
        page_section(p, random_text());
        break;
    case 1:
        page_heading(p, random_text());
        break;
    case 2:
        page_paragraph(p, "%s", random_text());
        break;
    case 3:
        page_warning(p, "%s", random_text());
        break;
    case 4:
        page_lines(p, random_bytes());
        break;
    case 5:
        page_svg(p, random_text(), random_text(), "<svg viewBox=\"0 0 1 1\"></svg>");
        break;
    default:
        page_command(p, random_text());
    }
}

static void add_facts(struct page *p)
{
    for (uint32_t n = harness_below(4); n > 0; n--)
        page_fact(p, random_text(), "%s", random_text());
}

static void add_table(struct page *p)
{
    struct page_column column[PAGE_TABLE_COLUMNS];
    const uint32_t n = 1 + harness_below(PAGE_TABLE_COLUMNS);
    for (uint32_t k = 0; k < n; k++)
        column[k] = (struct page_column){random_text(), harness_below(2)};
    page_table_begin(p, &(struct page_table){harness_below(2) ? random_text() : NULL, column, n,
                                             harness_below(5)});
    for (uint32_t cells = harness_below(100); cells > 0; cells--)
        if (harness_below(2))
            page_cell_value(p, random_bytes());
        else if (harness_below(2))
            page_cell_number(p, random_number());
        else
            page_cell(p, "%s", random_text());
    if (harness_below(2))
        page_table_end(p);
}

static void random_side(struct page_side *s, struct page_span *span, uint32_t most)
{
    s->value = random_bytes();
    s->differs = span;
    for (uint32_t at = 0; s->n_differs < most; s->n_differs++) {
        span[s->n_differs].from = at += harness_below(6);
        span[s->n_differs].to = at += harness_below(6);
    }
}

static void add_pair(struct page *p)
{
    struct page_span span[8][2][6];
    struct page_field field[8];
    const uint32_t n = harness_below(9);
    for (uint32_t k = 0; k < n; k++) {
        field[k] = (struct page_field){.name = random_text(), .note = random_text()};
        random_side(&field[k].side[0], span[k][0], harness_below(7));
        random_side(&field[k].side[1], span[k][1], harness_below(7));
    }
    page_pair(p, &(struct page_pair){.id = {random_bytes(), random_bytes()},
                                     .title = random_text(),
                                     .note = random_text(),
                                     .field = field,
                                     .n_fields = n});
}

/* ---- Charts ----------------------------------------------------------------------------------*/

static void add_bars(struct page *p)
{
    struct chart_bar bar[MOST];
    double value[MOST];
    const uint32_t n = harness_below(MOST);
    random_numbers(value, n);
    for (uint32_t i = 0; i < n; i++)
        bar[i] = (struct chart_bar){random_bytes(), value[i]};
    chart_bars(p, &(struct chart_bars){random_about(), random_text(), random_text(), bar, n,
                                       harness_below(2)});
}

static int by_number(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void add_histogram(struct page *p)
{
    static struct chart_bin bin[CHART_SERIES][MOST];
    struct chart_counts series[CHART_SERIES];
    const uint32_t n_series = harness_below(CHART_SERIES + 1);
    const double mark = random_number();
    for (uint32_t s = 0; s < n_series; s++) {
        double edge[MOST + 1], count[MOST];
        const uint32_t n = harness_below(MOST);
        random_numbers(edge, n + 1);
        random_numbers(count, n);
        qsort(edge, n + 1, sizeof *edge, by_number);
        for (uint32_t i = 0; i < n; i++)
            bin[s][i] = (struct chart_bin){edge[i], edge[i + harness_below(2)], count[i]};
        series[s] = (struct chart_counts){random_text(), bin[s], n};
    }
    chart_histogram(p, &(struct chart_histogram){random_about(), random_text(), random_text(),
                                                 series, n_series, harness_below(2),
                                                 harness_below(2) ? &mark : NULL, random_text()});
}

static void add_lines(struct page *p)
{
    static double x[CHART_SERIES][MOST * 3], y[CHART_SERIES][MOST * 3];
    struct chart_series series[CHART_SERIES];
    const uint32_t n_series = harness_below(CHART_SERIES + 1);
    const double mark = random_number();
    for (uint32_t s = 0; s < n_series; s++) {
        const uint32_t n = harness_below(harness_below(2) ? 20 : MOST * 3);
        random_numbers(x[s], n);
        random_numbers(y[s], n);
        qsort(x[s], n, sizeof *x[s], by_number);
        series[s] = (struct chart_series){random_text(), x[s], y[s], n};
    }
    chart_lines(p, &(struct chart_lines){.about = random_about(),
                                         .x_name = random_text(),
                                         .y_name = random_text(),
                                         .series = series,
                                         .n_series = n_series,
                                         .x_log = harness_below(2),
                                         .y_log = harness_below(2),
                                         .y_from_zero = harness_below(2),
                                         .y_is_share = harness_below(4) == 0,
                                         .points = harness_below(2),
                                         .mark = harness_below(2) ? &mark : NULL,
                                         .mark_name = random_text()});
}

static void add_stack(struct page *p)
{
    static double part[MOST][CHART_SERIES];
    struct chart_stack_row row[MOST];
    const char *name[CHART_SERIES];
    const uint32_t n = harness_below(MOST), n_parts = 1 + harness_below(CHART_SERIES);
    for (uint32_t k = 0; k < n_parts; k++)
        name[k] = random_text();
    for (uint32_t i = 0; i < n; i++) {
        random_numbers(part[i], n_parts);
        row[i] = (struct chart_stack_row){random_bytes(), part[i]};
    }
    chart_stack(p, &(struct chart_stack){random_about(), random_text(), random_text(), name,
                                         n_parts, row, n, harness_below(2)});
}

static void add_timeline(struct page *p)
{
    static struct chart_time time[TIMES];
    const char *kind[CHART_SERIES];
    const uint32_t n_kinds = 1 + harness_below(CHART_SERIES), n_lanes = harness_below(300);
    const uint32_t n = harness_below(harness_below(2) ? TIMES : 50);
    for (uint32_t k = 0; k < n_kinds; k++)
        kind[k] = random_text();
    const double unit = harness_below(4) ? 0.001 : random_number();
    for (uint32_t i = 0; i < n; i++) {
        const double from = unit * harness_below(10000);
        time[i] = (struct chart_time){from, from + unit * harness_below(200),
                                      harness_below(n_lanes + 1), harness_below(n_kinds + 1)};
    }
    chart_timeline(p,
                   &(struct chart_timeline){random_about(), NULL, n_lanes, kind, n_kinds, time, n});
}

static void add_waterfall(struct page *p)
{
    struct chart_step step[MOST];
    double value[MOST];
    const uint32_t n = harness_below(MOST);
    const double mark = random_number();
    random_numbers(value, n);
    for (uint32_t i = 0; i < n; i++)
        step[i] = (struct chart_step){random_bytes(), value[i], random_text()};
    chart_waterfall(p,
                    &(struct chart_waterfall){random_about(), random_text(), random_text(), step, n,
                                              harness_below(2) ? &mark : NULL, random_text()});
}

void page_random_add(struct page *p, uint64_t seed, uint32_t n_elements)
{
    static void (*const add[])(struct page *) = {
        add_text,      add_facts, add_table, add_pair,     add_bars,
        add_histogram, add_lines, add_stack, add_timeline, add_waterfall,
    };
    harness_seed(seed);
    while (n_elements-- > 0)
        add[harness_below(sizeof add / sizeof *add)](p);
}
