/* The drawing of the machine.
 *
 * A box holds the boxes of the next level side by side, as many as fit into its width, then in rows
 * below. Levels that say nothing are left out: NUMA nodes where only one exists, L3 caches that the
 * system does not know. So 192 cores have room on a phone, and a laptop looks like one. */
#include "core/machine/topology_svg.h"
#include "core/string_builder.h"

#include <stdio.h>
#include <string.h>

/* In the units of the picture. */
#define WIDTH 360.0
#define MARGIN 6.0
#define UNIT_WIDTH 17.0 /* three digits */
#define UNIT_HEIGHT 12.0
#define GAP 3.0      /* between boxes */
#define CORE_GAP 2.0 /* between cores */
#define PAD 4.0      /* between a box and what is in it */
#define LABEL 11.0   /* height of a box's name */
#define LINE 13.0    /* of a line of text */
#define MODEL_LETTERS 52

enum level { PACKAGE, NODE, L3, CORE, N_LEVELS };

/* Colours after Okabe and Ito (2008), which the colour-blind tell apart; the numbers on them have a
 * contrast of 5 at least. */
static const char style[] =
    "<style>\n"
    ".axb-machine text{font:9px system-ui,sans-serif;fill:#333;text-anchor:start}\n"
    ".axb-machine .head{font-size:11px}.axb-machine .head.first{font-weight:bold}\n"
    ".axb-machine .page{fill:#fff}.axb-machine .package{fill:#f3f4f6;stroke:#767c85}\n"
    ".axb-machine .node{fill:#e7eaee;stroke:#a3a9b2}.axb-machine .l3{fill:#d8dde4;stroke:none}\n"
    ".axb-machine .core{fill:none;stroke:#5b616a;stroke-width:.8}\n"
    ".axb-machine .core.slow{stroke-dasharray:2 1.5}.axb-machine .number.slow{fill:#0b0d10}\n"
    ".axb-machine .free{fill:#fff;stroke:#b9bec6;stroke-width:.5}.axb-machine .busy{fill:#0072b2}\n"
    ".axb-machine .busy.slow{fill:#e69f00}\n"
    ".axb-machine .number{fill:#fff;text-anchor:middle}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    ".axb-machine text{fill:#d5d8dd}.axb-machine .page{fill:#16181c}\n"
    ".axb-machine .package{fill:#20242a;stroke:#7d8590}\n"
    ".axb-machine .node{fill:#2a2f37;stroke:#596170}.axb-machine .l3{fill:#363d47}\n"
    ".axb-machine .core{stroke:#9aa3ae}.axb-machine .free{fill:#16181c;stroke:#596170}\n"
    ".axb-machine .busy{fill:#56b4e9}.axb-machine .busy.slow{fill:#e69f00}\n"
    ".axb-machine .number{fill:#0b0d10}}\n"
    "</style>\n";

struct drawing {
    FILE *f; /* NULL while sizes are found */
    const struct topo_unit *unit;
    unsigned n_units;
    unsigned workers; /* that have a unit; 0: they are not pinned */
    bool shown[N_LEVELS];
};

struct size {
    double width, height;
};

/* ---- Boxes -----------------------------------------------------------------------------------*/

static unsigned part_of(const struct topo_unit *u, enum level level)
{
    switch (level) {
    case PACKAGE:
        return u->package;
    case NODE:
        return u->node;
    case L3:
        return u->l3;
    case CORE:
    case N_LEVELS:
        break;
    }
    return u->core;
}

/* The end of the run of units that belong to the same part as unit `from`. */
static unsigned end_of(const struct drawing *d, enum level level, unsigned from, unsigned to)
{
    unsigned end = from + 1;
    while (end < to && part_of(&d->unit[end], level) == part_of(&d->unit[from], level))
        end++;
    return end;
}

static void draw_unit(const struct drawing *d, const struct topo_unit *u, double x, double y)
{
    const bool busy = u->turn < d->workers;
    const char *slow = u->kind ? " slow" : "";
    fprintf(d->f, "<g><title>");
    if (busy)
        fprintf(d->f, "worker %u: ", u->turn);
    fprintf(d->f, "unit %u, core %u, ", u->os, u->core);
    if (u->l3 != TOPO_NO_L3)
        fprintf(d->f, "L3 %u, ", u->l3);
    fprintf(d->f,
            "node %u, package %u</title><rect class=\"%s%s\" x=\"%g\" y=\"%g\" width=\"%g\" "
            "height=\"%g\"/>",
            u->node, u->package, busy ? "busy" : "free", slow, x, y, UNIT_WIDTH, UNIT_HEIGHT);
    if (busy)
        fprintf(d->f, "<text class=\"number%s\" x=\"%g\" y=\"%g\">%u</text>", slow,
                x + UNIT_WIDTH / 2, y + 9.3, u->turn);
    fputs("</g>\n", d->f);
}

static struct size draw_core(const struct drawing *d, unsigned from, unsigned to, double x,
                             double y)
{
    const struct size size = {UNIT_WIDTH, UNIT_HEIGHT * (to - from)};
    for (unsigned i = from; d->f && i < to; i++)
        draw_unit(d, &d->unit[i], x, y + UNIT_HEIGHT * (i - from));
    if (d->f)
        fprintf(d->f, "<rect class=\"core%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>\n",
                d->unit[from].kind ? " slow" : "", x, y, size.width, size.height);
    return size;
}

static struct size draw_box(const struct drawing *d, enum level level, unsigned from, unsigned to,
                            double x, double y, double most_width);

/* The boxes of a level, in rows. */
static struct size draw_boxes(const struct drawing *d, enum level level, unsigned from, unsigned to,
                              double x, double y, double most_width)
{
    struct size whole = {0, 0};
    double right = 0, top = 0;
    while (level < CORE && !d->shown[level])
        level++;
    const double gap = level == CORE ? CORE_GAP : GAP;
    for (unsigned i = from, end; i < to; i = end) {
        end = end_of(d, level, i, to);
        struct drawing measure = *d;
        measure.f = NULL;
        const struct size size = draw_box(&measure, level, i, end, 0, 0, most_width);
        if (right > 0 && right + size.width > most_width) {
            right = 0;
            top = whole.height + gap;
        }
        if (d->f)
            (void)draw_box(d, level, i, end, x + right, y + top, most_width);
        whole.width = right + size.width > whole.width ? right + size.width : whole.width;
        whole.height = top + size.height > whole.height ? top + size.height : whole.height;
        right += size.width + gap;
    }
    return whole;
}

/* The name of a box, and its frame. What is in it is drawn after it, on top. */
static void draw_frame(const struct drawing *d, enum level level, const struct topo_unit *u,
                       double x, double y, struct size size)
{
    static const char *const class[] = {"package", "node", "l3"};
    static const char *const name[] = {"Package", "NUMA node", "L3"};
    fprintf(d->f,
            "<rect class=\"%s\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" rx=\"3\"/>\n"
            "<text x=\"%g\" y=\"%g\">",
            class[level], x, y, size.width, size.height, x + PAD, y + LABEL - 1);
    if (level == L3 && u->l3 == TOPO_NO_L3)
        fputs("no L3</text>\n", d->f);
    else
        fprintf(d->f, "%s %u</text>\n", name[level], part_of(u, level));
}

static struct size draw_box(const struct drawing *d, enum level level, unsigned from, unsigned to,
                            double x, double y, double most_width)
{
    if (level == CORE)
        return draw_core(d, from, to, x, y);
    const double label = LABEL + 2, inside = most_width - 2 * PAD;
    struct drawing measure = *d;
    measure.f = NULL;
    struct size size = draw_boxes(&measure, level + 1, from, to, 0, 0, inside);
    const double least = level == NODE ? 64 : 44; /* the name has room */
    size.width = (size.width > least - 2 * PAD ? size.width : least - 2 * PAD) + 2 * PAD;
    size.height += label + PAD;
    if (d->f) {
        draw_frame(d, level, &d->unit[from], x, y, size);
        (void)draw_boxes(d, level + 1, from, to, x + PAD, y + label, inside);
    }
    return size;
}

/* ---- Words -----------------------------------------------------------------------------------*/

/* A name that the machine gives itself: plain letters, cut where the picture ends. */
static void put_model(const char *model, FILE *f)
{
    for (int i = 0; model[i] && i < MODEL_LETTERS; i++)
        switch (model[i]) {
        case '&':
            fputs("&amp;", f);
            break;
        case '<':
            fputs("&lt;", f);
            break;
        case '>':
            fputs("&gt;", f);
            break;
        default:
            fputc(model[i] >= ' ' && model[i] < 127 ? model[i] : '?', f);
        }
}

/* "2 packages, 8 NUMA nodes, 24 L3 caches". */
static void put_parts(const struct topo *t, const struct topo_use *all, FILE *f)
{
    const struct topo_use parts = {
        .packages = all->packages, .nodes = all->nodes, .l3_caches = all->l3_caches};
    char text[TOPO_USE_BYTES];
    fprintf(f, "%s%s", topo_use_text(&parts, text),
            topo_described_by(t) ? "; not this machine" : "");
}

/* "192 cores, 384 processing units". */
static void put_cores(const struct topo_use *all, FILE *f)
{
    const struct topo_use parts = {.cores = all->cores, .units = all->units};
    char text[TOPO_USE_BYTES];
    fputs(topo_use_text(&parts, text), f);
}

/* What the numbers say. */
static void put_workers(const struct topo *t, const struct drawing *d, enum topo_bind bind,
                        unsigned workers, FILE *f)
{
    static const char *const to[] = {"its core", "its unit", "its NUMA node", ""};
    const char *s = workers == 1 ? "" : "s";
    if (bind == TOPO_BIND_NONE)
        fprintf(f, "%u worker%s, not pinned", workers, s);
    else if (workers > d->n_units)
        fprintf(f, "%u workers, several on a unit; the first is shown", workers);
    else if (topo_described_by(t))
        fprintf(f, "%u worker%s, by number, each with %s", workers, s, to[bind]);
    else
        fprintf(f, "%u worker%s, by number, each pinned to %s", workers, s, to[bind]);
}

static bool has_slow(const struct drawing *d)
{
    bool slow = false;
    for (unsigned i = 0; i < d->n_units; i++)
        slow = slow || d->unit[i].kind > 0;
    return slow;
}

/* ---- The picture -----------------------------------------------------------------------------*/

/* Begins a line of the head; the caller ends it. */
static void begin_line(unsigned line, FILE *f)
{
    fprintf(f, "<text class=\"head%s\" x=\"%g\" y=\"%g\">", line ? "" : " first", MARGIN,
            MARGIN + LINE * (line + 0.8));
}

/* The lines above the boxes; returns how many. */
static unsigned draw_head(const struct topo *t, const struct drawing *d, enum topo_bind bind,
                          unsigned workers)
{
    struct topo_facts facts;
    const struct topo_use all = topo_used(t, d->n_units);
    unsigned line = 0;
    topo_describe(t, &facts);
    begin_line(line++, d->f);
    put_model(facts.model, d->f);
    fputs("</text>\n", d->f);
    begin_line(line++, d->f);
    put_parts(t, &all, d->f);
    fputs("</text>\n", d->f);
    begin_line(line++, d->f);
    put_cores(&all, d->f);
    fputs("</text>\n", d->f);
    begin_line(line++, d->f);
    put_workers(t, d, bind, workers, d->f);
    fputs("</text>\n", d->f);
    if (has_slow(d)) {
        begin_line(line++, d->f);
        fputs("orange or dashed: efficient cores, taken after the others</text>\n", d->f);
    }
    return line;
}

char *topo_svg(const struct topo *t, enum topo_bind bind, unsigned workers)
{
    const struct topo_use all = topo_used(t, topo_pus(t));
    struct drawing d = {.unit = topo_units(t),
                        .n_units = topo_pus(t),
                        .workers = bind == TOPO_BIND_NONE ? 0 : workers,
                        .shown = {true, all.nodes > 1, all.l3_caches > 0, true}};
    const double inside = WIDTH - 2 * MARGIN;
    const struct size size = draw_boxes(&d, PACKAGE, 0, d.n_units, 0, 0, inside);
    const double top = 2 * MARGIN + LINE * (4 + has_slow(&d)), height = top + size.height + MARGIN;
    struct string_builder b;
    d.f = string_builder_open(&b);
    if (d.f) {
        fprintf(d.f,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"axb-machine\" role=\"img\" "
                "viewBox=\"0 0 %g %g\" width=\"%g\" style=\"max-width:100%%;height:auto\">\n"
                "<title>The machine, and where workers are</title>\n<desc>",
                WIDTH, height, 2 * WIDTH);
        put_parts(t, &all, d.f);
        fputs("; ", d.f);
        put_cores(&all, d.f);
        fputs("; ", d.f);
        put_workers(t, &d, bind, workers, d.f);
        fprintf(d.f, "</desc>\n%s<rect class=\"page\" width=\"%g\" height=\"%g\" rx=\"3\"/>\n",
                style, WIDTH, height);
        (void)draw_head(t, &d, bind, workers);
        (void)draw_boxes(&d, PACKAGE, 0, d.n_units, MARGIN, top, inside);
        fputs("</svg>\n", d.f);
    }
    return string_builder_end(&b);
}
