/* Any bytes as the journal of --resume: it is refused, or what it says was written by this run, up
 * to the first line that was not, and the run goes on after it. And any rows and pairs that were
 * left out, written to a journal: the same are read. And any change of the output that a journal
 * speaks of: it is refused if it is among those bytes. The first byte picks: any bytes, changes of
 * a journal as this run writes it, what to write, or an output and its changes. */
#include "matcher/engine/journal.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES 4096u
#define IDENTITY "axb 0.1.0\nverb match\nmin 0.9\n"
#define POINTS 3u
#define MAX_REJECTS 20u

enum { ANY_BYTES, CHANGED, WRITTEN, OUTPUT, KINDS };

static int fd = -1;
static char path[32];

static void set_file(const void *p, size_t n)
{
    fuzz_file(&fd, path, p, n);
}

static size_t get_file(char *p)
{
    ssize_t n = pread(fd, p, MAX_BYTES, 0);
    FUZZ_EXPECT(n >= 0);
    return (size_t)n;
}

static struct journal_point point(uint64_t i)
{
    return (struct journal_point){.row = 100 * i, .pairs = 7 * i};
}

/* Opens what is in the file, or begins anew. */
static bool begin(struct journal *j, struct rejects *rejects, struct err *e)
{
    FUZZ_EXPECT(journal_open(j, path, e));
    j->rejects = rejects;
    return journal_begin(j, IDENTITY, 0, NULL, e);
}

/* The pairs that were left out in the rows before point i. */
static void leave_out(struct rejects *r, uint64_t i)
{
    struct err e;
    for (uint64_t k = 0; k < i; k++)
        FUZZ_EXPECT(rejects_add(r, point(i).row - k - 1, 3 * k, "was killed by SIGSEGV", &e));
}

/* A journal of a few lines; returns its length. */
static size_t write_journal(char *bytes)
{
    struct rejects rejects = {.max = MAX_REJECTS};
    struct journal j;
    struct err e;
    set_file("", 0);
    FUZZ_EXPECT(begin(&j, &rejects, &e));
    for (uint64_t i = 1; i <= POINTS; i++) {
        leave_out(&rejects, i);
        FUZZ_EXPECT(journal_reach(&j, point(i).row, point(i).pairs, 0, &e));
    }
    FUZZ_EXPECT(journal_keep(&j));
    journal_close(&j);
    rejects_close(&rejects);
    return get_file(bytes);
}

/* Is the second list the first, from its beginning, and all of it noted? */
static void check_rejects(const struct rejects *written, const struct rejects *read)
{
    FUZZ_EXPECT(read->n <= written->n);
    for (uint64_t i = 0; i < read->n; i++) {
        const struct reject *x = &written->at[i], *y = &read->at[i];
        FUZZ_EXPECT(x->row_a == y->row_a && x->row_b == y->row_b && y->noted);
        FUZZ_EXPECT(strcmp(x->reason, y->reason) == 0);
    }
}

/* What was kept is the beginning of the valid journal: so is what was read of it. */
static void check_code(const struct journal *j)
{
    struct rejects written = {.max = MAX_REJECTS};
    for (uint64_t i = 1; i <= POINTS; i++)
        leave_out(&written, i);
    uint64_t i = j->any ? j->written.row / 100 : 0;
    FUZZ_EXPECT(!j->any || (j->written.row == point(i).row && j->written.pairs == point(i).pairs));
    FUZZ_EXPECT(j->rejects->n >= i * (i + 1) / 2); /* those of i rows and of the ones before */
    check_rejects(&written, j->rejects);
    rejects_close(&written);
}

/* The run goes on by a row and one more pair that is left out; the journal has both. */
static void go_on(struct journal *j, struct rejects *rejects)
{
    struct rejects again = {.max = 2 * MAX_BYTES};
    struct journal_point last = j->written;
    struct err e;
    bool any = j->any;
    FUZZ_EXPECT(rejects_add(rejects, last.row, 1, "ended with exit status 3", &e));
    FUZZ_EXPECT(journal_reach(j, last.row + 1, last.pairs, 0, &e) && journal_keep(j));
    journal_close(j);
    FUZZ_EXPECT(begin(j, &again, &e));
    FUZZ_EXPECT(j->any && j->written.row == last.row + 1 && (any || last.row == 0));
    FUZZ_EXPECT(again.n == rejects->n);
    check_rejects(rejects, &again);
    rejects_close(&again);
}

/* The whole file, taken up: `valid` is what this run wrote, of so many bytes. */
static void take_up(const char *bytes, size_t n, const char *code, size_t n_code)
{
    struct rejects rejects = {.max = MAX_BYTES};
    struct journal j;
    struct err e;
    set_file(bytes, n);
    if (begin(&j, &rejects, &e)) {
        char kept[MAX_BYTES];
        size_t n_kept = get_file(kept), same = 0;
        while (same < n && same < n_kept && bytes[same] == kept[same])
            same++;
        FUZZ_EXPECT(same == n_kept || n < n_kept); /* cut, or its head was made whole */
        if (n_kept <= n_code && memcmp(kept, code, n_kept) == 0)
            check_code(&j);
        go_on(&j, &rejects);
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA || e.status == ERR_USAGE);
    }
    j.rejects = NULL;
    journal_close(&j);
    rejects_close(&rejects);
}

