/* The text of a file: its encoding, how it is written, its header. Each is what an option says, or
 * else what the first part of the file looks like; a note says what was found. */
#include "core/log.h"
#include "data/load_internal.h"
#include "data/source/sniff.h"

#include <stdio.h>
#include <string.h>

/* ---- Encoding and line ends ------------------------------------------------------------------*/

/* What a note says of a file. */
struct manner {
    bool encoding, encoding_is_guess, delimiter, one_column, cr_lines, json;
};

static bool find_encoding(struct load *l, struct manner *m, struct err *e)
{
    struct load_state *s = l->state;
    const size_t first = s->input.n < SNIFF_BYTES ? s->input.n : SNIFF_BYTES;
    if (s->options.encoding)
        return encoding_find(&s->encoding, s->options.encoding, e);
    m->encoding_is_guess = encoding_sniff(&s->encoding, s->input.p, first, first == s->input.n);
    if (m->encoding_is_guess && encoding_is_fallback(&s->encoding) &&
        sniff_cr_lines(s->input.p, s->input.n))
        encoding_set_macintosh(&s->encoding);
    m->encoding = s->encoding.kind != ENCODING_UTF8;
    return true;
}

/* Sets the text after a byte order mark. */
static void set_text(struct load_state *s)
{
    const bool mark = s->input.n >= 3 && memcmp(s->input.p, "\xEF\xBB\xBF", 3) == 0;
    s->text = (struct csv_text){s->input.p + (mark ? 3 : 0), s->input.n - (mark ? 3 : 0),
                                s->encoding.kind != ENCODING_UTF8};
}

/* In a file whose lines end in CR alone each CR becomes LF, in quoted fields too. */
static bool turn_cr_lines(struct load *l, struct manner *m, size_t max_bytes, struct err *e)
{
    struct load_state *s = l->state;
    struct sink sink = {.max_bytes = max_bytes, .shown = l->shown};
    m->cr_lines = sniff_cr_lines(s->input.p, s->input.n);
    if (!m->cr_lines)
        return true;
    if (!sink_reserve(&sink, s->input.n, e))
        return false;
    for (size_t i = 0; i < s->input.n; i++)
        sink.p[i] = (char)(s->input.p[i] == '\r' ? '\n' : s->input.p[i]);
    sink.n = s->input.n;
    return input_take(&s->input, &sink, e);
}

/* ---- Format ----------------------------------------------------------------------------------*/

/* Where the first line is that counts: after a line such as "sep=;", and those to be skipped. */
static bool skip_lines(struct load *l, size_t *at, struct err *e)
{
    struct load_state *s = l->state;
    char delimiter = s->format.delimiter;
    *at = sniff_separator_line(&s->text, &delimiter);
    if (!s->format.delimiter && delimiter)
        s->format.delimiter = delimiter;
    for (uint64_t i = 0; i < s->options.skip_lines; i++) {
        const char *line = memchr(s->text.p + *at, '\n', s->text.n - *at);
        if (!line)
            return err_set(e, ERR_DATA, "skip fewer", "%s: has fewer lines than --skip %llu skips",
                           l->shown, (unsigned long long)s->options.skip_lines);
        *at = (size_t)(line - s->text.p) + 1;
    }
    return true;
}

static void find_delimiter(struct load *l, struct manner *m, size_t from)
{
    static const char *const tabbed[] = {".tsv", ".tab", NULL};
    struct load_state *s = l->state;
    bool splits = false;
    if (s->options.delimiter)
        return;
    if (s->format.delimiter) {
        m->delimiter = s->format.delimiter != ',';
    } else if (load_path_ends(l->path, tabbed)) {
        s->format.delimiter = '\t';
    } else {
        s->format.delimiter = sniff_delimiter(&s->text, &s->format, from, &splits);
        m->one_column = splits;
        m->delimiter = s->format.delimiter != ',' && s->format.delimiter != CSV_ONE_COLUMN;
    }
}

static const char *delimiter_words(char delimiter, char text[40])
{
    const char *name = delimiter == ';'    ? "semicolons"
                       : delimiter == '\t' ? "tabs"
                       : delimiter == '|'  ? "vertical bars"
                                           : NULL;
    if (name)
        snprintf(text, 40, "with %s", name);
    else
        snprintf(text, 40, "with '%c' between fields", delimiter);
    return text;
}

/* "crm.csv: read with semicolons, as windows-1252 (a guess; --a-encoding names another)" */
static void say_manner(const struct load *l, const struct manner *m)
{
    const struct load_state *s = l->state;
    const char *side = s->options.option ? s->options.option : "";
    char delimiter[40], guess[80] = "";
    const bool parts[] = {m->delimiter, m->json, m->encoding, m->cr_lines, m->one_column};
    const char *const texts[] = {delimiter_words(s->format.delimiter, delimiter), "as JSON lines",
                                 s->encoding.name, "with CR as line end",
                                 "as one column, because its first line has no delimiter"};
    char text[300] = "";
    size_t n = 0;
    if (m->encoding_is_guess)
        snprintf(guess, sizeof guess, " (a guess; --%sencoding names another)", side);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i])
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s", n ? ", " : " ",
                                  texts[i] == s->encoding.name ? "as " : "", texts[i],
                                  texts[i] == s->encoding.name ? guess : "");
    const char first = s->text.n ? s->text.p[0] : 0;
    if (m->one_column && (first == '#' || first == '%'))
        snprintf(text + n, sizeof text - n, " (others have; --%scomment '%c' skips such lines)",
                 side, first);
    else if (m->one_column)
        snprintf(text + n, sizeof text - n, " (others have; --%sskip 1 skips it)", side);
    if (n)
        log_note("%s: read%s", l->shown, text);
}

