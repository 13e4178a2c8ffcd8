/* The end of a file's name, and what it asks for. */
#include "matcher/output/output_form.h"

#include "core/inherited.h"
#include "core/log.h"
#include "data/emit.h"
#include "data/fields.h"
#include "data/format/pack.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FORMAT 0u

static bool is_stdout(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

/* The part of a name that says the format: ".csv" of "out/pairs.csv.gz". */
struct ending {
    const char *p;
    size_t n;
};

static struct ending ending_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const struct pack_kind *kind = pack_kind_of(path);
    const size_t n = strlen(name) - (kind ? pack_suffix_bytes(kind) : 0);
    size_t at = n;
    while (at > 1 && name[at - 1] != '.')
        at--;
    return at > 1 ? (struct ending){name + at - 1, n - at + 1} : (struct ending){name + n, 0};
}

/* ---- What others write -----------------------------------------------------------------------*/

/* Formats that axb does not write, and how a file that it writes becomes one. In `how` a @ stands
 * for the path without the suffix. */
static const struct other {
    const char *suffix, *how;
} others[] = {
    {".parquet", "duckdb -c \"COPY '@.csv' TO '@.parquet'\""},
    {".xlsx", "soffice --headless --convert-to xlsx '@.csv'"},
    {".xls", "soffice --headless --convert-to xls '@.csv'"},
    {".ods", "soffice --headless --convert-to ods '@.csv'"},
    {".arrow", "python3 -c \"import pandas; pandas.read_csv('@.csv').to_feather('@.arrow')\""},
    {".feather", "python3 -c \"import pandas; pandas.read_csv('@.csv').to_feather('@.feather')\""},
    {".xz", "xz '@'"},
    {".bz2", "bzip2 '@'"},
    {".zip", "zip '@.zip' '@'"},
};

#define CONVERT "write CSV, then convert it"
#define MOST_STEM 100 /* bytes of a path that a hint repeats */

/* How a file at this path, which is without its suffix, is converted; into hint[bytes]. */
static void put_recipe(const struct other *x, const char *stem, int stem_bytes, char *hint,
                       size_t bytes)
{
    size_t n = (size_t)snprintf(hint, bytes, "%s", stem_bytes > MOST_STEM ? CONVERT : CONVERT ": ");
    for (const char *p = x->how; stem_bytes <= MOST_STEM && *p && n + 1 < bytes; p++)
        if (*p == '@')
            n += (size_t)snprintf(hint + n, bytes - n, "%.*s", stem_bytes, stem);
        else
            hint[n++] = *p;
    hint[n < bytes ? n : bytes - 1] = 0;
}

static bool refuse_other(const struct other *x, const char *path, size_t suffix_bytes,
                         struct err *e)
{
    char hint[600];
    put_recipe(x, path, (int)(strlen(path) - suffix_bytes), hint, sizeof hint);
    return err_set(e, ERR_USAGE, hint, "%s: axb does not write %s", path, x->suffix);
}

static const struct other *find_other(const char *suffix, size_t n)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i].suffix) == n && strncasecmp(others[i].suffix, suffix, n) == 0)
            return &others[i];
    return NULL;
}

/* --format of a name that is such a suffix without its point; NULL: it is none. */
static const struct other *other_of_name(const char *name)
{
    char suffix[16];
    snprintf(suffix, sizeof suffix, ".%.14s", name);
    return find_other(suffix, strlen(suffix));
}

static bool refuse_format(const struct other *x, const char *output, struct err *e)
{
    const char *path = is_stdout(output) ? "pairs" : output;
    char hint[600];
    put_recipe(x, path, (int)(strlen(path) - ending_of(path).n), hint, sizeof hint);
    return err_set(e, ERR_USAGE, hint, "--format: axb does not write %s", x->suffix);
}

/* ---- The choice ------------------------------------------------------------------------------*/

