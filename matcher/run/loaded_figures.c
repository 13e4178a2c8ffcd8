/* Columns of numbers, dates and places: their formats are found and said. Columns that need no
 * change stay where they are; the others go into one table more. */
#include "matcher/run/loaded_internal.h"

#include "core/log.h"
#include "data/figures/spelled_date.h"
#include "data/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What was found, in words ----------------------------------------------------------------*/

#define SHOWN_BYTES 40u

/* A column and what was found in it. */
struct found {
    const char *path, *name;
    struct loaded_column at;
    const struct figure_finding *finding;
};

/* A value for a message: cut if it is long, in one line. */
static const char *shown(const struct found *f, uint32_t value, char text[SHOWN_BYTES + 8])
{
    const struct bytes v = table_value(f->at.table, f->at.column, value);
    const size_t n = v.n <= SHOWN_BYTES ? v.n : text_valid_prefix(v.p, SHOWN_BYTES);
    for (size_t i = 0; i < n; i++)
        text[i] = (unsigned char)v.p[i] < 0x20 ? ' ' : v.p[i];
    snprintf(text + n, sizeof "...", "%s", n < v.n ? "..." : "");
    return text;
}

static void say_decimal(const struct found *f)
{
    const struct figure_finding *g = f->finding;
    const bool comma = g->format.decimal == ',';
    char first[SHOWN_BYTES + 8], second[SHOWN_BYTES + 8];
    if (g->second != FIGURE_NO_VALUE)
        log_note("%s: %s has numbers with a decimal comma and with a decimal point, such as \"%s\" "
                 "and \"%s\"; what can be both is read with a %s; --decimal says which is right",
                 f->path, f->name, shown(f, comma ? g->first : g->second, first),
                 shown(f, comma ? g->second : g->first, second), comma ? "comma" : "point");
    else if (comma)
        log_note("%s: %s is read with a decimal comma (\"%s\"); --decimal '.' reads it otherwise",
                 f->path, f->name, shown(f, g->first, first));
}

/* "1,234" and nothing that decides. */
static void say_either(const struct found *f)
{
    char text[SHOWN_BYTES + 8];
    const uint32_t value = f->finding->unsure;
    const struct bytes v = table_value(f->at.table, f->at.column, value);
    const struct figure_format comma = {.kind = FIGURE_NUMBER, .given = true, .decimal = ','};
    log_note("%s: %s: \"%s\" is read as %.15g; --decimal ',' reads it as %.15g", f->path, f->name,
             shown(f, value, text), figure_number(v, &f->finding->format),
             figure_number(v, &comma));
}

/* Dates that are written with points, and in which nothing else decides. */
static bool points_decide(const struct found *f)
{
    const struct figure_finding *g = f->finding;
    const struct bytes v = table_value(f->at.table, f->at.column, g->first);
    const struct spelled_date d = spelled_date_read(v);
    const double days = spelled_date_days(&d, g->format.orders);
    return d.points && g->format.points_dmy && days != days;
}

static void say_order(const struct found *f)
{
    const struct figure_finding *g = f->finding;
    char first[SHOWN_BYTES + 8], second[SHOWN_BYTES + 8];
    if (g->second != FIGURE_NO_VALUE)
        log_note("%s: %s has dates of two orders, such as \"%s\" and \"%s\"; --dates dmy, mdy or "
                 "ymd says which is right",
                 f->path, f->name, shown(f, g->first, first), shown(f, g->second, second));
    else if (g->format.orders == SPELLED_DMY || points_decide(f))
        log_note("%s: %s is read day first (\"%s\"%s); --dates mdy reads it otherwise", f->path,
                 f->name, shown(f, g->first, first),
                 g->format.orders == SPELLED_DMY ? "" : ", with points");
    else if (g->format.orders == SPELLED_MDY || g->format.orders == SPELLED_YMD)
        log_note("%s: %s is read %s first (\"%s\"); --dates dmy reads it otherwise", f->path,
                 f->name, g->format.orders == SPELLED_MDY ? "month" : "year",
                 shown(f, g->first, first));
}

