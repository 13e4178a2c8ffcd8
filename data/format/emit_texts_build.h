/* Makes the texts of the rows of B, which emit_texts.h describes.
 *
 * Not here: copying them into lines (emit.h). */
#ifndef AXB_DATA_FORMAT_EMIT_TEXTS_BUILD_H
#define AXB_DATA_FORMAT_EMIT_TEXTS_BUILD_H

#include "core/err.h"
#include "core/shm.h"
#include "data/emit_spec.h"
#include "data/table.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes the texts of all rows of B into the empty segment `out`, which takes at most `most_bytes`.
 * Rows whose texts are long, or for which that is too little, are left out: their texts are made
 * when they are wanted. ERR_OS. */
bool emit_texts_build(const struct emit_spec *spec, const struct table *a, const struct table *b,
                      size_t most_bytes, struct shm *out, struct err *e);

#endif
