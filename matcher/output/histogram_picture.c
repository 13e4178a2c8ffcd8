/* A histogram as a picture: bars whose height is the logarithm of the number of pairs, since pairs
 * of strangers are a thousand times as many as matches.
 *
 * It is one SVG file without fonts, scripts or links of its own. Its colours follow the reader's
 * light or dark setting, and its letters are large enough for a phone. */
#include "matcher/output/histogram_file.h"

#include <math.h>
#include <stdio.h>

/* The picture, in its own units. */
#define WIDTH 400.0
#define HEIGHT 300.0
#define LEFT 52.0 /* the frame of the bars */
#define RIGHT 388.0
#define TOP 44.0
#define BOTTOM 244.0
#define MOST_BARS 56u /* more would be narrower than a hair on a phone */

static const char style[] =
    "<style>\n"
    "text{font:13px system-ui,sans-serif;fill:#222}\n"
    ".bar{fill:#2a6f97}.false{fill:#c8553d;fill-opacity:.75}\n"
    ".line{stroke:#8885;stroke-width:1}.mark{stroke:#1b7f3b;stroke-width:2}\n"
    ".page{fill:#fff}\n"
    "@media (prefers-color-scheme:dark){text{fill:#ddd}.page{fill:#16181c}\n"
    ".bar{fill:#61a5c2}.false{fill:#e07a5f}.mark{stroke:#6fcf97}}\n"
    "</style>\n";

/* What the picture shows: bins put together to bars of equal width. */
struct picture {
    FILE *f;
    const struct histogram_shown *shown;
    double from, to; /* scores at the left and at the right end */
    uint32_t n;      /* bars */
    double pairs[MOST_BARS], false_pairs[MOST_BARS];
    double most; /* pairs of the highest bar */
};

static uint32_t bar_of(const struct picture *p, double score)
{
    const double x = (score - p->from) / (p->to - p->from) * p->n;
    return x >= p->n ? p->n - 1 : x > 0 ? (uint32_t)x : 0;
}

static void add_bin(struct picture *p, uint32_t i)
{
    const struct histogram_shown *s = p->shown;
    const double from = histogram_shown_from(s, i);
    if (!isfinite(from))
        return;
    const uint32_t bar = bar_of(p, from);
    p->pairs[bar] += (double)s->bin[i].pairs;
    p->false_pairs[bar] += s->false_pairs ? s->false_pairs[i] : 0;
    p->most = fmax(p->most, p->pairs[bar]);
}

/* The range of the finite bins, and the bars. */
static void gather(struct picture *p)
{
    const struct histogram_shown *s = p->shown;
    p->from = INFINITY;
    p->to = -(double)INFINITY;
    for (uint32_t i = 0; i < s->n; i++) {
        const double from = histogram_shown_from(s, i), to = histogram_shown_to(s, i);
        if (isfinite(from) && isfinite(to)) {
            p->from = fmin(p->from, from);
            p->to = fmax(p->to, to);
        }
    }
    p->n = 4 * s->n < MOST_BARS ? 4 * s->n + 1 : MOST_BARS;
    if (!(p->from < p->to)) { /* one score, or none */
        p->from = isfinite(p->from) ? p->from - 0.5 : 0;
        p->to = p->from + 1;
    }
    for (uint32_t i = 0; i < s->n; i++)
        add_bin(p, i);
}

static double x_of(const struct picture *p, double score)
{
    return LEFT + (RIGHT - LEFT) * (score - p->from) / (p->to - p->from);
}

/* The height of so many pairs. */
static double y_of(const struct picture *p, double pairs)
{
    const double share = pairs < 1 ? 0 : (log10(pairs) + 0.3) / (log10(fmax(p->most, 10)) + 0.3);
    return BOTTOM - (BOTTOM - TOP) * share;
}

static void draw_bars(const struct picture *p, const double *pairs, const char *class)
{
    const double width = (RIGHT - LEFT) / p->n;
    for (uint32_t i = 0; i < p->n; i++)
        if (pairs[i] >= 1) {
            const double y = y_of(p, pairs[i]);
            fprintf(p->f,
                    "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                    class, LEFT + width * i, y, width > 2 ? width - 0.6 : width, BOTTOM - y);
        }
}

/* Lines at 1, 10, 100 … pairs, no more than seven. */
static void draw_pairs_axis(const struct picture *p)
{
    static const char *const name[] = {"1",    "10",    "100", "1 k",  "10 k",  "100 k", "1 M",
                                       "10 M", "100 M", "1 G", "10 G", "100 G", "1 T"};
    const int most = (int)log10(fmax(p->most, 1)), step = most > 6 ? 2 : 1;
    for (int k = 0; k <= most && k < (int)(sizeof name / sizeof *name); k += step) {
        const double y = y_of(p, pow(10, k));
        fprintf(p->f,
                "<line class=\"line\" x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>"
                "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                LEFT, RIGHT, y, y, LEFT - 6, y + 4, name[k]);
    }
}

static void draw_score_axis(const struct picture *p)
{
    for (int k = 0; k <= 4; k++) {
        const double score = p->from + (p->to - p->from) * k / 4;
        fprintf(p->f, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"%s\">%.4g</text>\n",
                x_of(p, score), BOTTOM + 18,
                k == 4 ? "end"
                : k    ? "middle"
                       : "start",
                score);
    }
}

/* A text as XML has it. */
static void put_text(FILE *f, const char *text)
{
    for (; *text; text++)
        if (*text == '<')
            fputs("&lt;", f);
        else if (*text == '>')
            fputs("&gt;", f);
        else if (*text == '&')
            fputs("&amp;", f);
        else if ((unsigned char)*text >= ' ')
            fputc(*text, f);
}

static void draw_words(const struct picture *p)
{
    const struct histogram_shown *s = p->shown;
    fprintf(p->f, "<text x=\"%.0f\" y=\"18\">pairs of records with each score", 12.0);
    fprintf(p->f, "</text>\n<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">",
            (LEFT + RIGHT) / 2, BOTTOM + 38);
    put_text(p->f, s->score);
    fprintf(p->f, "%s</text>\n", s->falls ? " (less is better)" : "");
    if (s->false_pairs)
        fprintf(p->f, "<rect class=\"false\" x=\"12\" y=\"25\" width=\"11\" height=\"11\"/>"
                      "<text x=\"28\" y=\"35\">of these probably false</text>\n");
    if (s->threshold)
        fprintf(p->f,
                "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\"/>"
                "<text x=\"%.1f\" y=\"35\" text-anchor=\"end\">suggested: %.6g</text>\n",
                x_of(p, *s->threshold), x_of(p, *s->threshold), TOP, BOTTOM, RIGHT, *s->threshold);
}

void histogram_picture(FILE *f, const struct histogram_shown *shown)
{
    struct picture p = {.f = f, .shown = shown};
    gather(&p);
    fprintf(f,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n"
            "<title>Pairs of records by score</title>\n%s"
            "<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n",
            WIDTH, HEIGHT, style);
    draw_pairs_axis(&p);
    draw_bars(&p, p.pairs, "bar");
    draw_bars(&p, p.false_pairs, "false");
    draw_score_axis(&p);
    draw_words(&p);
    fputs("</svg>\n", f);
}
