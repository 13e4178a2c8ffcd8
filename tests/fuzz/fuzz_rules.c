/* Any bytes as rules that clean, and a text: lists of words against the slow twin; regular
 * expressions are refused with a message, or give valid text, or give up. The first byte says which
 * rules; lines follow, synonyms or one regular expression, and the text is the last line. */
#include "data/clean/text_lists.h"
#include "data/clean/text_rules.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_text.h"

#include <string.h>

#define MAX_PAIRS 8u
#define MAX_LINE 64u

/* The next line as a text: its valid beginning, without zero bytes. */
static void take_line(struct fuzz_input *in, char line[MAX_LINE + 1])
{
    const struct fuzz_input part = fuzz_until(in, '\n');
    const size_t n = part.n < MAX_LINE ? part.n : MAX_LINE;
    memcpy(line, part.p, n);
    line[n] = 0;
    line[text_valid_prefix(line, strlen(line))] = 0;
}

static struct text_part part_of(const char *text)
{
    return (struct text_part){text, strlen(text)};
}

/* Cleans a text, which is then valid; the rules up to the last row are all rules. False: a regular
 * expression gave up, which is said. */
static bool check_rules(const struct text_rules *r, const char *text, char *is, size_t capacity)
{
    struct text_rules_scratch scratch = {0};
    struct text_part out;
    struct err e;
    const bool ok = text_rules_apply(r, part_of(text), &scratch, &out);
    FUZZ_EXPECT(ok || text_rules_fault(&scratch, &e));
    if (ok) {
        FUZZ_EXPECT(out.n < capacity && text_valid_prefix(out.p, out.n) == out.n);
        memcpy(is, out.n ? out.p : "", out.n);
        is[out.n] = 0;
        const struct text_rules all = text_rules_upto(r, &text_rules_table[TEXT_RULES_MAX - 2]);
        FUZZ_EXPECT(text_rules_apply(&all, part_of(text), &scratch, &out));
        FUZZ_EXPECT(out.n == strlen(is) && (out.n == 0 || memcmp(out.p, is, out.n) == 0));
    }
    text_rules_scratch_free(&scratch);
    return ok;
}

static void fuzz_words(struct fuzz_input *in, uint32_t flags)
{
    static char lines[2 * MAX_PAIRS][MAX_LINE + 1], is[1 << 16], should[1 << 16];
    const char *pairs[MAX_PAIRS][2];
    char text[MAX_LINE + 1];
    struct text_words list = {0};
    struct err e;
    size_t n = 0;
    for (const size_t most = fuzz_byte(in) % (MAX_PAIRS + 1); n < most; n++) {
        take_line(in, lines[2 * n]);
        take_line(in, lines[2 * n + 1]);
        pairs[n][0] = lines[2 * n];
        pairs[n][1] = lines[2 * n + 1];
        if (!text_words_add(&list, part_of(pairs[n][0]), part_of(pairs[n][1]), TEXT_WORDS_ANYWHERE,
                            "list", 1, &e)) {
            FUZZ_EXPECT(e.status == ERR_DATA && e.text[0]);
            break;
        }
    }
    take_line(in, text);
    const struct text_rules r = {.flags = TEXT_RULES_SYNONYMS | flags,
                                 .n_synonyms = 1,
                                 .synonyms = {&list},
                                 .suffixes = &list};
    FUZZ_EXPECT(check_rules(&r, text, is, sizeof is));
    if (!flags) {
        should[twin_replace_words(text, strlen(text), (const char *const(*)[2])pairs, n, should)] =
            0;
        FUZZ_EXPECT(strcmp(is, should) == 0);
    }
    text_words_free(&list);
}

static void fuzz_replace(struct fuzz_input *in, uint32_t flags)
{
    static char is[1 << 20];
    char rule[MAX_LINE + 1], text[MAX_LINE + 1];
    struct err e;
    take_line(in, rule);
    take_line(in, text);
    struct text_replace *replace = text_replace_new(rule, &e);
    FUZZ_EXPECT(replace || (e.status == ERR_USAGE && e.text[0]));
    const struct text_rules r = {
        .flags = TEXT_RULES_REPLACE | flags, .n_replaces = 1, .replace = {replace}};
    if (replace)
        check_rules(&r, text, is, sizeof is);
    text_replace_free(replace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    const uint8_t choice = fuzz_byte(&in);
    const uint32_t flags =
        (choice & 2 ? TEXT_CASEFOLD | TEXT_STRIP_ACCENTS | TEXT_LETTERS : 0u) |
        (choice & 4 ? TEXT_PUNCT | TEXT_SPACE : 0u) | (choice & 8 ? TEXT_RULES_SORT : 0u) |
        (choice & 16 ? TEXT_RULES_SUFFIXES : 0u) | (choice & 32 ? TEXT_RULES_CODES : 0u) |
        (choice & 64 ? TEXT_RULES_NO_CODES : 0u);
    if (choice & 1)
        fuzz_replace(&in, flags & ~(uint32_t)TEXT_RULES_SUFFIXES);
    else
        fuzz_words(&in, flags);
    return 0;
}
