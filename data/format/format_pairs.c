/* The formats of row numbers and scores alone: pairs and values, for programs, and table, whose
 * records the table for people is made of. */
#include "data/format/format.h"

#include <math.h>

/* A head of 64 bytes, then records of one length, which are read without a parser. All is
 * little-endian. The head says how long a record is; how many there are follows from the length of
 * the file, since they are not counted before they are written:
 *
 *     char[8] "AXBPAIR1"; u32 version; u32 bytes of a record; u64 0; u32 terms; zeros
 *     u32 row of A, u32 row of B (from 0); f64 score; f64 for each term, NaN for no value
 *
 * A record without a partner has 0xFFFFFFFF in place of the row of the other, and the score NaN. */
static const char pairs_magic[8] = {'A', 'X', 'B', 'P', 'A', 'I', 'R', '1'};
#define PAIRS_VERSION 1u

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are written as they stand");

static size_t capacity(size_t n, size_t name_n)
{
    return n + name_n + sizeof(double);
}

static size_t binary_number(double value, char text[32])
{
    memcpy(text, &value, sizeof value);
    return sizeof value;
}

static char *binary_row(char *p, int side, uint64_t number)
{
    const uint32_t row = (uint32_t)(number - 1);
    (void)side;
    return format_put(p, (const char *)&row, sizeof row);
}

static char *binary_score(char *p, const char *text, size_t n)
{
    const double none = NAN;
    return format_put(p, n ? text : (const char *)&none, sizeof none);
}

static char *binary_term(char *p, struct bytes name, const char *text, size_t n)
{
    (void)name;
    return binary_score(p, text, n);
}

size_t format_record_bytes(uint32_t n_terms)
{
    return 2 * sizeof(uint32_t) + (1 + n_terms) * sizeof(double);
}

void format_pairs_head(uint32_t n_terms, char head[FORMAT_PAIRS_HEAD_BYTES])
{
    const uint32_t says[] = {PAIRS_VERSION, (uint32_t)format_record_bytes(n_terms), 0, 0, n_terms};
    memset(head, 0, FORMAT_PAIRS_HEAD_BYTES);
    memcpy(head, pairs_magic, sizeof pairs_magic);
    memcpy(head + sizeof pairs_magic, says, sizeof says);
}

const struct format format_pairs = {
    .name = "pairs",
    .head = "",
    .tail = "",
    .field_capacity = capacity,
    .number = binary_number,
    .row = binary_row,
    .score = binary_score,
    .term = binary_term,
    .end = "",
    .is_binary = true,
    .has_binary_head = true,
};

/* Head and tail of a file whose blocks matcher/pairs/values_file.h describes. The parts of a line
 * serve estimates alone. */
const struct format format_values = {
    .name = "values",
    .suffix = {".values"},
    .head = "AXBVALS1",
    .tail = "AXBVEND1",
    .field_capacity = capacity,
    .number = binary_number,
    .row = binary_row,
    .score = binary_score,
    .term = binary_term,
    .end = "",
    .is_binary = true,
    .of_values = true,
};

const struct format format_table = {
    .name = "table",
    .head = "",
    .tail = "",
    .field_capacity = capacity,
    .number = binary_number,
    .row = binary_row,
    .score = binary_score,
    .term = binary_term,
    .end = "",
    .is_binary = true,
    .for_people = true,
};
