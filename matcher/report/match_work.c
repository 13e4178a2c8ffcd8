/* The plan as --plan prints it, then figures of the result and of the time line. */
#include "matcher/report/match_work.h"

#include "core/log.h"
#include "core/machine/topology_svg.h"
#include "core/process.h"
#include "core/string_builder.h"
#include "matcher/page/chart.h"
#include "matcher/page/page_number.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BUCKETS 60u     /* points of the curve of a rate */
#define MOST_PLACES 64u /* workers whose places are listed */

/* ---- The plan --------------------------------------------------------------------------------*/

static bool show_plan(struct page *p, const struct run *r, struct err *e)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    if (out)
        run_print_plan(r, out);
    char *text = string_builder_end(&b);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    page_paragraph(p, "The plan, as axb made it before it began. A plan changes the time of a run, "
                      "never its result.");
    page_lines(p, bytes_from(text));
    free(text);
    return true;
}

/* Seconds in which pairs were searched, as the plan speaks of them. */
static double search_seconds(const struct run *r)
{
    const struct result *x = &r->result;
    const bool writes_apart = r->plan.kind == PLAN_JOIN;
    return x->build_seconds + x->join_seconds + (writes_apart ? 0 : x->write_seconds);
}

/* What was promised beside what it was. */
static void show_promise(struct page *p, const struct run *r)
{
    char expected[PAGE_NUMBER_BYTES], was[PAGE_NUMBER_BYTES];
    const bool rounds = r->by_rounds && !r->rounds_once;
    if (!rounds && (r->plan.kind == PLAN_JOIN || r->plan.kind == PLAN_REFINE))
        page_fact(p, "search", "%s expected, %s taken",
                  page_number_seconds(r->plan.seconds / r->plan.n_workers, expected),
                  page_number_seconds(search_seconds(r), was));
    if (r->plan.kind == PLAN_REFINE && !rounds)
        page_fact(p, "candidates", "%s expected, %s found",
                  page_number_count(r->plan.candidates, expected),
                  page_number_count((double)r->result.tally.candidates, was));
    if (r->expect.known)
        page_fact(p, "pairs", "%s%s expected, %s found", r->expect.at_most ? "at most " : "about ",
                  page_number_count(r->expect.pairs, expected),
                  page_number_count((double)r->n_found, was));
}

/* Of a plan that refines: what each join took and left. */
static void show_joins(struct page *p, const struct run *r)
{
    static const struct page_column column[] = {{"join", false},
                                                {"candidates expected", true},
                                                {"candidates found", true},
                                                {"seconds expected", true},
                                                {"processor seconds taken", true}};
    char text[620];
    if (r->plan.kind != PLAN_REFINE || r->plan.n_joins == 0 || r->by_rounds)
        return;
    page_table_begin(p, &(struct page_table){"The joins, and how many pairs of records each left.",
                                             column, 5, 0});
    for (uint32_t i = 0; i < r->plan.n_joins; i++) {
        const struct join_work *work = &r->result.work[i];
        run_join_text(r, i, text, sizeof text);
        page_cell(p, "%s", text);
        page_cell_count(p, (uint64_t)fmin(estimate_join(&r->estimate, &r->plan.join[i]), 0x1p62));
        page_cell_count(p, work->candidates);
        page_cell_number(p, r->plan.join[i].seconds);
        page_cell_number(p, work->seconds);
    }
    page_table_end(p);
}

/* ---- What each step left ---------------------------------------------------------------------*/

#define MOST_STEPS (8u + EXPR_MAX_TERMS)

struct steps {
    struct chart_bar bar[MOST_STEPS];
    char name[MOST_STEPS][300];
    uint32_t n;
};

__attribute__((format(printf, 3, 4))) static void add_step(struct steps *s, double left,
                                                           const char *format, ...)
{
    va_list args;
    if (s->n == MOST_STEPS)
        return;
    va_start(args, format);
    vsnprintf(s->name[s->n], sizeof s->name[s->n], format, args);
    va_end(args);
    s->bar[s->n] = (struct chart_bar){bytes_from(s->name[s->n]), left > 0 ? left : 0};
    s->n++;
}

