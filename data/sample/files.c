/* Rows to files; see files.h. */
#include "data/sample/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Random streams of their own, beside those of the households, which count from 0. */
enum { BLOCK_ROWS = 8192, ID_BYTES = 9, NUMBER_BYTES = 8 };
#define STREAM_SHUFFLE (1ULL << 63)

struct sheet {
    const struct rows *rows;
    uint32_t *order[2]; /* the row that stands at a place */
    uint32_t *place[2]; /* the place of a row */
    uint32_t *first_b;  /* of two files: the first row of B of a person; one more at the end */
    uint32_t *lowest;   /* of one file: the lowest place of a row of a person */
};

/* ---- Order -----------------------------------------------------------------------------------*/
static bool order_make(struct sheet *s, unsigned side, uint64_t seed)
{
    unsigned n = s->rows->n;
    uint32_t *order = malloc(n * sizeof *order), *place = malloc(n * sizeof *place);
    s->order[side] = order;
    s->place[side] = place;
    if (!order || !place)
        return false;
    struct rng g = rng_stream(seed, STREAM_SHUFFLE + side);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = rng_below(&g, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (uint32_t i = 0; i < n; i++)
        place[order[i]] = i;
    return true;
}

/* Rows of B are in order of people, so that those of one person are neighbours but for
 * placeholders, which come after the people of their household. */
static bool people_index(struct sheet *s)
{
    uint32_t people = s->rows->people, next = 0;
    s->first_b = malloc((people + 1ULL) * sizeof *s->first_b);
    if (!s->first_b)
        return false;
    for (uint32_t i = 0; i < s->rows->n; i++) {
        uint32_t person = s->rows->row[1][i].person;
        while (person != ROWS_NOBODY && next <= person)
            s->first_b[next++] = i;
    }
    while (next <= people)
        s->first_b[next++] = s->rows->n;
    return true;
}

static bool lowest_find(struct sheet *s)
{
    s->lowest = malloc((s->rows->people + 1ULL) * sizeof *s->lowest);
    if (!s->lowest)
        return false;
    for (uint64_t i = 0; i <= s->rows->people; i++)
        s->lowest[i] = UINT32_MAX;
    for (uint32_t i = 0; i < s->rows->n; i++) {
        uint32_t person = s->rows->row[0][i].person;
        if (person != ROWS_NOBODY && s->place[0][i] < s->lowest[person])
            s->lowest[person] = s->place[0][i];
    }
    return true;
}

static bool sheet_open(struct sheet *s, const struct rows *rows, uint64_t seed, struct err *e)
{
    *s = (struct sheet){.rows = rows};
    bool ok = order_make(s, 0, seed) &&
              (rows->files == 1 ? lowest_find(s) : order_make(s, 1, seed) && people_index(s));
    return ok || err_set(e, ERR_OS, "ask for fewer rows", "no memory for %u rows", rows->n);
}

static void sheet_close(struct sheet *s)
{
    for (unsigned side = 0; side < 2; side++) {
        free(s->order[side]);
        free(s->place[side]);
    }
    free(s->first_b);
    free(s->lowest);
}

/* ---- Text of a block -------------------------------------------------------------------------*/
struct text {
    char *p;
    size_t bytes, cap;
};

static bool text_room(struct text *t, size_t more)
{
    if (t->bytes + more <= t->cap)
        return true;
    size_t cap = 2 * t->cap + more;
    char *p = realloc(t->p, cap);
    if (!p)
        return false;
    t->p = p;
    t->cap = cap;
    return true;
}

static void add_id(struct text *t, char letter, uint32_t place)
{
    char *p = t->p + t->bytes;
    p[0] = letter;
    place++;
    for (unsigned i = ID_BYTES - 1; i > 0; i--, place /= 10)
        p[i] = (char)('0' + place % 10);
    t->bytes += ID_BYTES;
}

static void add_number(struct text *t, uint32_t number)
{
    t->bytes += (size_t)snprintf(t->p + t->bytes, NUMBER_BYTES + 1, "%u", number);
}

typedef bool block_fill(const struct sheet *s, uint32_t from, uint32_t until, struct text *out);

static bool fill_table(const struct sheet *s, unsigned side, uint32_t from, uint32_t until,
                       struct text *out)
{
    for (uint32_t at = from; at < until; at++) {
        const struct row *r = &s->rows->row[side][s->order[side][at]];
        if (!text_room(out, ID_BYTES + r->bytes))
            return false;
        add_id(out, side ? 'B' : 'A', at);
        memcpy(out->p + out->bytes, r->line, r->bytes);
        out->bytes += r->bytes;
    }
    return true;
}

static bool fill_a(const struct sheet *s, uint32_t from, uint32_t until, struct text *out)
{
    return fill_table(s, 0, from, until, out);
}

static bool fill_b(const struct sheet *s, uint32_t from, uint32_t until, struct text *out)
{
    return fill_table(s, 1, from, until, out);
}

/* The true pairs of rows of A, in order of A, with the errors of both records. */
static bool fill_truth(const struct sheet *s, uint32_t from, uint32_t until, struct text *out)
{
    for (uint32_t at = from; at < until; at++) {
        const struct row *a = &s->rows->row[0][s->order[0][at]];
        if (a->person == ROWS_NOBODY)
            continue;
        for (uint32_t k = s->first_b[a->person]; k < s->first_b[a->person + 1]; k++) {
            const struct row *b = &s->rows->row[1][k];
            if (b->person != a->person)
                continue;
            if (!text_room(out, 2 * ID_BYTES + 3 + ERRORS_TAGS_BYTES))
                return false;
            add_id(out, 'A', at);
            out->p[out->bytes++] = ',';
            add_id(out, 'B', s->place[1][k]);
            out->p[out->bytes++] = ',';
            out->bytes += errors_tags(a->errors | b->errors, out->p + out->bytes);
            out->p[out->bytes++] = '\n';
        }
    }
    return true;
}

/* Who each record of one file is, in order of the file. A cluster has the number of its first
 * record, from 1; a placeholder is a cluster of its own. */
static bool fill_clusters(const struct sheet *s, uint32_t from, uint32_t until, struct text *out)
{
    for (uint32_t at = from; at < until; at++) {
        uint32_t person = s->rows->row[0][s->order[0][at]].person;
        if (!text_room(out, ID_BYTES + NUMBER_BYTES + 3))
            return false;
        add_id(out, 'A', at);
        out->p[out->bytes++] = ',';
        add_number(out, 1 + (person == ROWS_NOBODY ? at : s->lowest[person]));
        out->p[out->bytes++] = '\n';
    }
    return true;
}

/* ---- Files -----------------------------------------------------------------------------------*/
static bool write_at(int fd, const char *p, size_t bytes, off_t at)
{
    while (bytes > 0) {
        ssize_t n = pwrite(fd, p, bytes, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* Fills blocks in parallel; each takes its place in the file in turn and is written on its own.
 * Returns 0 or an errno. */
static int blocks_write(int fd, off_t at, const struct sheet *s, block_fill *fill)
{
    uint32_t n = s->rows->n, blocks = (n + BLOCK_ROWS - 1) / BLOCK_ROWS;
    int failed = 0;
#pragma omp parallel reduction(max : failed)
    {
        struct text text = {0};
#pragma omp for ordered schedule(dynamic)
        for (uint32_t b = 0; b < blocks; b++) {
            uint32_t from = b * BLOCK_ROWS, until = n - from > BLOCK_ROWS ? from + BLOCK_ROWS : n;
            off_t mine = 0;
            text.bytes = 0;
            if (!fill(s, from, until, &text))
                failed = ENOMEM;
#pragma omp ordered
            {
                mine = at;
                at += (off_t)text.bytes;
            }
            if (!write_at(fd, text.p, text.bytes, mine))
                failed = errno;
        }
        free(text.p);
    }
    return failed;
}

struct file {
    const char *name, *header;
    block_fill *fill;
};

static const char table_header[] = "id,first,last,full,sex,dob,street,city,zip,phone,email\n";

/* What is written of two files, and what of one; the end has no name. */
static const struct file two_files[] = {{"A.csv", table_header, fill_a},
                                        {"B.csv", table_header, fill_b},
                                        {"truth.csv", "a_id,b_id,errors\n", fill_truth},
                                        {NULL, NULL, NULL}};
static const struct file one_file[] = {{"A.csv", table_header, fill_a},
                                       {"truth.csv", "id,cluster\n", fill_clusters},
                                       {NULL, NULL, NULL}};
enum { PATH_BYTES = 4096 };

static void path_of(char path[PATH_BYTES], const char *dir, const struct file *f, bool temporary)
{
    if (temporary)
        snprintf(path, PATH_BYTES, "%s/.%s.%ld", dir, f->name, (long)getpid());
    else
        snprintf(path, PATH_BYTES, "%s/%s", dir, f->name);
}

static bool file_write(const char *path, const struct file *f, const struct sheet *s, struct err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return err_system(e, ERR_IO, errno, NULL, "%s: cannot be made", path);
    size_t header = strlen(f->header);
    int failed = write_at(fd, f->header, header, 0) ? 0 : errno;
    if (!failed)
        failed = blocks_write(fd, (off_t)header, s, f->fill);
    if (close(fd) != 0 && !failed)
        failed = errno;
    return !failed || err_system(e, ERR_IO, failed, NULL, "%s: writing failed", path);
}

static bool files_rename(const char *dir, const struct file *files, struct err *e)
{
    char from[PATH_BYTES], to[PATH_BYTES];
    for (const struct file *f = files; f->name; f++) {
        path_of(from, dir, f, true);
        path_of(to, dir, f, false);
        if (rename(from, to) != 0)
            return err_system(e, ERR_IO, errno, NULL, "%s: cannot be renamed to %s", from, to);
    }
    return true;
}

bool files_write(const char *dir, const struct rows *rows, uint64_t seed, struct err *e)
{
    const struct file *files = rows->files == 1 ? one_file : two_files;
    struct sheet s;
    char path[PATH_BYTES];
    if (strlen(dir) + 32 > PATH_BYTES)
        return err_set(e, ERR_USAGE, NULL, "the folder's name is too long");
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return err_system(e, ERR_IO, errno, NULL, "%s: cannot be made", dir);
    bool ok = sheet_open(&s, rows, seed, e);
    for (const struct file *f = files; ok && f->name; f++) {
        path_of(path, dir, f, true);
        ok = file_write(path, f, &s, e);
    }
    ok = ok && files_rename(dir, files, e);
    for (const struct file *f = files; !ok && f->name; f++) {
        path_of(path, dir, f, true);
        unlink(path);
    }
    sheet_close(&s);
    return ok;
}