static bool by_name(const char *path, bool shard, uint32_t *format, struct err *e)
{
    const struct ending end = ending_of(path);
    if (emit_find_suffix(end.p, end.n, format))
        return true;
    const struct other *x = find_other(end.p, end.n);
    if (x)
        return refuse_other(x, path, end.n, e);
    *format = FIRST_FORMAT;
    if (end.n && !shard)
        log_note(
            "%s: axb writes CSV into it; --format, or a name that ends in .csv, .tsv, .json or "
            ".jsonl, chooses the format",
            path);
    return true;
}

bool output_form_has_pairs(const struct opts *o)
{
    return !o->count && !o->histogram && (o->output || (!o->clusters && !o->golden));
}

static bool of_file(const struct opts *o, const char *path, const char *option, bool may_be_pairs,
                    uint32_t *format, struct err *e)
{
    const struct ending end = ending_of(path);
    const bool named = !is_stdout(path) && !inherited_is(path);
    *format = FIRST_FORMAT;
    if (named && emit_find_suffix(end.p, end.n, format))
        return fields_check(*format, option, e);
    if (o->format)
        return emit_find(o->format, format, e) &&
               ((may_be_pairs && emit_is_binary(*format)) || fields_check(*format, option, e));
    return !named || by_name(path, false, format, e);
}

bool output_form_of_fields(const struct opts *o, const char *path, const char *option,
                           uint32_t *format, struct err *e)
{
    return of_file(o, path, option, false, format, e);
}

bool output_form_of_clusters(const struct opts *o, const char *path, const char *option,
                             uint32_t *format, struct err *e)
{
    return of_file(o, path, option, true, format, e);
}

static bool choose(const struct opts *o, uint32_t *format, struct err *e)
{
    const struct other *other = o->format ? other_of_name(o->format) : NULL;
    if (other)
        return refuse_format(other, o->output, e);
    if (o->format)
        return emit_find(o->format, format, e);
    if (!is_stdout(o->output) && !inherited_is(o->output))
        return by_name(o->output, o->shard && !o->slurm, format, e);
    if (!o->output && output_form_has_pairs(o) && !o->shard && !o->resume && !o->prepare &&
        isatty(STDOUT_FILENO))
        return emit_find("table", format, e);
    *format = FIRST_FORMAT;
    return true;
}

/* What is put together of parts must have parts that follow each other as they are. */
bool output_form_check_parts(const struct opts *o, uint32_t format, struct err *e)
{
    const char *option = o->slurm    ? "--slurm"
                         : o->shard  ? "--shard"
                         : o->resume ? "--resume"
                                     : NULL;
    if (o->audit && emit_is_of_values(format))
        return err_set(e, ERR_USAGE, "choose --format pairs",
                       "--audit looks at lines, and the format %s has none", emit_name(format));
    if (!option)
        return true;
    const bool has_blocks = opts_in_parts(o) && emit_is_of_values(format);
    if (emit_is_for_people(format) || (emit_has_tail(format) && !has_blocks))
        return err_set(e, ERR_USAGE, "choose --format jsonl or --format csv",
                       "%s: the format %s cannot be written in parts", option, emit_name(format));
    if (o->shard && !o->slurm && o->output && pack_kind_of(o->output))
        return err_set(e, ERR_USAGE, "name it part.shard; axb merge -o FILE.csv.gz compresses",
                       "--shard: the file of a part is not compressed, and %s ends in %s",
                       o->output, strrchr(o->output, '.'));
    return true;
}

bool output_form_choose(const struct opts *o, uint32_t *format, struct err *e)
{
    return choose(o, format, e) && output_form_check_parts(o, *format, e);
}

bool output_form_fits(const char *path, const char *format, struct err *e)
{
    uint32_t asked;
    if (is_stdout(path) || inherited_is(path))
        return true;
    const struct ending end = ending_of(path);
    if (!emit_find_suffix(end.p, end.n, &asked) || strcmp(emit_name(asked), format) == 0)
        return true;
    return err_set(e, ERR_USAGE, "name it by its format, or give match or dedupe another --format",
                   "%s: the run writes the format %s", path, format);
}
