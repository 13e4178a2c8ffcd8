/* data/clean: rules and their order, lists of words against a slow twin, regular expressions,
 * other scripts, and what is said of what is wrong. */
#include "data/clean/text_lists.h"
#include "data/clean/text_rules.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/test.h"
#include "tests/twin/twin_text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct text_words nicknames, suffixes;

static struct text_part part(const char *text)
{
    return (struct text_part){text, strlen(text)};
}

/* Cleans with the rules; the result lies in a buffer that the next call uses again. */
static const char *clean(const struct text_rules *r, const char *text)
{
    static struct text_rules_scratch scratch;
    static char out[5000];
    struct text_part is;
    assert_true(text_rules_apply(r, part(text), &scratch, &is));
    assert_true(is.n < sizeof out && text_valid_prefix(is.p, is.n) == is.n);
    memcpy(out, is.p, is.n);
    out[is.n] = 0;
    return out;
}

static struct text_rules rules_of(const char *list)
{
    struct err e = {0};
    struct text_rules r = {.nicknames = &nicknames, .suffixes = &suffixes};
    if (!text_rules_parse(list, strlen(list), &r.flags, &e))
        fail_msg("%s", e.text);
    return r;
}

static void check(const char *list, const char *text, const char *expected)
{
    const struct text_rules r = rules_of(list);
    assert_string_equal(clean(&r, text), expected);
}

/* ---- Names -----------------------------------------------------------------------------------*/

