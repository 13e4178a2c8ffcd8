/* From a matched pair to bytes, in one of the formats of data/format.
 *
 * A worker formats what it finds into its own buffer; the same pairs give the same bytes wherever
 * they are formatted. Ids and kept columns are quoted where the format asks for it; scores are
 * printed with the fewest digits that read back to the same double. Not here: in which order
 * pairs come, or where the bytes go (out.h). */
#ifndef AXB_DATA_EMIT_H
#define AXB_DATA_EMIT_H

#include "core/err.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct format;

#define EMIT_ROW_NUMBER UINT32_MAX /* instead of an id column: the row number, from 1 */
#define EMIT_MAX_KEEP 4096
#define EMIT_MAX_TERMS 32
#define EMIT_TERM_BYTES 8192

/* What to write; flat, so that it can be handed to workers as it is. */
struct emit_spec {
    uint32_t format;                  /* index in the table of formats */
    uint32_t id_a, id_b;              /* columns of the tables, or EMIT_ROW_NUMBER */
    uint32_t n_keep[2];               /* of A, of B */
    uint32_t keep[EMIT_MAX_KEEP];     /* columns of A's table, then of B's */
    uint32_t n_terms;                 /* further numbers of a pair, written after the score */
    uint32_t term_at[EMIT_MAX_TERMS]; /* their names, ended by zero bytes, in term_names */
    char term_names[EMIT_TERM_BYTES];
};

/* Index of a format by name; unknown ones list all. */
bool emit_find(const char *name, uint32_t *format, struct err *e);
/* The format of files whose names end in `suffix` of n bytes, such as ".tsv"; false if none is. */
bool emit_find_suffix(const char *suffix, size_t n, uint32_t *format);
const char *emit_name(uint32_t format);
/* The row of a format, for whoever puts lines together without an emitter. */
const struct format *emit_format(uint32_t format);
/* Is the output whole only with what stands after all pairs? */
bool emit_has_tail(uint32_t format);
/* Do the records go to a table for people, and not into the output? They have no head then, and the
 * spec may name ids, which they lack. */
bool emit_is_for_people(uint32_t format);
/* May these columns be written in the format of `spec`? ERR_USAGE: "pairs" has none. */
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
/* The pairs that follow belong to this row of A (from 0). */
void emit_row_a(struct emit *emit, uint64_t row_a);
void emit_pair(struct emit *emit, uint64_t row_b, double score);

/* The same in two steps, for rows of A that match the same rows of B: a list of rows of B is made
 * once, then written for each row of A. With terms a list serves but the row of A that it was made
 * for. */
void emit_list_clear(struct emit *emit);
/* False, with nothing done, when the list is full; an empty list is not. */
bool emit_list_add(struct emit *emit, uint64_t row_b, double score);
/* A line for each row of the list from the from-th on, with the present row of A. */
void emit_list_write(struct emit *emit, uint32_t from);

/* Hands over what is still in the buffer. */
void emit_finish(struct emit *emit);

/* Finds the end of the n_lines-th line from here on (n_lines > 0), in bytes that come in pieces. */
struct emit_cut {
    uint64_t n_lines; /* to come */
    bool quoted;      /* inside a quoted field; at first false */
    uint32_t at;      /* bytes of a record of "pairs" that have passed; at first 0 */
};
/* How much of the next n bytes it is: all of them while n_lines stays above 0. */
size_t emit_cut(const struct emit_spec *spec, struct emit_cut *cut, const char *p, size_t n);

#endif
