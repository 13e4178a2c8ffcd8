/* The formats csv (RFC 4180) and tsv, which has tabs where csv has commas. */
#include "data/format/format.h"

#include "data/number.h"

static size_t capacity(size_t n, size_t name_n)
{
    (void)name_n;
    return FORMAT_CSV_BYTES(n) + 1;
}

static inline bool needs_quotes(struct bytes v, char delimiter)
{
    bool special = v.n == 0; /* "" is the empty string; a missing value is nothing at all */
    for (uint32_t i = 0; i < v.n; i++) /* to the end: so it is done many bytes at a time */
        special |= v.p[i] == delimiter || v.p[i] == '"' || v.p[i] == '\n' || v.p[i] == '\r';
    return special;
}

static inline char *put_field(char *p, struct bytes v, bool missing, char delimiter)
{
    if (missing)
        return p;
    if (!needs_quotes(v, delimiter))
        return format_put(p, v.p, v.n);
    *p++ = '"';
    for (uint32_t i = 0; i < v.n; i++) {
        if (v.p[i] == '"')
            *p++ = '"';
        *p++ = v.p[i];
    }
    *p++ = '"';
    return p;
}

char *format_csv_field(char *p, struct bytes v, bool missing)
{
    return put_field(p, v, missing, ',');
}

static char *score(char *p, const char *text, size_t n)
{
    return format_put_short(p, text, n);
}

/* ---- csv -------------------------------------------------------------------------------------*/

static char *csv_row(char *p, int side, uint64_t number)
{
    (void)side;
    p = number_integer(p, number);
    *p++ = ',';
    return p;
}

static char *csv_id(char *p, int side, struct bytes v, bool missing)
{
    (void)side;
    p = put_field(p, v, missing, ',');
    *p++ = ',';
    return p;
}

static char *csv_term(char *p, struct bytes name, const char *text, size_t n)
{
    (void)name;
    *p++ = ',';
    return format_put(p, text, n);
}

static char *csv_keep(char *p, struct bytes name, struct bytes v, bool missing)
{
    (void)name;
    *p++ = ',';
    return put_field(p, v, missing, ',');
}

static char *csv_head_name(char *p, struct bytes name)
{
    *p++ = ',';
    return put_field(p, name, false, ',');
}

const struct format format_csv = {
    .name = "csv",
    .suffix = {".csv"},
    .head = "a,b,score",
    .tail = "",
    .head_name = csv_head_name,
    .field_capacity = capacity,
    .number = number_double,
    .row = csv_row,
    .id = csv_id,
    .score = score,
    .term = csv_term,
    .keep = csv_keep,
    .begin = "",
    .end = "\n",
    .lines_in_quotes = true,
};

/* ---- tsv -------------------------------------------------------------------------------------*/

static char *tsv_row(char *p, int side, uint64_t number)
{
    (void)side;
    p = number_integer(p, number);
    *p++ = '\t';
    return p;
}

static char *tsv_id(char *p, int side, struct bytes v, bool missing)
{
    (void)side;
    p = put_field(p, v, missing, '\t');
    *p++ = '\t';
    return p;
}

static char *tsv_term(char *p, struct bytes name, const char *text, size_t n)
{
    (void)name;
    *p++ = '\t';
    return format_put(p, text, n);
}

static char *tsv_keep(char *p, struct bytes name, struct bytes v, bool missing)
{
    (void)name;
    *p++ = '\t';
    return put_field(p, v, missing, '\t');
}

static char *tsv_head_name(char *p, struct bytes name)
{
    *p++ = '\t';
    return put_field(p, name, false, '\t');
}

const struct format format_tsv = {
    .name = "tsv",
    .suffix = {".tsv"},
    .head = "a\tb\tscore",
    .tail = "",
    .head_name = tsv_head_name,
    .field_capacity = capacity,
    .number = number_double,
    .row = tsv_row,
    .id = tsv_id,
    .score = score,
    .term = tsv_term,
    .keep = tsv_keep,
    .begin = "",
    .end = "\n",
    .lines_in_quotes = true,
};
