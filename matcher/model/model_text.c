/* Writes sums of steps, with the names of columns in quotes. */
#include "matcher/model/model_text.h"

#include "core/string_builder.h"
#include "data/number.h"
#include "matcher/model/model_kinds.h"

#include <string.h>

char *model_text(const struct model *m, model_write_fn *write)
{
    struct string_builder b;
    FILE *f = string_builder_open(&b);
    if (f)
        write(m, f);
    return string_builder_end(&b);
}

/* All digits of a number. */
static void put_number(double x, FILE *f)
{
    char text[33];
    fprintf(f, "%.*s", (int)number_double(x, text), text);
}

/* ---- Names -----------------------------------------------------------------------------------*/

bool model_text_can_say(const char *text)
{
    return strlen(text) <= MODEL_MAX_TEXT &&
           (!strchr(text, '\'') || !strchr(text, '"') || !strchr(text, '`'));
}

const char *model_text_metric_fault(const char *text, const struct metric_use *use)
{
    const char *args = text + strcspn(text, ":");
    if (use->view != METRIC_NORMALIZED_SIMILARITY)
        return "a model needs a similarity from 0 to 1";
    return args[strspn(args, ":.0123456789")] ? "its numbers must be decimal, such as 0.5" : NULL;
}

/* A name in an expression stands in quotes that it does not hold itself. */
static void put_name(const char *name, FILE *f)
{
    const char quote = !strchr(name, '\'') ? '\'' : !strchr(name, '"') ? '"' : '`';
    fprintf(f, "%c%s%c", quote, name, quote);
}

static void put_columns(const struct model_column *c, FILE *f)
{
    if (strcmp(c->name[0], c->name[1]) == 0) {
        put_name(c->name[0], f);
        return;
    }
    fputs("a.", f);
    put_name(c->name[0], f);
    fputs(", b.", f);
    put_name(c->name[1], f);
}

void model_write_metric(const struct model_column *c, FILE *f)
{
    const size_t name = strcspn(c->metric, ":");
    fprintf(f, "%.*s(", (int)name, c->metric);
    put_columns(c, f);
    for (const char *at = c->metric + name; *at; at++)
        if (*at == ':')
            fputs(", ", f);
        else
            putc(*at, f);
    putc(')', f);
}

void model_write_rarity(const struct model_column *c, FILE *f)
{
    fputs("rarity(", f);
    put_columns(c, f);
    putc(')', f);
}

/* ---- A column --------------------------------------------------------------------------------*/

/* steps(metric, w0, t1, w1 …) over the first n levels. */
static void put_steps(const struct model_column *c, uint32_t n, const double *weight, FILE *f)
{
    if (n == 1) {
        put_number(weight[0], f);
        return;
    }
    fputs("steps(", f);
    model_write_metric(c, f);
    fputs(", ", f);
    put_number(weight[0], f);
    for (uint32_t l = 1; l < n; l++) {
        fputs(", ", f);
        put_number(c->level[l].at_least, f);
        fputs(", ", f);
        put_number(weight[l], f);
    }
    putc(')', f);
}

/* metric >= 1 ? … by the frequency of the value … : the other levels. Where the metric can be 1 of
 * texts that differ, these weigh what the level does. */
static void put_rare(const struct model_column *c, const struct model_bits *bits, FILE *f)
{
    const uint32_t last = c->n_levels - 1;
    model_write_metric(c, f);
    fputs(" >= 1 ? ", f);
    if (!bits->one_is_equal) {
        putc('(', f);
        model_write_rarity(c, f);
        fputs(" > 0 ? ", f);
    }
    fputs("max(0, ", f);
    put_number(bits->rare, f);
    fputs(" + min(", f);
    put_number(c->rarest_bits, f);
    fputs(", ", f);
    model_write_rarity(c, f);
    fputs("))", f);
    if (!bits->one_is_equal) {
        fputs(" : ", f);
        put_number(bits->random[last], f);
        putc(')', f);
    }
    fputs(" : ", f);
    put_steps(c, last, bits->random, f);
}

void model_write_column(const struct model_column *c, bool related, FILE *f)
{
    const struct model_bits bits = model_column_bits(c);
    fputs("if_missing(", f);
    if (c->rarity && !related)
        put_rare(c, &bits, f);
    else
        put_steps(c, c->n_levels, related ? bits.related : bits.random, f);
    fputs(", 0)", f);
}

/* ---- The whole -------------------------------------------------------------------------------*/

static void put_sum(const struct model *m, bool related, FILE *f)
{
    put_number(related ? m->related_bits : m->prior_bits, f);
    for (uint32_t i = 0; i < m->n_columns; i++) {
        fputs(" + ", f);
        model_write_column(&m->column[i], related, f);
    }
}

void model_write_score(const struct model *m, FILE *f)
{
    if (!model_has_related(m)) {
        put_sum(m, false, f);
        return;
    }
    fputs("soft_min(", f);
    put_sum(m, false, f);
    fputs(", ", f);
    put_sum(m, true, f);
    putc(')', f);
}

/* ---- Placeholders ----------------------------------------------------------------------------*/

/* Is a column of a side missing, or has it this value? */
static void put_has(const struct model_column *c, int side, const char *value, FILE *f)
{
    const bool figures = c->kind->figures;
    fputs(value ? "" : "missing(", f);
    fputs(!figures ? "" : model_kind_has_dates(c->kind) ? "days(" : "number(", f);
    fputs(side ? "b." : "a.", f);
    put_name(c->name[side], f);
    fputs(figures ? ")" : "", f);
    if (!value) {
        putc(')', f);
        return;
    }
    fputs(" == ", f);
    if (figures)
        put_number(model_kind_figure(c->kind, value), f);
    else
        put_name(value, f);
}

static void put_placeholder(const struct model *m, const struct model_placeholder *x, int side,
                            FILE *f)
{
    fputs("!(", f);
    for (uint32_t i = 0; i < m->n_columns; i++) {
        fputs(i ? " && " : "", f);
        put_has(&m->column[i], side, x->value[i], f);
    }
    putc(')', f);
}

void model_write_where(const struct model *m, FILE *f)
{
    for (uint32_t i = 0; i < m->n_placeholders; i++)
        for (int side = 0; side < 2; side++) {
            fputs(i || side ? " && " : "", f);
            put_placeholder(m, &m->placeholder[i], side, f);
        }
}

/* ---- Cleaning --------------------------------------------------------------------------------*/

/* A name in a list of columns: in double quotes, where a quote is written twice. */
static void put_listed(const char *name, FILE *f)
{
    putc('"', f);
    for (; *name; name++) {
        if (*name == '"')
            putc('"', f);
        putc(*name, f);
    }
    putc('"', f);
}

/* The rules of an item are separated by plus signs. */
static void put_rules(const char *rules, FILE *f)
{
    for (; *rules; rules++)
        putc(*rules == ',' ? '+' : *rules, f);
}

void model_write_rules(const struct model *m, FILE *f)
{
    const char *between = "";
    for (uint32_t i = 0; i < m->n_columns; i++) {
        const struct model_column *c = &m->column[i];
        if (c->kind->figures || !*c->rules)
            continue;
        fputs(between, f);
        put_listed(c->name[0], f);
        if (strcmp(c->name[0], c->name[1]) != 0) {
            putc('=', f);
            put_listed(c->name[1], f);
        }
        putc(':', f);
        put_rules(c->rules, f);
        between = ",";
    }
}