/* One join: pairs of different values; the result is its matches, expanded to records. */
static void steps_of_join(struct steps *s, const struct run *r)
{
    const struct join_stats *x = &r->result.join;
    add_step(s, (double)x->pairs, "distinct values");
    add_step(s, (double)x->candidates, "after the filter");
    if (x->verified != x->candidates)
        add_step(s, (double)x->verified, "scored");
    add_step(s, (double)x->matches, "matching values");
}

/* Candidates, and what each step dropped of them. */
static void steps_of_refine(struct steps *s, const struct run *r)
{
    const struct wire_tally *t = &r->result.tally;
    char term[300];
    double left = (double)t->candidates;
    add_step(s, left, "after the joins");
    if (t->prefiltered)
        add_step(s, left -= (double)t->prefiltered, "not dropped at a glance");
    if (t->glanced)
        add_step(s, left -= (double)t->glanced, "not dropped by their profiles");
    if (t->repeated)
        add_step(s, left -= (double)t->repeated, "had not come before");
    for (uint32_t i = 0; i < r->query.expr.n_terms; i++) {
        const uint32_t k = r->plan.step[i];
        if (!t->dropped[k])
            continue;
        expr_print_term(&r->query.expr, k, term, sizeof term);
        add_step(s, left -= (double)t->dropped[k], "not dropped by %s", term);
    }
    if (r->query.scorer)
        add_step(s, (double)t->scored, "scored by %s", r->scorer.path);
}

static void show_steps(struct page *p, const struct run *r)
{
    struct steps s = {.n = 0};
    const double taken = span_pairs_taken(&r->span, &r->loaded.inputs);
    const double all = span_pairs(&r->span, &r->loaded.inputs);
    add_step(&s, all, "all records");
    if (taken < all)
        add_step(&s, taken, "take part");
    if (r->plan.kind == PLAN_JOIN)
        steps_of_join(&s, r);
    if (r->plan.kind == PLAN_REFINE)
        steps_of_refine(&s, r);
    if (!r->query.lines.unmatched_only)
        add_step(&s, (double)r->n_found, "matching records");
    chart_bars(p, &(struct chart_bars){
                      .about = {.title = "Pairs that each step left",
                                .summary = "Each step drops pairs of which it is sure that they "
                                           "cannot match."},
                      .label_name = "step",
                      .value_name = "pairs",
                      .bar = s.bar,
                      .n = s.n,
                      .log = true});
}

/* ---- Phases ----------------------------------------------------------------------------------*/

static void show_phases(struct page *p, const struct run *r)
{
    static const char *const names[] = {"reading",  "indexing", "planning", "join index",
                                        "matching", "sorting",  "writing",  "other"};
    const struct result *x = &r->result;
    double part[] = {r->loaded.load_seconds, r->loaded.index_seconds, r->plan_seconds,
                     x->build_seconds,       x->join_seconds,         x->order_seconds,
                     x->write_seconds,       r->total_seconds};
    for (uint32_t i = 0; i < 7; i++)
        part[7] -= part[i];
    part[7] = fmax(part[7], 0);
    const struct chart_stack_row row = {bytes_from("this run"), part};
    chart_stack(p, &(struct chart_stack){
                       .about = {.title = "Phases",
                                 .summary = "From the first byte read to the last line written; "
                                            "writing includes scoring where no join has scored."},
                       .label_name = "",
                       .value_name = "seconds",
                       .part_name = names,
                       .n_parts = 8,
                       .row = &row,
                       .n_rows = 1});
}

