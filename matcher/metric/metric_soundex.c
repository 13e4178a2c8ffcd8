/* American Soundex (Robert C. Russell 1918, in the form of the US National Archives). */
#include "matcher/metric/metric_phonetic.h"

/* Digits of A to Z: '0' for vowels and y, which part equal digits; '-' for h and w, which don't. */
static const char digits[] = "01230120022455012623010202";

static char digit_of(char letter)
{
    return letter == 'H' || letter == 'W' ? '-' : digits[letter - 'A'];
}

void phonetic_soundex(const char *letters, size_t n, struct phonetic_code *codes)
{
    char *code = codes->code[0], last = digit_of(letters[0]);
    size_t used = 1;
    code[0] = letters[0];
    for (size_t i = 1; i < n && used < 4; i++) {
        char digit = digit_of(letters[i]);
        if (digit == '-')
            continue;
        if (digit != '0' && digit != last)
            code[used++] = digit;
        last = digit;
    }
    while (used < 4)
        code[used++] = '0';
    code[used] = 0;
    codes->code[1][0] = 0;
}
