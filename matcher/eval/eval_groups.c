/* Cells of the contingency table are runs of a sorted list of records, so no pair is made. */
#include "matcher/eval/eval_groups.h"

#include "core/sort.h"

#include <math.h>
#include <stdlib.h>

/* ---- Partitions ------------------------------------------------------------------------------*/

/* Each record is a cluster of its own, and no record is named. */
static bool begin(struct eval_groups *g, uint32_t n, struct err *e)
{
    g->group = malloc((n + 1ull) * sizeof *g->group);
    g->named = calloc(n + 1ull, sizeof *g->named);
    if (!g->group || !g->named)
        return err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
    for (uint32_t i = 0; i < n; i++)
        g->group[i] = i;
    return true;
}

void eval_groups_free(struct eval_groups *g)
{
    free(g->group);
    free(g->named);
}

static bool in_two(const struct eval_file *file, const struct eval_records *r, uint32_t record,
                   uint64_t row, struct err *e)
{
    const struct bytes id = eval_records_id(r, record);
    return err_set(
        e, ERR_DATA, "a record has one cluster",
        "%s: record \"%.*s\" is in two clusters; the second is in record %llu of the file",
        file->load.shown, (int)id.n, id.p, (unsigned long long)row + 1);
}

/* Puts the record of a row into its cluster; *first is the first record of that cluster. */
static bool join_cluster(struct eval_groups *g, uint32_t record, uint32_t *first, uint32_t *cluster,
                         uint32_t value)
{
    if (g->named[record] && *cluster != value)
        return false;
    if (value != TABLE_MISSING && *first == EVAL_NO_RECORD)
        *first = record;
    g->named[record] = true;
    *cluster = value;
    if (value != TABLE_MISSING)
        g->group[record] = *first;
    return true;
}

/* A cluster's number becomes its lowest record. */
static void number_by_lowest(uint32_t *group, uint32_t n, uint32_t *lowest)
{
    for (uint32_t i = 0; i < n; i++)
        lowest[i] = EVAL_NO_RECORD;
    for (uint32_t i = 0; i < n; i++) {
        if (lowest[group[i]] == EVAL_NO_RECORD)
            lowest[group[i]] = i;
        group[i] = lowest[group[i]];
    }
}

/* `first` has a place for each cluster, `cluster` one for each record. */
static bool read_clusters(struct eval_groups *g, const struct eval_file *file,
                          const struct eval_records *r, uint32_t field, uint32_t *first,
                          uint32_t *cluster, struct err *e)
{
    const uint32_t *values = table_row_values(&file->table, 1);
    const uint32_t n_clusters = file->table.columns[1].n_values;
    uint64_t lacking = 0, none = 0;
    uint32_t unused = EVAL_NO_RECORD;
    for (uint32_t i = 0; i < n_clusters; i++)
        first[i] = EVAL_NO_RECORD;
    for (uint64_t row = 0; row < file->table.head->n_rows; row++) {
        const bool of_b = !r->self && eval_file_is_of_b(file, row);
        const uint32_t record = eval_records_at(r, field, of_b, row), value = values[row];
        lacking += record == EVAL_NO_RECORD;
        none += record != EVAL_NO_RECORD && value == TABLE_MISSING;
        if (record != EVAL_NO_RECORD &&
            !join_cluster(g, record, value == TABLE_MISSING ? &unused : &first[value],
                          &cluster[record], value))
            return in_two(file, r, record, row, e);
    }
    eval_file_say(file->load.shown, lacking, "row lacks the record and is left out",
                  "rows lack the record and are left out");
    eval_file_say(file->load.shown, none, "record has no cluster and is one of its own",
                  "records have no cluster; each is one of its own");
    number_by_lowest(g->group, r->n, cluster);
    return true;
}

bool eval_groups_of_file(struct eval_groups *g, const struct eval_file *file,
                         const struct eval_records *r, uint32_t field, struct err *e)
{
    if (!begin(g, r->n, e))
        return false;
    uint32_t *first = malloc((file->table.columns[1].n_values + 1ull) * sizeof *first);
    uint32_t *cluster = malloc((r->n + 1ull) * sizeof *cluster);
    const bool ok = first && cluster
                        ? read_clusters(g, file, r, field, first, cluster, e)
                        : err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
    free(first);
    free(cluster);
    return ok;
}

static uint32_t root_of(uint32_t *group, uint32_t i)
{
    while (group[i] != i)
        i = group[i] = group[group[i]];
    return i;
}