static void show_resources(struct page *p, const struct run *r)
{
    struct rusage own, of_workers;
    char text[PAGE_NUMBER_BYTES], bytes[2][32];
    page_fact(p, "time, without this page", "%s", page_number_seconds(r->total_seconds, text));
    page_fact(p, "processor time", "%s", page_number_seconds(proc_own_cpu_seconds(), text));
    if (getrusage(RUSAGE_SELF, &own) != 0 || getrusage(RUSAGE_CHILDREN, &of_workers) != 0)
        return;
    page_fact(p, "most memory",
              "%s in the coordinator, %s in a worker; what they share counts in "
              "both",
              log_bytes(1024 * (double)own.ru_maxrss, bytes[0]),
              log_bytes(1024 * (double)of_workers.ru_maxrss, bytes[1]));
    if (r->result.index_bytes)
        page_fact(p, "index of the join", "%s", log_bytes((double)r->result.index_bytes, bytes[0]));
    if (r->result.row_ranges > 1)
        page_fact(p, "row ranges", "%s, since the pairs did not fit into memory at once",
                  page_number_count((double)r->result.row_ranges, text));
    if (r->result.replaced)
        page_fact(p, "workers replaced", "%s, which had been killed",
                  page_number_count((double)r->result.replaced, text));
}

/* ---- The time line ---------------------------------------------------------------------------*/

/* The kinds of stage that a time line has. */
struct kinds {
    const char *name[CHART_SERIES];
    uint32_t n;
    uint32_t of_stage[TIMELINE_STAGES];
};

static void find_kinds(struct kinds *k, const struct timeline *t)
{
    k->n = 0;
    for (uint32_t s = 0; s < t->n_stages; s++) {
        uint32_t i = 0;
        while (i < k->n && strcmp(k->name[i], t->stage[s].what) != 0)
            i++;
        if (i == k->n && k->n < CHART_SERIES)
            k->name[k->n++] = t->stage[s].what;
        k->of_stage[s] = i < k->n ? i : k->n - 1;
    }
}

static uint32_t most_workers(const struct timeline *t)
{
    uint32_t n = 0;
    for (uint32_t s = 0; s < t->n_stages; s++)
        n = t->stage[s].n_workers > n ? t->stage[s].n_workers : n;
    return n;
}

static bool show_timeline(struct page *p, const struct run *r, const struct kinds *k, struct err *e)
{
    const struct timeline *t = &r->timeline;
    struct chart_time *time = malloc((t->n_pieces + 1ull) * sizeof *time);
    char tiles[PAGE_NUMBER_BYTES];
    uint64_t n_tiles = 0;
    if (!time)
        return err_set(e, ERR_OS, NULL, "not enough memory for the report");
    for (uint32_t i = 0; i < t->n_pieces; i++) {
        const struct timeline_piece *x = &t->piece[i];
        n_tiles += x->tiles;
        time[i] = (struct chart_time){x->from - r->started, x->to - r->started, x->worker,
                                      k->of_stage[x->stage]};
    }
    page_paragraph(p,
                   "A tile is a piece of work that a worker takes. %s tiles were done; a bar is "
                   "one of them or, where they are short, some that follow each other. Time is "
                   "that of the coordinator, from the start of the program.",
                   page_number_count((double)n_tiles, tiles));
    if (t->tiles_left_out)
        page_note(p, "%s further tiles are not shown.",
                  page_number_count((double)t->tiles_left_out, tiles));
    chart_timeline(p, &(struct chart_timeline){.about = {.title = "Workers by time"},
                                               .n_lanes = most_workers(t),
                                               .kind_name = k->name,
                                               .n_kinds = k->n,
                                               .time = time,
                                               .n = t->n_pieces});
    free(time);
    return true;
}

/* ---- The rate --------------------------------------------------------------------------------*/

struct rate {
    double x[BUCKETS], y[CHART_SERIES][BUCKETS];
};

/* Spreads the pairs of a piece evenly over its time. */
static void add_piece(struct rate *rate, uint32_t kind, double from, double to, double pairs,
                      double begin, double width)
{
    const double length = fmax(to - from, 1e-9);
    for (uint32_t i = 0; i < BUCKETS; i++) {
        const double left = fmax(from, begin + i * width);
        const double right = fmin(from + length, begin + (i + 1) * width);
        if (right > left)
            rate->y[kind][i] += pairs * (right - left) / length / width;
    }
}

/* The curve of a kind, from where it has pairs to where it has none any more. */
static struct chart_series series_of(const struct rate *rate, uint32_t kind, const char *name)
{
    const double *y = rate->y[kind];
    uint32_t from = 0, to = BUCKETS;
    while (from < to && y[from] <= 0)
        from++;
    while (to > from && y[to - 1] <= 0)
        to--;
    from -= from > 0;
    to += to < BUCKETS;
    return (struct chart_series){name, rate->x + from, y + from, to - from};
}

