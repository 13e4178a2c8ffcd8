/* Any words as a command line: they are refused with a message, or each option has a value that its
 * row allows, and the command that explains a pair of the run says the same of its scores when a
 * shell reads it. The input is the arguments after "axb", separated by zero bytes. */
#include "core/machine/topology.h"
#include "core/string_builder.h"
#include "matcher/command/commands.h"
#include "matcher/options/opts.h"
#include "tests/fuzz/fuzz.h"

#include <math.h>
#include <string.h>

#define MAX_WORDS 40

static bool is_verb(const struct opts *o, const char *name)
{
    return strcmp(o->command->name, name) == 0;
}

static void check_values(const struct opts *o)
{
    FUZZ_EXPECT(o->command && o->command->run);
    FUZZ_EXPECT(o->n_inputs <= MAX_WORDS && (o->inputs || o->n_inputs == 0));
    for (size_t i = 0; i < o->n_inputs; i++)
        FUZZ_EXPECT(o->inputs[i] != NULL);
    FUZZ_EXPECT(o->bind <= TOPO_BIND_NONE && o->on_crash <= ON_CRASH_SKIP);
    FUZZ_EXPECT(o->workers <= 65535 && !isnan(o->min) &&
                (unsigned char)o->reading.delimiter < 0x80);
}

/* The next word of a line, as a shell reads it, in place; NULL at the end. Only quotes of one kind
 * and backslashes are to be there, and what means nothing to a shell. */
static char *shell_word(char **at)
{
    char *p = *at + strspn(*at, " "), *word = p, *out = p;
    bool quoted = false;
    if (!*p)
        return NULL;
    for (; *p && (quoted || *p != ' '); p++) {
        if (*p == '\'')
            quoted = !quoted;
        else if (!quoted && *p == '\\')
            *out++ = *++p;
        else
            *out++ = *p;
        FUZZ_EXPECT(quoted || *p == '\'' || !strchr("\n\t$`\"&|;<>(){}*?[]~#!", *p));
    }
    FUZZ_EXPECT(!quoted);
    *at = p + (*p == ' ');
    *out = 0;
    return word;
}

static bool same(const char *x, const char *y)
{
    return x == y || (x && y && strcmp(x, y) == 0);
}

static void check_same_strings(const struct opts_strings *x, const struct opts_strings *y)
{
    FUZZ_EXPECT(x->n == y->n);
    for (size_t i = 0; i < x->n; i++)
        FUZZ_EXPECT(same(x->text[i], y->text[i]));
}

static void check_same(const struct opts *o, const struct opts *explained)
{
    FUZZ_EXPECT(is_verb(explained, "explain") && explained->n_inputs == o->n_inputs);
    for (size_t i = 0; i < o->n_inputs; i++) {
        const char *word = o->inputs[i];
        FUZZ_EXPECT(strcmp(word, explained->inputs[i] + (word[0] == '-' && word[1] ? 2 : 0)) == 0);
    }
    FUZZ_EXPECT(same(o->on, explained->on) && same(o->metric, explained->metric));
    FUZZ_EXPECT(same(o->score, explained->score) && same(o->where, explained->where));
    check_same_strings(&o->normalize, &explained->normalize);
    check_same_strings(&o->replace, &explained->replace);
    check_same_strings(&o->synonyms, &explained->synonyms);
    check_same_strings(&o->stop_words, &explained->stop_words);
    for (int side = 0; side < 2; side++) {
        const struct opts_reading x = opts_reading(o, side), y = opts_reading(explained, side);
        FUZZ_EXPECT(same(x.encoding, y.encoding) && same(x.nulls, y.nulls));
        FUZZ_EXPECT(x.delimiter == y.delimiter && x.escape == y.escape && x.comment == y.comment);
        FUZZ_EXPECT(x.header == y.header && x.lenient == y.lenient && x.skip_lines == y.skip_lines);
    }
}

/* A command that is refused may be proposed as it was meant; then that is right. */
static void check_proposal(const struct opts *o)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    const bool known = out && opts_words_print(o->words, out);
    char *command = string_builder_end(&b), *at = command, *argv[4 * MAX_WORDS];
    int argc = 0;
    struct opts meant;
    struct err e;
    FUZZ_EXPECT(command != NULL);
    while (known && (argv[argc] = shell_word(&at)) != NULL)
        FUZZ_EXPECT(++argc < 4 * MAX_WORDS - 1);
    if (known && o->command) { /* of a verb that was wrong, nothing else was read */
        if (!opts_parse(&meant, &command_table, argc, argv, &e))
            fuzz_end(__FILE__, __LINE__, e.text);
        opts_free(&meant);
    }
    free(command);
}

/* The command that explains a pair, with the pair. Several files that are one table have none. */
static void check_explain(const struct opts *o)
{
    char *command = opts_explain_command(o), *at = command, pair[] = "--pair=1,1";
    char *argv[4 * MAX_WORDS];
    int argc = 0;
    struct opts explained;
    struct err e;
    FUZZ_EXPECT(command != NULL);
    while ((argv[argc] = shell_word(&at)) != NULL)
        FUZZ_EXPECT(++argc < 4 * MAX_WORDS - 1);
    memmove(argv + 3, argv + 2, sizeof *argv * (size_t)(argc++ - 2));
    argv[2] = pair;
    if (!opts_parse(&explained, &command_table, argc, argv, &e))
        fuzz_end(__FILE__, __LINE__, e.text);
    check_same(o, &explained);
    opts_free(&explained);
    free(command);
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
    bool ok = opts_parse(&o, &command_table, argc, argv, &e);
    if (ok)
        check_values(&o);
    if (ok && (is_verb(&o, "match") || (is_verb(&o, "dedupe") && o.n_inputs == 1)))
        check_explain(&o);
    if (!ok)
        FUZZ_EXPECT(e.status == ERR_USAGE && e.text[0] && e.findings > 0);
    if (!ok && argc > 1)
        check_proposal(&o);
    opts_free(&o);
    for (int i = 0; i < argc; i++)
        free(argv[i]);
    return 0;
}
