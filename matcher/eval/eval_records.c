/* One dictionary of all ids; the number of a record is that of its id, and for B more. */
#include "matcher/eval/eval_records.h"

#include <stdlib.h>

#define INDEX_BYTES (1ull << 40) /* of address space */
#define MOST_IDS ((UINT32_MAX - 1) / 2)

bool eval_records_open(struct eval_records *r, const struct eval_ids *ids, uint32_t n,
                       struct err *e)
{
    struct index_field fields[EVAL_MOST_FIELDS];
    for (uint32_t i = 0; i < n; i++)
        fields[i] = (struct index_field){
            .kind = INDEX_TEXT, .table = ids[i].table, .column = ids[i].column};
    const struct index_spec spec = {.fields = fields, .n_fields = n, .wanted = INDEX_UTF8};
    r->index = calloc(1, sizeof *r->index);
    if (!r->index)
        return err_set(e, ERR_OS, NULL, "not enough memory for the ids");
    if (!shm_create(&r->shm, "the ids", INDEX_BYTES, e) || !index_build(&spec, &r->shm, e) ||
        !index_view(r->index, &r->shm, e))
        return false;
    r->self = true;
    r->n_side = r->index->dictionary.n;
    if (r->n_side > MOST_IDS)
        return err_set(e, ERR_DATA, NULL, "the files have more than %u ids", MOST_IDS);
    r->n = r->n_side;
    return true;
}

void eval_records_split(struct eval_records *r)
{
    r->self = false;
    r->n = 2 * r->n_side;
}

void eval_records_close(struct eval_records *r)
{
    shm_close(&r->shm);
    free(r->index);
}

uint32_t eval_records_at(const struct eval_records *r, uint32_t field, bool of_b, uint64_t row)
{
    const struct side *side = &r->index->field[field].side;
    const uint32_t place = side->row_place[row];
    if (place == TABLE_MISSING)
        return EVAL_NO_RECORD;
    return side->value[place] + (of_b && !r->self ? r->n_side : 0);
}

struct bytes eval_records_id(const struct eval_records *r, uint32_t record)
{
    const struct text id = dictionary_text(&r->index->dictionary,
                                           record - (eval_records_side(r, record) ? r->n_side : 0));
    return (struct bytes){id.utf8, id.utf8_bytes};
}
