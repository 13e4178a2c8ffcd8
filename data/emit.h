/* From a matched pair to bytes, in one of the formats of data/format.
 *
 * A worker formats what it finds into its own buffer; the same pairs give the same bytes wherever
 * they are formatted. Ids and kept columns are quoted where the format asks for it; scores are
 * printed with the fewest digits that read back to the same double. Not here: in which order
 * pairs come, or where the bytes go (out.h). */
#ifndef AXB_DATA_EMIT_H
#define AXB_DATA_EMIT_H

#include "core/err.h"
#include "core/shm.h"
#include "data/emit_spec.h"
#include "data/format/emit_texts.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct format;

/* Index of a format by name; unknown ones list all. */
bool emit_find(const char *name, uint32_t *format, struct err *e);
/* The format of files whose names end in `suffix` of n bytes, such as ".tsv"; false if none is. */
bool emit_find_suffix(const char *suffix, size_t n, uint32_t *format);
const char *emit_name(uint32_t format);
/* The row of a format, for whoever puts lines together without an emitter. */
const struct format *emit_format(uint32_t format);
/* Is it made of row numbers and scores alone, with a head? */
bool emit_is_binary(uint32_t format);
/* Is the output whole only with what stands after all pairs? */
bool emit_has_tail(uint32_t format);
/* Do the records go to a table for people, and not into the output? They have no head then, and the
 * spec may name ids, which they lack. */
bool emit_is_for_people(uint32_t format);
/* Does it hold pairs of distinct values, which no emitter writes (matcher/pairs/values_file.h)? */
bool emit_is_of_values(uint32_t format);
/* May such lines be written in the format of `spec`? ERR_USAGE: "pairs" and "values" have no
 * columns.
 */
bool emit_check(const struct emit_spec *spec, struct err *e);
/* The names of all formats as help shows them: "csv (default), jsonl or pairs". The first row is
 * the default. Not for several threads at once. */
const char *emit_choices(void);

struct emit;

/* At most so many bytes are handed over at once, but for a longer line, which comes alone. */
#define EMIT_FLUSH_BYTES (256u << 10)

/* `flush` takes bytes in order, whole lines, `n_lines` of them pairs; it cannot fail (it notes a
 * failure for itself). The tables outlive the emitter. */
typedef void emit_flush_fn(void *context, const char *p, size_t n, uint32_t n_lines);
bool emit_open(struct emit **emit, const struct emit_spec *spec, const struct table *a,
               const struct table *b, emit_flush_fn *flush, void *context, struct err *e);
void emit_close(struct emit *emit);

/* Where the n_terms values of a pair come from: writes them to `value`, NaN for none. It gets the
 * context of flush. To be set before the first pair, if there are any. */
typedef void emit_terms_fn(void *context, uint64_t row_a, uint64_t row_b, double *value);
void emit_set_terms(struct emit *emit, emit_terms_fn *terms);

/* What stands once before all pairs (the CSV header, the head of "pairs"), and once after them; may
 * be nothing. */
void emit_head(struct emit *emit);
void emit_tail(struct emit *emit);
/* Lines may begin with bytes that join them to the line before, which the first line of the output
 * lacks. So many bytes are to be left out at the begin of the next n, if `written` bytes of output
 * come before them. */
size_t emit_joint_bytes(const struct emit_spec *spec, uint64_t written, size_t n);
/* In place of a row of either side: none. All that the line says of it is missing, as are score and
 * terms; "pairs" has the row number UINT32_MAX. */
#define EMIT_NO_ROW UINT64_MAX
/* The pairs that follow belong to this row of A (from 0). */
void emit_row_a(struct emit *emit, uint64_t row_a);
/* A score that is NaN is missing. */
void emit_pair(struct emit *emit, uint64_t row_b, double score);

/* A row of B that matches, and where its score stands. */
struct emit_match {
    uint32_t row;
    uint32_t pair; /* an index into scores */
};
/* The same for n matches of the present row of A. */
void emit_matches(struct emit *emit, const struct emit_match *m, size_t n, const double *score);

/* Makes what lines say of a row of B. Valid until the next call. */
struct emit_text emit_text_of_b(struct emit *emit, uint64_t row_b);
/* From here on that is copied from these texts, which are of the same spec and tables. */
void emit_use_texts(struct emit *emit, struct shm_view texts);

/* Bytes of all that was emitted so far, handed over or not. */
uint64_t emit_bytes(const struct emit *emit);

/* Hands over what is still in the buffer. */
void emit_finish(struct emit *emit);

/* The records of a binary format that may follow, where whoever hands them over is not believed. */
struct emit_bounds {
    uint64_t row_from, row_to; /* of A */
    uint64_t rows_b;
    bool self;     /* the row of A comes before that of B */
    uint64_t next; /* the least place that the next one may have: row of A << 32 | row of B */
};
/* Are these n bytes so many whole records of rows within the bounds, in the order of A, then of B,
 * each once, and with a score? Lines of other formats are only copied: they are not looked at. */
bool emit_can_be(const struct emit_spec *spec, struct emit_bounds *bounds, const char *p, size_t n,
                 uint32_t n_records);

/* How many of the first n bytes of an output are its head. */
size_t emit_head_bytes(const struct emit_spec *spec, const char *p, size_t n);

/* Finds the end of the n_lines-th line from here on (n_lines > 0), in bytes that come in pieces. */
struct emit_cut {
    uint64_t n_lines; /* to come */
    bool quoted;      /* inside a quoted field; at first false */
    uint32_t at;      /* bytes of a record of "pairs" that have passed; at first 0 */
};
/* How much of the next n bytes it is: all of them while n_lines stays above 0. */
size_t emit_cut(const struct emit_spec *spec, struct emit_cut *cut, const char *p, size_t n);

#endif
