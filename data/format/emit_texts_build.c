/* Rows of B are cut into blocks. A thread formats a block into memory of its own, then takes space
 * for all of it in the segment. In which order blocks stand there does not matter. */
#include "data/format/emit_texts_build.h"

#include "core/base.h"
#include "data/emit.h"
#include "data/format/emit_texts.h"
#include "data/format/format.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_ROWS 8192u
#define MOST_TEXT 1024u /* bytes; copying a longer one takes longer than making it */
#define MOST_BYTES ((size_t)UINT32_MAX * EMIT_TEXT_ALIGN) /* of all texts: `at` has 32 bits */
#define WHAT "the texts of the records of B"

/* A block that is being made. */
struct block {
    char *text; /* BLOCK_ROWS texts of MOST_TEXT bytes at most */
    size_t used;
};

/* Adds the text of a row to the block, if it is short. */
static struct emit_text_at add_text(struct block *block, struct emit *emit, uint64_t row)
{
    const struct emit_text text = emit_text_of_b(emit, row);
    const size_t n = text.head_bytes + text.tail_bytes, at = block->used;
    if (n > MOST_TEXT)
        return (struct emit_text_at){0, EMIT_TEXT_NOT_HELD, 0};
    memcpy(block->text + at, text.p, n);
    block->used += (n + EMIT_TEXT_ALIGN - 1) / EMIT_TEXT_ALIGN * EMIT_TEXT_ALIGN;
    return (struct emit_text_at){(uint32_t)(at / EMIT_TEXT_ALIGN), (uint16_t)text.head_bytes,
                                 (uint16_t)text.tail_bytes};
}

/* Takes space for a block, unless there is too little: then *at is 0. */
static bool take_space(struct shm *out, size_t bytes, size_t most_bytes, uint64_t *at,
                       struct err *e)
{
    *at = 0;
    if (out->used_bytes + bytes > most_bytes)
        return true;
    *at = shm_alloc(out, WHAT, bytes, EMIT_TEXT_ALIGN, e);
    return *at;
}

/* Makes the texts of the rows from `from` on, at most BLOCK_ROWS. */
static bool make_block(struct emit *emit, struct block *block, uint64_t from, size_t most_bytes,
                       struct shm *out, struct err *e)
{
    const struct emit_texts_head head =
        *shm_at(shm_view_of(out), SHM_HEAD_AT, struct emit_texts_head);
    const uint64_t end = from + BLOCK_ROWS < head.n ? from + BLOCK_ROWS : head.n;
    struct emit_text_at *at = shm_writable_array(out, head.at_at, struct emit_text_at, head.n);
    uint64_t place;
    bool ok;
    block->used = 0;
    for (uint64_t row = from; row < end; row++)
        at[row] = add_text(block, emit, row);
#pragma omp critical(emit_texts)
    ok = take_space(out, block->used + FORMAT_COPY_STEP, most_bytes, &place, e);
    if (!ok)
        return false;
    if (place)
        memcpy(out->base + place, block->text, block->used);
    for (uint64_t row = from; row < end; row++) {
        at[row].at += (uint32_t)((place - head.text_at) / EMIT_TEXT_ALIGN);
        if (!place)
            at[row].head_bytes = EMIT_TEXT_NOT_HELD;
    }
    return true;
}

static void take_nothing(void *context, const char *p, size_t n, uint32_t n_lines)
{
    (void)context, (void)p, (void)n, (void)n_lines;
}

/* Makes the blocks of the first n rows. The first error is kept. */
static bool make_blocks(const struct emit_spec *spec, const struct table *a, const struct table *b,
                        uint64_t n, size_t most_bytes, struct shm *out, struct err *e)
{
    bool ok = true;
#pragma omp parallel if (n > BLOCK_ROWS)
    {
        struct err own = {0};
        struct emit *emit = NULL;
        struct block block = {.text = malloc((size_t)BLOCK_ROWS * MOST_TEXT)};
        bool fine = block.text ? emit_open(&emit, spec, a, b, take_nothing, NULL, &own)
                               : err_set(&own, ERR_OS, NULL, "not enough memory for " WHAT);
#pragma omp for schedule(dynamic)
        for (uint64_t from = 0; from < n; from += BLOCK_ROWS)
            fine = fine && make_block(emit, &block, from, most_bytes, out, &own);
#pragma omp critical(emit_texts)
        if (!fine && ok) {
            *e = own;
            ok = false;
        }
        emit_close(emit);
        free(block.text);
    }
    return ok;
}

bool emit_texts_build(const struct emit_spec *spec, const struct table *a, const struct table *b,
                      size_t most_bytes, struct shm *out, struct err *e)
{
    const size_t most = least_size(most_bytes, MOST_BYTES);
    const uint64_t n = least_size(b->head->n_rows, most / 2 / sizeof(struct emit_text_at));
    const uint64_t head_at = shm_alloc(out, WHAT, sizeof(struct emit_texts_head), 64, e);
    const uint64_t at_at =
        head_at ? shm_alloc(out, WHAT, (n + 1) * sizeof(struct emit_text_at), 64, e) : 0;
    if (!at_at)
        return false;
    *shm_writable(out, head_at, struct emit_texts_head) =
        (struct emit_texts_head){n, at_at, out->used_bytes / EMIT_TEXT_ALIGN * EMIT_TEXT_ALIGN};
    return make_blocks(spec, a, b, n, most, out, e);
}
