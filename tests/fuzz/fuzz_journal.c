/* Any bytes as the journal of --resume: it is refused, or what it says was written by this run, up
 * to the first line that was not, and the run goes on behind it. The first byte picks: any bytes,
 * or changes of a journal as this run writes it. */
#include "matcher/journal.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES 4096u
#define IDENTITY "axb 0.1.0\nverb match\nmin 0.9\n"
#define POINTS 3u

static int fd = -1;
static char path[32];

static void set_file(const void *p, size_t n)
{
    if (fd < 0)
        fd = memfd_create("journal", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    FUZZ_EXPECT(ftruncate(fd, 0) == 0 && pwrite(fd, p, n, 0) == (ssize_t)n);
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

/* A journal of a few lines; returns its length. */
static size_t write_journal(char *bytes)
{
    struct journal j;
    struct err e;
    set_file("", 0);
    FUZZ_EXPECT(journal_open(&j, path, &e) && journal_begin(&j, IDENTITY, 0, NULL, &e));
    for (uint64_t i = 1; i <= POINTS; i++)
        FUZZ_EXPECT(journal_reach(&j, point(i).row, point(i).pairs, &e));
    FUZZ_EXPECT(journal_keep(&j));
    journal_close(&j);
    return get_file(bytes);
}

/* Changes: a place, what to do there, and bytes, again and again. */
static size_t change(char *bytes, size_t n, struct fuzz_input *in)
{
    while (in->n > 1 && n > 0) {
        size_t at = (fuzz_byte(in) * (size_t)2) % n;
        uint8_t what = fuzz_byte(in);
        if (what < 64) {
            n = at;
        } else if (what < 128) {
            memmove(bytes + at, bytes + at + 1, --n - at);
        } else if (what < 192 && n < MAX_BYTES) {
            memmove(bytes + at + 1, bytes + at, n++ - at);
            bytes[at] = (char)fuzz_byte(in);
        } else {
            bytes[at] = (char)fuzz_byte(in);
        }
    }
    return n;
}

/* The whole file, taken up: `sound` is what this run wrote, of so many bytes. */
static void take_up(const char *bytes, size_t n, const char *sound, size_t n_sound)
{
    struct journal j;
    struct err e;
    set_file(bytes, n);
    FUZZ_EXPECT(journal_open(&j, path, &e));
    if (journal_begin(&j, IDENTITY, 0, NULL, &e)) {
        char kept[MAX_BYTES];
        size_t n_kept = get_file(kept), same = 0;
        while (same < n && same < n_kept && bytes[same] == kept[same])
            same++;
        FUZZ_EXPECT(same == n_kept || n < n_kept); /* cut, or its head was made whole */
        if (j.any && n_kept <= n_sound && memcmp(kept, sound, n_kept) == 0)
            FUZZ_EXPECT(j.written.row % 100 == 0 && j.written.pairs == j.written.row / 100 * 7);
        struct journal_point last = j.written;
        bool any = j.any;
        FUZZ_EXPECT(journal_reach(&j, last.row + 1, last.pairs, &e));
        FUZZ_EXPECT(journal_keep(&j));
        journal_close(&j);
        FUZZ_EXPECT(journal_open(&j, path, &e) && journal_begin(&j, IDENTITY, 0, NULL, &e));
        FUZZ_EXPECT(j.any && j.written.row == last.row + 1 && (any || last.row == 0));
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA || e.status == ERR_USAGE);
    }
    journal_keep(&j);
    journal_close(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char sound[MAX_BYTES], bytes[MAX_BYTES + 1];
    static size_t n_sound;
    struct fuzz_input in = {data, n};
    bool changed = fuzz_byte(&in) & 1;
    if (in.n > MAX_BYTES)
        return 0;
    if (n_sound == 0)
        n_sound = write_journal(sound);
    size_t n_bytes = changed ? n_sound : in.n;
    memcpy(bytes, changed ? (const void *)sound : in.p, n_bytes);
    if (changed)
        n_bytes = change(bytes, n_bytes, &in);
    take_up(bytes, n_bytes, sound, n_sound);
    return 0;
}
