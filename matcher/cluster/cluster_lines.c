/* From clusters to lines. */
#include "matcher/cluster/cluster_lines.h"

#include "data/emit.h"
#include "data/fields.h"
#include "data/format/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Names -----------------------------------------------------------------------------------*/

#define PREFIX "axb." /* before the name of a field of ours that a column has */

static bool is_taken(const char *name, const struct record_set *records)
{
    for (uint32_t i = 0; i < records->n_columns; i++) {
        const struct bytes column = records->column[i].name;
        if (strlen(name) == column.n && memcmp(name, column.p, column.n) == 0)
            return true;
    }
    return false;
}

/* The name of a field of ours; one with a prefix is written to *at, which moves on. */
static struct bytes own_name(const char *own, const struct record_set *records, char **at)
{
    if (!is_taken(own, records))
        return (struct bytes){own, (uint32_t)strlen(own)};
    const struct bytes name = {*at, (uint32_t)sprintf(*at, PREFIX "%s", own)};
    *at += name.n + 1;
    return name;
}

struct bytes *cluster_lines_names(const char *const *own, uint32_t n_own,
                                  const struct record_set *records)
{
    const size_t n = n_own + (size_t)records->n_columns;
    size_t bytes = n * sizeof(struct bytes);
    for (uint32_t i = 0; i < n_own; i++)
        bytes += sizeof PREFIX + strlen(own[i]);
    struct bytes *names = malloc(bytes);
    if (!names)
        return NULL;
    char *at = (char *)(names + n);
    for (uint32_t i = 0; i < n_own; i++)
        names[i] = own_name(own[i], records, &at);
    for (uint32_t i = 0; i < records->n_columns; i++)
        names[n_own + i] = records->column[i].name;
    return names;
}

/* ---- Lines -----------------------------------------------------------------------------------*/

struct lines {
    const struct record_set *records;
    const struct members *members;
    const double *strength;
    const uint32_t *cluster; /* of line i */
};

static bool put(const void *context, uint64_t i, struct fields_line *line)
{
    const struct lines *l = context;
    const uint32_t record = l->members->record[i], cluster = l->cluster[i];
    char text[RECORD_NAME_BYTES];
    const struct bytes name = record_name(l->records, record, text);
    fields_integer(line, l->members->number[cluster] + 1ull);
    fields_text(line, name, !name.p);
    fields_number(line, l->strength[record]);
    fields_integer(line, members_size(l->members, cluster));
    for (uint32_t k = 0; k < l->records->n_columns; k++) {
        struct bytes value;
        const bool has = record_value(&l->records->column[k], record, &value);
        fields_text(line, value, !has);
    }
    return true;
}

/* The cluster of each line; NULL without memory. */
static uint32_t *clusters_of_lines(const struct members *m)
{
    uint32_t *cluster = malloc((members_records(m) + 1ull) * sizeof *cluster);
    for (uint32_t c = 0; cluster && c < m->n_clusters; c++)
        for (uint32_t i = m->begin[c]; i < m->begin[c + 1]; i++)
            cluster[i] = c;
    return cluster;
}

static bool write_lines(const struct record_set *records, const struct members *members,
                        const double *strength, uint32_t format, struct out *out, struct err *e)
{
    static const char *const own[] = {"cluster", "record", "score", "size"};
    const uint32_t n_own = sizeof own / sizeof *own;
    uint32_t *cluster = clusters_of_lines(members);
    struct bytes *names = cluster_lines_names(own, n_own, records);
    const struct lines lines = {records, members, strength, cluster};
    const struct fields_spec spec = {.format = format,
                                     .names = names,
                                     .n_names = n_own + records->n_columns,
                                     .n_lines = members_records(members),
                                     .put = put,
                                     .context = &lines};
    const bool ok = cluster && names
                        ? fields_write(&spec, out, e)
                        : err_set(e, ERR_OS, NULL, "not enough memory to write the clusters");
    free(names);
    free(cluster);
    return ok;
}

/* ---- Pairs -----------------------------------------------------------------------------------*/

#define PAIRS_EACH 4096u /* that are written at once */

/* As the format has it. */
struct pair {
    uint32_t record, first;
    double strength;
};

static bool write_pairs(const struct members *m, const double *strength, struct out *out,
                        struct err *e)
{
    struct pair pairs[PAIRS_EACH];
    char head[FORMAT_PAIRS_HEAD_BYTES];
    uint32_t n = 0;
    format_pairs_head(0, head);
    bool ok = out_write(out, head, sizeof head, e);
    for (uint32_t c = 0; ok && c < m->n_clusters; c++)
        for (uint32_t i = m->begin[c]; ok && i < m->begin[c + 1]; i++) {
            pairs[n++] =
                (struct pair){m->record[i], m->record[m->begin[c]], strength[m->record[i]]};
            if (n == PAIRS_EACH) {
                ok = out_write(out, (const char *)pairs, sizeof pairs, e);
                n = 0;
            }
        }
    return ok && out_write(out, (const char *)pairs, n * sizeof *pairs, e);
}

bool cluster_lines_write(const struct record_set *records, const struct members *members,
                         const double *strength, uint32_t format, struct out *out, struct err *e)
{
    return emit_is_binary(format) ? write_pairs(members, strength, out, e)
                                  : write_lines(records, members, strength, format, out, e);
}
