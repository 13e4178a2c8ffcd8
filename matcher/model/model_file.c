/* Written line by line, so that a change of one level changes one line; read by jansson. What is
 * read is checked here, so that nobody else has to. */
#include "matcher/model/model_file.h"

#include "core/inherited.h"
#include "data/clean/text_rules.h"
#include "data/number.h"
#include "matcher/metric/metric.h"
#include "matcher/model/model_kinds.h"
#include "matcher/model/model_text.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MODEL_VERSION 1

/* ---- Writing ---------------------------------------------------------------------------------*/

static void put_number(const char *name, double x, const char *after, FILE *f)
{
    char text[33];
    const int n = (int)number_double(x + 0.0, text); /* -0 is written as 0 */
    fprintf(f, "\"%s\": %.*s%s", name, n, text, after);
}

/* NULL is null. */
static void put_value(const char *value, FILE *f)
{
    json_t *text = value ? json_string(value) : json_null();
    if (text)
        json_dumpf(text, f, JSON_ENCODE_ANY);
    json_decref(text);
}

static void put_string(const char *name, const char *value, const char *after, FILE *f)
{
    fprintf(f, "\"%s\": ", name);
    put_value(value ? value : "", f);
    fputs(after, f);
}

static void put_flag(const char *name, bool value, const char *after, FILE *f)
{
    fprintf(f, "\"%s\": %s%s", name, value ? "true" : "false", after);
}

static void put_level(const struct model_level *l, bool related, bool last, FILE *f)
{
    fputs("        {", f);
    put_number("at_least", l->at_least, ", ", f);
    put_number("m", l->m, ", ", f);
    put_number("u", l->u, related ? ", " : "", f);
    if (related)
        put_number("related", l->related, "", f);
    fputs(last ? "}\n" : "},\n", f);
}

static void put_column(const struct model_column *c, bool related, bool last, FILE *f)
{
    fputs("    {", f);
    put_string("a", c->name[0], ", ", f);
    put_string("b", c->name[1], ",\n     ", f);
    put_string("kind", c->kind->name, ", ", f);
    put_string("metric", c->metric, ", ", f);
    put_string("normalize", c->rules, ", ", f);
    put_flag("rarity", c->rarity, c->rarity ? ", " : ",\n", f);
    if (c->rarity)
        put_number("rarest_bits", c->rarest_bits, ",\n", f);
    fputs("     \"levels\": [\n", f);
    for (uint32_t l = 0; l < c->n_levels; l++)
        put_level(&c->level[l], related, l + 1 == c->n_levels, f);
    fputs(last ? "      ]}\n" : "      ]},\n", f);
}

static void put_placeholder(const struct model *m, const struct model_placeholder *x, bool last,
                            FILE *f)
{
    fprintf(f, "    {\"records\": [%llu, %llu], \"values\": [", (unsigned long long)x->records[0],
            (unsigned long long)x->records[1]);
    for (uint32_t i = 0; i < m->n_columns; i++) {
        fputs(i ? ", " : "", f);
        put_value(x->value[i], f);
    }
    fputs(last ? "]}\n" : "]},\n", f);
}

static void put_placeholders(const struct model *m, FILE *f)
{
    if (!m->n_placeholders)
        return;
    fputs("  \"placeholders\": [\n", f);
    for (uint32_t i = 0; i < m->n_placeholders; i++)
        put_placeholder(m, &m->placeholder[i], i + 1 == m->n_placeholders, f);
    fputs("  ],\n", f);
}

void model_write(const struct model *m, FILE *f)
{
    const bool related = model_has_related(m);
    fprintf(f, "{\n  \"axb_model\": %d,\n  ", MODEL_VERSION);
    fprintf(f, "\"records\": [%llu, %llu],\n  ", (unsigned long long)m->records[0],
            (unsigned long long)m->records[1]);
    put_flag("one_to_one", m->one_to_one, ",\n  ", f);
    put_number("matches", m->matches, ",\n  ", f);
    put_number("prior_bits", m->prior_bits, ",\n  ", f);
    if (related) {
        put_number("related_pairs", m->related_pairs, ",\n  ", f);
        put_number("related_bits", m->related_bits, ",\n  ", f);
    }
    put_number("threshold_bits", m->threshold_bits, ",\n  ", f);
    put_string("missing_values", m->nulls, ",\n", f);
    put_placeholders(m, f);
    fputs("  \"columns\": [\n", f);
    for (uint32_t i = 0; i < m->n_columns; i++)
        put_column(&m->column[i], related, i + 1 == m->n_columns, f);
    fputs("  ]\n}\n", f);
}

