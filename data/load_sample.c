/* Reads some records one by one. */
#include "data/load_sample.h"

#include "data/load_internal.h"

#include <string.h>

void load_sample_take(struct load_sample *s, const struct load *l, size_t max_rows)
{
    const struct load_state *state = l->state;
    struct csv_record record = {0};
    *s = (struct load_sample){.n_columns = l->n_columns};
    if (state->steps != &load_file_steps)
        return;
    s->fields = arena_take(&s->arena, max_rows * l->n_columns * sizeof *s->fields);
    for (size_t at = state->data_at; s->fields && at < state->text.n && s->n_rows < max_rows;
         at = record.end) {
        csv_record_read(&state->text, &state->format, at, &s->arena, &record);
        if (record.fault.kind != CSV_RIGHT)
            break;
        if (record.n_fields != l->n_columns)
            continue;
        memcpy(s->fields + s->n_rows * s->n_columns, record.fields,
               s->n_columns * sizeof *s->fields);
        s->n_rows++;
    }
    csv_record_free(&record);
}

void load_sample_free(struct load_sample *s)
{
    arena_free(&s->arena);
    *s = (struct load_sample){0};
}
