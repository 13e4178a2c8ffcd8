/* `axb data load`, `ls` and `rm`: the tables that stay in shared memory between runs. Not here:
 * what such a table is (data/named.h). */
#include "core/inherited.h"
#include "core/log.h"
#include "core/machine/topology.h"
#include "core/shm.h"
#include "core/shm_named.h"
#include "data/load.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/run/run_json.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Loading ---------------------------------------------------------------------------------*/

/* Loads all columns of an opened file and gives them the name, or puts them into the descriptor. */
static bool keep_all(struct load *l, const char *name, int into, struct load_stats *stats,
                     size_t *bytes, struct err *e)
{
    struct shm s = {.fd = -1};
    struct topo *t = NULL;
    struct load_want *wants = calloc(l->n_columns + 1, sizeof *wants);
    bool ok = (wants || err_set(e, ERR_OS, NULL, "not enough memory")) &&
              topo_spread_for(&t, load_bytes(l), 0, e);
    if (ok && l->n_columns == 0)
        ok = err_set(e, ERR_DATA, NULL, "%s: has no columns", l->shown);
    for (uint32_t i = 0; ok && i < l->n_columns; i++)
        wants[i].column = i;
    ok = ok &&
         (into < 0 ? shm_named_create(&s, l->shown, 1ull << 40, e)
                   : named_create_in(&s, into, name, 1ull << 40, e)) &&
         load_table(l, wants, l->n_columns, &s, stats, e) &&
         (into < 0 ? named_publish(&s, name, e) : named_finish(&s, e));
    *bytes = s.used_bytes;
    shm_close(&s);
    topo_close(t);
    free(wants);
    return ok;
}

static void say_mended(const struct load *l, const struct load_stats *stats)
{
    char lines[300];
    if (stats->irregular)
        log_note("%s: %llu irregular record%s mended (--lenient)", l->shown,
                 (unsigned long long)stats->irregular, stats->irregular == 1 ? " was" : "s were");
    if (stats->mended_line[0])
        log_verbose("mended: %s", load_mended_lines(l, stats, lines));
}

static bool run_load(const struct opts *o, struct err *e)
{
    const char *name = o->inputs[0], *shown = name;
    int into = -1;
    if (inherited_is(name) && !inherited_open(name, true, &into, &shown, e)) /* no table's name */
        return false;
    struct load_options options = sources_options(o, 0, true);
    struct out mended;
    bool mended_open = false;
    struct load l;
    struct load_stats stats;
    size_t bytes;
    char records[32], size[32];
    if (name[0] == '@')
        name++;
    shm_named_sweep();
    if ((into < 0 && !shm_name_check(name, e)) || !opts_refuse_side_b(o, e) ||
        !sources_open_mended(&mended, &mended_open, o, e))
        return false;
    options.mended = mended_open ? &mended : NULL;
    bool ok = load_open(&l, o->inputs[1], &options, e) &&
              keep_all(&l, name, into, &stats, &bytes, e) &&
              (!mended_open || out_commit(&mended, e));
    if (mended_open && !ok)
        out_abort(&mended);
    if (ok)
        say_mended(&l, &stats);
    if (ok)
        log_note("%s%s: %s records, %zu columns, %s of shared memory; %.2f s", into < 0 ? "@" : "",
                 into < 0 ? name : shown, log_count((double)stats.records, records), l.n_columns,
                 log_bytes((double)bytes, size), stats.total_seconds);
    else if (into < 0)
        shm_named_sweep(); /* removes the temporary name that it had */
    load_close(&l);
    return ok;
}

const struct command cmd_data_load = {
    .name = "data load",
    .arguments = "NAME FILE.csv",
    .min_inputs = 2,
    .max_inputs = 2,
    .topics = OPTS_INPUT | OPTS_MESSAGES | OPTS_STARTER,
    .what = "load a table into shared memory, to be used as @NAME",
    .examples = "axb data load people people.csv.zst\naxb match A.csv @people --on name --min 0.9",
    .more =
        "@NAME stands for the file wherever match, dedupe, check, explain and eval take one, "
        "and starts at once: the file was read, and equal values found, when it was loaded. "
        "All columns are kept; what is written is the same as from the file. A table of the "
        "same name is replaced when the new one is whole; runs that use the old one keep it. "
        "It stays until it is removed or the machine is restarted, is yours alone, and takes "
        "memory of /dev/shm. A file whose own name begins with @ is ./@file. As NAME, fd:N is an "
        "empty file in memory that the program inherits as descriptor N, and puts the table "
        "into; as a file, one with such a table.",
    .run = run_load,
};

