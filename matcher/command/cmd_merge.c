/* `axb merge`: from the files of all parts of a run to what one machine would have written.
 *
 * Opens all parts, looks whether the run is complete, and copies their payloads. Everything but the
 * payloads is checked before the first byte is written. */
#include "core/log.h"
#include "core/sort.h"
#include "core/string_builder.h"
#include "matcher/command/merge_chosen.h"
#include "matcher/engine/fact_lines.h"
#include "matcher/options/opts.h"
#include "matcher/options/opts_row.h"
#include "matcher/output/output_form.h"
#include "matcher/shard/row_merge.h"
#include "matcher/shard/shard_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct merge {
    struct shard_file *file; /* by number, once all are open */
    size_t n;
    struct shard range; /* of --range; of 0: all rows */
};

static int by_number(const void *x, const void *y)
{
    const struct shard_file *a = x, *b = y;
    return sort_order(a->shard.number, b->shard.number);
}

/* Opens a file. *missing: it does not open, or is damaged, so its shard is to be done again. False
 * for any other error. */
static bool open_if_whole(struct shard_file *f, const char *path, bool *missing, struct err *e)
{
    const bool opens = shard_file_open(f, path, e);
    *missing = !opens || !shard_file_check(f, e);
    if (!*missing)
        return true;
    if (opens)
        shard_file_close(f);
    if (e->status != ERR_DATA && e->status != ERR_NOINPUT)
        return false;
    log_note("%s", e->text);
    return true;
}

/* Opens the files, in the order of their numbers. With --missing those alone that are whole. */
static bool open_all(struct merge *m, const struct opts *o, struct err *e)
{
    m->file = calloc(o->n_inputs, sizeof *m->file);
    if (!m->file)
        return err_set(e, ERR_OS, NULL, "not enough memory for %zu shards", o->n_inputs);
    for (size_t i = 0; i < o->n_inputs; i++) {
        bool missing = false;
        if (!(o->missing ? open_if_whole(&m->file[m->n], o->inputs[i], &missing, e)
                         : shard_file_open(&m->file[m->n], o->inputs[i], e)))
            return false;
        m->n += !missing;
    }
    qsort(m->file, m->n, sizeof *m->file, by_number);
    return m->n || err_set(e, ERR_NOINPUT, "name the files that --shard wrote",
                           "none of these files is a whole shard");
}

/* Are all files of the same run as the first? */
static bool check_run(const struct merge *m, struct err *e)
{
    const struct shard_file *first = &m->file[0];
    for (size_t i = 1; i < m->n; i++) {
        const struct shard_file *f = &m->file[i];
        if (!fact_lines_same(first->identity, f->identity, f->path, e))
            return false;
        if (f->shard.of != first->shard.of)
            return err_set(e, ERR_USAGE, NULL, "%s is one of %u shards, %s one of %u", f->path,
                           f->shard.of, first->path, first->shard.of);
    }
    return true;
}

/* The numbers that are missing, "3, 7, 9-12", of files by number; NULL without memory. */
static char *list_missing(const struct merge *m, const char *separator)
{
    struct string_builder d;
    FILE *out = string_builder_open(&d);
    uint32_t next = 1, runs = 0, last = m->file[0].shard.of;
    for (size_t i = 0; i <= m->n && out; i++) {
        uint32_t number = i < m->n ? m->file[i].shard.number : last + 1;
        if (number > next)
            fprintf(out, number - next > 1 ? "%s%u-%u" : "%s%u", runs++ ? separator : "", next,
                    number - 1);
        next = number + 1;
    }
    return string_builder_end(&d);
}

/* Which shards are missing is an error; the hint says what to run again. */
static bool refuse_missing(const struct merge *m, struct err *e)
{
    const uint32_t of = m->file[0].shard.of;
    char *missing = list_missing(m, ", ");
    if (!missing)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    if (of - m->n == 1) {
        char hint[80];
        snprintf(hint, sizeof hint, "run it with --shard %s/%u", missing, of);
        err_set(e, ERR_USAGE, hint, "shard %s of %u is missing", missing, of);
    } else {
        err_set(e, ERR_USAGE,
                "axb merge --missing prints the numbers as sbatch --array= takes them",
                "of %u shards %zu are missing: %s", of, of - m->n, missing);
    }
    free(missing);
    return false;
}

/* Does each part occur once? */
static bool check_parts(const struct merge *m, struct err *e)
{
    uint32_t of = m->file[0].shard.of;
    for (size_t i = 1; i < m->n; i++)
        if (m->file[i].shard.number == m->file[i - 1].shard.number)
            return err_set(e, ERR_USAGE, "give one of them", "%s and %s are both shard %u of %u",
                           m->file[i - 1].path, m->file[i].path, m->file[i].shard.number, of);
    return m->n == of || refuse_missing(m, e);
}

/* Are all parts rows from everywhere in A? */
static bool check_by_row(const struct merge *m, struct err *e)
{
    for (size_t i = 1; i < m->n; i++)
        if (!m->file[i].by_row)
            return err_set(e, ERR_DATA, "do them all by axb run, or none",
                           "%s is a part of a prepared run, %s is not", m->file[0].path,
                           m->file[i].path);
    return true;
}

