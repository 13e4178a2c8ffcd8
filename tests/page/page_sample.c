/* Writes pages for check.py and for the eyes.
 *
 *     axb-page-sample FILE.html                 every element that a page can have
 *     axb-page-sample FILE.html SEED ELEMENTS   random ones (page_random.h)
 *
 * Among its values are hostile ones: markup, quotes, bytes that are not UTF-8, control characters,
 * letters from right to left, a value of a megabyte. */
#include "matcher/page/chart.h"
#include "matcher/page/page.h"
#include "matcher/page/page_number.h"
#include "tests/page/page_random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N(array) (sizeof(array) / sizeof *(array))
#define LONG_VALUE_BYTES 1000000u

static const char *const hostile[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "&lt;already&gt; &amp; so on",
    "]]> <!-- --> <?php",
    "broken \xff\xfe UTF-8 \xc3",
    "a bell \a, escape \x1b[31m, delete \x7f",
    "a tab \t and a line\nend",
    "a next line \xc2\x85, an override \xe2\x80\xae txt.exe",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d (17)",
    "\xd8\xa7\xd9\x84\xd9\x82\xd8\xa7\xd9\x87\xd8\xb1\xd8\xa9 12:30",
    "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\xe5\x8d\x83\xe4\xbb\xa3\xe7\x94\xb0\xe5\x8c\xba",
    "Zo\xc3\xab, e\xcc\x81, \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
    "    blanks    ",
    "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
};

/* ---- Texts -----------------------------------------------------------------------------------*/

static void add_head(struct page *p)
{
    page_head(p, &(struct page_head){
                     .title = "4,375,594 pairs of persons match",
                     .summary = "Of 900,000 records of crm.csv 93 % have a partner in billing.csv.",
                     .command = "axb match crm.csv billing.csv --on 'Company Name=customer' "
                                "--metric levenshtein --min 0.85 --report report.html",
                     .folder = "/home/ada/<customers> & co",
                     .version = "axb 1.2.3",
                     .when = 1700000000,
                     .seconds = 0.744,
                 });
}

static void add_texts(struct page *p)
{
    char text[PAGE_NUMBER_BYTES];
    page_section(p, "What was read");
    page_paragraph(p,
                   "A paragraph says what follows. It has 100 %% of what it needs, and <b>no "
                   "markup</b> in %s.",
                   "\"values\"");
    page_fact(p, "crm.csv", "900,000 records, 41 MiB, UTF-8, commas");
    page_fact(p, "billing.csv", "766,355 records, read with semicolons, windows-1252");
    page_fact(p, "took", "%s", page_number_seconds(3725, text));
    page_fact(p, "a key that is rather long for a phone", "and what it says of %s records",
              page_number_count(1543467, text));
    page_note(p, "A note says what is good to know.");
    page_warning(p, "12 records have a year that is no number.\nThe first is in line 17.");
    page_heading(p, "A heading, a command, some lines");
    page_command(p, "axb explain crm.csv billing.csv --pair 17,4 --on 'Company Name=customer'");
    page_lines(p, bytes_from("axb model 1\nprior  -12.5\ncity\tequal\t4.1\n"));
}

static void add_tables(struct page *p)
{
    static const struct page_column column[] = {
        {"Column", false}, {"distinct", true}, {"missing", true},   {"shortest", true},
        {"median", true},  {"longest", true},  {"encoding", false}, {"most frequent value", false},
    };
    page_section(p, "Tables");
    page_table_begin(
        p, &(struct page_table){"A wide table scrolls in its own box", column, N(column), 0});
    for (unsigned i = 0; i < 6; i++) {
        page_cell_value(p, bytes_from(i % 2 ? "Company Name" : "City"));
        page_cell_count(p, 1234567u >> i);
        page_cell_count(p, i * i * 1000);
        page_cell_number(p, i);
        page_cell_number(p, i + 0.5);
        page_cell_number(p, i == 3 ? (double)NAN : 1e-7 * i);
        page_cell(p, "%s", i % 2 ? "UTF-8" : "windows-1252");
        page_cell_value(p, i == 2 ? (struct bytes){0} : bytes_from("Northwind Traders, Seattle"));
    }
    page_table_end(p);
    page_table_begin(p, &(struct page_table){"A table of which most is left out",
                                             (struct page_column[]){{"row", true}}, 1, 3});
    for (unsigned i = 0; i < 1000; i++)
        page_cell_count(p, i);
    page_table_end(p);
}

