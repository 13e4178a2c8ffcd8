/* Random arrays of code points. */
#include "tests/harness/harness_points.h"

#include "tests/harness/harness_random.h"

const uint32_t harness_lengths[] = {0,  1,  2,  7,  8,  9,  15, 16,  17,  31,
                                    32, 33, 43, 44, 63, 64, 65, 127, 128, 129};
const size_t n_harness_lengths = sizeof harness_lengths / sizeof *harness_lengths;

const uint32_t harness_alphabets[] = {1, 2, 4, 20, HARNESS_ALL_DIFFERENT};
const size_t n_harness_alphabets = sizeof harness_alphabets / sizeof *harness_alphabets;

static void swap(uint32_t *x, uint32_t *y)
{
    uint32_t kept = *x;
    *x = *y;
    *y = kept;
}

void harness_points_fresh(uint32_t *p, uint32_t n, uint32_t alphabet)
{
    uint32_t all[HARNESS_POINTS];
    for (uint32_t i = 0; i < HARNESS_POINTS; i++)
        all[i] = i;
    for (uint32_t i = 0; i < n; i++) {
        swap(&all[i], &all[i + harness_below(HARNESS_POINTS - i)]);
        p[i] = alphabet == HARNESS_ALL_DIFFERENT ? all[i] : harness_below(alphabet);
    }
}

void harness_points_like(uint32_t *p, uint32_t n, const uint32_t *of, uint32_t n_of,
                         uint32_t alphabet)
{
    uint32_t half = (n > n_of ? n : n_of) / 2, least[] = {0, 0, half > 2 ? half - 2 : 0};
    uint32_t how = harness_below(3), moved = least[how] + (how ? harness_below(4) : 0);
    uint32_t left = harness_below(2) ? moved : 0, right = moved - left;
    uint32_t edits = harness_below(n / 8 + 3);
    harness_points_fresh(p, n, alphabet);
    for (uint32_t i = right; i < n && i - right + left < n_of; i++)
        p[i] = of[i - right + left];
    for (; n && edits; edits--) {
        uint32_t at = harness_below(n);
        if (at + 1 < n && harness_below(2))
            swap(&p[at], &p[at + 1]);
        else
            p[at] = alphabet == HARNESS_ALL_DIFFERENT ? harness_below(HARNESS_POINTS)
                                                      : harness_below(alphabet);
    }
}
