/* Gives a fuzzer the inputs that are kept: every file of the folders that are named, in the order
 * of their names. It ends well if no claim fails. Finding new inputs is libFuzzer's. */
#include "tests/fuzz/fuzz.h"
#include "tests/ref_run.h"

#include <dirent.h>
#include <string.h>

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_file, alphasort);
    for (int i = 0; i < n; i++) {
        char path[4096];
        size_t bytes;
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        char *data = ref_read(path, &bytes);
        /* Of its exact size, so that a sanitizer sees what is read behind it. */
        uint8_t *exact = malloc(bytes ? bytes : 1);
        FUZZ_EXPECT(exact != NULL);
        memcpy(exact, data, bytes);
        fprintf(stderr, "%s\n", path);
        LLVMFuzzerTestOneInput(exact, bytes);
        free(exact);
        free(data);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    return n;
}

int main(int argc, char **argv)
{
    int inputs = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);
        if (n <= 0) {
            fprintf(stderr, "%s holds no inputs\n", argv[i]);
            return 1;
        }
        inputs += n;
    }
    printf("%d inputs\n", inputs);
    return inputs ? 0 : 1;
}