/* "03/04/2021" and nothing that decides. */
static void say_unsure(const struct found *f)
{
    const struct figure_finding *g = f->finding;
    char text[SHOWN_BYTES + 8];
    log_note("%s: %s: %llu of %llu values can be dates of two orders, such as \"%s\", and have no "
             "value; --dates dmy, mdy or ymd says which is right",
             f->path, f->name, (unsigned long long)g->unsure_rows, (unsigned long long)g->rows,
             shown(f, g->unsure, text));
}

static void say_wrong(const struct found *f)
{
    static const char *const what[] = {
        [FIGURE_NUMBER] = "number", [FIGURE_DATE] = "date", [FIGURE_PLACE] = "place"};
    const struct figure_finding *g = f->finding;
    char text[SHOWN_BYTES + 8];
    (g->wrong_rows > g->rows / 2 ? log_note : log_verbose)(
        "%s: %s: %llu of %llu values are no %s, such as \"%s\"", f->path, f->name,
        (unsigned long long)g->wrong_rows, (unsigned long long)g->rows, what[g->format.kind],
        shown(f, g->wrong, text));
}

static void say_found(const struct found *f)
{
    const struct figure_finding *g = f->finding;
    if (g->first != FIGURE_NO_VALUE)
        (g->format.kind == FIGURE_DATE ? say_order : say_decimal)(f);
    if (g->unsure != FIGURE_NO_VALUE)
        (g->format.kind == FIGURE_DATE ? say_unsure : say_either)(f);
    if (g->wrong != FIGURE_NO_VALUE)
        say_wrong(f);
}

/* ---- The columns -----------------------------------------------------------------------------*/

static bool no_memory(const struct load *load, struct err *e)
{
    return err_set(e, ERR_OS, NULL, "%s: not enough memory to load it", load->shown);
}

/* Is the column also read as the same figure before, so that all is said of it? */
static bool is_said(const struct wanted_figures *w, uint32_t i)
{
    bool said = false;
    for (uint32_t k = 0; k < i; k++)
        said = said || (w[k].column == w[i].column && w[k].asked.kind == w[i].asked.kind);
    return said;
}

/* Finds the formats. Lists in todo[*n_todo] the columns that are to be made, in the order in which
 * they will be. */
static bool find_all(struct loaded *l, const struct load *load, const struct wanted *wanted,
                     int side, struct load_figures *todo, size_t *n_todo, struct err *e)
{
    for (uint32_t i = 0; i < wanted->n_figures[side]; i++) {
        const struct wanted_figures *w = &wanted->figures[side][i];
        const struct loaded_column at = loaded_column(l, side, w->source);
        struct figure_finding finding;
        if (!figures_find(at.table, at.column, &w->asked, &finding))
            return no_memory(load, e);
        const struct found found = {load->shown, load->names[w->column], at, &finding};
        if (!is_said(wanted->figures[side], i))
            say_found(&found);
        l->figure_at[side][i] = at;
        if (!finding.rewritten)
            continue;
        l->figure_at[side][i] = (struct loaded_column){&l->figures[side], (uint32_t)*n_todo};
        todo[(*n_todo)++] = (struct load_figures){w->column, at.column, finding.format};
    }
    return true;
}

bool loaded_make_figures(struct loaded *l, struct load *load, const struct wanted *wanted, int side,
                         struct err *e)
{
    struct shm *s = &l->figures_segment[side];
    size_t n = 0;
    if (!wanted->n_figures[side])
        return true;
    struct load_figures *todo = calloc(wanted->n_figures[side], sizeof *todo);
    bool ok = todo ? find_all(l, load, wanted, side, todo, &n, e) : no_memory(load, e);
    if (ok && n)
        ok = shm_create(s, side ? "figures of B" : "figures of A", 1ull << 40, e) &&
             load_figures(load, &l->inputs.table[side], todo, n, s, e) && shm_freeze(s, e) &&
             table_view(&l->figures[side], s, e);
    free(todo);
    return ok;
}