static void add_hostile(struct page *p)
{
    page_section(p, "Values that nobody <expects> & \"others\"");
    page_table_begin(
        p, &(struct page_table){"Hostile values",
                                (struct page_column[]){{"<no>", true}, {"value", false}}, 2, 0});
    for (unsigned i = 0; i < N(hostile); i++) {
        page_cell_count(p, i);
        page_cell_value(p, bytes_from(hostile[i]));
    }
    page_cell(p, "NUL");
    page_cell_value(p, (struct bytes){"a\0b", 3});
    char *large = malloc(LONG_VALUE_BYTES);
    if (large) {
        memset(large, '\'', LONG_VALUE_BYTES);
        page_cell(p, "a megabyte");
        page_cell_value(p, (struct bytes){large, LONG_VALUE_BYTES});
        free(large);
    }
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

static void add_pairs(struct page *p)
{
    static const struct page_span smith[2][1] = {{{8, 10}}, {{8, 10}}};
    static const struct page_span lisboa[] = {{9, 11}}, lisbon[] = {{9, 9}};
    static const struct page_span inside[] = {{10, 11}}, plain[] = {{9, 10}};
    const struct page_field field[] = {
        {"Name",
         {{bytes_from("Paul Smith"), smith[0], 1}, {bytes_from("Paul Smiht"), smith[1], 1}},
         "jaro_winkler 0.98, +5.2 bits"},
        {"City = town", {{bytes_from("Bern"), NULL, 0}, {bytes_from("Bern"), NULL, 0}}, "equal"},
        {"Company",
         {{bytes_from("Lisboa Te\xc3\xa7xteis"), lisboa, 1},
          {bytes_from("Lisboa Textxteis"), lisbon, 1}},
         NULL},
        {"Product",
         {{bytes_from("Lisboa T\xc3\xa9\xc3\xaateis"), inside, 1},
          {bytes_from("Lisboa T\xc3\xa9"
                      "eteis"),
           plain, 1}},
         "levenshtein 0.93"},
        {"Zip", {{bytes_from("8004"), NULL, 0}, {{NULL, 0}, NULL, 0}}, "missing"},
        {"Note", {{bytes_from(hostile[0]), NULL, 0}, {bytes_from(hostile[9]), NULL, 0}}, NULL},
    };
    page_section(p, "Pairs around the threshold");
    for (unsigned i = 0; i < 2; i++)
        page_pair(p, &(struct page_pair){
                         .id = {bytes_from("C-1017"), bytes_from(i ? hostile[1] : "K2")},
                         .title = i ? "score 0.8512" : "score 0.8333, just below 0.85",
                         .note = i ? NULL : "It would match with --min 0.83.",
                         .field = field,
                         .n_fields = N(field),
                     });
}

/* ---- Charts ----------------------------------------------------------------------------------*/

static void add_bars(struct page *p)
{
    const struct chart_bar bar[] = {
        {bytes_from("Zürich"), 1543467},
        {bytes_from("Christopher Alexander Montgomery"), 81234},
        {bytes_from(hostile[0]), 7210},
        {bytes_from(hostile[11]), 512},
        {bytes_from(hostile[10]), 93},
        {{NULL, 0}, 40},
        {bytes_from("Unterägeri"), 3},
        {bytes_from("nobody"), 0},
        {bytes_from("not known"), (double)NAN},
    };
    page_section(p, "Charts");
    chart_bars(p, &(struct chart_bars){{"Most frequent cities", "Zürich is in most records."},
                                       "city",
                                       "records",
                                       bar,
                                       N(bar),
                                       true});
    const struct chart_bar weight[] = {{bytes_from("equal"), 14.2},
                                       {bytes_from("alike"), 3.5},
                                       {bytes_from("missing"), 0},
                                       {bytes_from("differs"), -8.1}};
    chart_bars(p, &(struct chart_bars){{"Weights of levels", "Some are negative."},
                                       "level",
                                       "bits",
                                       weight,
                                       N(weight),
                                       false});
    struct chart_bar many[100];
    for (unsigned i = 0; i < N(many); i++)
        many[i] = (struct chart_bar){bytes_from("same"), 100 - (double)i};
    chart_bars(p,
               &(struct chart_bars){{"Seven bars", NULL}, "partners", "records", many, 7, false});
    chart_bars(p, &(struct chart_bars){{"A hundred bars, of which 61 are one", NULL},
                                       "partners",
                                       "records",
                                       many,
                                       N(many),
                                       false});
}

#define BINS 150u

static void add_histograms(struct page *p)
{
    struct chart_bin all[BINS + 1], strangers[BINS + 1];
    for (unsigned i = 0; i <= BINS; i++) {
        const double from = 0.7 + i * 0.002, to = i == BINS ? from : from + 0.002;
        const double null = 2e6 * exp(-60 * (from - 0.7));
        strangers[i] = (struct chart_bin){from, to, null};
        all[i] = (struct chart_bin){from, to, null + 900 * exp(-500 * pow(from - 0.95, 2))};
    }
    all[BINS].count = 52345;
    const double threshold = 0.85;
    const struct chart_counts series[] = {{"all pairs", all, BINS + 1},
                                          {"random pairs, as many", strangers, BINS + 1}};
    chart_histogram(p, &(struct chart_histogram){{"Pairs by score", "Above 0.85 matches prevail."},
                                                 "score",
                                                 "pairs",
                                                 series,
                                                 2,
                                                 true,
                                                 &threshold,
                                                 "threshold"});
    chart_histogram(p, &(struct chart_histogram){{"The same, one series, not logarithmic", NULL},
                                                 "score",
                                                 "pairs",
                                                 series,
                                                 1,
                                                 false,
                                                 NULL,
                                                 NULL});
    struct chart_bin few[6];
    for (unsigned i = 0; i < N(few); i++)
        few[i] = (struct chart_bin){i, i, 3 + 10.0 * i * (5 - i)};
    chart_histogram(p, &(struct chart_histogram){{"Six distances", NULL},
                                                 "distance",
                                                 "pairs",
                                                 &(struct chart_counts){"pairs", few, N(few)},
                                                 1,
                                                 false,
                                                 NULL,
                                                 NULL});
    const double endless = (double)INFINITY;
    const struct chart_bin odd[] = {
        {-endless, 0.5, 7}, {0.5, 0.6, endless}, {0.6, 0.7, 12}, {0.7, endless, 1}};
    chart_histogram(p, &(struct chart_histogram){{"Numbers without end", NULL},
                                                 "score",
                                                 "pairs",
                                                 &(struct chart_counts){"pairs", odd, N(odd)},
                                                 1,
                                                 true,
                                                 &endless,
                                                 "threshold"});
    chart_histogram(p, &(struct chart_histogram){{"No pairs at all", NULL},
                                                 "score",
                                                 "pairs",
                                                 &(struct chart_counts){"pairs", few, 0},
                                                 1,
                                                 true,
                                                 NULL,
                                                 NULL});
}

#define POINTS 101u

static void add_lines(struct page *p)
{
    double x[POINTS], precision[POINTS], recall[POINTS], f1[POINTS];
    for (unsigned i = 0; i < POINTS; i++) {
        x[i] = 0.5 + i * 0.005;
        precision[i] = i < 3 ? (double)NAN : 1 / (1 + exp(-18 * (x[i] - 0.72)));
        recall[i] = 1 / (1 + exp(25 * (x[i] - 0.9)));
        f1[i] = 2 * precision[i] * recall[i] / (precision[i] + recall[i]);
    }
    const double best = 0.805;
    const struct chart_series quality[] = {
        {"precision", x, precision, POINTS}, {"recall", x, recall, POINTS}, {"F1", x, f1, POINTS}};
    chart_lines(p, &(struct chart_lines){
                       .about = {"Precision and recall by threshold", "F1 is best at 0.805."},
                       .x_name = "threshold",
                       .y_name = "share",
                       .series = quality,
                       .n_series = 3,
                       .y_is_share = true,
                       .mark = &best,
                       .mark_name = "best"});
    static const double workers[] = {1, 2, 4, 8, 16, 32, 64, 128};
    static const double speed[] = {1, 1.98, 3.9, 7.6, 14.6, 26, 41, 52};
    const struct chart_series scaling[] = {{"measured", workers, speed, 8},
                                           {"ideal", workers, workers, 8}};
    chart_lines(p, &(struct chart_lines){.about = {"Speed-up by workers", NULL},
                                         .x_name = "workers",
                                         .y_name = "times as fast",
                                         .series = scaling,
                                         .n_series = 2,
                                         .x_log = true,
                                         .y_log = true,
                                         .points = true});
    static double time[5000], rate[5000];
    for (unsigned i = 0; i < N(time); i++) {
        time[i] = i * 0.0014;
        rate[i] = 1.6e11 * (0.8 + 0.2 * sin(i * 0.01)) * (i % 97 ? 1 : 0.3);
    }
    chart_lines(p, &(struct chart_lines){.about = {"Pairs a second, 5000 points", NULL},
                                         .x_name = "seconds",
                                         .y_name = "pairs a second",
                                         .series = &(struct chart_series){"rate", time, rate, 5000},
                                         .n_series = 1,
                                         .y_from_zero = true});
}

static void add_stacks(struct page *p)
{
    static const char *const phase[] = {"reading", "indexing", "join", "writing"};
    static const double part[][4] = {
        {1.2, 0.8, 9.4, 2.1}, {1.1, 0.6, 4.8, 1.9}, {1.2, 0.6, 2.5, 1.8}};
    const struct chart_stack_row row[] = {{bytes_from("1 worker"), part[0]},
                                          {bytes_from("2 workers"), part[1]},
                                          {bytes_from("4 workers"), part[2]}};
    chart_stack(p, &(struct chart_stack){{"Phases by workers", "The join shrinks, the rest stays."},
                                         "workers",
                                         "seconds",
                                         phase,
                                         4,
                                         row,
                                         3,
                                         false});
    chart_stack(p, &(struct chart_stack){
                       {"The same as shares", NULL}, "workers", "seconds", phase, 4, row, 3, true});
}

static void add_timelines(struct page *p)
{
    static const char *const kind[] = {"matching", "writing"};
    static struct chart_time few[64], many[20000];
    for (unsigned i = 0; i < N(few); i++)
        few[i] = (struct chart_time){0.1 + (i / 4) * 0.2, 0.28 + (i / 4) * 0.2 + 0.01 * (i % 4),
                                     i % 4, i >= 48};
    chart_timeline(p, &(struct chart_timeline){
                          {"Four workers", "They end together."}, NULL, 4, kind, 2, few, N(few)});
    for (unsigned i = 0; i < N(many); i++)
        many[i] =
            (struct chart_time){(i / 128) * 0.02, (i / 128) * 0.02 + 0.019, i % 128, i >= 15000};
    chart_timeline(p, &(struct chart_timeline){
                          {"128 workers, 20,000 tiles", NULL}, NULL, 128, kind, 2, many, N(many)});
}

static void add_waterfall(struct page *p)
{
    const double threshold = 3;
    const struct chart_step step[] = {
        {bytes_from("prior"), -13.2, NULL},
        {bytes_from("first: equal"), 7.1, "Paul = Paul"},
        {bytes_from("last: jaro_winkler at least 0.92"), 9.25, "Smith, Smiht"},
        {bytes_from("city: equal"), 3.4, "Bern = Bern"},
        {bytes_from("birth: differs"), -4.02, hostile[0]},
    };
    chart_waterfall(
        p, &(struct chart_waterfall){{"Why C-1017 and K2 match", "The last name says most."},
                                     "bits",
                                     "score",
                                     step,
                                     N(step),
                                     &threshold,
                                     "threshold"});
}

static void add_svg(struct page *p)
{
    page_svg(p, "The machine", "Two packages with four cores each.",
             "<svg viewBox=\"0 0 320 60\" width=\"320\" role=\"img\">"
             "<rect x=\"1\" y=\"1\" width=\"150\" height=\"58\" fill=\"none\" "
             "stroke=\"var(--ink)\"/><text x=\"10\" y=\"30\" fill=\"var(--ink)\" "
             "font-size=\"14\">package 0</text></svg>");
}

/* A head that is as large as one can be. */
static void add_large_head(struct page *p)
{
    char *large = calloc(1, LONG_VALUE_BYTES + 1);
    if (!large)
        return;
    memset(large, '"', LONG_VALUE_BYTES);
    page_head(p, &(struct page_head){large, large, large, large, large, 0, 1});
    free(large);
}

static void add_all(struct page *p)
{
    add_texts(p);
    add_tables(p);
    add_pairs(p);
    add_bars(p);
    add_histograms(p);
    add_lines(p);
    add_stacks(p);
    add_timelines(p);
    add_waterfall(p);
    add_svg(p);
    add_hostile(p);
    add_head(p);
}

int main(int argc, char **argv)
{
    struct page p;
    struct err e = {0};
    if (argc != 2 && argc != 4) {
        fputs("usage: axb-page-sample FILE.html [SEED ELEMENTS]\n", stderr);
        return ERR_USAGE;
    }
    if (page_open(&p, argv[1], &e)) {
        if (argc == 2)
            add_all(&p);
        else {
            page_random_add(&p, strtoull(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
            add_large_head(&p);
        }
        if (page_finish(&p, &e))
            return 0;
    }
    err_print(&e, stderr);
    return err_status(&e);
}
