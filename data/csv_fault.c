/* Describes what is wrong with a file, and where. */
#include "data/csv.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *what;
    const char *hint;
} faults[] = {
    [CSV_BLANK_LINE] = {"a blank line between records", "--lenient skips blank lines"},
    [CSV_STRAY_QUOTE] = {"a quote in a field that does not begin with one",
                         "write the field in quotes and each quote in it twice, or use --lenient "
                         "to take such quotes as they stand"},
    [CSV_AFTER_QUOTE] = {"text after the closing quote",
                         "a quote inside a quoted field is written twice; --lenient takes it as "
                         "it stands"},
    [CSV_UNCLOSED] = {"the quote that opens here is never closed",
                      "close it, or use --lenient to let the field end where the file ends"},
    [CSV_INVALID_UTF8] = {"is not valid UTF-8",
                          "name the encoding (--encoding latin1 or windows-1252), or use --lenient "
                          "to replace such bytes"},
    [CSV_NUL] = {"a zero byte", "if this is UTF-16, convert it: iconv -f UTF-16 -t UTF-8; "
                                "--lenient drops zero bytes"},
    [CSV_LONE_CR] = {"a carriage return without a line feed",
                     "if lines end so, convert them: tr '\\r' '\\n'; --lenient takes it as it "
                     "stands"},
    [CSV_TOO_LONG] = {"a field of 4 GiB or more", "is a quote left open?"},
    [CSV_NO_MEMORY] = {"not enough memory to read on", NULL},
};

static size_t line_number(const struct csv_text *t, size_t at)
{
    size_t lines = 1;
    for (size_t i = 0; i < at; i++)
        lines += t->p[i] == '\n';
    return lines;
}

static size_t byte_in_line(const struct csv_text *t, size_t at)
{
    const char *line = at ? memrchr(t->p, '\n', at) : NULL;
    return at - (line ? (size_t)(line - t->p) + 1 : 0) + 1;
}

/* "record 7" or "the header". */
static const char *describe_record(const struct csv_place *place, char text[40])
{
    if (place->record == 0)
        return "the header";
    snprintf(text, 40, "record %llu", (unsigned long long)place->record);
    return text;
}

static bool wrong_count(const struct csv_fault *f, const struct csv_text *text,
                        const struct csv_format *format, const struct csv_place *place,
                        struct err *e)
{
    char record[40];
    return err_set(
        e, ERR_DATA,
        f->kind == CSV_SHORT ? "is the delimiter right (-d)? --lenient fills up short records"
                             : "is the delimiter right (-d)? --lenient drops the fields too many",
        "%s:%zu: %s has %u field%s, where %s has %u", place->shown, line_number(text, f->at),
        describe_record(place, record), f->n_fields, f->n_fields == 1 ? "" : "s",
        place->header ? "the header" : "the first record", format->n_columns);
}

bool csv_fault_error(const struct csv_fault *f, const struct csv_text *text,
                     const struct csv_format *format, const struct csv_place *place, struct err *e)
{
    if (f->kind == CSV_SHORT || f->kind == CSV_LONG)
        return wrong_count(f, text, format, place, e);
    if (f->kind == CSV_NO_MEMORY)
        return err_set(e, ERR_OS, NULL, "%s: %s", place->shown, faults[f->kind].what);
    size_t at = f->kind == CSV_UNCLOSED ? f->opened_at : f->at;
    size_t line = line_number(text, at);
    if (f->kind == CSV_BLANK_LINE)
        return err_set(e, ERR_DATA, faults[f->kind].hint, "%s:%zu: %s", place->shown, line,
                       faults[f->kind].what);
    char record[40], byte[24] = "", opened[80] = "";
    bool named = place->names && f->column < format->n_columns;
    if (f->kind == CSV_INVALID_UTF8)
        snprintf(byte, sizeof byte, "0x%02X ", (unsigned char)text->p[at]);
    size_t opened_line = f->kind == CSV_AFTER_QUOTE ? line_number(text, f->opened_at) : line;
    if (opened_line != line)
        snprintf(opened, sizeof opened, " of a field that begins in line %zu", opened_line);
    return err_set(e, ERR_DATA, faults[f->kind].hint,
                   "%s:%zu: %s, column %u%s%.60s%s, byte %zu of the line: %s%s%s", place->shown,
                   line, describe_record(place, record), f->column + 1, named ? " (" : "",
                   named ? place->names[f->column] : "", named ? ")" : "", byte_in_line(text, at),
                   byte, faults[f->kind].what, opened);
}
