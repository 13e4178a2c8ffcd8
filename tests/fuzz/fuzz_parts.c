/* Any parts of a prepared run: their lines, merged row by row, are those that a sort gives, whole
 * or in ranges; also where the pairs are chosen from. Where a bit of a file was changed they are
 * the same, or the file is refused; where its checksums were made right afterwards nothing is
 * claimed but that it is read. The first byte says what is done; the second says how many rows a
 * stretch has, and into how many ranges the output is cut. */
#include "core/log.h"
#include "matcher/choose/found.h"
#include "matcher/command/merge_chosen.h"
#include "matcher/pairs/row_runs.h"
#include "matcher/shard/row_merge.h"
#include "matcher/shard/shard_file.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#define PARTS 3u
#define ROWS 64u
#define MOST_LINES 256u
#define LINE_BYTES 16u
#define PAYLOAD_BYTES (64u << 10)
#define OUTPUT_BYTES (16u << 10) /* fits a pipe */
#define HEAD "a,b\n"
#define IDENTITY                                                                                   \
    "axb 0.1.0\n--format jsonl\nchoice top 0 0, pairing 1, better 0, rows 64 64, self 0, terms "   \
    "0\n"

enum { IS_CHOSEN = 1, IS_FLIPPED = 2, IS_FORGED = 4, HAS_HEAD = 8, IS_BEYOND = 16 };

static int fds[PARTS], pipe_fds[2];
static char paths[PARTS][32], pipe_path[32];

struct line {
    uint32_t row, part;
    uint8_t n;
    char text[LINE_BYTES];
};

/* What all parts hold, in the order of the input. */
static struct line lines[MOST_LINES];
static size_t n_lines;
static char payload[PAYLOAD_BYTES], expected[OUTPUT_BYTES], output[OUTPUT_BYTES];
static size_t n_expected;

static void open_files(void)
{
    if (fds[0])
        return;
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    for (unsigned i = 0; i < PARTS; i++) {
        fds[i] = memfd_create("part", MFD_CLOEXEC);
        snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d", fds[i]);
    }
    FUZZ_EXPECT(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0);
    snprintf(pipe_path, sizeof pipe_path, "/proc/self/fd/%d", pipe_fds[1]);
}

/* ---- Lines -----------------------------------------------------------------------------------*/

/* A line for a row that comes after the last, in a part. */
static void read_lines(struct fuzz_input *in)
{
    uint32_t row = 0;
    for (n_lines = 0; in->n > 1 && row < ROWS && n_lines < MOST_LINES; n_lines++) {
        struct line *l = &lines[n_lines];
        const uint8_t how = fuzz_byte(in);
        *l = (struct line){.row = row, .part = how % PARTS, .n = (how >> 4) % LINE_BYTES};
        for (unsigned i = 0; i < l->n; i++) {
            const uint8_t c = fuzz_byte(in);
            l->text[i] = (char)(c == '\n' ? ' ' : c);
        }
        l->text[l->n++] = '\n';
        row += 1 + (how >> 2) % 4;
    }
}

static void expect_lines(bool has_head)
{
    n_expected = has_head ? sizeof HEAD - 1 : 0;
    memcpy(expected, HEAD, n_expected);
    for (size_t i = 0; i < n_lines; i++) {
        memcpy(expected + n_expected, lines[i].text, lines[i].n);
        n_expected += lines[i].n;
    }
}

/* ---- Files -----------------------------------------------------------------------------------*/

static size_t put(size_t at, const void *p, size_t n)
{
    FUZZ_EXPECT(at + n <= sizeof payload);
    if (n)
        memcpy(payload + at, p, n);
    return at + n;
}

static size_t put_runs(size_t at, struct row_runs *runs)
{
    row_runs_finish(runs);
    at = put(at, runs->run, runs->end.n * sizeof *runs->run);
    at = put(at, &runs->end, sizeof runs->end);
    row_runs_next(runs);
    return at;
}

/* The lines of a part, in stretches of so many rows; returns how many bytes there are. */
static size_t put_stretches(uint32_t part, unsigned rows_each, size_t at)
{
    struct row_runs *runs = row_runs_open();
    FUZZ_EXPECT(runs);
    for (size_t i = 0; i < n_lines; i++) {
        const struct line *l = &lines[i];
        if (l->part != part)
            continue;
        at = put(at, l->text, l->n);
        row_runs_lines(runs, l->text, l->n);
        row_runs_add(runs, l->row, l->n);
        if (runs->end.n == rows_each)
            at = put_runs(at, runs);
    }
    at = runs->end.n ? put_runs(at, runs) : at;
    row_runs_close(runs);
    return at;
}

/* A pair for each line, so that all are kept. */
static size_t put_pairs(uint32_t part, size_t at, uint64_t *n)
{
    for (size_t i = 0; i < n_lines; i++) {
        const struct found_pair pair = {lines[i].row, lines[i].row, 0.5};
        if (lines[i].part != part)
            continue;
        at = put(at, &pair, sizeof pair);
        ++*n;
    }
    return at;
}

