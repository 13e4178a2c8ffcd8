/* Any words as a command line: they are refused with a message, or each option has a value that its
 * row allows. The input is the words behind "axb", separated by zero bytes. */
#include "matcher/opts.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

#define MAX_WORDS 40

static void check_values(const struct opts *o)
{
    FUZZ_EXPECT(o->verb > VERB_NONE && o->verb <= VERB_MAN);
    FUZZ_EXPECT(o->n_inputs <= MAX_WORDS && (o->inputs || o->n_inputs == 0));
    for (size_t i = 0; i < o->n_inputs; i++)
        FUZZ_EXPECT(o->inputs[i] != NULL);
    FUZZ_EXPECT((o->verb >= VERB_HELP) == (o->text != NULL));
    FUZZ_EXPECT(o->bind <= TOPO_BIND_NONE && o->on_crash <= ON_CRASH_SKIP);
    FUZZ_EXPECT(o->workers <= 65535 && !isnan(o->min) && (unsigned char)o->delimiter < 0x80);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    char *argv[MAX_WORDS + 2] = {strdup("axb")};
    int argc = 1;
    while (in.n > 0 && argc <= MAX_WORDS) {
        struct fuzz_input word = fuzz_until(&in, 0);
        argv[argc++] = strndup((const char *)word.p, word.n);
    }
    struct opts o;
    struct err e = {0};
    if (opts_parse(&o, argc, argv, &e))
        check_values(&o);
    else
        FUZZ_EXPECT(e.status == ERR_USAGE && e.text[0]);
    opts_free(&o);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return 0;
}
