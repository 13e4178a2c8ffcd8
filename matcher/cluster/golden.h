/* Golden records: of each cluster one record, with a value for each column that a rule chooses
 * (after the survivorship rules of master data management).
 *
 * A missing value is never chosen while the cluster has another; of equally good values that of the
 * first record is. Not here: which records belong together (choose/cluster.h). */
#ifndef AXB_MATCHER_CLUSTER_GOLDEN_H
#define AXB_MATCHER_CLUSTER_GOLDEN_H

#include "core/err.h"
#include "data/figures/figures.h"
#include "data/out.h"
#include "matcher/cluster/members.h"
#include "matcher/cluster/record_set.h"
#include "matcher/inputs/sources.h"
#include "matcher/options/opts.h"

#include <stdbool.h>
#include <stdint.h>

enum golden_kind {
    GOLDEN_MOST_FREQUENT,
    GOLDEN_LONGEST, /* by characters */
    GOLDEN_SHORTEST,
    GOLDEN_FIRST, /* by row */
    GOLDEN_LAST,
    GOLDEN_NEWEST, /* the value of the record with the greatest figure in another column … */
    GOLDEN_OLDEST, /* … with the least */
    GOLDEN_MAX,    /* the greatest value by its figure */
    GOLDEN_MIN,
    GOLDEN_CONCAT, /* all different values, with " | " between them */
};

#define GOLDEN_NO_COLUMN UINT32_MAX

struct golden_rule {
    enum golden_kind kind;
    uint32_t by; /* newest, oldest: the column of the file that decides; else GOLDEN_NO_COLUMN */
    struct figure_format date, number; /* how the figures are read by which it chooses */
};

#define GOLDEN_MAX_ITEMS 256u

/* Columns are those of the file. */
struct golden_rules {
    struct golden_rule other; /* of the columns without a rule of their own */
    uint32_t n;
    struct golden_item {
        uint32_t column;
        struct golden_rule rule;
    } item[GOLDEN_MAX_ITEMS];
};

/* Reads the values of --golden-rule: "longest", "name:longest,phone:newest:updated". ERR_USAGE. */
bool golden_rules_read(struct golden_rules *rules, const struct opts_strings *texts,
                       const struct sources *sources, struct err *e);

/* The rule of a column of the file. */
const struct golden_rule *golden_rule_of(const struct golden_rules *rules, uint32_t column);

/* Writes a line for each cluster: its number from 1, its size, how its first record is called, then
 * the columns. With `rows` a value that is of one record gives way to the row of that record, from
 * 1, and so does what the first record is called. The hidden columns of the set are those that
 * rules look at besides. ERR_USAGE if a column by which a rule chooses holds neither dates nor
 * numbers; ERR_OS without memory, and what out_write says. */
bool golden_write(const struct golden_rules *rules, const struct record_set *records,
                  const struct members *members, bool rows, uint32_t format, struct out *out,
                  struct err *e);

#endif
