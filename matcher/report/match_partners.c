/* From the pairs that are kept, where all were collected; else as workers counted. */
#include "matcher/report/match_partners.h"

#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"

#include <stdlib.h>

static const char *const names[MATCH_PARTNERS] = {"none", "1",      "2",        "3",
                                                  "4",    "5 to 9", "10 to 99", "100 or more"};
static const char *const sizes[CLUSTERS_SIZES] = {
    "1", "2", "3", "4", "5 to 9", "10 to 99", "100 to 999", "1000 or more"};

/* ---- Counting --------------------------------------------------------------------------------*/

static uint32_t class_of(uint32_t n)
{
    return n < 5 ? n : n < 10 ? 5 : n < 100 ? 6 : 7;
}

static void count_records(const uint32_t *partners, uint64_t from, uint64_t to,
                          uint64_t by[MATCH_PARTNERS])
{
    for (uint64_t i = from; i < to; i++)
        by[class_of(partners[i])]++;
}

/* Of all pairs that are kept. In dedupe a pair gives each of its records a partner. */
static bool count_found(struct match_partners *m, const struct run *r, struct err *e)
{
    const struct found *found = &r->kept.found;
    const bool self = r->sources.self;
    const uint64_t n[2] = {r->loaded.inputs.table[0].head->n_rows,
                           r->loaded.inputs.table[1].head->n_rows};
    uint32_t *of_a = calloc(n[0] + n[1] + 1, sizeof *of_a), *of_b = self ? of_a : of_a + n[0];
    if (!of_a)
        return err_set(e, ERR_OS, NULL, "not enough memory to count partners");
    for (uint64_t i = 0; i < found->n; i++) {
        const bool counts = found->pair[i].score >= r->choice.written_from;
        of_a[found->pair[i].row_a] += counts;
        of_b[found->pair[i].row_b] += counts;
    }
    count_records(of_a, r->span.row_from, self ? n[0] : r->span.row_to, m->by[0]);
    m->known[0] = true;
    m->known[1] = !self;
    if (!self)
        count_records(of_b, 0, n[1], m->by[1]);
    free(of_a);
    return true;
}

/* Did workers count the partners of all rows of A? */
static bool is_counted(const struct run *r)
{
    return !r->query.count && !r->sources.self && r->span.pairs_before == 0 && !r->opts->resume &&
           !emit_is_of_values(r->query.lines.format);
}

bool match_partners_make(struct match_partners *m, const struct run *r, struct err *e)
{
    *m = (struct match_partners){
        .records = {r->span.row_to - r->span.row_from, r->loaded.inputs.table[1].head->n_rows}};
    uint64_t some = 0;
    if (r->choice.collects)
        return r->shard.of || count_found(m, r, e);
    m->known[0] = is_counted(r);
    for (uint32_t i = 0; i < WIRE_PARTNERS; i++) {
        m->by[0][i + 1] = r->result.partners[i];
        some += r->result.partners[i];
    }
    m->by[0][0] = m->records[0] - some;
    return true;
}

/* ---- Partners --------------------------------------------------------------------------------*/

static void show_side(struct page *p, const struct run *r, const struct match_partners *m, int side)
{
    struct chart_bar bar[MATCH_PARTNERS];
    char title[64];
    uint32_t n = 0;
    for (uint32_t i = 0; i < MATCH_PARTNERS; i++)
        if (m->by[side][i] || i < 2)
            bar[n++] = (struct chart_bar){bytes_from(names[i]), (double)m->by[side][i]};
    snprintf(title, sizeof title, "Records%s by their number of partners",
             r->sources.self ? ""
             : side          ? " of B"
                             : " of A");
    chart_bars(p, &(struct chart_bars){.about = {.title = title},
                                       .label_name = "partners",
                                       .value_name = "records",
                                       .bar = bar,
                                       .n = n});
}

