/* Any bytes as the file of a shard: it is refused, or what it says was written so. Any parts of a
 * run, merged: they give what was written, or are refused; also where their pairs are chosen from.
 * And any words as the number of a part.
 * The first byte picks one of these. */
#include "core/log.h"
#include "matcher/choose/found.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "matcher/shard/shard_file.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#define MAX_BYTES 4096u
#define FILE_BYTES (2 * MAX_BYTES)
#define MAX_PARTS 5u
#define IDENTITY "axb 0.1.0\nverb match\n--min 0.9\n"
#define PAYLOAD_MARK "payload behind "

static int fds[MAX_PARTS], pipe_fds[2];
static char paths[MAX_PARTS][32], pipe_path[32];

static void open_files(void)
{
    if (fds[0])
        return;
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    for (unsigned i = 0; i < MAX_PARTS; i++) {
        fds[i] = memfd_create("shard", MFD_CLOEXEC);
        snprintf(paths[i], sizeof paths[i], "/proc/self/fd/%d", fds[i]);
    }
    FUZZ_EXPECT(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) == 0);
    snprintf(pipe_path, sizeof pipe_path, "/proc/self/fd/%d", pipe_fds[1]);
}

static void set_file(unsigned i, const void *p, size_t n)
{
    FUZZ_EXPECT(ftruncate(fds[i], 0) == 0 && pwrite(fds[i], p, n, 0) == (ssize_t)n);
}

static size_t get_file(unsigned i, char bytes[FILE_BYTES])
{
    ssize_t n = pread(fds[i], bytes, FILE_BYTES, 0);
    FUZZ_EXPECT(n >= 0);
    return (size_t)n;
}

/* Reads what was written to the pipe. */
static size_t get_output(char bytes[FILE_BYTES])
{
    ssize_t n = read(pipe_fds[0], bytes, FILE_BYTES);
    return n > 0 ? (size_t)n : 0;
}

/* ---- One file --------------------------------------------------------------------------------*/

/* Writes a part as a run does. */
static void write_part(unsigned i, const struct shard_file *f, const void *payload, size_t n)
{
    struct err e;
    struct out out = {.fd = fds[i]};
    set_file(i, "", 0);
    FUZZ_EXPECT(lseek(fds[i], 0, SEEK_SET) == 0);
    char *head = shard_file_head(f);
    FUZZ_EXPECT(head && out_write(&out, head, strlen(head), &e));
    FUZZ_EXPECT(out_checksum_begin(&out, out.bytes, &e) && out_write(&out, payload, n, &e));
    FUZZ_EXPECT(!shard_file_ended(&out, strlen(head)));
    FUZZ_EXPECT(shard_file_end(&out, n, f->pairs, f->unmatched, &e));
    FUZZ_EXPECT(shard_file_ended(&out, strlen(head)));
    XXH3_freeState(out.sum);
    free(head);
}

/* The payload of a file that was opened, or 0 bytes and false if it is damaged. */
static bool copy_payload(const struct shard_file *f, char payload[FILE_BYTES], size_t *n)
{
    struct out out;
    struct err e;
    FUZZ_EXPECT(out_open(&out, pipe_path, &e));
    bool ok = shard_file_copy(f, &out, &e);
    FUZZ_EXPECT(ok || e.status == ERR_DATA);
    out_abort(&out);
    *n = get_output(payload);
    return ok;
}

/* What is accepted is, head and payload written anew, the same file. */
static void check_file(const char *bytes, size_t n)
{
    struct shard_file f;
    struct err e;
    char payload[FILE_BYTES], again[FILE_BYTES];
    size_t n_payload;
    set_file(0, bytes, n);
    if (!shard_file_open(&f, paths[0], &e)) {
        FUZZ_EXPECT(e.status == ERR_DATA && e.text[0] && !f.identity);
        return;
    }
    FUZZ_EXPECT(f.shard.number >= 1 && f.shard.number <= f.shard.of && f.shard.of <= SHARD_MOST);
    FUZZ_EXPECT(f.row_from <= f.row_to && f.row_to <= f.n_rows);
    if (copy_payload(&f, payload, &n_payload)) {
        write_part(1, &f, payload, n_payload);
        FUZZ_EXPECT(get_file(1, again) == n && memcmp(again, bytes, n) == 0);
    }
    shard_file_close(&f);
}

static void check_changed(struct fuzz_input *in)
{
    char bytes[FILE_BYTES];
    const struct shard_file f = {
        .shard = {2, 3}, .row_from = 4, .row_to = 8, .n_rows = 12, .identity = (char[]){IDENTITY}};
    write_part(0, &f, "1,2,0.9\n", 8);
    size_t n = get_file(0, bytes);
    check_file(bytes, fuzz_change(bytes, n, FILE_BYTES, in));
}