static void write_file(uint32_t part, size_t n, uint64_t pairs)
{
    const struct shard_file f = {.shard = {part + 1, PARTS},
                                 .row_to = ROWS,
                                 .n_rows = ROWS,
                                 .by_row = true,
                                 .pairs = pairs,
                                 .identity = (char[]){IDENTITY}};
    struct err e;
    struct out out = {.fd = fds[part]};
    char *head = shard_file_head(&f);
    FUZZ_EXPECT(head && ftruncate(fds[part], 0) == 0 && lseek(fds[part], 0, SEEK_SET) == 0);
    FUZZ_EXPECT(out_write(&out, head, strlen(head), &e) &&
                out_checksum_begin(&out, out.bytes, &e) && out_write(&out, payload, n, &e) &&
                shard_file_end(&out, n, pairs, 0, &e));
    XXH3_freeState(out.sum);
    free(head);
}

static void write_part(uint32_t part, uint8_t how, unsigned rows_each, struct fuzz_input *changes)
{
    uint64_t pairs = 0;
    size_t n = part == 0 && how & HAS_HEAD ? put(0, HEAD, sizeof HEAD - 1) : 0;
    n = put_stretches(part, rows_each, n);
    if (how & IS_CHOSEN)
        n = put_pairs(part, n, &pairs);
    if (how & IS_FORGED && part == 0)
        n = fuzz_change(payload, n, sizeof payload, changes);
    if (how & IS_BEYOND && part == 0)
        pairs += (uint64_t)1 << 60;
    write_file(part, n, pairs);
}

/* Changes a bit of a file after its first line. */
static void flip(struct fuzz_input *changes)
{
    const int fd = fds[fuzz_byte(changes) % PARTS];
    const off_t size = lseek(fd, 0, SEEK_END), first = 12;
    const unsigned at = (unsigned)fuzz_byte(changes) << 8 | fuzz_byte(changes);
    const off_t place = size - 1 - (off_t)(at % (unsigned)(size - first));
    char byte;
    FUZZ_EXPECT(pread(fd, &byte, 1, place) == 1);
    byte ^= (char)(1 << fuzz_byte(changes) % 8);
    FUZZ_EXPECT(pwrite(fd, &byte, 1, place) == 1);
}

/* ---- Merging ---------------------------------------------------------------------------------*/

static bool merge(const struct shard_file *files, uint8_t how, unsigned range, unsigned ranges,
                  struct out *out, struct err *e)
{
    uint64_t kept;
    if (how & IS_CHOSEN)
        return merge_chosen(files, PARTS, out, &kept, e);
    const uint64_t from = ROWS * range / ranges, to = ROWS * (range + 1) / ranges;
    return row_merge_write(files, PARTS, from, to, range == 0, out, e);
}

/* Merges all ranges into the output; false if one is refused. */
static bool merge_all(const struct shard_file *files, uint8_t how, unsigned ranges, size_t *n)
{
    bool ok = true;
    *n = 0;
    for (unsigned range = 0; range < (how & IS_CHOSEN ? 1 : ranges); range++) {
        struct out out;
        struct err e;
        FUZZ_EXPECT(out_open(&out, pipe_path, &e));
        const bool done = merge(files, how, range, ranges, &out, &e);
        FUZZ_EXPECT(done || (e.status == ERR_DATA && e.text[0]));
        out_abort(&out);
        const ssize_t got = read(pipe_fds[0], output + *n, sizeof output - *n);
        *n += got > 0 ? (size_t)got : 0;
        ok = ok && done;
    }
    return ok;
}

static void check(uint8_t how, unsigned ranges)
{
    struct shard_file files[PARTS];
    struct err e;
    size_t n, n_open = 0;
    while (n_open < PARTS && shard_file_open(&files[n_open], paths[n_open], &e))
        n_open++;
    FUZZ_EXPECT(n_open == PARTS || (how & IS_FLIPPED && e.status == ERR_DATA));
    const bool ok = n_open == PARTS && merge_all(files, how, ranges, &n);
    FUZZ_EXPECT(ok || how & (IS_FLIPPED | IS_FORGED | IS_BEYOND));
    if (ok && !(how & IS_FORGED))
        FUZZ_EXPECT(n == n_expected && memcmp(output, expected, n) == 0);
    while (n_open > 0)
        shard_file_close(&files[--n_open]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    open_files();
    uint8_t how = fuzz_byte(&in);
    const uint8_t shape = fuzz_byte(&in);
    if (!(how & IS_CHOSEN))
        how &= (uint8_t)~IS_BEYOND;
    struct fuzz_input changes = fuzz_until(&in, 0xff);
    read_lines(&in);
    expect_lines(how & HAS_HEAD);
    for (uint32_t part = 0; part < PARTS; part++)
        write_part(part, how, 1 + shape % 8, &changes);
    if (how & IS_FLIPPED)
        flip(&changes);
    check(how, 1 + (shape >> 3) % 4);
    return 0;
}
