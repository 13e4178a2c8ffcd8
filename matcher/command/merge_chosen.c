/* Maps all shards, chooses from their pairs, and copies the lines of those that are kept. */
#include "matcher/command/merge_chosen.h"

#include "core/memory.h"
#include "data/emit.h"
#include "matcher/engine/fact_lines.h"
#include "matcher/resolve/resolve.h"
#include "matcher/shard/row_merge.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A shard, mapped from its first byte on. */
struct part {
    const struct shard_file *file;
    struct shm_view mapped;
};

static uint64_t pair_bytes(const struct shard_file *f)
{
    return f->pairs * sizeof(struct found_pair);
}

static const char *lines_of(const struct part *p)
{
    return p->mapped.base + p->file->payload_at;
}

static size_t lines_bytes(const struct part *p)
{
    return p->file->payload_bytes - pair_bytes(p->file);
}

/* ---- Reading ---------------------------------------------------------------------------------*/

static bool damaged(const struct shard_file *f, struct err *e)
{
    return err_set(e, ERR_DATA, "write this shard again", "%s: its pairs are damaged", f->path);
}

/* Have the payloads room for the pairs that their last lines speak of? */
static bool check_room(const struct shard_file *files, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++)
        if (files[i].pairs > files[i].payload_bytes / sizeof(struct found_pair))
            return damaged(&files[i], e);
    return true;
}

static bool part_map(struct part *p, struct err *e)
{
    const struct shard_file *f = p->file;
    if (!shard_file_map(f, &p->mapped, e))
        return false;
    return XXH3_64bits(lines_of(p), f->payload_bytes) == f->check || damaged(f, e);
}

/* Memory for the pairs of all parts, twice: to choose from, and to know which were left out. */
static bool make_lists(const struct shard_file *files, size_t n, struct found *kept,
                       struct found *all, struct err *e)
{
    uint64_t pairs = 0;
    for (size_t i = 0; i < n; i++)
        pairs += files[i].pairs;
    const size_t bytes = (pairs + 1) * sizeof *all->pair;
    if (!mem_check("the pairs of the shards", 2 * bytes, e))
        return false;
    kept->pair = malloc(bytes);
    all->pair = malloc(bytes);
    return (kept->pair && all->pair) ||
           err_set(e, ERR_OS, NULL, "not enough memory for the pairs of the shards");
}

/* The pairs of parts that follow each other. */
static void take_pairs(struct found *all, const struct part *part, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        memcpy(all->pair + all->n, lines_of(&part[i]) + lines_bytes(&part[i]),
               pair_bytes(part[i].file));
        all->n += part[i].file->pairs;
    }
}

/* Copies what was taken, which is to be in order. */
static bool copy_pairs(const struct found *all, struct found_rows rows, struct found *kept,
                       const struct shard_file *files, struct err *e)
{
    memcpy(kept->pair, all->pair, all->n * sizeof *all->pair);
    kept->n = all->n;
    return found_is_in_order(all, rows) ||
           err_set(e, ERR_DATA, "write the shards again",
                   "%s and the other shards: their pairs are not in order", files->path);
}

/* ---- Writing ---------------------------------------------------------------------------------*/

/* Lines from `at` on; the pairs that they belong to, and those that are kept. */
struct copy {
    const struct emit_spec *spec;
    const struct found_pair *pair, *kept, *kept_end;
    struct out *out;
};

/* Each pair stands once, so its rows say which it is. */
static bool is_kept(const struct copy *c)
{
    return c->kept < c->kept_end && c->kept->row_a == c->pair->row_a &&
           c->kept->row_b == c->pair->row_b;
}

static size_t line_bytes(const struct copy *c, const char *at, size_t left)
{
    struct emit_cut cut = {.n_lines = 1};
    return emit_cut(c->spec, &cut, at, left);
}

static bool refuse_lines(const struct shard_file *f, const char *how, struct err *e)
{
    return err_set(e, ERR_DATA, "write this shard again", "%s: it has %s lines than pairs", f->path,
                   how);
}