static void check_unknown(const char *list, const char *text)
{
    uint32_t flags;
    struct err e = {0};
    assert_false(text_rules_parse(list, strlen(list), &flags, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_string_equal(e.text, text);
}

static void test_parse(void **state)
{
    (void)state;
    uint32_t flags;
    struct err e = {0};
    const char *all = " casefold , strip-accents+nfkc,punct\t,space";
    assert_true(text_rules_parse(all, strlen(all), &flags, &e));
    assert_int_equal(flags, TEXT_CASEFOLD | TEXT_STRIP_ACCENTS | TEXT_LETTERS | TEXT_NFKC |
                                TEXT_PUNCT | TEXT_SPACE | TEXT_INVISIBLE);
    assert_true(text_rules_parse("space|x", 5, &flags, &e));
    assert_int_equal(flags, TEXT_SPACE | TEXT_INVISIBLE);
    assert_true(text_rules_parse("none", 4, &flags, &e));
    assert_int_equal(flags, 0);
    check_unknown("casefold,lower",
                  "--normalize: there is no rule \"lower\"; did you mean casefold?");
    check_unknown("accents",
                  "--normalize: there is no rule \"accents\"; did you mean strip-accents?");
    check_unknown("suffixes",
                  "--normalize: there is no rule \"suffixes\"; did you mean company-suffixes?");
    check_unknown("casefol", "--normalize: there is no rule \"casefol\"; did you mean casefold?");
    check_unknown("stop-words",
                  "--normalize: there is no rule \"stop-words\"; did you mean --stop-words?");
    check_unknown("regex", "--normalize: there is no rule \"regex\"; did you mean --replace?");
    check_unknown("xyzzy", "--normalize: there is no rule \"xyzzy\"");
    check_unknown(
        "lower+punct+xyzzy",
        "  1. --normalize: there is no rule \"lower\"; did you mean casefold?\n"
        "     the rules are invisible, nfkc, transliterate, strip-accents, casefold, "
        "nicknames, company-suffixes, punct, digits, alnum, space, codes, no-codes, sort-words; "
        "COLUMN:RULES is for one column\n"
        "  2. --normalize: there is no rule \"xyzzy\"");
    check_unknown("", "--normalize: a rule is missing");
    check_unknown("space,", "--normalize: a rule is missing");
    text_rules_parse("x", 1, &flags, &e);
    assert_string_equal(
        e.hint,
        "the rules are invisible, nfkc, transliterate, strip-accents, casefold, "
        "nicknames, company-suffixes, punct, digits, alnum, space, codes, no-codes, sort-words; "
        "COLUMN:RULES is for one column");
    assert_true(text_rules_known("casefold+punct", 14) && text_rules_known("none", 4));
    assert_false(text_rules_known("name", 4) || text_rules_known("space+", 6));
}

/* The table fits a terminal, and no word means two rules. */
static void test_table(void **state)
{
    (void)state;
    for (const struct text_rules_row *row = text_rules_table; row->name; row++) {
        assert_true(text_width(row->what, row->what + strlen(row->what)) <= 60);
        assert_true(strlen(row->name) <= 16);
        for (const char *other = row->others; *other; other += strspn(other, " ")) {
            const size_t n = strcspn(other, " ");
            assert_false(text_rules_known(other, n));
            other += n;
        }
    }
}

/* A rule is called as a function by its name, with "_" for "-". */
static void test_functions(void **state)
{
    (void)state;
    assert_int_equal(text_rules_of_function("codes"), TEXT_RULES_CODES | TEXT_INVISIBLE);
    assert_int_equal(text_rules_of_function("no_codes"), TEXT_RULES_NO_CODES | TEXT_INVISIBLE);
    assert_int_equal(text_rules_of_function("invisible"), TEXT_INVISIBLE);
    static const char *const none[] = {"no-codes",
                                       "replace",
                                       "stop_words",
                                       "min",
                                       "",
                                       "none",
                                       "a_name_that_is_longer_than_all_rules_are"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(text_rules_of_function(none[i]), 0);
}

/* ---- Order -----------------------------------------------------------------------------------*/

/* What depends on the order of the rules. */
static void test_order(void **state)
{
    (void)state;
    check("space,punct", " a - b ", "a b");
    check("sort-words,punct,casefold", "Moss,Ben", "ben moss");
    check("punct,company-suffixes", "Foo S.A.", "Foo");
    check("punct,company-suffixes", "A. Smith & Co. KG", "A Smith");
    check("casefold,strip-accents", "\u00c9", "e");
    check("transliterate,casefold", "\u0418\u0432\u0430\u043d", "ivan");
    check("nicknames,casefold", "BOB", "robert");
    check("nicknames", "BOB", "Robert");
    check("nicknames,digits", "Bob 12-3", "123");
    check("alnum,sort-words", "b a", "ba");
    check("none", " \u200b", " \u200b");
    check("sort-words", " b  a\u3000c b ", "a b b c");
    check("codes", "canon sd1200  is,10.0 \u0663x", "sd1200 is,10.0 \u0663x");
    check("codes", "canon powershot", "");
    check("no-codes", " canon\u3000sd1200 is \u2162 ", "canon is \u2162");
    check("punct,codes", "dmc-fz35k/8gb black", "fz35k 8gb");
    check("codes,sort-words", "9 b 1a", "1a 9");
    check("codes,no-codes", "9 b", "");
    check("invisible", "a\u200bb", "ab");
    check("punct", "a\u200bb", "ab");
}

/* Up to the last row all rules apply, up to the first none or one; what comes between is what the
 * rules before the row make of a text. */
static void test_upto(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "M\u00f3ss,Bob", "M\u00f3ss,Bob", "M\u00f3ss,Bob", "Moss,Bob",    "Moss,Bob",
        "moss,bob",      "moss,bob",      "moss,robert",   "moss,robert", "moss,robert",
        "moss robert",   "moss robert",   "moss robert",   "moss robert", "moss robert",
        "moss robert",   "moss robert"};
    const struct text_rules r = rules_of("transliterate,casefold,punct,nicknames,sort-words");
    for (size_t i = 0; text_rules_table[i].name; i++) {
        const struct text_rules upto = text_rules_upto(&r, &text_rules_table[i]);
        assert_string_equal(clean(&upto, "M\u00f3ss,B\u00adob"), expected[i]);
    }
}

/* Rules that need no list, on texts of all kinds, against the twin; twice is as once. */
static void test_characters(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 20000; round++) {
        static const char *const words[] = {"Anna",   "O'Brien", " ",     "-", "\u00e9",
                                            "\u0141", "7",       ".",     "A", "\u200b",
                                            "\u00df", "\t",      "\u3000"};
        char text[200] = "", should[2000];
        harness_seed(round);
        for (uint32_t left = harness_below(12); left > 0; left--)
            strcat(text, words[harness_below(sizeof words / sizeof *words)]);
        const struct text_rules r = {.flags = harness_below(TEXT_ALL + 1)};
        should[twin_normalize(text, strlen(text), r.flags, should)] = 0;
        assert_string_equal(clean(&r, text), should);
        if (r.flags & TEXT_INVISIBLE)
            assert_string_equal(clean(&r, should), should);
    }
}

/* ---- Words -----------------------------------------------------------------------------------*/

static void test_company_suffixes(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        {"ACME, Inc.", "ACME"},
        {"Acme Ltd", "Acme"},
        {"Acme LIMITED.", "Acme"},
        {"Foo Trading Co., Ltd.", "Foo Trading"},
        {"M\u00fcller & S\u00f6hne GmbH & Co. KG", "M\u00fcller & S\u00f6hne"},
        {"Soci\u00e9t\u00e9 G\u00e9n\u00e9rale S.A.", "Soci\u00e9t\u00e9 G\u00e9n\u00e9rale"},
        {"Luxe S.\u00e0 r.l.", "Luxe"},
        {"Rossi S.r.l.", "Rossi"},
        {"Philips N.V.", "Philips"},
        {"Heineken B.V.", "Heineken"},
        {"Nokia Oyj", "Nokia"},
        {"Ericsson AB (publ)", "Ericsson"},
        {"Novo Nordisk A/S", "Novo Nordisk"},
        {"Sony K.K.", "Sony"},
        {"Telstra (Pty) Ltd", "Telstra"},
        {"Tata Sons Pvt. Ltd.", "Tata Sons"},
        {"Smith LLP", "Smith"},
        {"Smith L.L.C.", "Smith"},
        {"Kowalski Sp. z o.o.", "Kowalski"},
        {"Nov\u00e1k s.r.o.", "Nov\u00e1k"},
        {"Ko\u00e7 A.\u015e.", "Ko\u00e7"},
        {"Cemex S.A.B. de C.V.", "Cemex"},
        {"Petronas Sdn. Bhd.", "Petronas"},
        {"PT Telkom Tbk", "Telkom"},
        {"\u041e\u041e\u041e \u0420\u043e\u043c\u0430\u0448\u043a\u0430",
         "\u0420\u043e\u043c\u0430\u0448\u043a\u0430"},
        {"Inc", "Inc"},
        {"Limited Brands Inc", "Limited Brands"},
        {"A. G. Barr plc", "A. G. Barr"},
        {"The Company Store", "The Company Store"},
        {"Incyte", "Incyte"},
        {"", ""},
        {"...", "..."},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        check("company-suffixes", samples[i][0], samples[i][1]);
}

static void test_nicknames(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        {"Bob Smith", "Robert Smith"},
        {"BILL", "William"},
        {"Peggy", "Margaret"},
        {"Smith,Bob", "Smith,Robert"},
        {"Mary-Peg Day", "Mary-Margaret Day"},
        {"Bobcat", "Bobcat"},
        {"Wm. Day", "William Day"},
        {"Toño", "Antonio"},
        {"Tono", "Antonio"},
        {"Alex Chris", "Alex Chris"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        check("nicknames", samples[i][0], samples[i][1]);
}

/* No name that stands for others stands for another itself, so a name is cleaned once for all; and
 * what is cut off never leaves more to cut off. */
static void test_lists_twice(void **state)
{
    (void)state;
    const struct text_rules r = rules_of("nicknames");
    uint32_t n = 0;
    for (uint32_t i = 0; i < nicknames.n_slots; i++) {
        const struct text_words_entry *entry = &nicknames.slots[i];
        if (!entry->key || !entry->places)
            continue;
        assert_string_equal(clean(&r, entry->to), entry->to);
        n++;
    }
    assert_true(n > 400);
    assert_true(suffixes.n_entries > 250);
}

static void add(struct text_words *w, const char *phrase, const char *to)
{
    struct err e;
    if (!text_words_add(w, part(phrase), part(to), TEXT_WORDS_ANYWHERE, "a list", 1, &e))
        fail_msg("%s", e.text);
}

/* Random lists of phrases on random texts, against the twin. */
static void test_words_random(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "b",      "bb", "St.", "O'Neil", "S.A.", "&",
                                        "+", "\u00c9", "e",  "7",   "A.b",    "B.B.", "x\u0301"};
    static const char *const between[] = {" ", " ", ", ", ".", "-", "", "(", "'", "\u00a0", "&"};
    static const char *const to[] = {"", "", "Saint", "and", "b", "zz top"};
    for (uint64_t round = 0; round < 20000; round++) {
        const char *pairs[6][2];
        char phrases[6][64] = {""}, text[400] = "", should[4000];
        struct text_words list = {0};
        size_t n = 0;
        harness_seed(round);
        while (n < 1 + harness_below(6) && n < 6) {
            for (uint32_t left = 1 + harness_below(3); left > 0; left--) {
                strcat(phrases[n], words[harness_below(sizeof words / sizeof *words)]);
                strcat(phrases[n], left > 1 ? " " : "");
            }
            struct err e;
            pairs[n][0] = phrases[n];
            pairs[n][1] = to[harness_below(sizeof to / sizeof *to)];
            if (text_words_add(&list, part(pairs[n][0]), part(pairs[n][1]), TEXT_WORDS_ANYWHERE,
                               "a list", 1, &e))
                n++;
            else
                phrases[n][0] = 0; /* it is in the list with another meaning */
        }
        for (uint32_t left = harness_below(10); left > 0; left--) {
            strcat(text, words[harness_below(sizeof words / sizeof *words)]);
            strcat(text, between[harness_below(sizeof between / sizeof *between)]);
        }
        struct text_rules r = {.flags = TEXT_RULES_SYNONYMS, .n_synonyms = 1, .synonyms = {&list}};
        const char *is = clean(&r, text);
        should[twin_replace_words(text, strlen(text), (const char *const(*)[2])pairs, n, should)] =
            0;
        if (strcmp(is, should) != 0)
            fail_msg("round %d: \"%s\" gives \"%s\", not \"%s\"", (int)round, text, is, should);
        text_words_free(&list);
    }
}

static void test_words_samples(void **state)
{
    (void)state;
    struct text_words list = {0};
    add(&list, "&", "and");
    add(&list, "St.", "Saint");
    add(&list, "new york city", "NYC");
    add(&list, "new york", "NY");
    add(&list, "the", "");
    struct text_rules r = {.flags = TEXT_RULES_SYNONYMS, .n_synonyms = 1, .synonyms = {&list}};
    assert_string_equal(clean(&r, "AT&T, St. John"), "AT and T, Saint John");
    assert_string_equal(clean(&r, "St.John"), "Saint John");
    assert_string_equal(clean(&r, "New  York, City of New-York"), "NYC of NY");
    assert_string_equal(clean(&r, "The Bank of the West"), "Bank of West");
    assert_string_equal(clean(&r, "West, the (the)."), "West");
    assert_string_equal(clean(&r, "the"), "");
    r.flags |= TEXT_CASEFOLD;
    assert_string_equal(clean(&r, "ST JOHN"), "saint john");
    r.flags |= TEXT_PUNCT; /* comes after the words, which have their signs until then */
    assert_string_equal(clean(&r, "AT&T, St.John"), "at and t saint john");
    text_words_free(&list);
}

/* ---- Files of words --------------------------------------------------------------------------*/

static const char *write_list(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/axb-words-%d", (int)getpid());
    harness_write(path, text, strlen(text));
    return path;
}

static void check_synonyms(const char *file, const char *text, const char *expected)
{
    struct text_words list = {0};
    struct err e;
    if (!text_words_read_synonyms(&list, write_list(file), &e))
        fail_msg("%s", e.text);
    struct text_rules r = {.flags = TEXT_RULES_SYNONYMS, .n_synonyms = 1, .synonyms = {&list}};
    assert_string_equal(clean(&r, text), expected);
    text_words_free(&list);
}

static void check_fault(bool (*read)(struct text_words *, const char *, struct err *),
                        const char *file, const char *text)
{
    struct text_words list = {0};
    struct err e;
    assert_false(read(&list, write_list(file), &e));
    assert_int_equal(e.status, ERR_DATA);
    const char *line = strstr(e.text, ":");
    assert_non_null(line);
    assert_string_equal(line, text);
    text_words_free(&list);
}

static void test_files(void **state)
{
    (void)state;
    check_synonyms("# names\n\nBob = Robert\r\nSt. = Saint", "Bob St. Day", "Robert Saint Day");
    check_synonyms("\xEF\xBB\xBF"
                   "Bob,Robert\n\"Day, the\",Noon\n",
                   "Bob Day the", "Robert Noon");
    check_synonyms("Bob\tRobert\n", "bob", "Robert");
    check_synonyms("\"a = b\" = c\n", "a b", "c");
    check_synonyms("a=b=c\n", "a", "b=c");
    check_synonyms("a = b\nA=b\n", "a", "b");
    check_fault(text_words_read_synonyms, "a = b\n\na. = c\n",
                ":3: \"a.\" is \"c\" here, and \"b\" in line 1");
    check_fault(text_words_read_synonyms, "a\n", ":1: a word and what it stands for are expected");
    check_fault(text_words_read_synonyms, "a =\n", ":1: nothing stands after the separator");
    check_fault(text_words_read_synonyms, "- = b\n", ":1: \"-\" has no word");
    check_fault(text_words_read_stops, "a\n\xFF\n", ":2: this is not UTF-8");
    check_fault(text_words_read_stops, "# nothing\n", ": there is no word in it");
    unlink(write_list(""));
}

/* ---- Regular expressions ---------------------------------------------------------------------*/

static void check_replace(const char *rule, const char *text, const char *expected)
{
    struct err e;
    struct text_replace *replace = text_replace_new(rule, &e);
    if (!replace)
        fail_msg("%s", e.text);
    const struct text_rules r = {
        .flags = TEXT_RULES_REPLACE, .n_replaces = 1, .replace = {replace}};
    assert_string_equal(clean(&r, text), expected);
    text_replace_free(replace);
}

static void check_refused(const char *rule, const char *text)
{
    struct err e;
    assert_null(text_replace_new(rule, &e));
    assert_int_equal(e.status, ERR_USAGE);
    assert_string_equal(e.text, text);
}

static void test_replace(void **state)
{
    (void)state;
    check_replace("/\\s+(jr|sr)$//i", "Bob Day JR", "Bob Day");
    check_replace("/(\\w+), (\\w+)/$2 $1/", "Day, Bob", "Bob Day");
    check_replace("/(?<a>.)b/${a}/", "abcb", "ac");
    check_replace("|/|\\||", "a/b", "a|b");
    check_replace("/\\//-/", "a/b/c", "a-b-c");
    check_replace("/\u00e9/e/", "\u00c9\u00e9", "\u00c9e");
    check_replace("/\u00e9/e/i", "\u00c9\u00e9", "ee");
    check_replace("/a b/x/x", "ab a b", "x a b");
    check_replace("/(a)|(b)/[$1$2]/", "ab", "[a][b]");
    check_replace("/(\\w)(\\w*)/\\U$1\\E$2/", "bob day", "Bob Day");
    check_replace("/^/0/", "", "0");
    check_replace(
        "/./aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/", "xyxyxy",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    check_replace("/\\bSt\\b\\.?/Saint/", "St. John, Stone", "Saint John, Stone");
}

static void test_replace_refused(void **state)
{
    (void)state;
    check_refused("/a(b/x/", "--replace: missing closing parenthesis\n  a(b\n     ^");
    check_refused("/a/b", "--replace: \"/a/b\" needs three \"/\", it has two");
    check_refused("/a", "--replace: \"/a\" needs three \"/\", it has one");
    check_refused("a", "--replace: \"a\" does not begin with a slash");
    check_refused("/a/b/g", "--replace: there is no flag \"g\"");
    check_refused("/a/$2/", "--replace: unknown substring\n  $2\n    ^");
    check_refused("/(a)/${/", "--replace: invalid replacement string\n  ${\n    ^");
    check_refused("/\xFF/x/", "--replace: the pattern is not UTF-8");
}

/* A pattern that tries too much gives up, names itself and the value, and does not hang. */
static void test_replace_limit(void **state)
{
    (void)state;
    struct err e;
    struct text_rules_scratch scratch = {0};
    struct text_part out;
    struct text_replace *replace = text_replace_new("/^(a+)+$/x/", &e);
    const struct text_rules r = {
        .flags = TEXT_RULES_REPLACE, .n_replaces = 1, .replace = {replace}};
    const char *text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
    assert_false(text_rules_apply(&r, part(text), &scratch, &out));
    assert_true(text_rules_fault(&scratch, &e));
    assert_string_equal(
        e.text, "--replace: /^(a+)+$/x/ gave up on the value "
                "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\": match limit "
                "exceeded");
    text_rules_scratch_free(&scratch);
    text_replace_free(replace);
}

/* ---- Other scripts ---------------------------------------------------------------------------*/

static void test_latin(void **state)
{
    (void)state;
    check("transliterate", "\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432",
          "Ivan Petrov");
    check("transliterate", "\u0391\u03bb\u03ad\u03be\u03b1\u03bd\u03b4\u03c1\u03bf\u03c2",
          "Alexandros");
    check("transliterate", "\u5317\u4eac", "bei jing");
    check("transliterate", "\u05d3\u05d5\u05d3", "dwd");
    check("transliterate", "\u0645\u062d\u0645\u062f", "mhmd");
    check("transliterate", "\u30c8\u30e8\u30bf", "toyota");
    check("transliterate", "Jos\u00e9 Stra\u00dfe \u0141\u00f3d\u017a", "Jose Strasse Lodz");
    char ascii[128];
    for (int i = 0; i < 127; i++)
        ascii[i] = (char)(i + 1);
    ascii[127] = 0;
    check("transliterate", ascii, ascii);
    char longer[1200] = "";
    for (int i = 0; i < 180; i++)
        strcat(longer, "\u5317");
    const struct text_rules r = rules_of("transliterate");
    assert_int_equal(strlen(clean(&r, longer)), 180 * 4 - 1);
}

/* ---- Both ends -------------------------------------------------------------------------------*/

static int set_up(void **state)
{
    (void)state;
    struct err e;
    return text_lists_nicknames(&nicknames, &e) && text_lists_suffixes(&suffixes, &e) ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    text_words_free(&nicknames);
    text_words_free(&suffixes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_upto),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_company_suffixes),
        cmocka_unit_test(test_nicknames),
        cmocka_unit_test(test_lists_twice),
        cmocka_unit_test(test_words_samples),
        cmocka_unit_test(test_words_random),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_replace_refused),
        cmocka_unit_test(test_replace_limit),
        cmocka_unit_test(test_latin),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
