/* Formats runs of lines in parallel, and writes them one after the other. */
#include "data/fields.h"

#include "data/emit.h"
#include "data/format/format.h"
#include "data/number.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#define LINES_EACH 1024u /* that a thread formats at once */
#define RUNS_EACH 4u     /* such runs for each thread, before they are written */
#define NUMBER_BYTES 64u /* of a number, with what number_integer writes over */

/* ---- One line --------------------------------------------------------------------------------*/

/* Room for a field of n bytes. */
static bool reserve(struct fields_line *line, size_t n)
{
    const size_t name_n = line->names[line->n_put].n;
    const size_t more = line->format->field_capacity(n, name_n) + NUMBER_BYTES;
    line->no_memory = line->no_memory || !text_buffer_reserve(&line->text, line->text.n + more);
    return !line->no_memory;
}

/* The field that was written at the end of the text, up to `end`. The first of a line loses the
 * byte that joins it to the one before. */
static void put_end(struct fields_line *line, const char *end)
{
    char *begin = line->text.p + line->text.n;
    size_t n = (size_t)(end - begin);
    if (line->n_put++ == 0)
        memmove(begin, begin + 1, --n);
    line->text.n += n;
}

void fields_text(struct fields_line *line, struct bytes value, bool missing)
{
    if (reserve(line, value.n))
        put_end(line, line->format->keep(line->text.p + line->text.n, line->names[line->n_put],
                                         value, missing));
}

static void put_number(struct fields_line *line, const char *text, size_t n)
{
    if (reserve(line, n))
        put_end(line,
                line->format->term(line->text.p + line->text.n, line->names[line->n_put], text, n));
}

void fields_integer(struct fields_line *line, uint64_t value)
{
    char text[NUMBER_BYTES];
    put_number(line, text, (size_t)(number_integer(text, value) - text));
}

void fields_number(struct fields_line *line, double value)
{
    char text[32];
    put_number(line, text, isnan(value) ? 0 : number_double(value + 0.0, text));
}

static void put_bytes(struct fields_line *line, const char *text)
{
    line->no_memory = line->no_memory || !text_buffer_add(&line->text, text, strlen(text));
}

/* ---- Head and runs of lines ------------------------------------------------------------------*/

bool fields_check(uint32_t format, const char *option, struct err *e)
{
    return !emit_format(format)->is_binary ||
           err_set(e, ERR_USAGE, "choose csv, tsv, jsonl or json",
                   "%s: the format %s holds pairs alone", option, emit_name(format));
}

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "not enough memory for output");
}

static bool write_head(const struct fields_spec *spec, const struct format *format, struct out *out,
                       struct err *e)
{
    struct fields_line line = {.format = format, .names = spec->names};
    if (!format->head_name) {
        put_bytes(&line, format->head);
    } else {
        for (uint32_t i = 0; i < spec->n_names; i++)
            fields_text(&line, spec->names[i], false);
        put_bytes(&line, format->end);
    }
    const bool ok = line.no_memory ? no_memory(e) : out_write(out, line.text.p, line.text.n, e);
    text_buffer_free(&line.text);
    return ok;
}

/* Formats the lines from `from` up to `to` in place of what the line held. */
static void format_lines(const struct fields_spec *spec, uint64_t from, uint64_t to,
                         struct fields_line *line)
{
    line->text.n = 0;
    for (uint64_t i = from; i < to && !line->no_memory; i++) {
        line->n_put = 0;
        put_bytes(line,
                  i == 0 ? line->format->begin + line->format->joint_bytes : line->format->begin);
        line->no_memory = !spec->put(spec->context, i, line) || line->no_memory;
        put_bytes(line, line->format->end);
    }
}

/* Formats the lines of n runs from `from` on, in parallel; then writes them. */
static bool write_runs(const struct fields_spec *spec, uint64_t from, struct fields_line *run,
                       size_t n, struct out *out, struct err *e)
{
    bool ok = true;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < n; i++) {
        const uint64_t begin = from + i * LINES_EACH, end = begin + LINES_EACH;
        format_lines(spec, begin < spec->n_lines ? begin : spec->n_lines,
                     end < spec->n_lines ? end : spec->n_lines, &run[i]);
    }
    for (size_t i = 0; ok && i < n; i++)
        ok = run[i].no_memory
                 ? no_memory(e)
                 : run[i].text.n == 0 || out_write(out, run[i].text.p, run[i].text.n, e);
    return ok;
}

static bool write_lines(const struct fields_spec *spec, const struct format *format,
                        struct out *out, struct err *e)
{
    const size_t n = (size_t)omp_get_max_threads() * RUNS_EACH;
    struct fields_line *run = calloc(n, sizeof *run);
    bool ok = run || no_memory(e);
    for (size_t i = 0; run && i < n; i++)
        run[i] = (struct fields_line){.format = format, .names = spec->names};
    for (uint64_t from = 0; ok && from < spec->n_lines; from += n * LINES_EACH)
        ok = write_runs(spec, from, run, n, out, e);
    for (size_t i = 0; run && i < n; i++)
        text_buffer_free(&run[i].text);
    free(run);
    return ok;
}

bool fields_write(const struct fields_spec *spec, struct out *out, struct err *e)
{
    const struct format *format = emit_format(spec->format);
    return write_head(spec, format, out, e) && write_lines(spec, format, out, e) &&
           out_write(out, format->tail, strlen(format->tail), e);
}
