/* Any text as an expression: it is refused with a message, or it prints as a text that gives the
 * same printed text again, its values at exact leaves are those of the slow twin, and no match lies
 * below a need or outside a cover. The first byte says the threshold and what joins cost. */
#include "matcher/expr/expr_cover.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_expr.h"

#include <math.h>
#include <string.h>

#define MAX_BYTES 4096u

static const char *const columns[] = {"name", "city", "size", "born", "full name", "größe"};

static uint64_t random_state;

static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    (void)context, (void)side;
    for (*column = 0; *column < sizeof columns / sizeof *columns; (*column)++)
        if (strcmp(columns[*column], name) == 0)
            return true;
    return err_set(e, ERR_USAGE, NULL, "there is no column \"%s\"", name);
}

static const struct expr_names names = {find, NULL};

/* Printing is stable wherever it has not grown beyond what can be read again. */
static void check_print(const struct expr *x, uint32_t root)
{
    static char printed[1 << 18], again[1 << 18];
    struct expr y = {0};
    struct err e;
    uint32_t other;
    expr_print(x, root, printed, sizeof printed);
    if (!expr_parse(&y, printed, "printed", &names, &other, &e)) {
        FUZZ_EXPECT(strstr(e.text, "too deeply") || strstr(e.text, "too long"));
        return;
    }
    expr_print(&y, other, again, sizeof again);
    FUZZ_EXPECT(strcmp(printed, again) == 0);
}

/* A value that a term can have: distances are counts, some metrics are 0 or 1 alone. */
static double term_value(const struct expr_term *term, uint32_t tenths)
{
    if (term->view == METRIC_DISTANCE)
        return tenths;
    return metric_at(term->metric)->flags & METRIC_BINARY ? tenths > 5 : tenths / 10.0;
}

static uint32_t random_bits(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33);
}

/* Does a metric give no value for some texts? */
static bool may_have_none(const struct expr_term *term)
{
    unsigned flags = metric_at(term->metric)->flags;
    return flags & METRIC_READS_UTF8 && !(flags & METRIC_BINARY);
}

static double random_leaf(const struct expr *x, const struct expr_node *v, uint64_t present)
{
    static const double odd[] = {0, -0.0, 1e308, -1e308, 5e-324, -1};
    uint32_t r = random_bits();
    if (v->op == EXPR_SAME)
        return r & 1;
    if (v->op == EXPR_PRESENT)
        return (v->columns & ~present) == 0;
    if (v->op == EXPR_TERM) {
        const struct expr_term *t = &x->term[v->index];
        if (!(present >> t->column_a & present >> t->column_b & 1))
            return metric_missing((enum metric_view)t->view);
        return (r & 7) == 0 && may_have_none(t) ? (double)NAN : term_value(t, (r >> 3) % 11);
    }
    return (r & 7) == 0   ? (double)NAN
           : (r & 7) == 1 ? odd[(r >> 3) % 6]
           : (r & 7) == 2 ? (double)INFINITY
                          : (r >> 3) % 100 / 4.0;
}

/* A pair of records. */
struct leaves {
    uint64_t present; /* bit i: column i has a text */
    double value[EXPR_MAX_NODES];
};

/* Random leaves, the same for the same term, column and text. */
static void make_leaves(const struct expr *x, struct leaves *leaf)
{
    leaf->present = random_bits() | random_bits() | (uint64_t)random_bits() << 32;
    for (uint32_t i = 0; i < x->n_nodes; i++) {
        const struct expr_node *v = &x->node[i];
        leaf->value[i] = random_leaf(x, v, leaf->present);
        for (uint32_t k = 0; k < i; k++)
            if (x->node[k].op == v->op && x->node[k].index == v->index && v->op != EXPR_PRESENT)
                leaf->value[i] = leaf->value[k];
    }
}

static double leaf_of(void *context, const struct expr *x, uint32_t node)
{
    (void)x;
    return ((const struct leaves *)context)->value[node];
}

static bool is_present(void *context, const struct expr *x, uint32_t column)
{
    (void)x;
    return ((const struct leaves *)context)->present >> column & 1;
}

/* Of two terms less than of one of them, if bit 7 is set. */
static double cost(void *context, const struct expr_option *option)
{
    const uint8_t *without = context;
    if (*without >> option->term % 8 & 1)
        return (double)INFINITY;
    const double first = 1 / (option->need + 0.01);
    if (option->also == EXPR_NONE)
        return 1 + first;
    return *without & 128 ? 1 + first / (1 + option->also_need) : (double)INFINITY;
}

static bool term_reaches(const struct expr *x, const struct leaves *leaf, uint32_t term,
                         double need)
{
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op == EXPR_TERM && x->node[i].index == term &&
            expr_reaches(&x->term[term], leaf->value[i], need))
            return true;
    return false;
}

static bool option_holds(const struct expr *x, const struct expr_cover *cover,
                         const struct leaves *leaf)
{
    for (uint32_t k = 0; k < cover->n; k++) {
        const struct expr_option *o = &cover->option[k];
        if (term_reaches(x, leaf, o->term, o->need) &&
            (o->also == EXPR_NONE || term_reaches(x, leaf, o->also, o->also_need)))
            return true;
    }
    return false;
}

static void check_value(const struct expr *x, struct expr_eval *v, const struct expr_goal *goal,
                        const struct expr_cover *cover)
{
    struct leaves leaf;
    double score;
    struct twin_expr twin = {x, leaf_of, is_present, &leaf};
    make_leaves(x, &leaf);
    for (uint32_t i = 0; i < x->n_nodes; i++)
        if (x->node[i].op > EXPR_NUMBER && x->node[i].op < EXPR_ADD)
            expr_eval_set(v, i, 1, leaf.value[i], leaf.value[i]);
    expr_eval_run(v, 1);
    double value = twin_expr_value(&twin, goal->score), lo = v->lo[goal->score][0];
    FUZZ_EXPECT(expr_exact(v, goal->score, 0));
    FUZZ_EXPECT(memcmp(&lo, &value, sizeof value) == 0 || (isnan(lo) && isnan(value)));
    bool matches = twin_expr_matches(&twin, goal, &score);
    FUZZ_EXPECT(matches == expr_can_match(v, goal, 0));
    FUZZ_EXPECT(!matches || isinf(cover->cost) || option_holds(x, cover, &leaf));
}

static void check_tree(const struct expr *x, uint32_t root, uint8_t choice)
{
    struct expr_goal goal = {root, EXPR_NONE, choice / 100.0, (double)INFINITY};
    struct expr_eval v;
    struct expr_cover cover;
    struct err e;
    const struct expr_costs costs = {cost, &choice};
    if (choice & 1)
        goal.where = root;
    FUZZ_EXPECT(expr_cover(x, &goal, &costs, &cover, &e) && expr_eval_open(&v, x, &e));
    for (int i = 0; i < 8; i++)
        check_value(x, &v, &goal, &cover);
    expr_eval_close(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char text[MAX_BYTES + 1];
    struct expr x = {0};
    struct err e = {0};
    uint32_t root;
    if (n < 1 || n - 1 > MAX_BYTES)
        return 0;
    memcpy(text, data + 1, n - 1);
    text[n - 1] = 0;
    random_state = n;
    if (!expr_parse(&x, text, "fuzz", &names, &root, &e)) {
        FUZZ_EXPECT(e.status == ERR_USAGE && strncmp(e.text, "fuzz: ", 6) == 0);
        return 0;
    }
    check_print(&x, root);
    check_tree(&x, root, data[0]);
    return 0;
}