/* Copies the lines of a part that are kept. Lines that follow each other are copied at once. */
static bool copy_lines(struct copy *c, const struct part *p, size_t head_bytes, struct err *e)
{
    const char *at = lines_of(p) + head_bytes, *from = at;
    const char *end = lines_of(p) + lines_bytes(p);
    bool ok = true;
    for (uint64_t i = 0; i < p->file->pairs && ok; i++, c->pair++) {
        const size_t bytes = line_bytes(c, at, (size_t)(end - at));
        const bool keeps = is_kept(c);
        if (bytes == 0)
            return refuse_lines(p->file, "fewer", e);
        if (!keeps) {
            ok = from == at || out_write(c->out, from, (size_t)(at - from), e);
            from = at + bytes;
        }
        c->kept += keeps;
        at += bytes;
    }
    return ok && (from == at || out_write(c->out, from, (size_t)(at - from), e)) &&
           (at == end || refuse_lines(p->file, "more", e));
}

/* The bytes of the head of the output, which the first shard has. */
static size_t head_bytes(const struct emit_spec *spec, const struct part *first)
{
    return emit_head_bytes(spec, lines_of(first), lines_bytes(first));
}

static bool write_lines(const struct part *part, size_t n, struct copy *c, struct err *e)
{
    const size_t head = head_bytes(c->spec, &part[0]);
    bool ok = out_write(c->out, lines_of(&part[0]), head, e);
    for (size_t i = 0; i < n && ok; i++)
        ok = copy_lines(c, &part[i], i ? 0 : head, e);
    return ok;
}

/* ---- Parts of a prepared run -----------------------------------------------------------------*/

/* The lines of all parts, row by row, with what is after them: their pairs. */
static bool open_rows(struct row_merge **m, const struct shard_file *files, size_t n, struct err *e)
{
    uint64_t *after = calloc(n, sizeof *after);
    if (!after)
        return err_set(e, ERR_OS, NULL, "not enough memory for %zu shards", n);
    for (size_t i = 0; i < n; i++)
        after[i] = pair_bytes(&files[i]);
    const bool ok = row_merge_open(m, files, n, after, 0, files->n_rows, e);
    free(after);
    return ok;
}

/* Takes the pairs of a row out of those of its part, of which *taken were taken before. */
static void take_row(struct found *all, const struct row_merge *m, const struct shard_file *files,
                     const struct row_lines *lines, uint64_t *taken)
{
    const char *pairs = row_merge_after(m, lines->part);
    struct found_pair pair;
    for (; *taken < files[lines->part].pairs; ++*taken) {
        memcpy(&pair, pairs + *taken * sizeof pair, sizeof pair);
        if (pair.row_a != lines->row)
            return;
        all->pair[all->n++] = pair;
    }
}

static bool take_rows(struct found *all, const struct shard_file *files, size_t n, struct err *e)
{
    struct row_merge *m = NULL;
    struct row_lines lines;
    uint64_t *taken = calloc(n, sizeof *taken);
    bool got = true, ok = taken || err_set(e, ERR_OS, NULL, "not enough memory");
    ok = ok && open_rows(&m, files, n, e);
    while (ok && (ok = row_merge_next(m, &lines, &got, e)) && got)
        take_row(all, m, files, &lines, &taken[lines.part]);
    for (size_t i = 0; ok && i < n; i++)
        ok = taken[i] == files[i].pairs ||
             err_set(e, ERR_DATA, "write this shard again",
                     "%s: it does not have the lines of its pairs", files[i].path);
    row_merge_close(m);
    free(taken);
    return ok;
}