static void show_partners(struct page *p, const struct run *r, const struct match_partners *m)
{
    char kept[CHOICE_TEXT_BYTES];
    if (!m->known[0])
        return;
    page_section(p, "Partners");
    choice_describe(&r->choice, r->sources.self, kept);
    page_paragraph(p, "A partner of a record is another record that it makes a pair with%s%s.",
                   *kept ? ", of the pairs that are kept: " : "", kept);
    for (int side = 0; side < 2; side++)
        if (m->known[side])
            show_side(p, r, m, side);
}

/* ---- Clusters --------------------------------------------------------------------------------*/

/* The columns that people see of a record, of side A. */
static uint32_t columns_of(const struct run *r, uint32_t column[PAGE_TABLE_COLUMNS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->query.n_shown && n < PAGE_TABLE_COLUMNS - 1; i++)
        if (r->query.shown[i].column[0] != QUERY_NO_COLUMN)
            column[n++] = r->query.shown[i].column[0];
    return n;
}

static void show_record(struct page *p, const struct run *r, const uint32_t *column, uint32_t n,
                        uint32_t row)
{
    const struct table *t = &r->loaded.inputs.table[0];
    const uint32_t id = r->query.lines.id_a;
    if (id == EMIT_ROW_NUMBER)
        page_cell(p, "%u", row + !r->asked->called_as);
    else
        page_cell_value(p, table_value_at(t, id, row));
    for (uint32_t i = 0; i < n; i++)
        page_cell_value(p, table_value_at(t, column[i], row));
}

static void show_cluster(struct page *p, const struct run *r, const struct clusters_shown *c)
{
    const struct table *t = &r->loaded.inputs.table[0];
    uint32_t column[PAGE_TABLE_COLUMNS];
    struct page_column name[PAGE_TABLE_COLUMNS] = {{r->query.lines.id_a != EMIT_ROW_NUMBER ? "id"
                                                    : r->asked->called_as ? "position"
                                                                          : "row",
                                                    false}};
    const uint32_t n = columns_of(r, column);
    const uint32_t shown = c->size < CLUSTERS_SHOWN_RECORDS ? c->size : CLUSTERS_SHOWN_RECORDS;
    char caption[120];
    for (uint32_t i = 0; i < n; i++)
        name[i + 1] = (struct page_column){table_column_name(t, column[i]), false};
    const int titled =
        snprintf(caption, sizeof caption, "Cluster %u: %u records", c->number + 1, c->size);
    if (shown < c->size)
        snprintf(caption + titled, sizeof caption - (size_t)titled,
                 ", of which the first %u are shown", shown);
    page_table_begin(p, &(struct page_table){caption, name, n + 1, 0});
    for (uint32_t i = 0; i < shown; i++)
        show_record(p, r, column, n, c->record[i]);
    page_table_end(p);
}

static void show_clusters(struct page *p, const struct run *r)
{
    const struct clusters_result *c = &r->clusters;
    struct chart_bar bar[CLUSTERS_SIZES];
    char text[2][PAGE_NUMBER_BYTES];
    uint32_t n = 0;
    if (!r->choice.clusters)
        return;
    page_section(p, "Clusters");
    page_paragraph(p, "%s clusters of two records or more hold %s records; the largest has %u.",
                   page_number_count((double)c->figures.several, text[0]),
                   page_number_count((double)c->figures.records, text[1]), c->figures.largest);
    if (c->cut)
        page_warning(p, "%s matches were cut, so that no cluster is larger than --max-cluster.",
                     page_number_count((double)c->cut, text[0]));
    for (uint32_t i = 0; i < CLUSTERS_SIZES; i++)
        if (c->of_size[i])
            bar[n++] = (struct chart_bar){bytes_from(sizes[i]), (double)c->of_size[i]};
    chart_bars(p, &(struct chart_bars){.about = {.title = "Clusters by their number of records"},
                                       .label_name = "records",
                                       .value_name = "clusters",
                                       .bar = bar,
                                       .n = n,
                                       .log = true});
    page_heading(p, "The largest clusters");
    for (uint32_t i = 0; i < c->n_shown; i++)
        show_cluster(p, r, &c->shown[i]);
}

void match_partners(struct page *p, const struct run *r, const struct match_partners *m)
{
    show_partners(p, r, m);
    show_clusters(p, r);
}
