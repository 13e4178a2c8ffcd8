/* Columns in memory: the format AXBCOLS1, in which a program that has a table in memory already
 * hands it over, without making text of it that is then split again. It is an input like CSV, known
 * by its first bytes (data/load.h). Nothing is quoted: a missing value and an empty text are
 * different things. Not here: the table that axb makes of it (data/table.h).
 *
 * Little-endian. Offsets count from the first byte, and each array begins at a multiple of 64.
 *
 *     0     struct columns_head
 *     64    struct columns_column × n_columns          at head.columns_at
 *           the names, UTF-8
 *           the arrays of the columns:
 *
 *     kind          values_at                       what a row holds, as text
 *     ABSENT        -                               the column exists, its rows were not sent
 *     TEXT          UTF-8, `bytes` long             value i is [offsets[i], offsets[i + 1])
 *     DICTIONARY    UTF-8, n_values such texts      the text codes[row]; -1 is missing
 *     F64           f64                             the fewest digits that read back
 *     I64           i64                             "-12"
 *     BOOL          u8, 0 or 1                      "False", "True"
 *     DATE          i32, days since 1970            "2024-02-29"
 *     TIMESTAMP     i64, microseconds since 1970    "2024-02-29T12:30:00", or with ".000001"
 *     MOMENT        the same, in UTC                "2024-02-29T12:30:00+00:00"
 *
 *     offsets_at    u64 × (n_values + 1): 0, then rising to `bytes`
 *     codes_at      i32 × n_rows
 *     validity_at   a bit a row, bit i % 8 of byte i / 8: 1 if there is a value. 0: all rows have
 *                   one. A dictionary has no such bits.
 *
 * A whole number below 2^53 has neither a point nor an exponent: 3.0 is "3", as the integer 3 is. A
 * midnight is written as the date alone, in every column, so that equal times are equal texts.
 * A NaN is missing. Texts hold no zero byte, as those of CSV; years are 1 to 9999. A missing text
 * is checked like any other, a missing time may be anything. */
#ifndef AXB_DATA_COLUMNS_H
#define AXB_DATA_COLUMNS_H

#include "core/err.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLUMNS_MAGIC "AXBCOLS1"
#define COLUMNS_VERSION 1u
#define COLUMNS_ALIGN 64u
#define COLUMNS_TEXT_BYTES 40u /* the longest number or time, and what writing it needs */

enum columns_kind {
    COLUMNS_ABSENT,
    COLUMNS_TEXT,
    COLUMNS_DICTIONARY,
    COLUMNS_F64,
    COLUMNS_I64,
    COLUMNS_BOOL,
    COLUMNS_DATE,
    COLUMNS_TIMESTAMP,
    COLUMNS_MOMENT,
    COLUMNS_KINDS
};

struct columns_head {
    char magic[8];
    uint64_t version;
    uint64_t n_rows;
    uint64_t n_columns;
    uint64_t total_bytes;
    uint64_t columns_at;
    uint64_t spare[2];
};

struct columns_column {
    uint64_t name_at;
    uint32_t name_bytes;
    uint32_t kind; /* enum columns_kind */
    uint64_t validity_at;
    uint64_t values_at;
    uint64_t offsets_at;
    uint64_t codes_at;
    uint64_t n_values; /* n_rows, but of a dictionary */
    uint64_t bytes;    /* of the array of values */
};

_Static_assert(sizeof(struct columns_head) == 64 && sizeof(struct columns_column) == 64,
               "the format is that of files");

/* A view of the bytes; it owns nothing. */
struct columns {
    const char *base; /* at a multiple of 8 */
    const struct columns_head *head;
    const struct columns_column *column;
    const char *shown; /* for messages */
};

/* Do n bytes at p, at a multiple of 8, begin as the format does? */
bool columns_known(const char *p, size_t n);

/* Checks all but the insides of the arrays: whatever the bytes, every offset lies inside, and names
 * are UTF-8. ERR_DATA. */
bool columns_view(struct columns *c, const char *p, size_t n, const char *shown, struct err *e);

/* Then, of a column before it is used: texts, codes, times. ERR_DATA, with the row, from 0. On all
 * cores. */
bool columns_check(const struct columns *c, uint32_t column, struct err *e);

static inline const char *columns_name(const struct columns *c, uint32_t column)
{
    return c->base + c->column[column].name_at; /* name_bytes of it, not ended */
}

/* Arrays of a column that was checked, or whose head was; each begins at a multiple of 64. */
static inline const void *columns_array(const struct columns *c, uint64_t at)
{
    return c->base + at;
}

static inline const uint64_t *columns_offsets(const struct columns *c, uint32_t column)
{
    return columns_array(c, c->column[column].offsets_at);
}

static inline const int32_t *columns_codes(const struct columns *c, uint32_t column)
{
    return columns_array(c, c->column[column].codes_at);
}

/* By its bits alone: a NaN is missing nevertheless. */
static inline bool columns_is_valid(const struct columns *c, uint32_t column, uint64_t row)
{
    const uint64_t at = c->column[column].validity_at;
    return !at || (unsigned char)c->base[at + row / 8] >> row % 8 & 1;
}

/* Text i of a TEXT or a DICTIONARY, or row i of any other kind, of a checked column. What is no
 * text is written to `text`. Missing is {NULL, 0}. */
struct bytes columns_value(const struct columns *c, uint32_t column, uint64_t i,
                           char text[COLUMNS_TEXT_BYTES]);

/* How the numbers and times above are written, for who makes text of them already. Not ended by a
 * zero byte; each returns the length. The last two need years 1 to 9999. */
size_t columns_write_f64(double x, char text[COLUMNS_TEXT_BYTES]);
size_t columns_write_i64(int64_t x, char text[COLUMNS_TEXT_BYTES]);
size_t columns_write_date(int32_t days, char text[COLUMNS_TEXT_BYTES]);
size_t columns_write_time(int64_t microseconds, bool utc, char text[COLUMNS_TEXT_BYTES]);

/* Are they of the years 1 to 9999? */
bool columns_date_in_range(int64_t days);
bool columns_time_in_range(int64_t microseconds);

#endif