/* Copies the lines of a row that are kept. `file` is where they are. */
static bool copy_row(struct copy *c, const struct found_pair *end, const struct row_lines *lines,
                     const struct shard_file *file, struct err *e)
{
    const char *at = lines->p, *lines_end = at + lines->bytes;
    bool ok = true;
    for (; ok && c->pair < end && c->pair->row_a == lines->row && at < lines_end; c->pair++) {
        const size_t bytes = line_bytes(c, at, (size_t)(lines_end - at));
        const bool keeps = is_kept(c);
        if (bytes == 0)
            return refuse_lines(file, "fewer", e);
        ok = !keeps || out_write(c->out, at, bytes, e);
        c->kept += keeps;
        at += bytes;
    }
    return ok && (at == lines_end || refuse_lines(file, "more", e));
}

static bool copy_rows(struct copy *c, const struct found_pair *end, const struct shard_file *files,
                      size_t n, struct err *e)
{
    struct row_merge *m = NULL;
    struct row_lines lines;
    bool got = true, ok = open_rows(&m, files, n, e);
    if (ok) {
        lines = row_merge_head(m);
        ok = out_write(c->out, lines.p, lines.bytes, e);
    }
    while (ok && (ok = row_merge_next(m, &lines, &got, e)) && got)
        ok = copy_row(c, end, &lines, &files[lines.part], e);
    row_merge_close(m);
    return ok && (c->pair == end || refuse_lines(files, "fewer", e));
}

/* ---- The whole -------------------------------------------------------------------------------*/

bool merge_chosen_asked(const struct shard_file *file)
{
    struct choice_fact fact;
    return choice_fact_read(&fact, file->identity);
}

/* How the lines are written: of the facts, what it takes to tell where each ends. */
static bool spec_of(const struct shard_file *f, const struct choice_fact *fact,
                    struct emit_spec *spec, struct err *e)
{
    char format[32];
    *spec = (struct emit_spec){.n_terms = fact->n_terms};
    return (fact->n_terms <= EMIT_MAX_TERMS &&
            fact_lines_value(f->identity, "--format", format, sizeof format) &&
            emit_find(format, &spec->format, e)) ||
           err_set(e, ERR_DATA, NULL, "%s does not say how its lines are written", f->path);
}

/* `part` NULL: the files are of a prepared run, whose rows are interleaved. */
static bool choose_and_write(const struct shard_file *files, const struct part *part, size_t n,
                             struct out *out, uint64_t *n_kept, struct err *e)
{
    struct choice_fact fact;
    struct found kept = {NULL, 0}, all = {NULL, 0};
    struct emit_spec *spec = malloc(sizeof *spec);
    choice_fact_read(&fact, files->identity);
    bool ok = spec || err_set(e, ERR_OS, NULL, "not enough memory");
    ok = ok && spec_of(files, &fact, spec, e) && make_lists(files, n, &kept, &all, e);
    if (ok && part)
        take_pairs(&all, part, n);
    ok = ok && (part || take_rows(&all, files, n, e)) &&
         copy_pairs(&all, fact.rows, &kept, files, e) &&
         resolve_choose(&kept, fact.rows, &fact.choice, fact.better, e);
    *n_kept = kept.n;
    struct copy c = {spec, all.pair, kept.pair, kept.pair + kept.n, out};
    ok = ok && (part ? write_lines(part, n, &c, e) : copy_rows(&c, all.pair + all.n, files, n, e));
    free(kept.pair);
    free(all.pair);
    free(spec);
    return ok;
}

bool merge_chosen(const struct shard_file *files, size_t n, struct out *out, uint64_t *n_kept,
                  struct err *e)
{
    if (!check_room(files, n, e))
        return false;
    if (files->by_row)
        return choose_and_write(files, NULL, n, out, n_kept, e);
    struct part *part = calloc(n, sizeof *part);
    bool ok = part || err_set(e, ERR_OS, NULL, "not enough memory for %zu shards", n);
    for (size_t i = 0; i < n && ok; i++) {
        part[i].file = &files[i];
        ok = part_map(&part[i], e);
    }
    ok = ok && choose_and_write(files, part, n, out, n_kept, e);
    for (size_t i = 0; part && i < n; i++)
        shard_file_unmap(&part[i].mapped);
    free(part);
    return ok;
}
