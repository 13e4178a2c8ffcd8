/* Gives a fuzzer the inputs that are kept: the lines of the files that are named. A line is what
 * the input shows in one word, or "-", a blank, and its bytes in hexadecimal digits. It ends well
 * if no claim fails. Finding new inputs is libFuzzer's. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static unsigned digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = memchr(digits, c, 16);
    FUZZ_EXPECT(at != NULL);
    return (unsigned)(at - digits);
}

/* The n bytes that are written as 2n digits: of their exact size, so that a sanitizer sees what is
 * read after them. */
static void replay(const char *digits, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    FUZZ_EXPECT(exact != NULL);
    for (size_t i = 0; i < n; i++)
        exact[i] = (uint8_t)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static int replay_file(const char *path)
{
    char *line = NULL;
    size_t capacity = 0;
    int n = 0;
    FILE *f = fopen(path, "re");
    while (f && getline(&line, &capacity, f) > 0) {
        size_t name = strcspn(line, " "), digits = strcspn(line + name + 1, "\n");
        fprintf(stderr, "%s:%d: %.*s\n", path, ++n, (int)name, line);
        FUZZ_EXPECT(line[name] == ' ' && digits % 2 == 0);
        replay(line + name + 1, digits / 2);
    }
    free(line);
    if (f)
        fclose(f);
    return n;
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay_file(argv[i]);
        if (n == 0) {
            fprintf(stderr, "%s holds no inputs\n", argv[i]);
            return 1;
        }
        inputs += n;
    }
    printf("%d inputs\n", inputs);
    return inputs ? 0 : 1;
}
