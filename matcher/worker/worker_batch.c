/* Blocks: the fields of some rows of one side, laid out as a module's functions take them. */
#include "matcher/worker/worker_batch.h"
#include "matcher/expr/expr_leaves.h"

#include <stdlib.h>

static axb_str value_text(const struct dictionary *dictionary, uint32_t value, bool only_id)
{
    if (value == TABLE_MISSING)
        return (axb_str){0};
    if (only_id)
        return (axb_str){"", 0, value + 1};
    struct text t = dictionary_text(dictionary, value);
    return (axb_str){t.utf8, t.utf8_bytes, t.id};
}

static uint32_t row_value(const struct side *side, uint64_t row)
{
    uint32_t place = side->row_place[row];
    return place == TABLE_MISSING ? TABLE_MISSING : side->value[place];
}

/* Points entry i to what the module has prepared of a row. */
static void set_prepared(struct block *block, uint32_t i, uint64_t row)
{
    if (block->prepared)
        block->prepared[i] = block->first + row * block->prepared_bytes;
    block->array[block->n_fields] = block->prepared;
}

/* Numbers are copied only where rows between them take no part. */
static void load_numbers(struct block *block, uint32_t k, const double *number)
{
    block->array[k] = number + block->from;
    if (!block->list->row)
        return;
    for (uint32_t i = 0; i < block->n; i++)
        block->number[k][i] = number[block_row(block, i)];
    block->array[k] = block->number[k];
}

void block_load(const struct index *index, struct block *block, uint64_t from, uint32_t n)
{
    block->from = from;
    block->n = n;
    for (uint32_t i = 0; i < n; i++)
        set_prepared(block, i, block_row(block, i));
    for (uint32_t k = 0; k < block->n_fields; k++) {
        const struct index_view *v = &index->field[block->field[k]];
        if (block->skip && block->skip[k])
            continue;
        if (v->number) {
            load_numbers(block, k, v->number);
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            block->text[k][i] = value_text(
                &index->dictionary, row_value(&v->side, block_row(block, i)), block->only_ids);
        block->array[k] = block->text[k];
    }
}

/* Gathers the texts of a field; the memory that they lie in is prefetched. */
static void gather_texts(const struct index *index, struct block *block, uint32_t k,
                         const uint32_t *rows, uint32_t n)
{
    const struct dictionary *dictionary = &index->dictionary;
    uint32_t value[BLOCK_GATHER];
    dictionary_gather(dictionary, &index->field[block->field[k]].side, rows, n, value);
    for (uint32_t i = 0; i < n; i++)
        if (value[i] != TABLE_MISSING && !block->only_ids)
            __builtin_prefetch(&dictionary->utf8_begin[value[i]]);
    for (uint32_t i = 0; i < n; i++) {
        block->text[k][i] = value_text(dictionary, value[i], block->only_ids);
        __builtin_prefetch(block->text[k][i].p);
    }
}

void block_gather(const struct index *index, struct block *block, const uint32_t *rows, uint32_t n)
{
    block->n = n;
    for (uint32_t i = 0; i < n; i++)
        set_prepared(block, i, rows[i]);
    for (uint32_t k = 0; k < block->n_fields; k++) {
        const double *number = index->field[block->field[k]].number;
        if (block->skip && block->skip[k])
            continue;
        if (!number) {
            gather_texts(index, block, k, rows, n);
            block->array[k] = block->text[k];
            continue;
        }
        for (uint32_t i = 0; i < n; i++)
            block->number[k][i] = number[rows[i]];
        block->array[k] = block->number[k];
    }
}

bool block_add(struct block *block, const struct index *index, uint32_t field, uint32_t rows)
{
    uint32_t k = block->n_fields++;
    bool text = !index->field[field].number;
    block->field[k] = field;
    block->text[k] = text ? malloc(rows * sizeof(axb_str)) : NULL;
    block->number[k] = text ? NULL : malloc(rows * sizeof(double));
    return block->text[k] || block->number[k];
}

void block_close(struct block *block)
{
    for (uint32_t k = 0; k < block->n_fields; k++) {
        free(block->text[k]);
        free(block->number[k]);
    }
    free(block->prepared);
}

static bool add_prepared(struct block *block, const struct worker *w, uint64_t before,
                         uint32_t rows)
{
    block->prepared_bytes = w->task->module.prepared_bytes;
    block->first = w->prepared + before * block->prepared_bytes;
    block->prepared = calloc(rows, sizeof *block->prepared);
    return block->prepared;
}

bool block_add_module(struct block *a, struct block *b, const struct worker *w, uint32_t rows_a,
                      uint32_t rows_b, struct err *e)
{
    const uint32_t *field = w->task->module.field;
    bool ok = true;
    a->list = &w->index.rows[0];
    b->list = &w->index.rows[1];
    a->only_ids = b->only_ids = w->score_run != NULL;
    a->skip = w->skip[0];
    b->skip = w->skip[1];
    for (uint32_t k = 0; ok && k < w->module->n_fields; k++)
        ok = w->module->fields[k].side == 0 ? block_add(a, &w->index, field[k], rows_a)
                                            : block_add(b, &w->index, field[k], rows_b);
    if (ok && w->prepared)
        ok = add_prepared(a, w, 0, rows_a) && add_prepared(b, w, w->tables[0].head->n_rows, rows_b);
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for a worker");
}