bool eval_groups_of_pairs(struct eval_groups *g, const struct eval_pairs *pairs,
                          const struct eval_records *r, struct err *e)
{
    if (!begin(g, r->n, e))
        return false;
    for (uint64_t i = 0; i < pairs->n; i++) {
        const uint32_t a = root_of(g->group, pairs->pair[i].a);
        const uint32_t b = root_of(g->group, pairs->pair[i].b);
        g->group[a > b ? a : b] = a > b ? b : a; /* so a root is the lowest record */
        g->named[pairs->pair[i].a] = g->named[pairs->pair[i].b] = true;
    }
    for (uint32_t i = 0; i < r->n; i++)
        g->group[i] = root_of(g->group, i);
    return true;
}

/* ---- Sizes -----------------------------------------------------------------------------------*/

uint64_t eval_groups_pairs(const uint64_t n_of_side[2], bool self)
{
    return self ? n_of_side[0] * (n_of_side[0] - (n_of_side[0] > 0)) / 2
                : n_of_side[0] * n_of_side[1];
}

/* How many records a cluster has of each side, at its number. */
struct size {
    uint64_t n[2];
};

static uint64_t size_all(const struct size *s)
{
    return s->n[0] + s->n[1];
}

/* The sizes of the clusters of those records that are named in one of two files. Malloced. */
static struct size *sizes_of(const uint32_t *group, const bool *named, const bool *or_named,
                             const struct eval_records *r, struct err *e)
{
    struct size *size = calloc(r->n + 1ull, sizeof *size);
    for (uint32_t i = 0; size && i < r->n; i++)
        if (named[i] || or_named[i])
            size[group[i]].n[eval_records_side(r, i)]++;
    if (!size)
        err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
    return size;
}

bool eval_groups_count(const struct eval_groups *g, const struct eval_records *r, uint64_t *n_pairs,
                       struct err *e)
{
    struct size *size = sizes_of(g->group, g->named, g->named, r, e);
    *n_pairs = 0;
    for (uint32_t i = 0; size && i < r->n; i++)
        *n_pairs += eval_groups_pairs(size[i].n, r->self);
    free(size);
    return size;
}

/* ---- The contingency table -------------------------------------------------------------------*/

/* A record, to be sorted by its two clusters. */
struct member {
    uint64_t key; /* its cluster of those found, above that of the truth */
    uint32_t record;
};

/* The records that are in one cluster of those found, and in one of the truth. */
struct cell {
    uint32_t found, truth; /* the clusters */
    struct size size;
};

/* The cells of the table that have records, one after the other. */
struct cells {
    struct member *member;
    uint64_t n;
};

static int by_clusters(const void *x, const void *y)
{
    const struct member *a = x, *b = y;
    const int order = sort_order(a->key, b->key);
    return order ? order : sort_order(a->record, b->record);
}

static bool cells_make(struct cells *c, const struct eval_groups *x, const struct eval_groups *y,
                       const struct eval_records *r, struct err *e)
{
    c->n = 0;
    c->member = malloc((r->n + 1ull) * sizeof *c->member);
    if (!c->member)
        return err_set(e, ERR_OS, NULL, "not enough memory for the clusters");
    for (uint32_t i = 0; i < r->n; i++)
        if (x->named[i] || y->named[i])
            c->member[c->n++] = (struct member){(uint64_t)x->group[i] << 32 | y->group[i], i};
    qsort(c->member, c->n, sizeof *c->member, by_clusters);
    return true;
}

/* The cell whose members begin at `at`; *end is where the next begins. */
static struct cell cell_at(const struct cells *c, const struct eval_records *r, uint64_t at,
                           uint64_t *end)
{
    const uint64_t key = c->member[at].key;
    struct cell cell = {(uint32_t)(key >> 32), (uint32_t)key, {{0}}};
    for (*end = at; *end < c->n && c->member[*end].key == key; ++*end)
        cell.size.n[eval_records_side(r, c->member[*end].record)]++;
    return cell;
}

/* ---- Comparing -------------------------------------------------------------------------------*/

static double choose_two(uint64_t n)
{
    return (double)n * ((double)n - 1) / 2;
}

/* n ln n, the piece that entropies are made of. */
static double n_log_n(uint64_t n)
{
    return n > 1 ? (double)n * log((double)n) : 0;
}

/* Sums over all cells, and over the clusters of both partitions. */
struct sums {
    double cell_pairs, cell_logs;
    double pairs[2], logs[2];
};