static void show_rate(struct page *p, const struct run *r, const struct kinds *k)
{
    const struct timeline *t = &r->timeline;
    const double begin = t->stage[0].from, end = t->stage[t->n_stages - 1].to;
    const double width = fmax(end - begin, 1e-6) / BUCKETS;
    struct chart_series series[CHART_SERIES];
    struct rate rate = {.x = {0}};
    for (uint32_t i = 0; i < BUCKETS; i++)
        rate.x[i] = begin - r->started + (i + 0.5) * width;
    for (uint32_t i = 0; i < t->n_pieces; i++)
        add_piece(&rate, k->of_stage[t->piece[i].stage], t->piece[i].from, t->piece[i].to,
                  (double)t->piece[i].pairs, begin, width);
    for (uint32_t i = 0; i < k->n; i++)
        series[i] = series_of(&rate, i, k->name[i]);
    chart_lines(p, &(struct chart_lines){
                       .about = {.title = "Pairs by time",
                                 .summary = "Pairs of records that workers handed over, a second; "
                                            "of a stage before the last one they may be "
                                            "candidates."},
                       .x_name = "seconds",
                       .y_name = "pairs/s",
                       .series = series,
                       .n_series = k->n,
                       .y_from_zero = true});
}

/* ---- Where workers stood ---------------------------------------------------------------------*/

static void cell_if(struct page *p, bool known, uint32_t number)
{
    if (known)
        page_cell_count(p, number);
    else
        page_cell(p, "%s", "");
}

static void show_place(struct page *p, unsigned worker, const struct topo_place *place)
{
    const struct topo_unit *u = &place->unit;
    const bool pinned = *place->pus;
    page_cell_count(p, worker);
    page_cell(p, "%s", pinned ? place->pus : "any");
    cell_if(p, pinned, u->core);
    cell_if(p, pinned && u->l3 != TOPO_NO_L3, u->l3);
    cell_if(p, pinned, u->node);
    cell_if(p, pinned, u->package);
}

static void show_table_of_places(struct page *p, const struct topo_place *place, unsigned n)
{
    static const struct page_column column[] = {{"worker", true},    {"processing units", false},
                                                {"core", true},      {"L3 cache", true},
                                                {"NUMA node", true}, {"package", true}};
    page_table_begin(p, &(struct page_table){"Where the workers stood; numbers are those of hwloc.",
                                             column, 6, MOST_PLACES});
    for (unsigned i = 0; i < n; i++)
        show_place(p, i, &place[i]);
    page_table_end(p);
}

static bool show_places(struct page *p, const struct run *r, struct err *e)
{
    const unsigned n = most_workers(&r->timeline);
    if (!r->topo) {
        page_paragraph(p, "One worker was enough, and stood anywhere.");
        return true;
    }
    struct topo_place *place = calloc(n + 1, sizeof *place);
    char *drawing = topo_svg(r->topo, r->opts->bind, n);
    const bool ok = place && drawing;
    if (ok) {
        topo_places(r->topo, r->opts->bind, n, place);
        page_svg(p, "The machine with the workers",
                 "Boxes are packages, NUMA nodes, caches and cores; a coloured unit has the number "
                 "of its worker.",
                 drawing);
        show_table_of_places(p, place, n);
    }
    free(place);
    free(drawing);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for the report");
}

bool match_work(struct page *p, const struct run *r, struct err *e)
{
    struct kinds kinds;
    page_section(p, "How the pairs were found");
    if (!show_plan(p, r, e))
        return false;
    show_promise(p, r);
    show_joins(p, r);
    show_steps(p, r);
    page_section(p, "Time");
    show_resources(p, r);
    show_phases(p, r);
    find_kinds(&kinds, &r->timeline);
    if (r->timeline.n_pieces == 0)
        return true;
    if (!show_timeline(p, r, &kinds, e))
        return false;
    show_rate(p, r, &kinds);
    return show_places(p, r, e);
}