/* ---- The header ------------------------------------------------------------------------------*/

/* Names the columns after the fields of the first record, or by number. */
static bool name_columns(struct load *l, const struct csv_record *first, struct err *e)
{
    struct load_state *s = l->state;
    l->n_columns = s->format.n_columns = first->n_fields;
    l->names = arena_take(&s->arena, l->n_columns * sizeof *l->names);
    for (uint32_t i = 0; l->names && i < first->n_fields; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i + 1);
        l->names[i] = s->options.header
                          ? load_keep(&s->arena, first->fields[i].p, first->fields[i].n)
                          : load_keep(&s->arena, number, strlen(number));
        if (!l->names[i])
            return load_out_of_memory(l, e);
    }
    return l->names || load_out_of_memory(l, e);
}

/* Passes over blank lines and comments. */
static size_t skip_to_record(const struct load_state *s, size_t at, bool *blank)
{
    const struct csv_text *t = &s->text;
    *blank = false;
    while (at < t->n) {
        const bool lf = t->p[at] == '\n';
        const bool crlf = t->p[at] == '\r' && at + 1 < t->n && t->p[at + 1] == '\n';
        const bool comment = s->format.comment && t->p[at] == s->format.comment;
        if (!lf && !crlf && !comment)
            break;
        *blank = *blank || !comment;
        const char *line = memchr(t->p + at, '\n', t->n - at);
        at = line ? (size_t)(line - t->p) + 1 : t->n;
    }
    return at;
}

static void say_header_is_data(const struct load *l, size_t at)
{
    const struct load_state *s = l->state;
    const char *side = s->options.option ? s->options.option : "";
    if (s->options.header && sniff_header_is_data(&s->text, &s->format, at))
        log_note("%s: the first record looks like data; --%sno-header reads it as such", l->shown,
                 side);
}

/* Reads the first record that is no blank line: how many columns there are, and their names. */
static bool read_header(struct load *l, size_t from, struct err *e)
{
    struct load_state *s = l->state;
    bool blank;
    const size_t at = skip_to_record(s, from, &blank);
    if (at == s->text.n)
        return err_set(e, ERR_DATA, "the file needs at least a header line, with names of columns",
                       from ? "%s: is empty after the lines that are skipped" : "%s: is empty",
                       l->shown);
    if (blank && s->options.header && !s->options.lenient)
        return err_set(e, ERR_DATA, "--lenient skips blank lines",
                       "%s:%zu: a blank line, where the header should be", l->shown,
                       csv_line_number(&s->text, from));
    struct csv_record first = {0};
    csv_record_read(&s->text, &s->format, at, &s->arena, &first);
    struct csv_place place = {.shown = l->shown, .record = s->options.header ? 0 : 1};
    bool ok = first.fault.kind == CSV_RIGHT
                  ? name_columns(l, &first, e)
                  : csv_fault_error(&first.fault, &s->text, &s->format, &place, e);
    s->data_at = s->options.header ? first.end : from;
    csv_record_free(&first);
    if (ok)
        say_header_is_data(l, at);
    return ok;
}

/* ---- All of it -------------------------------------------------------------------------------*/

static bool is_json(const struct load *l, size_t from, bool *named)
{
    static const char *const ends[] = {".jsonl", ".ndjson", NULL};
    const struct load_state *s = l->state;
    *named = load_path_ends(l->path, ends);
    return !s->options.delimiter && (*named || sniff_json(s->text.p + from, s->text.n - from));
}

bool load_text_open(struct load *l, size_t max_bytes, struct err *e)
{
    struct load_state *s = l->state;
    struct manner m = {0};
    size_t from;
    bool named;
    if (!find_encoding(l, &m, e) ||
        !encoding_recode(&s->input, &s->encoding, l->shown, max_bytes, e) ||
        !turn_cr_lines(l, &m, max_bytes, e))
        return false;
    set_text(s);
    if (!skip_lines(l, &from, e))
        return false;
    m.json = is_json(l, from, &named);
    if (!m.json)
        find_delimiter(l, &m, from);
    const bool json = m.json;
    m.json = json && !named;
    say_manner(l, &m);
    return json ? load_json_open(l, from, e) : read_header(l, from, e);
}

static bool is_ascii(const char *p, size_t n)
{
    unsigned char all = 0;
    for (size_t i = 0; i < n; i++)
        all |= (unsigned char)p[i];
    return all < 0x80;
}

bool load_text_reopen(struct load *l, size_t at, bool *again, struct err *e)
{
    struct load_state *s = l->state;
    const size_t mark = (size_t)(s->text.p - s->input.p);
    *again = !s->options.encoding && s->encoding.kind == ENCODING_UTF8 && mark == 0 &&
             is_ascii(s->text.p, at);
    if (!*again)
        return true;
    const size_t from = at < SNIFF_BYTES / 2 ? 0 : at - SNIFF_BYTES / 2;
    const size_t n = s->text.n - from < SNIFF_BYTES ? s->text.n - from : SNIFF_BYTES;
    encoding_guess(&s->encoding, s->text.p + from, n);
    if (!encoding_recode(&s->input, &s->encoding, l->shown, load_max_bytes(&s->options), e))
        return false;
    set_text(s);
    say_manner(l, &(struct manner){.encoding = true, .encoding_is_guess = true});
    return true;
}