/* ---- Reading ---------------------------------------------------------------------------------*/

/* What is being read, for messages. */
struct reader {
    const char *path;
    char where[64]; /* "column 3, level 2: " or "" */
    bool related;
};

__attribute__((format(printf, 3, 4))) static bool refuse(const struct reader *r, struct err *e,
                                                         const char *format, ...)
{
    char text[300];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return err_set(e, ERR_DATA,
                   "`axb learn` writes such a file; the manual, axb-model, explains it", "%s: %s%s",
                   r->path, r->where, text);
}

/* A number from `least` to `most`. */
static bool get_number(const struct reader *r, const json_t *from, const char *name, double least,
                       double most, double *x, struct err *e)
{
    const json_t *v = json_object_get(from, name);
    if (!json_is_number(v))
        return refuse(r, e, "\"%s\" must be a number", name);
    *x = json_number_value(v);
    if (!(*x >= least && *x <= most))
        return refuse(r, e, "\"%s\" is %g, and must be from %g to %g", name, *x, least, most);
    return true;
}

static bool get_string(const struct reader *r, const json_t *from, const char *name, char **text,
                       struct err *e)
{
    const char *s = json_string_value(json_object_get(from, name));
    if (!s)
        return refuse(r, e, "\"%s\" must be a text", name);
    *text = strdup(s);
    return *text || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool get_flag(const struct reader *r, const json_t *from, const char *name, bool *flag,
                     struct err *e)
{
    const json_t *v = json_object_get(from, name);
    *flag = json_is_true(v);
    return json_is_boolean(v) || refuse(r, e, "\"%s\" must be true or false", name);
}

/* Shares are above 0, so that every weight is finite. */
static bool get_level(struct reader *r, const json_t *from, struct model_level *l, struct err *e)
{
    const double least = 1e-300;
    return get_number(r, from, "at_least", 0, 1, &l->at_least, e) &&
           get_number(r, from, "m", least, 1, &l->m, e) &&
           get_number(r, from, "u", least, 1, &l->u, e) &&
           (!r->related || get_number(r, from, "related", least, 1, &l->related, e));
}

static bool get_levels(struct reader *r, const json_t *from, uint32_t number,
                       struct model_column *c, struct err *e)
{
    const json_t *levels = json_object_get(from, "levels");
    const size_t n = json_array_size(levels);
    if (n < 2 || n > MODEL_MAX_LEVELS)
        return refuse(r, e, "\"levels\" must be a list of 2 to %u levels", MODEL_MAX_LEVELS);
    c->n_levels = (uint32_t)n;
    for (uint32_t l = 0; l < n; l++) {
        snprintf(r->where, sizeof r->where, "column %u, level %u: ", number, l + 1);
        if (!get_level(r, json_array_get(levels, l), &c->level[l], e))
            return false;
        if (l ? c->level[l].at_least <= c->level[l - 1].at_least : c->level[l].at_least != 0)
            return refuse(r, e, "the first level begins at 0, and each one above the one before");
    }
    if (c->level[n - 1].at_least != 1)
        return refuse(r, e, "the last level must begin at 1, where values agree");
    return true;
}

static bool get_kind(const struct reader *r, const json_t *from, struct model_column *c,
                     struct err *e)
{
    const char *name = json_string_value(json_object_get(from, "kind"));
    c->kind = name ? model_kind_find(name, strlen(name)) : NULL;
    return c->kind || refuse(r, e, "\"kind\" must be the name of a kind, such as \"name\"");
}

/* What is read is put into an expression. */
static bool check_text(const struct reader *r, const char *text, struct err *e)
{
    return model_text_can_say(text) ||
           refuse(r, e, "\"%.60s\" is longer than %u bytes or has all kinds of quotes (' \" `)",
                  text, MODEL_MAX_TEXT);
}

/* "osa", "cosine:3" */
static bool get_metric(const struct reader *r, const json_t *from, struct model_column *c,
                       struct err *e)
{
    struct metric_use use;
    struct err why;
    if (!get_string(r, from, "metric", &c->metric, e))
        return false;
    if (!metric_find(c->metric, strlen(c->metric), &use, &why) || !metric_check(&use, &why))
        return refuse(r, e, "\"metric\": %s", why.text);
    const char *fault = model_text_metric_fault(c->metric, &use);
    return !fault || refuse(r, e, "\"metric\": %.60s: %s", c->metric, fault);
}

static bool get_rules(const struct reader *r, const json_t *from, struct model_column *c,
                      struct err *e)
{
    return get_string(r, from, "normalize", &c->rules, e) &&
           (!*c->rules || text_rules_known(c->rules, strlen(c->rules)) ||
            refuse(r, e, "\"normalize\" is \"%.60s\"; the rules are %s", c->rules,
                   text_rules_names()));
}

/* Twice the same columns would count the same evidence twice. */
static bool check_new(const struct reader *r, const struct model *m, uint32_t i, struct err *e)
{
    char *const *name = m->column[i].name;
    for (uint32_t k = 0; k < i; k++)
        if (strcmp(m->column[k].name[0], name[0]) == 0 &&
            strcmp(m->column[k].name[1], name[1]) == 0)
            return refuse(r, e, "\"%s\" and \"%s\" are those of column %u", name[0], name[1],
                          k + 1);
    return true;
}

static bool get_column(struct reader *r, const json_t *from, struct model *m, uint32_t i,
                       struct err *e)
{
    struct model_column *c = &m->column[i];
    snprintf(r->where, sizeof r->where, "column %u: ", i + 1);
    return get_string(r, from, "a", &c->name[0], e) && get_string(r, from, "b", &c->name[1], e) &&
           check_text(r, c->name[0], e) && check_text(r, c->name[1], e) && check_new(r, m, i, e) &&
           get_kind(r, from, c, e) && get_metric(r, from, c, e) && get_rules(r, from, c, e) &&
           get_flag(r, from, "rarity", &c->rarity, e) &&
           (!c->rarity || get_number(r, from, "rarest_bits", 0, 100, &c->rarest_bits, e)) &&
           get_levels(r, from, i + 1, c, e);
}

static bool get_columns(struct reader *r, const json_t *from, struct model *m, struct err *e)
{
    const json_t *columns = json_object_get(from, "columns");
    const size_t n = json_array_size(columns);
    if (n < 1 || n > MODEL_MAX_COLUMNS)
        return refuse(r, e, "\"columns\" must be a list of 1 to %u columns", MODEL_MAX_COLUMNS);
    for (uint32_t i = 0; i < n; i++) {
        m->n_columns = i + 1; /* so that a half read one is freed */
        if (!get_column(r, json_array_get(columns, i), m, i, e))
            return false;
    }
    r->where[0] = 0;
    return true;
}

static bool get_records(const struct reader *r, const json_t *from, uint64_t records[2],
                        struct err *e)
{
    const json_t *list = json_object_get(from, "records");
    for (size_t side = 0; side < 2; side++) {
        const json_t *n = json_array_get(list, side);
        if (!json_is_integer(n) || json_integer_value(n) < 0)
            return refuse(r, e, "\"records\" must be two numbers of records");
        records[side] = (uint64_t)json_integer_value(n);
    }
    return true;
}

/* A value of a placeholder; null where it is missing. */
static bool get_value(const struct reader *r, const json_t *from, const struct model_column *c,
                      char **value, struct err *e)
{
    const char *text = json_string_value(from);
    *value = NULL;
    if (!text && !json_is_null(from))
        return refuse(r, e, "a value must be a text, or null where it is missing");
    if (text && c->kind->figures && isnan(model_kind_figure(c->kind, text)))
        return refuse(r, e, "\"%.60s\" is no %s", text,
                      model_kind_has_dates(c->kind) ? "date such as 2024-12-31" : "number");
    if (text && !c->kind->figures && !check_text(r, text, e))
        return false;
    *value = text ? strdup(text) : NULL;
    return *value || !text || err_set(e, ERR_OS, NULL, "not enough memory");
}

static bool get_placeholder(const struct reader *r, const json_t *from, const struct model *m,
                            struct model_placeholder *x, struct err *e)
{
    const json_t *values = json_object_get(from, "values");
    bool some = false;
    if (json_array_size(values) != m->n_columns)
        return refuse(r, e, "\"values\" must be a list of %u values, one of each column",
                      m->n_columns);
    for (uint32_t i = 0; i < m->n_columns; i++) {
        if (!get_value(r, json_array_get(values, i), &m->column[i], &x->value[i], e))
            return false;
        some = some || x->value[i];
    }
    return (some || refuse(r, e, "a placeholder must have a value")) &&
           get_records(r, from, x->records, e);
}

static bool get_placeholders(struct reader *r, const json_t *from, struct model *m, struct err *e)
{
    const json_t *list = json_object_get(from, "placeholders");
    const size_t n = json_array_size(list);
    if (list && (!json_is_array(list) || n > MODEL_MAX_PLACEHOLDERS))
        return refuse(r, e, "\"placeholders\" must be a list of at most %u records",
                      MODEL_MAX_PLACEHOLDERS);
    for (uint32_t i = 0; i < n; i++) {
        snprintf(r->where, sizeof r->where, "placeholder %u: ", i + 1);
        m->n_placeholders = i + 1; /* so that a half read one is freed */
        if (!get_placeholder(r, json_array_get(list, i), m, &m->placeholder[i], e))
            return false;
    }
    r->where[0] = 0;
    return true;
}

static bool get_prior(struct reader *r, const json_t *from, struct model *m, struct err *e)
{
    const double far = 1000;
    r->related = json_object_get(from, "related_pairs") != NULL;
    return get_number(r, from, "matches", 0, 1e300, &m->matches, e) &&
           get_number(r, from, "prior_bits", -far, far, &m->prior_bits, e) &&
           get_number(r, from, "threshold_bits", -far, far, &m->threshold_bits, e) &&
           (!r->related ||
            (get_number(r, from, "related_pairs", 1e-300, 1e300, &m->related_pairs, e) &&
             get_number(r, from, "related_bits", -far, far, &m->related_bits, e)));
}

static bool get_model(struct reader *r, const json_t *from, struct model *m, struct err *e)
{
    const json_t *version = json_object_get(from, "axb_model");
    if (!json_is_integer(version))
        return refuse(r, e, "this is no model: \"axb_model\" is missing");
    if (json_integer_value(version) != MODEL_VERSION)
        return refuse(r, e, "this is a model of version %lld, and axb %s reads version %d",
                      json_integer_value(version), AXB_VERSION, MODEL_VERSION);
    return get_records(r, from, m->records, e) &&
           get_flag(r, from, "one_to_one", &m->one_to_one, e) && get_prior(r, from, m, e) &&
           get_string(r, from, "missing_values", &m->nulls, e) && get_columns(r, from, m, e) &&
           get_placeholders(r, from, m, e);
}

/* A descriptor is opened anew, so that it is read from its beginning each time. */
static FILE *open_file(const char *path, const char **shown, struct err *e)
{
    char opened[40];
    struct stat st;
    int fd;
    *shown = path;
    if (inherited_is(path)) {
        if (!inherited_open(path, false, &fd, shown, e))
            return NULL;
        snprintf(opened, sizeof opened, "/proc/self/fd/%d", fd);
        path = opened;
    }
    FILE *f = fopen(path, "r");
    if (!f)
        err_system(e, ERR_NOINPUT, errno, NULL, "%s cannot be read", *shown);
    if (f && fstat(fileno(f), &st) == 0 && S_ISDIR(st.st_mode)) {
        err_set(e, ERR_NOINPUT, "name a model in it", "%s: is a directory", *shown);
        fclose(f);
        return NULL;
    }
    return f;
}

bool model_read(struct model *m, const char *path, struct err *e)
{
    struct reader r = {.path = path};
    json_error_t fault;
    *m = (struct model){.n_columns = 0};
    FILE *f = open_file(path, &r.path, e);
    if (!f)
        return false;
    errno = 0;
    json_t *from = json_loadf(f, JSON_REJECT_DUPLICATES, &fault);
    const int failed = ferror(f) ? errno : 0;
    fclose(f);
    if (failed) {
        json_decref(from);
        return err_system(e, ERR_IO, failed, NULL, "%s cannot be read", r.path);
    }
    if (!from)
        return err_set(e, ERR_DATA, "a model is JSON", "%s:%d: column %d: %s", r.path, fault.line,
                       fault.column, fault.text);
    const bool ok = get_model(&r, from, m, e);
    json_decref(from);
    return ok;
}
