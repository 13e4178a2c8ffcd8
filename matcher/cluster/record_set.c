/* How records are called. */
#include "matcher/cluster/record_set.h"

#include "data/number.h"

_Static_assert(RECORD_NAME_BYTES >= 10 + 8, "a row number, and what number_integer writes over");

struct record_column record_column_of(const struct table *table, uint32_t column)
{
    return (struct record_column){
        .name = {table_column_name(table, column), table->columns[column].name_bytes},
        .table = table,
        .column = column};
}

struct bytes record_name(const struct record_set *s, uint32_t record, char text[RECORD_NAME_BYTES])
{
    struct bytes name;
    if (!s->id)
        return (struct bytes){text, (uint32_t)(number_integer(text, record + 1ull) - text)};
    return record_value(s->id, record, &name) ? name : (struct bytes){NULL, 0};
}