/* Do the rows of each part begin where those of the part before it end? */
static bool check_rows(const struct merge *m, struct err *e)
{
    uint64_t row = 0;
    if (m->file[0].by_row)
        return check_by_row(m, e);
    for (size_t i = 0; i < m->n; i++) {
        const struct shard_file *f = &m->file[i];
        if (f->row_from != row || f->row_to < row)
            return err_set(e, ERR_DATA, NULL, "%s begins at row %llu of A, not at %llu", f->path,
                           (unsigned long long)f->row_from + 1, (unsigned long long)row + 1);
        row = f->row_to;
    }
    return row == m->file[0].n_rows ||
           err_set(e, ERR_DATA, NULL, "%s ends before the last row of A", m->file[m->n - 1].path);
}

/* Is the name of the output one for the format that the shards have? */
static bool check_name(const struct merge *m, const char *output, struct err *e)
{
    char format[32];
    return !fact_lines_value(m->file[0].identity, "--format", format, sizeof format) ||
           output_form_fits(output, format, e);
}

/* All payloads, one after the other; *pairs counts their pairs. */
static bool copy_all(const struct merge *m, struct out *out, uint64_t *pairs, struct err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < m->n; i++) {
        ok = shard_file_copy(&m->file[i], out, e);
        *pairs += m->file[i].pairs;
    }
    return ok;
}

/* The rows of all parts, or those of a range, in their order. The first file has the head. */
static bool interleave(const struct merge *m, struct out *out, uint64_t *pairs, struct err *e)
{
    uint64_t from, to;
    shard_rows(&m->range, m->file[0].n_rows, false, &from, &to);
    for (size_t i = 0; i < m->n; i++)
        *pairs += m->file[i].pairs;
    return row_merge_write(m->file, m->n, from, to, m->range.number <= 1, out, e);
}

static bool write_all(const struct merge *m, const char *output, uint64_t *pairs, struct err *e)
{
    struct out out;
    *pairs = 0;
    if (!out_open(&out, output, e))
        return false;
    const bool ok = merge_chosen_asked(&m->file[0]) ? merge_chosen(m->file, m->n, &out, pairs, e)
                    : m->file[0].by_row             ? interleave(m, &out, pairs, e)
                                                    : copy_all(m, &out, pairs, e);
    if (!ok && !out.path && out.bytes && e->status == ERR_DATA)
        err_set(e, ERR_DATA, "drop what was written to stdout", "%s", e->text);
    if (ok && out_commit(&out, e))
        return true;
    out_abort(&out);
    return false;
}

static void say_merged(const struct merge *m, uint64_t pairs)
{
    char more[64] = "";
    uint64_t unmatched = 0;
    for (size_t i = 0; i < m->n; i++)
        unmatched += m->file[i].unmatched;
    if (unmatched)
        snprintf(more, sizeof more, ", %llu record%s of A without a partner",
                 (unsigned long long)unmatched, unmatched == 1 ? "" : "s");
    log_note("%zu shard%s, %llu pair%s%s", m->n, m->n == 1 ? "" : "s", (unsigned long long)pairs,
             pairs == 1 ? "" : "s", more);
}

/* ERR_USAGE if parts are missing, given twice, or of another run; ERR_DATA if one is damaged. The
 * output is complete or does not appear. */
static bool merge(const struct merge *m, const char *output, struct err *e)
{
    uint64_t pairs = 0;
    if (!check_parts(m, e) || !check_rows(m, e) || !check_name(m, output, e) ||
        !write_all(m, output, &pairs, e))
        return false;
    if (m->range.of)
        log_note("wrote file %u of %u that follow each other", m->range.number, m->range.of);
    else
        say_merged(m, pairs);
    return true;
}

/* Prints the numbers of the shards that are not among the files, as "3,7,9-12"; nothing if none
 * is missing. */
static bool print_missing(const struct merge *m, struct err *e)
{
    char *missing = list_missing(m, ",");
    if (!missing)
        return err_set(e, ERR_OS, NULL, "not enough memory");
    const bool ok = (!*missing || printf("%s\n", missing) > 0) && fflush(stdout) == 0;
    if (!*missing)
        log_note("none of %u shards is missing", m->file[0].shard.of);
    free(missing);
    return ok || err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
}

/* --range: which of several files that follow each other is written. */
static bool read_range(struct merge *m, const struct opts *o, struct err *e)
{
    if (!o->range)
        return true;
    if (!m->file[0].by_row || merge_chosen_asked(&m->file[0]))
        return err_set(e, ERR_USAGE, "leave out --range",
                       "--range: these shards are no parts of a prepared run whose rows can be "
                       "looked up");
    return shard_parse_part(o->range, "range", &m->range, e);
}

static bool run(const struct opts *o, struct err *e)
{
    struct merge m = {.n = 0};
    const bool ok = open_all(&m, o, e) && check_run(&m, e) && read_range(&m, o, e) &&
                    (o->missing ? print_missing(&m, e) : merge(&m, o->output, e));
    for (size_t i = 0; i < m.n; i++)
        shard_file_close(&m.file[i]);
    free(m.file);
    return ok;
}

const struct command cmd_merge = {
    .name = "merge",
    .arguments = "SHARD...",
    .min_inputs = 1,
    .max_inputs = OPTS_MANY,
    .topics = OPTS_OUTPUT | OPTS_MERGE | OPTS_MESSAGES | OPTS_STARTER,
    .what = "join the files of all shards of a run",
    .examples = "axb merge part-*.shard -o pairs.csv\n"
                "sbatch --array=$(axb merge --missing part-*.shard) job.sh",
    .more = "The files are those that match, dedupe or run wrote with --shard, in any order. All "
            "shards of one run must be given, each once and undamaged; else nothing is written, "
            "and the message says which is missing, or differs in what. The format is that of "
            "the shards; the name of -o has to fit it.",
    .run = run,
};
