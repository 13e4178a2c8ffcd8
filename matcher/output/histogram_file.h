/* A histogram of scores as a file: lines of CSV, JSON, or a picture (SVG), as the name ends.
 *
 * Where a bin is one score, CSV has the columns score and pairs, else from, to and pairs. Lines are
 * in ascending order of the score, and bins without pairs have none. A bin has the scores
 * from <= score < to, or of a distance from < score <= to, so that --min of a `from`, or --max of a
 * `to`, finds the pairs of the bins from there on. Numbers have the fewest digits that read back to
 * the same double.
 *
 * Not here: counting (suggest/histogram.h), opening and closing the file (data/out.h). */
#ifndef AXB_MATCHER_OUTPUT_HISTOGRAM_FILE_H
#define AXB_MATCHER_OUTPUT_HISTOGRAM_FILE_H

#include "core/err.h"
#include "data/out.h"
#include "matcher/suggest/histogram.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What is shown; borrowed. */
struct histogram_shown {
    const struct histogram_bin *bin; /* ascending (histogram_sorted) */
    uint32_t n, level;
    bool falls;                /* it is of a distance */
    const char *score;         /* what the score is, in words: UTF-8; for the picture */
    const double *false_pairs; /* of each bin: so many are expected to be no matches; for the
                                  picture; NULL: nobody knows */
    const double *threshold;   /* the score to mark in the picture; NULL: none */
};

/* ERR_USAGE if the name ends in something else than .csv, .json or .svg, each perhaps followed by
 * .gz or .zst. NULL, - and a descriptor are CSV. */
bool histogram_file_check(const char *path, struct err *e);

/* Writes the histogram to *out, which was opened at `path`. */
bool histogram_file_write(struct out *out, const char *path, const struct histogram_shown *shown,
                          struct err *e);

/* The scores at which bin i begins and ends: from <= to. */
double histogram_shown_from(const struct histogram_shown *shown, uint32_t i);
double histogram_shown_to(const struct histogram_shown *shown, uint32_t i);

/* Writes the picture to a stream (histogram_picture.c). */
void histogram_picture(FILE *f, const struct histogram_shown *shown);

#endif