/* A pair that is left out, for a reason of any bytes up to a line's end. */
static void add_reject(struct rejects *r, struct fuzz_input *in)
{
    struct err e;
    char reason[MAX_BYTES];
    uint32_t row_a = fuzz_byte(in) * 0x01010101u, row_b = fuzz_byte(in);
    struct fuzz_input text = fuzz_until(in, '\n');
    memcpy(reason, text.p, text.n);
    reason[text.n] = 0;
    if (r->n < r->max)
        FUZZ_EXPECT(rejects_add(r, row_a, row_b, reason, &e));
}

/* What the input says is written, and read. */
static void write_and_read(struct fuzz_input *in)
{
    struct rejects written = {.max = MAX_REJECTS}, read = {.max = MAX_REJECTS};
    struct journal_point last = {0};
    struct journal j;
    struct err e;
    set_file("", 0);
    FUZZ_EXPECT(begin(&j, &written, &e));
    while (in->n > 0) {
        uint8_t what = fuzz_byte(in);
        last.row += what + 1u;
        last.pairs += (uint64_t)what << (what & 63);
        if (what & 1)
            add_reject(&written, in);
        else
            FUZZ_EXPECT(journal_reach(&j, last.row, last.pairs, 0, &e));
    }
    FUZZ_EXPECT(journal_reach(&j, ++last.row, last.pairs, 0, &e) && journal_keep(&j));
    journal_close(&j);
    FUZZ_EXPECT(begin(&j, &read, &e));
    FUZZ_EXPECT(j.any && j.written.row == last.row && j.written.pairs == last.pairs);
    FUZZ_EXPECT(read.n == written.n);
    check_rejects(&written, &read);
    journal_close(&j);
    rejects_close(&written);
    rejects_close(&read);
}

/* A descriptor of an output, which holds these bytes. */
static int output_fd(const char *bytes, size_t n)
{
    static int output = -1;
    char name[32];
    fuzz_file(&output, name, bytes, n);
    FUZZ_EXPECT(lseek(output, 0, SEEK_SET) == 0);
    return output;
}

/* Begins the journal anew, or goes on with it, and takes up its output of n bytes. */
static bool begin_output(struct journal *j, struct out *out, const char *bytes, size_t n,
                         struct err *e)
{
    static char name[] = "output.partial";
    *out = (struct out){.fd = output_fd(bytes, n), .temporary = name, .bytes = n, .partial = true};
    FUZZ_EXPECT(journal_open(j, path, e));
    return journal_begin(j, IDENTITY, 0, out, e) && journal_take_output(j, e);
}

/* Writes an output in pieces, each up to a line's end; each but the last gets a line in the
 * journal. Returns how many bytes it has, *done of which the journal speaks of. */
static size_t write_output(struct fuzz_input text, char bytes[MAX_BYTES], size_t *done)
{
    struct journal j;
    struct out out;
    struct err e;
    size_t n = *done = 0;
    set_file("", 0);
    FUZZ_EXPECT(begin_output(&j, &out, "", 0, &e));
    for (uint64_t row = 1; text.n > 0; row++) {
        const struct fuzz_input piece = fuzz_until(&text, '\n');
        FUZZ_EXPECT(out_write(&out, (const char *)piece.p, piece.n, &e));
        memcpy(bytes + n, piece.p, piece.n);
        n += piece.n;
        if (text.n == 0)
            break;
        FUZZ_EXPECT(journal_reach(&j, row, 0, 0, &e));
        *done = n;
    }
    journal_close(&j);
    out_abort(&out);
    return n;
}

/* An output is written, changed, and taken up or refused. */
static void change_output(struct fuzz_input *in)
{
    static char bytes[MAX_BYTES], changed[MAX_BYTES];
    struct journal j;
    struct out out;
    struct err e;
    size_t done;
    const size_t n = write_output(fuzz_until(in, 0), bytes, &done);
    memcpy(changed, bytes, n);
    const size_t n_changed = fuzz_change(changed, n, MAX_BYTES, in);
    const bool same = n_changed >= done && memcmp(changed, bytes, done) == 0;
    const bool taken = begin_output(&j, &out, changed, n_changed, &e);
    FUZZ_EXPECT(taken == same);
    FUZZ_EXPECT(taken ? out.bytes == done : e.status == ERR_DATA && out.bytes == n_changed);
    journal_close(&j);
    out_abort(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char code[MAX_BYTES], bytes[MAX_BYTES + 1];
    static size_t n_code;
    struct fuzz_input in = {data, n};
    uint8_t what = fuzz_byte(&in) % KINDS;
    if (in.n >= MAX_BYTES)
        return 0;
    if (n_code == 0)
        n_code = write_journal(code);
    if (what == WRITTEN) {
        write_and_read(&in);
        return 0;
    }
    if (what == OUTPUT) {
        change_output(&in);
        return 0;
    }
    size_t n_bytes = what == CHANGED ? n_code : in.n;
    memcpy(bytes, what == CHANGED ? (const void *)code : in.p, n_bytes);
    if (what == CHANGED)
        n_bytes = fuzz_change(bytes, n_bytes, MAX_BYTES, &in);
    take_up(bytes, n_bytes, code, n_code);
    return 0;
}
