/* Describes what is wrong with a file, and where. */
#include "data/source/csv.h"

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
                      "close it, or use --lenient to let the record end with its line"},
    [CSV_INVALID_UTF8] =
        {"is not valid UTF-8",
         "name the encoding (--encoding, iconv -l lists them), or use --lenient to "
         "replace such bytes"},
    [CSV_NUL] = {"a zero byte",
                 "if this is UTF-16, use --encoding utf-16le; --lenient drops zero bytes"},
    [CSV_LONE_CR] = {"a carriage return without a line feed",
                     "write the field in quotes; --lenient takes it as it stands"},
    [CSV_TOO_LONG] = {"a field of 4 GiB or more", "is a quote left open?"},
    [CSV_NO_MEMORY] = {"not enough memory to read on", NULL},
};

const char *csv_fault_what(enum csv_fault_kind kind)
{
    return kind == CSV_SHORT      ? "too few fields"
           : kind == CSV_LONG     ? "too many fields"
           : kind == CSV_UNCLOSED ? "a quote that is not closed"
           : kind == CSV_RIGHT    ? "nothing"
                                  : faults[kind].what;
}

size_t csv_line_number(const struct csv_text *t, size_t at)
{
    size_t lines = 1;
    for (size_t i = 0; i < at; i++)
        lines += t->p[i] == '\n';
    return lines;
}

/* The byte in its line, from 1; of a text that was recoded the character, as in the file. */
static size_t place_in_line(const struct csv_text *t, size_t at)
{
    const char *line = at ? memrchr(t->p, '\n', at) : NULL;
    const size_t begin = line ? (size_t)(line - t->p) + 1 : 0;
    size_t n = 1;
    for (size_t i = begin; i < at; i++)
        n += !t->recoded || (t->p[i] & 0xC0) != 0x80;
    return n;
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
        "%s:%zu: %s has %u field%s, where %s has %u", place->shown, csv_line_number(text, f->at),
        describe_record(place, record), f->n_fields, f->n_fields == 1 ? "" : "s",
        place->header ? "the header" : "the first record", format->n_columns);
}

/* Where a field of a record is: "x.csv:3: record 2, column 2 (name), byte 3 of the line". */
static void describe_place(const struct csv_fault *f, const struct csv_text *text,
                           const struct csv_format *format, const struct csv_place *place,
                           size_t at, char out[400])
{
    char record[40];
    const bool named = place->names && f->column < format->n_columns;
    snprintf(out, 400, "%.200s:%zu: %s, column %u%s%.60s%s, %s %zu of the line", place->shown,
             csv_line_number(text, at), describe_record(place, record), f->column + 1,
             named ? " (" : "", named ? place->names[f->column] : "", named ? ")" : "",
             text->recoded ? "character" : "byte", place_in_line(text, at));
}

/* Text after a closing quote: a delimiter that was not expected, a quote that was to be doubled, or
 * one in another line, so that the opening quote is the one that is wrong. */
static bool after_quote(const struct csv_fault *f, const struct csv_text *text,
                        const struct csv_format *format, const struct csv_place *place,
                        struct err *e)
{
    char where[400], hint[200];
    const char c = f->at < text->n ? text->p[f->at] : 0;
    const bool in_line = !memchr(text->p + f->opened_at, '\n', f->at - f->opened_at);
    describe_place(f, text, format, place, in_line ? f->at : f->opened_at, where);
    if (!in_line)
        return err_set(e, ERR_DATA,
                       "close it, or use --lenient to let the record end with its line",
                       "%s: the quote that opens here is not closed; the next quote, in line %zu, "
                       "does not end a field",
                       where, csv_line_number(text, f->at));
    snprintf(hint, sizeof hint,
             c == '\t' ? "is the tab the delimiter (-d tab)?" : "is %c the delimiter (-d '%c')?", c,
             c);
    if (f->at >= 2 && text->p[f->at - 2] == '\\' && !format->escape)
        return err_set(e, ERR_DATA, "if a backslash stands before quotes in fields: --escape '\\'",
                       "%s: %s", where, faults[CSV_AFTER_QUOTE].what);
    return err_set(e, ERR_DATA,
                   c == ';' || c == '\t' || c == '|' ? hint : faults[CSV_AFTER_QUOTE].hint,
                   "%s: %s", where, faults[CSV_AFTER_QUOTE].what);
}

bool csv_fault_error(const struct csv_fault *f, const struct csv_text *text,
                     const struct csv_format *format, const struct csv_place *place, struct err *e)
{
    char where[400], byte[24] = "";
    if (f->kind == CSV_SHORT || f->kind == CSV_LONG)
        return wrong_count(f, text, format, place, e);
    if (f->kind == CSV_NO_MEMORY)
        return err_set(e, ERR_OS, NULL, "%s: %s", place->shown, faults[f->kind].what);
    if (f->kind == CSV_AFTER_QUOTE)
        return after_quote(f, text, format, place, e);
    if (f->kind == CSV_BLANK_LINE)
        return err_set(e, ERR_DATA, faults[f->kind].hint, "%s:%zu: %s", place->shown,
                       csv_line_number(text, f->at), faults[f->kind].what);
    if (f->kind == CSV_INVALID_UTF8)
        snprintf(byte, sizeof byte, "0x%02X ", (unsigned char)text->p[f->at]);
    describe_place(f, text, format, place, f->kind == CSV_UNCLOSED ? f->opened_at : f->at, where);
    return err_set(e, ERR_DATA, faults[f->kind].hint, "%s: %s%s", where, byte,
                   faults[f->kind].what);
}
