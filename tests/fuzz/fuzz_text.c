/* Any bytes as text: what of it is valid, and what cleaning makes of it, against the slow twin. The
 * first byte is the low flags. Its bit 5 says that the rest are code points of three bytes each, so
 * that all of Unicode is near; its bit 6 says that a second byte has the flags from 32 on. */
#include "data/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_text.h"

#include <string.h>

#define MAX_CHARACTERS 64u /* in a longer text a run of marks could be cut */
#define MAX_BYTES 4096u

static size_t code_points(struct fuzz_input *in, char *text)
{
    size_t n = 0;
    for (unsigned i = 0; i < MAX_CHARACTERS && in->n > 0; i++) {
        uint32_t point = (uint32_t)(fuzz_byte(in) << 16);
        point = (point | (uint32_t)(fuzz_byte(in) << 8)) % 0x110000;
        point |= fuzz_byte(in);
        if (point < 0xD800 || point > 0xDFFF)
            n += twin_encode(point, text + n);
    }
    return n;
}

static void check_normalize(const char *text, size_t n, uint32_t flags)
{
    static char should[32 * MAX_BYTES];
    size_t capacity = text_normalize_capacity(n), is_n = 0;
    char *is = malloc(capacity);
    FUZZ_EXPECT(is && text_normalize(text, n, flags, is, &is_n) && is_n <= capacity);
    FUZZ_EXPECT(text_valid_prefix(is, is_n) == is_n);
    uint32_t points[MAX_BYTES];
    if (text_decode(text, n, points) <= MAX_CHARACTERS) {
        FUZZ_EXPECT(twin_normalize(text, n, flags, should) == is_n);
        FUZZ_EXPECT(memcmp(is, should, is_n) == 0);
    }
    free(is);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n < MAX_BYTES ? n : MAX_BYTES};
    const uint8_t choice = fuzz_byte(&in);
    const uint32_t flags = (choice & 31u) | (choice & 64u ? fuzz_byte(&in) * 32u & TEXT_ALL : 0u);
    char buffer[4 * MAX_CHARACTERS];
    size_t bytes = in.n;
    if (choice & 32)
        bytes = code_points(&in, buffer);
    char *text = malloc(bytes + 1); /* of its exact size, but for malloc(0) */
    FUZZ_EXPECT(text != NULL);
    memcpy(text, choice & 32 ? (const void *)buffer : in.p, bytes);
    size_t valid = text_valid_prefix(text, bytes), out_n;
    FUZZ_EXPECT(valid == twin_valid_prefix(text, bytes));
    if (valid < bytes) {
        char *out = malloc(text_normalize_capacity(bytes));
        FUZZ_EXPECT(out && !text_normalize(text, bytes, flags, out, &out_n));
        free(out);
    }
    check_normalize(text, valid, flags);
    free(text);
    return 0;
}
