/* Fields of some rows as a module of the user's wants them: an array for each field. For workers
 * that call a module: the plain loop, the refining of candidates, and those that prepare records.
 * Not here: calling it. */
#ifndef AXB_MATCHER_WORKER_WORKER_BATCH_H
#define AXB_MATCHER_WORKER_WORKER_BATCH_H

#include "core/axb.h"
#include "core/err.h"
#include "matcher/index/index.h"
#include "matcher/worker/worker.h"

#include <stdbool.h>
#include <stdint.h>

/* The fields of some rows of one side. */
struct block {
    const struct row_list *list;             /* the rows of the side that take part */
    uint64_t from;                           /* the position of the first row, after block_load */
    uint32_t n;                              /* rows */
    axb_str *text[INDEX_MAX_FIELDS];         /* of each text field; owned */
    double *number[INDEX_MAX_FIELDS];        /* of each other field, where they are copied; owned */
    const void *array[INDEX_MAX_FIELDS + 1]; /* what the module gets */
    uint32_t field[INDEX_MAX_FIELDS];        /* of the index */
    uint32_t n_fields;
    const bool *skip; /* of each field: nobody reads it, so it need not be filled; NULL: none */
    bool only_ids; /* of a text there is its id, and whether it is missing (p); its bytes are not */
    const void **prepared; /* of each row, or NULL; in `array` it follows those of the fields */
    const char *first;     /* that of row 0 of the side */
    uint64_t prepared_bytes;
};

/* Adds a field of the index, with a capacity of `rows` rows; false without memory. */
bool block_add(struct block *block, const struct index *index, uint32_t field, uint32_t rows);
/* Fills the block with the rows that take part, from position `from` of their list on. */
void block_load(const struct index *index, struct block *block, uint64_t from, uint32_t n);
/* After block_load: the row of entry i. */
static inline uint64_t block_row(const struct block *block, uint32_t i)
{
    return row_list_at(block->list, block->from + i);
}
/* Fills it with these rows, n <= BLOCK_GATHER, which may lie anywhere: their memory is asked for in
 * time. */
#define BLOCK_GATHER 256u
void block_gather(const struct index *index, struct block *block, const uint32_t *rows, uint32_t n);
void block_close(struct block *block);

/* Adds the fields of the module that the task describes to both blocks, and what it has prepared.
 * Where runs of pairs are scored (w->score_run), texts come as ids alone, since most of them are
 * known already. ERR_OS without memory. */
bool block_add_module(struct block *a, struct block *b, const struct worker *w, uint32_t rows_a,
                      uint32_t rows_b, struct err *e);

#endif
