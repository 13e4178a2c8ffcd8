/* Reads --kind: items of a column and its kind, with an equals sign between them. */
#include "matcher/learn/kind_list.h"

#include "matcher/metric/metric.h"
#include "matcher/model/model_text.h"

#include <stdlib.h>
#include <string.h>

/* The kinds, for a hint. */
static void list_kinds(char *text, size_t bytes)
{
    const struct model_kind *kind;
    size_t n = 0;
    text[0] = 0;
    for (size_t i = 0; (kind = model_kind_at(i)) && n < bytes; i++)
        n += (size_t)snprintf(text + n, bytes - n, "%s%s", i ? ", " : "", kind->name);
}

/* The kind that a metric goes with: a column of figures, or of texts. */
static const struct model_kind *kind_for(const struct metric_use *use)
{
    const char *name = use->metric->reads == FIGURE_DATE     ? "event"
                       : use->metric->reads == FIGURE_NUMBER ? "amount"
                                                             : "text";
    return model_kind_find(name, strlen(name));
}

static bool read_value(struct kind_asked *x, const char *value, struct err *e)
{
    char kinds[200], hint[300];
    struct metric_use use;
    struct err other;
    if (strcmp(value, "none") == 0)
        return true;
    if ((x->kind = model_kind_find(value, strlen(value))))
        return true;
    list_kinds(kinds, sizeof kinds);
    snprintf(hint, sizeof hint, "kinds: %s, none; or a metric of `axb metrics`", kinds);
    if (!metric_find(value, strlen(value), &use, &other) || !metric_check(&use, &other))
        return err_set(e, ERR_USAGE, hint, "--kind %s=%s: \"%s\" is neither a kind nor a metric",
                       x->name, value, value);
    const char *fault = model_text_metric_fault(value, &use);
    if (fault)
        return err_set(e, ERR_USAGE, hint, "--kind %s=%s: %s", x->name, value, fault);
    x->kind = kind_for(&use);
    x->metric = strdup(value);
    return x->metric || err_set(e, ERR_OS, NULL, "not enough memory");
}

/* One item of n bytes: what stands before the last = is the column. */
static bool read_item(struct kind_list *list, const char *item, size_t n, struct err *e)
{
    const char *equals = memrchr(item, '=', n);
    if (!equals || equals == item || equals + 1 == item + n)
        return err_set(e, ERR_USAGE, "for example: --kind dob=date,zip=code",
                       "--kind: \"%.*s\" is not a column and its kind", (int)n, item);
    if (list->n == KIND_LIST_MAX)
        return err_set(e, ERR_USAGE, NULL, "--kind: more than %u columns", KIND_LIST_MAX);
    struct kind_asked *x = &list->of[list->n];
    char *value = strndup(equals + 1, (size_t)(item + n - equals - 1));
    *x = (struct kind_asked){.name = strndup(item, (size_t)(equals - item))};
    list->n++;
    const bool ok =
        value && x->name ? read_value(x, value, e) : err_set(e, ERR_OS, NULL, "not enough memory");
    free(value);
    return ok;
}

bool kind_list_read(struct kind_list *list, const struct opts_strings *option, struct err *e)
{
    for (size_t i = 0; i < option->n; i++)
        for (const char *at = option->text[i]; *at;) {
            const size_t n = strcspn(at, ",");
            if (!read_item(list, at, n, e))
                return false;
            at += n + (at[n] == ',');
        }
    return true;
}

const struct kind_asked *kind_list_find(struct kind_list *list, const char *name_a,
                                        const char *name_b)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (strcmp(list->of[i].name, name_a) == 0 || strcmp(list->of[i].name, name_b) == 0) {
            list->of[i].used = true;
            return &list->of[i];
        }
    return NULL;
}

bool kind_list_all_used(const struct kind_list *list, struct err *e)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (!list->of[i].used)
            return err_set(e, ERR_USAGE, "--columns says which columns are compared",
                           "--kind: no column \"%s\" is compared", list->of[i].name);
    return true;
}

void kind_list_free(struct kind_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        free(list->of[i].name);
        free(list->of[i].metric);
    }
    list->n = 0;
}
