/* In which format pairs are written: --format, else the end of the name of --output, else a table
 * for people on a terminal, else the first format of all.
 *
 * Not here: the formats (data/emit.h), compression, which out_open takes from the name
 * (data/format/pack.h), and the table (table_view.h). */
#ifndef AXB_MATCHER_OUTPUT_OUTPUT_FORM_H
#define AXB_MATCHER_OUTPUT_OUTPUT_FORM_H

#include "core/err.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

/* The format of a run's output. Says so where the name of --output asks for none that exists.
 * ERR_USAGE if the name is of a format that others write, or if the options contradict each
 * other. */
bool output_form_choose(const struct opts *o, uint32_t *format, struct err *e);

/* Can an output in this format be written in parts, if the options ask for that? ERR_USAGE. A part
 * of output_form_choose. */
bool output_form_check_parts(const struct opts *o, uint32_t format, struct err *e);

/* Are pairs written at all? With --count and --histogram they are not, and where the files of
 * clusters alone are asked for. */
bool output_form_has_pairs(const struct opts *o);

/* The format of a file of fields (data/fields.h) that `option` asks for: by the end of its name,
 * else --format. ERR_USAGE if that holds pairs alone, or is one that others write. */
bool output_form_of_fields(const struct opts *o, const char *path, const char *option,
                           uint32_t *format, struct err *e);

/* The same of a file of clusters, which may be in the format of pairs: of each record and the first
 * one of its cluster. */
bool output_form_of_clusters(const struct opts *o, const char *path, const char *option,
                             uint32_t *format, struct err *e);

/* Is `path` a place for an output in the format of this name? ERR_USAGE if its end asks for
 * another. */
bool output_form_fits(const char *path, const char *format, struct err *e);

#endif