static void add_clusters(const struct size *size, uint32_t n, bool self, int which,
                         struct eval_clusters *c, struct sums *s)
{
    uint64_t pairs = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t all = size_all(&size[i]);
        c->n_clusters[which] += all > 1;
        c->n_largest[which] = all > c->n_largest[which] ? all : c->n_largest[which];
        pairs += eval_groups_pairs(size[i].n, self);
        s->pairs[which] += choose_two(all);
        s->logs[which] += n_log_n(all);
    }
    *(which ? &c->pairs.truth : &c->pairs.found) = pairs;
}

static void add_cells(const struct cells *cells, const struct eval_records *r,
                      const struct size *found, const struct size *truth, struct eval_clusters *c,
                      struct sums *s)
{
    for (uint64_t at = 0, end; at < cells->n; at = end) {
        const struct cell cell = cell_at(cells, r, at, &end);
        const uint64_t n = size_all(&cell.size), n_found = size_all(&found[cell.found]);
        const uint64_t n_truth = size_all(&truth[cell.truth]);
        c->pairs.both += eval_groups_pairs(cell.size.n, r->self);
        c->n_same += n > 1 && n == n_found && n == n_truth;
        c->bcubed_precision += (double)n * (double)n / (double)n_found;
        c->bcubed_recall += (double)n * (double)n / (double)n_truth;
        s->cell_pairs += choose_two(n);
        s->cell_logs += n_log_n(n);
    }
}

/* 1 where the records leave nothing to decide. */
static double adjusted_rand(const struct sums *s, uint64_t n)
{
    const double all = choose_two(n);
    const double expected = all > 0 ? s->pairs[0] * s->pairs[1] / all : 0;
    const double most = (s->pairs[0] + s->pairs[1]) / 2;
    return most > expected || most < expected ? (s->cell_pairs - expected) / (most - expected) : 1;
}

/* The information that two partitions share, as a share of that of one; 1 if that one has none. */
static double shared_information(const struct sums *s, uint64_t n, int of)
{
    const double whole = n_log_n(n), own = whole - s->logs[of];
    const double mutual = whole + s->cell_logs - s->logs[0] - s->logs[1];
    const double share = own > 0 ? mutual / own : 1;
    return share < 0 ? 0 : share > 1 ? 1 : share; /* but for rounding it is within */
}

static void compare(const struct cells *cells, const struct eval_records *r,
                    const struct size *found, const struct size *truth, struct eval_clusters *c)
{
    struct sums s = {0};
    *c = (struct eval_clusters){.n_records = cells->n};
    add_clusters(found, r->n, r->self, 0, c, &s);
    add_clusters(truth, r->n, r->self, 1, c, &s);
    add_cells(cells, r, found, truth, c, &s);
    if (cells->n) {
        c->bcubed_precision /= (double)cells->n;
        c->bcubed_recall /= (double)cells->n;
    }
    c->adjusted_rand = adjusted_rand(&s, cells->n);
    c->homogeneity = shared_information(&s, cells->n, 1);
    c->completeness = shared_information(&s, cells->n, 0);
}

bool eval_groups_compare(const struct eval_groups *found, const struct eval_groups *truth,
                         const struct eval_records *r, struct eval_clusters *c, struct err *e)
{
    struct cells cells = {0};
    struct size *x = sizes_of(found->group, found->named, truth->named, r, e);
    struct size *t = x ? sizes_of(truth->group, found->named, truth->named, r, e) : NULL;
    const bool ok = x && t && cells_make(&cells, found, truth, r, e);
    if (ok)
        compare(&cells, r, x, t, c);
    free(cells.member);
    free(x);
    free(t);
    return ok;
}

bool eval_groups_partners(const struct eval_groups *g, const struct eval_groups *also,
                          const struct eval_records *r, uint32_t *n, struct err *e)
{
    struct cells cells = {0};
    if (!cells_make(&cells, g, also ? also : g, r, e))
        return false;
    for (uint64_t at = 0, end; at < cells.n; at = end) {
        const struct cell cell = cell_at(&cells, r, at, &end);
        for (uint64_t i = at; i < end; i++) {
            const uint32_t record = cells.member[i].record;
            n[record] += (uint32_t)(r->self ? cell.size.n[0] - 1
                                            : cell.size.n[!eval_records_side(r, record)]);
        }
    }
    free(cells.member);
    return true;
}
