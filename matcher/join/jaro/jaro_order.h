/* Orders: the values of both sides sorted so that those that agree in a prefix and in some parts
 * (jaro_rows.h) are neighbours. Values that agree with none of the other side are left out. */
#ifndef AXB_MATCHER_JOIN_JARO_JARO_ORDER_H
#define AXB_MATCHER_JOIN_JARO_JARO_ORDER_H

#include "matcher/join/jaro/jaro_plan.h"
#include "matcher/join/jaro/jaro_sort.h"

/* Values [a_begin, next a_begin) of A and [b_begin, next b_begin) of B agree; each by length. They
 * are compared by hashes: values that agree are always together, some others may be too. */
struct jaro_group {
    uint32_t a_begin, b_begin;
    uint64_t token_begin; /* of the first of A */
};

struct jaro_order_at {
    uint32_t prefix;
    uint32_t parts; /* a set of bits; 0: by the prefix alone */
    uint32_t n_a, n_b, n_groups;
    uint32_t exact;    /* pairs with a longer prefix are not looked for */
    uint32_t dense;    /* all pairs are looked at: no tokens */
    uint32_t windows;  /* tokens count within reach (jaro_windows.h) */
    uint64_t a_at;     /* u32 × n_a: positions in the rows of A */
    uint64_t b_at;     /* u32 × n_b */
    uint64_t token_at; /* u16: the planes of the tokens of each of A, as many as its row has, and a
                          lead */
    uint64_t group_at; /* struct jaro_group × (n_groups + 1) */
};

/* A view in a mapped index. */
struct jaro_order {
    const struct jaro_order_at *at;
    const uint32_t *a, *b;
    const uint16_t *token;
    const struct jaro_group *group;
};

/* The values of one side in an order: those that agree have equal keys. By key, then by position;
 * in a mapped index. */
struct jaro_sorted_at {
    uint64_t entry_at; /* struct jaro_entry × n */
    uint32_t n;
};

/* Sorts one side, for an order whose prefix and parts are given. May be called by several threads,
 * for different orders in one segment. */
bool jaro_order_sort(struct jaro_sorted_at *at, const struct jaro_order_at *order,
                     const struct jaro_rows *rows, struct shm *index, struct err *e);

/* The same in memory; `entry` NULL: not sorted yet. */
struct jaro_sorted {
    const struct jaro_entry *entry;
    uint32_t n;
};

/* Fills the order whose prefix, parts, exact, dense and windows are given; of_b: side b, if it was
 * sorted before. `windows` are those of A, if the order needs them. May be called by several
 * threads, for different orders in one segment. */
bool jaro_order_build(struct jaro_order_at *at, const struct jaro_rows *a,
                      const struct jaro_rows *b, struct jaro_sorted of_b, const uint16_t *windows,
                      struct shm *index, struct err *e);

struct jaro_order jaro_order_view(struct shm_view index, const struct jaro_order_at *at);

#endif
