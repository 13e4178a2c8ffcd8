/* Named tables: a checked table in a named segment, and the error for one that does not exist. */
#include "data/named.h"
#include "core/shm.h"
#include "core/shm_named.h"

#include "core/suggest.h"

#include <stdio.h>
#include <string.h>

#define NAMES_LISTED 24u

static bool unknown(const char *name, struct err *e)
{
    char **names, list[1300], hint[200];
    size_t n;
    if (!shm_named_list(&names, &n, e))
        return false;
    suggest_names(name, (const char *const *)names, n, NAMES_LISTED, list, sizeof list);
    shm_names_free(names, n);
    snprintf(hint, sizeof hint, "axb data load %s FILE.csv loads one; a file of that name is ./@%s",
             name, name);
    return err_set(e, ERR_NOINPUT, hint, "there is no table @%s; there %s %s%s", name,
                   n == 1 ? "is" : "are", n ? list : "none", n > NAMES_LISTED ? " and more" : "");
}

/* Says of which table an error is, and how to be rid of it. */
static bool name_it(const char *name, struct err *e)
{
    char hint[200];
    snprintf(hint, sizeof hint, "axb data rm %s, then load it again", name);
    return err_set(e, ERR_DATA, hint, "@%s: %s", name, e->text);
}

bool named_open(struct named *n, const char *name, struct err *e)
{
    bool there;
    *n = (struct named){.shm.fd = -1};
    if (!shm_name_check(name, e))
        return false;
    snprintf(n->name, sizeof n->name, "%s", name);
    if (!shm_named_open(&n->shm, name, &there, e))
        return there ? false : unknown(name, e);
    if (table_check(&n->table, &n->shm, e))
        return true;
    shm_close(&n->shm);
    return name_it(name, e);
}

void named_close(struct named *n)
{
    shm_close(&n->shm);
}

bool named_check(const struct named *n, uint32_t column, struct err *e)
{
    return table_check_column(&n->table, column, e) || name_it(n->name, e);
}

bool named_publish(struct shm *s, const char *name, struct err *e)
{
    struct table t;
    table_add_checksums(s);
    return table_view(&t, s, e) && shm_named_publish(s, name, t.head->bytes, e);
}

bool named_remove(const char *name, struct err *e)
{
    bool there;
    return shm_name_check(name, e) &&
           (shm_named_remove(name, &there, e) || (there ? false : unknown(name, e)));
}