/* ---- Listing ---------------------------------------------------------------------------------*/

/* When a table was loaded, as ISO 8601 has it; "-" if that cannot be said. */
static void print_time(const struct table_head *head, char text[40])
{
    const time_t when = (time_t)head->saved_at;
    struct tm local;
    if (!localtime_r(&when, &local) || !strftime(text, 40, "%Y-%m-%dT%H:%M:%S%z", &local))
        memcpy(text, "-", 2);
}

/* Prints a path, with ? for each character that would break the line. */
static void print_path(const char *path, FILE *out)
{
    for (; *path; path++)
        fputc((unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path, out);
    fputc('\n', out);
}

static void print_table(const char *name, int width, FILE *out)
{
    struct named n;
    struct err e = {0};
    if (!named_open(&n, name, &e)) {
        fprintf(out, "%-*s %10s %7s %14s %-24s %s\n", width, name, "-", "-", "-", "-", e.text);
        return;
    }
    const struct table_head *head = n.table.head;
    char loaded[40];
    print_time(head, loaded);
    fprintf(out, "%-*s %10llu %7u %14llu %-24s ", width, name, (unsigned long long)head->n_rows,
            head->n_columns, (unsigned long long)head->bytes, loaded);
    print_path(shm_at(n.table.segment, head->path_at, char), out);
    named_close(&n);
}

/* A table that cannot be used has an error in place of its figures. */
static json_t *table_json(const char *name)
{
    struct named n;
    struct err e = {0};
    char loaded[40];
    if (!named_open(&n, name, &e))
        return json_pack("{s:s, s:o}", "name", name, "error", json_text(e.text));
    const struct table_head *head = n.table.head;
    print_time(head, loaded);
    json_t *json = json_pack("{s:s, s:I, s:I, s:I, s:s, s:o}", "name", name, "records",
                             (json_int_t)head->n_rows, "columns", (json_int_t)head->n_columns,
                             "bytes", (json_int_t)head->bytes, "loaded", loaded, "file",
                             json_text(shm_at(n.table.segment, head->path_at, char)));
    named_close(&n);
    return json;
}

static bool print_json(char *const *names, size_t n, struct err *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(all, table_json(names[i]));
    return json_print(all, e);
}

/* Prints a heading, then a line for each table: name, records, columns, bytes, time of loading,
 * file. Without a table it prints nothing. */
static bool run_ls(const struct opts *o, struct err *e)
{
    char **names;
    size_t n;
    int width = 4;
    shm_named_sweep();
    if (!shm_named_list(&names, &n, e))
        return false;
    if (o->json) {
        const bool ok = print_json(names, n, e);
        shm_names_free(names, n);
        return ok;
    }
    for (size_t i = 0; i < n; i++)
        width = (int)strlen(names[i]) > width ? (int)strlen(names[i]) : width;
    if (n)
        printf("%-*s %10s %7s %14s %-24s %s\n", width, "name", "records", "columns", "bytes",
               "loaded", "file");
    for (size_t i = 0; i < n; i++)
        print_table(names[i], width, stdout);
    shm_names_free(names, n);
    return true;
}

const struct command cmd_data_ls = {
    .name = "data ls",
    .arguments = "",
    .topics = OPTS_JSON,
    .what = "list the loaded tables",
    .examples = "axb data ls",
    .more = "A line for each table, below one with the names of the columns.",
    .run = run_ls,
};

/* ---- Removing --------------------------------------------------------------------------------*/

/* Removes all that exist. Then the first that does not exist is an error. */
static bool run_rm(const struct opts *o, struct err *e)
{
    struct err first = {0};
    shm_named_sweep();
    for (size_t i = 0; i < o->n_inputs; i++) {
        const char *name = o->inputs[i];
        if (!named_remove(name + (name[0] == '@'), e) && first.status == ERR_NONE)
            first = *e;
    }
    *e = first;
    return first.status == ERR_NONE;
}

const struct command cmd_data_rm = {
    .name = "data rm",
    .arguments = "NAME...",
    .min_inputs = 1,
    .max_inputs = OPTS_MANY,
    .topics = OPTS_MESSAGES,
    .what = "remove loaded tables",
    .examples = "axb data rm people",
    .more = "Runs that use a table keep it to their end; then its memory is free.",
    .run = run_rm,
};