/* A head of any bytes and any payload, separated by a byte 0xFF, with right checksums. */
static void check_summed(struct fuzz_input *in)
{
    char head[FILE_BYTES], bytes[FILE_BYTES];
    struct fuzz_input facts = fuzz_until(in, 0xFF);
    struct out out = {.fd = fds[1]};
    struct err e;
    int n = snprintf(head, sizeof head, "axb shard 2\nshard %.*s\n", (int)facts.n,
                     (const char *)facts.p);
    n += snprintf(head + n, sizeof head - (size_t)n, PAYLOAD_MARK "%016llx\n",
                  (unsigned long long)XXH3_64bits(head, (size_t)n));
    set_file(1, head, (size_t)n);
    FUZZ_EXPECT(lseek(fds[1], n, SEEK_SET) == n);
    FUZZ_EXPECT(out_checksum_begin(&out, (uint64_t)n, &e) &&
                out_write(&out, (const char *)in->p, in->n, &e));
    FUZZ_EXPECT(shard_file_end(&out, in->n, 7, 3, &e));
    XXH3_freeState(out.sum);
    check_file(bytes, get_file(1, bytes));
}

/* ---- Parts -----------------------------------------------------------------------------------*/

/* The parts of a run of so many rows, whose output is any bytes. */
struct parts {
    uint32_t of;
    uint64_t n_rows;
    bool self, same; /* pairs of one table; no part was changed */
    const char *inputs[MAX_PARTS];
    size_t n_inputs;
    char payload[MAX_BYTES];
    size_t n_payload;
};

/* Cuts the bytes into parts, and writes these. */
static void write_parts(struct parts *p, struct fuzz_input *in)
{
    memcpy(p->payload, in->p, in->n);
    p->n_payload = in->n;
    for (uint32_t i = 0; i < p->of; i++) {
        struct shard_file f = {.shard = {i + 1, p->of},
                               .n_rows = p->n_rows,
                               .pairs = i,
                               .unmatched = 3 * i,
                               .identity = (char[]){IDENTITY}};
        size_t from = in->n * i / p->of, to = in->n * (i + 1) / p->of;
        shard_rows(&f.shard, p->n_rows, p->self, &f.row_from, &f.row_to);
        write_part(i, &f, in->p + from, to - from);
        p->inputs[i] = paths[i];
    }
    p->n_inputs = p->of;
}

/* Some are given in another order, twice or not at all, as `how` says. */
static void choose_parts(struct parts *p, uint8_t how)
{
    unsigned x = how % p->of, y = (how >> 3) % p->of;
    const char *swapped = p->inputs[x];
    p->inputs[x] = p->inputs[y];
    p->inputs[y] = swapped;
    if (how >> 6 == 1)
        p->n_inputs--;
    if (how >> 6 == 2)
        p->inputs[x] = p->inputs[y];
    p->same = how >> 6 == 0 || (how >> 6 == 2 && x == y) || how >> 6 == 3;
}

static void check_merge(struct fuzz_input *in)
{
    static struct parts p;
    uint8_t how = fuzz_byte(in), of = fuzz_byte(in), flip = fuzz_byte(in);
    char output[FILE_BYTES], byte;
    struct err e;
    p = (struct parts){.of = 1 + of % MAX_PARTS, .self = of & 64, .n_rows = fuzz_byte(in)};
    write_parts(&p, in);
    choose_parts(&p, how);
    if (how >> 6 == 3 && pread(fds[flip % p.of], &byte, 1, flip) == 1) {
        byte ^= (char)(1 << (how & 7));
        FUZZ_EXPECT(pwrite(fds[flip % p.of], &byte, 1, flip) == 1);
        p.same = false;
    }
    const struct command *merge = opts_find_command(&command_table, "merge", NULL, &e);
    struct opts o = {.inputs = p.inputs, .n_inputs = p.n_inputs, .output = pipe_path};
    bool ok = p.n_inputs > 0 && merge->run(&o, &e);
    size_t n = get_output(output);
    FUZZ_EXPECT(ok == p.same);
    FUZZ_EXPECT(!ok || (n == p.n_payload && memcmp(output, p.payload, n) == 0));
    FUZZ_EXPECT(ok || p.n_inputs == 0 || e.status == ERR_DATA || e.status == ERR_USAGE);
}

/* ---- Pairs that are chosen from --------------------------------------------------------------*/

#define CHOICE "choice top 0 0, pairing 1, better 0, rows 64 64, self 0, terms 0\n"

