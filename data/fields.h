/* Lines of fields under their own names, such as those of clusters: from records to the bytes of a
 * file, in one of the formats of data/format.
 *
 * Lines are formatted by all cores and written in order. Not here: lines of pairs (emit.h), which
 * workers format, and where the bytes go (out.h). */
#ifndef AXB_DATA_FIELDS_H
#define AXB_DATA_FIELDS_H

#include "core/err.h"
#include "data/clean/text_buffer.h"
#include "data/out.h"
#include "data/table.h"

#include <stdbool.h>
#include <stdint.h>

/* A line in the making: its fields are put one after the other, in the order of the names. */
struct fields_line {
    const struct format *format;
    const struct bytes *names;
    uint32_t n_put; /* fields of this line so far */
    bool no_memory; /* what was put since is lost */
    struct text_buffer text;
};

/* Puts the next field: a text, a whole number, a number (NaN: none). */
void fields_text(struct fields_line *line, struct bytes value, bool missing);
void fields_integer(struct fields_line *line, uint64_t value);
void fields_number(struct fields_line *line, double value);

/* What a file of such lines is. */
struct fields_spec {
    uint32_t format;           /* as of emit_find */
    const struct bytes *names; /* of the fields, n_names of them */
    uint32_t n_names;
    uint64_t n_lines;
    /* Puts the n_names fields of line i; from any thread. False: no memory. */
    bool (*put)(const void *context, uint64_t i, struct fields_line *line);
    const void *context;
};

/* Can this format hold such lines? ERR_USAGE if not; `option` asked for it. */
bool fields_check(uint32_t format, const char *option, struct err *e);

/* Writes head, lines and tail. ERR_OS without memory, and what out_write says. */
bool fields_write(const struct fields_spec *spec, struct out *out, struct err *e);

#endif
