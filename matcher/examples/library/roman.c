/* A library of one function, which knows nothing of axb. */

/* The value of n Roman digits, as "XIV" is 14; 0 if they are none. */
int roman_value(const char *text, unsigned n)
{
    int sum = 0, before = 0;
    while (n-- > 0) {
        const char c = text[n];
        const int value = c == 'I' ? 1 : c == 'V' ? 5 : c == 'X' ? 10 : c == 'L' ? 50 : 0;
        if (value == 0)
            return 0;
        sum += value < before ? -value : value;
        before = value > before ? value : before;
    }
    return sum;
}