/* One pair for each row, so that all are kept. */
static size_t add_pairs(char *payload, unsigned n)
{
    for (uint32_t i = 0; i < n; i++)
        memcpy(payload + i * sizeof(struct found_pair), &(struct found_pair){i, i, 0.5},
               sizeof(struct found_pair));
    return n * sizeof(struct found_pair);
}

/* Lines of JSON may lack the last line end. */
static unsigned count_lines(const char *p, size_t n)
{
    unsigned lines = n > 0 && p[n - 1] != '\n';
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

/* Any bytes as lines, and some pairs. If they are merged, all lines are written; and those of JSON
 * are merged if there are as many as pairs. */
static void check_chosen(struct fuzz_input *in)
{
    static const char *const formats[] = {"jsonl", "csv", "pairs"};
    const uint8_t pairs = fuzz_byte(in), format = fuzz_byte(in) % 3;
    const bool beyond = pairs & 128; /* more pairs than any file has */
    char identity[200], payload[FILE_BYTES], output[FILE_BYTES];
    struct err e;
    snprintf(identity, sizeof identity, IDENTITY "--format %s\n" CHOICE, formats[format]);
    const struct shard_file f = {.shard = {1, 1},
                                 .row_to = 64,
                                 .n_rows = 64,
                                 .pairs = pairs % 64 + ((uint64_t)beyond << 60),
                                 .identity = identity};
    memcpy(payload, in->p, in->n);
    write_part(0, &f, payload, in->n + add_pairs(payload + in->n, pairs % 64));
    const struct command *merge = opts_find_command(&command_table, "merge", NULL, &e);
    const char *inputs[] = {paths[0]};
    const struct opts o = {.inputs = inputs, .n_inputs = 1, .output = pipe_path};
    const bool ok = merge->run(&o, &e);
    const size_t n = get_output(output);
    FUZZ_EXPECT(ok || e.status == ERR_DATA);
    FUZZ_EXPECT(!ok || (n == in->n && memcmp(output, in->p, n) == 0));
    if (format == 0)
        FUZZ_EXPECT(ok == (!beyond && count_lines((const char *)in->p, in->n) == pairs % 64));
}

/* ---- Numbers ---------------------------------------------------------------------------------*/

/* Words, separated by zero bytes: what --shard says, and what a scheduler says. */
static void check_number(struct fuzz_input *in)
{
    static const char *const variables[] = {"AXB_SHARD",
                                            "AXB_SHARDS",
                                            "SLURM_ARRAY_TASK_ID",
                                            "SLURM_ARRAY_TASK_COUNT",
                                            "SLURM_ARRAY_TASK_MIN",
                                            "SLURM_ARRAY_TASK_STEP",
                                            "JOB_COMPLETION_INDEX",
                                            "AWS_BATCH_JOB_ARRAY_INDEX",
                                            "AWS_BATCH_JOB_ARRAY_SIZE"};
    char word[MAX_BYTES];
    struct shard s;
    struct err e;
    uint64_t n_rows = (uint64_t)fuzz_byte(in) << (fuzz_byte(in) & 31);
    struct fuzz_input own = fuzz_until(in, 0);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        struct fuzz_input value = fuzz_until(in, 0);
        snprintf(word, sizeof word, "%.*s", (int)value.n, (const char *)value.p);
        FUZZ_EXPECT((value.n ? setenv(variables[i], word, 1) : unsetenv(variables[i])) == 0);
    }
    snprintf(word, sizeof word, "%.*s", (int)own.n, (const char *)own.p);
    if (!shard_parse(own.n ? word : "auto", &s, &e)) {
        FUZZ_EXPECT(e.status == ERR_USAGE && e.text[0]);
        return;
    }
    uint64_t from, to, then, last;
    struct shard before = {s.number - 1, s.of};
    FUZZ_EXPECT(s.number >= 1 && s.number <= s.of && s.of <= SHARD_MOST);
    shard_rows(&s, n_rows, n_rows & 1, &from, &to);
    FUZZ_EXPECT(from <= to && to <= n_rows && (s.number < s.of || to == n_rows));
    if (before.number == 0)
        FUZZ_EXPECT(from == 0);
    else
        FUZZ_EXPECT((shard_rows(&before, n_rows, n_rows & 1, &then, &last), last == from));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char bytes[MAX_BYTES];
    struct fuzz_input in = {data, n};
    if (n > MAX_BYTES)
        return 0;
    open_files();
    switch (fuzz_byte(&in) % 6) {
    case 0:
        memcpy(bytes, in.p, in.n);
        check_file(bytes, in.n);
        break;
    case 1:
        check_changed(&in);
        break;
    case 2:
        check_summed(&in);
        break;
    case 3:
        check_merge(&in);
        break;
    case 4:
        check_number(&in);
        break;
    default:
        check_chosen(&in);
    }
    return 0;
}
