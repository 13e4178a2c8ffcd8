/* Any double, printed: the fewest digits that read back to it, as the slow twin finds them. Any
 * whole number, printed. The input is doubles of eight bytes each. */
#include "data/number.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_number.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void check_double(double x)
{
    char is[32], should[40];
    size_t n = number_double(x, is);
    FUZZ_EXPECT(n == twin_number(x, should));
    FUZZ_EXPECT(memcmp(is, should, n) == 0);
    should[n] = 0;
    double back = strtod(should, NULL);
    FUZZ_EXPECT(isnan(x) ? isnan(back) : memcmp(&back, &x, sizeof x) == 0);
}

static void check_integer(uint64_t n)
{
    char is[32], should[32];
    int length = snprintf(should, sizeof should, "%" PRIu64, n);
    FUZZ_EXPECT(number_integer(is, n) - is == length);
    FUZZ_EXPECT(memcmp(is, should, (size_t)length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    for (size_t i = 0; i + 8 <= n && i < 64; i += 8) {
        uint64_t bits;
        double x;
        memcpy(&bits, data + i, sizeof bits);
        memcpy(&x, data + i, sizeof x);
        check_double(x);
        check_double((double)(bits >> 11) * 0x1p-53); /* a score */
        check_integer(bits);
        check_integer(bits >> (bits & 63));
    }
    return 0;
}
