/* The fewest digits that read back, by trying. */
#include "tests/twin/twin_number.h"

#include <stdio.h>
#include <stdlib.h>

size_t twin_number(double x, char text[40])
{
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(text, 40, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return (size_t)n;
}
