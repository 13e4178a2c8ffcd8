/* Breaks lines at blanks. */
#include "core/wrap.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS 80
#define LEAST_COLUMNS 60
#define MOST_COLUMNS 100

int wrap_columns(void)
{
    struct winsize size;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
        return COLUMNS;
    const int columns = size.ws_col;
    return columns < LEAST_COLUMNS  ? LEAST_COLUMNS
           : columns > MOST_COLUMNS ? MOST_COLUMNS
                                    : columns;
}

/* Columns of n bytes of UTF-8, each character one. */
static int columns_of(const char *text, int n)
{
    int columns = 0;
    for (int i = 0; i < n; i++)
        columns += ((unsigned char)text[i] & 0xc0) != 0x80;
    return columns;
}

void wrap_text(FILE *f, const char *text, int column, int indent, int width)
{
    bool first = true;
    while (*text) {
        const int n = (int)strcspn(text, " \n"), columns = columns_of(text, n);
        if (!first && column + 1 + columns > width) {
            fprintf(f, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', f);
            column++;
        }
        fprintf(f, "%.*s", n, text);
        column += columns;
        text += n;
        first = *text == '\n';
        for (; *text == '\n'; text++) {
            fprintf(f, text[1] && text[1] != '\n' ? "\n%*s" : "\n", indent, "");
            column = indent;
        }
        text += *text == ' ' && !first;
    }
    fputc('\n', f);
}
