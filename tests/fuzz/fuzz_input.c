/* Any bytes as a compressed file: refused with a message, or the bytes that the slow twin finds in
 * it. Pairs of values, which the twin does not know, are refused or read. The first byte says
 * whether the rest is the file itself, or a text and then changes of the file that it is packed
 * into, one member for each line. */
#include "data/input.h"
#include "data/source/unpack.h"
#include "data/source/unpack_values.h"
#include "tests/fuzz/fuzz.h"
#include "tests/harness/harness_pack.h"
#include "tests/twin/twin_unpack.h"

#include <string.h>

#define MOST 8192u
#define MAX_MEMORY_BYTES ((size_t)16 << 20) /* few bytes can stand for many */

static bool open_bytes(struct input *in, const char *p, size_t n, struct err *e)
{
    static int fd = -1;
    char path[32];
    fuzz_file(&fd, path, p, n);
    return input_open(in, path, "a.csv", MAX_MEMORY_BYTES, e);
}

static void check_refusal(const struct err *e)
{
    FUZZ_EXPECT(e->status == ERR_DATA || e->status == ERR_OS);
    FUZZ_EXPECT(strncmp(e->text, "a.csv: ", 7) == 0 && !strstr(e->text, "(null)"));
}

/* What the twin does not know: a layer under the first one, or pairs of values. */
static bool is_more(const char *p, size_t n)
{
    return unpack_kind_of(p, n, "") || unpack_values_is(p, n);
}

static void check_bytes(const char *p, size_t n)
{
    static char whole[MAX_MEMORY_BYTES];
    size_t n_whole;
    const bool is_right = twin_unpack(p, n, whole, sizeof whole, &n_whole);
    const bool has_more = is_right && is_more(whole, n_whole);
    struct input in;
    struct err e = {0};
    if (!open_bytes(&in, p, n, &e)) {
        check_refusal(&e);
        FUZZ_EXPECT(!is_right || has_more || e.status == ERR_OS);
        return;
    }
    if (is_right && !has_more)
        FUZZ_EXPECT(in.n == n_whole && memcmp(in.p, whole, n_whole) == 0);
    if (!is_right)
        FUZZ_EXPECT(unpack_values_is(p, n) ||
                    (!unpack_kind_of(p, n, "") && in.n == n && memcmp(in.p, p, n) == 0));
    input_close(&in);
}

static size_t pack_lines(enum harness_pack kind, struct fuzz_input in, char *packed, size_t most)
{
    size_t n = 0;
    do {
        const struct fuzz_input line = fuzz_until(&in, '\n');
        n += harness_pack(kind, (const char *)line.p, line.n, packed + n, most - n);
    } while (in.n > 0 && n < most / 2);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char packed[MOST];
    struct fuzz_input in = {data, n};
    const unsigned choice = fuzz_byte(&in) % (HARNESS_PACKS + 1);
    if (in.n > MOST / 4)
        return 0;
    if (choice == HARNESS_PACKS) {
        check_bytes((const char *)in.p, in.n);
        return 0;
    }
    const struct fuzz_input lines = fuzz_until(&in, 0);
    const size_t n_packed = pack_lines(choice, lines, packed, sizeof packed);
    check_bytes(packed, fuzz_change(packed, n_packed, sizeof packed, &in));
    return 0;
}
