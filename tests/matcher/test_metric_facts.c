/* matcher/metric: facts that others gave, known values, and names that are found or are not. Every
 * row against its slow twin is in test_metric.c. */
#include "matcher/metric/metric.h"
#include "matcher/metric/metric_phonetic.h"
#include "tests/harness/harness_metric.h"
#include "tests/test.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/matcher/metric_expected.inc"

#define MAX_LENGTH 64 /* of a value, in characters */

/* ---- Whole-number evidence -------------------------------------------------------------------*/

static double of_sets(const char *name, uint64_t na, uint64_t nb, uint64_t common)
{
    return harness_metric_use(name).metric->sets->similarity(na, nb, common);
}

static void test_evidence(void **test)
{
    (void)test;
    assert_true(metric_edit_similarity(0, 0) == 1.0);
    assert_true(metric_edit_similarity(3, 7) == 1.0 - 3.0 / 7.0);
    assert_true(metric_jaro_similarity(0, 0, 0, 0, 0, false) == 1.0);
    assert_true(metric_jaro_similarity(0, 3, 0, 0, 0, true) == 0.0);
    assert_true(metric_jaro_similarity(6, 6, 6, 1, 3, false) == (1.0 + 1.0 + 5.0 / 6.0) / 3.0);
    double jaro = metric_jaro_similarity(6, 6, 6, 1, 3, false);
    assert_true(metric_jaro_similarity(6, 6, 6, 1, 3, true) == jaro + 3 * 0.1 * (1.0 - jaro));
    assert_true(metric_jaro_similarity(10, 10, 5, 0, 4, true) ==
                metric_jaro_similarity(10, 10, 5, 0, 4, false)); /* 0.67 is not above 0.7 */
    assert_true(of_sets("jaccard", 0, 0, 0) == 1.0);
    assert_true(of_sets("cosine", 0, 5, 0) == 0.0);
    assert_true(of_sets("jaccard", 5, 4, 3) == 3.0 / 6.0);
    assert_true(of_sets("dice", 5, 4, 3) == 6.0 / 9.0);
    assert_true(of_sets("cosine", 5, 4, 3) == 3.0 / sqrt(20.0));
    assert_true(of_sets("overlap", 5, 4, 3) == 3.0 / 4.0);
}

/* ---- Facts -----------------------------------------------------------------------------------*/

static double score_of(const char *name, const char *a, const char *b)
{
    struct metric_use use = harness_metric_use(name);
    struct bytes x = {a, (uint32_t)strlen(a)}, y = {b, (uint32_t)strlen(b)};
    struct err e;
    double score;
    assert_true(metric_score_utf8(&use, x, y, &score, &e));
    return score;
}

/* RapidFuzz prints ratios times 100. That product is exact to the bit, save for token_set_ratio,
 * where it takes the quotient from 100 in the first place and rounds once less. */
static void compare_expected(const struct expected_doubles *d, size_t i)
{
    double got = score_of(expected_names[i], d->a, d->b), want = d->value[i];
    bool by_hundred = strstr(expected_names[i], "ratio") != NULL;
    bool rounded = strcmp(expected_names[i], "token_set_ratio") == 0;
    if (rounded ? fabs(got * 100 - want) > 2e-14 * 100 : (by_hundred ? got * 100 : got) != want)
        fail_msg("%s of \"%s\" and \"%s\": %a, not %a", expected_names[i], d->a, d->b, got, want);
}

static void test_rapidfuzz(void **test)
{
    (void)test;
    for (size_t r = 0; r < sizeof doubles / sizeof *doubles; r++)
        for (size_t i = 0; i < N_EXPECTED; i++)
            compare_expected(&doubles[r], i);
}

static void test_literature(void **test)
{
    (void)test;
    assert_float_equal(score_of("jaro", "MARTHA", "MARHTA"), 0.944444, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "MARTHA", "MARHTA"), 0.961111, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "DIXON", "DICKSONX"), 0.813333, 1e-6);
    assert_float_equal(score_of("jaro_winkler", "DWAYNE", "DUANE"), 0.84, 1e-6);
    assert_true(score_of("levenshtein_distance", "kitten", "sitting") == 3);
    assert_true(score_of("levenshtein_distance", "中", "a") == 1);
    assert_true(score_of("osa_distance", "CA", "ABC") == 3);
    assert_true(score_of("damerau_levenshtein_distance", "CA", "ABC") == 2);
    assert_true(score_of("hamming_distance", "karolin", "kathrin") == 3);
    assert_true(score_of("hamming_distance", "abc", "abcde") == 2);
    assert_true(score_of("indel_distance", "lewenstein", "levenshtein") == 3);
    assert_true(score_of("jaccard:2", "night", "nacht") == 3.0 / 9.0);
    assert_true(score_of("token_set_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear") == 1);
    assert_true(score_of("token_sort_ratio", "fuzzy wuzzy", "wuzzy  fuzzy") == 1);
    assert_true(score_of("partial_ratio", "YANKEES", "NEW YORK YANKEES") == 1);
}

/* The codes that the page of the US National Archives on Soundex gives, and Knuth's. */
static void test_soundex(void **test)
{
    static const char *const codes[][2] = {
        {"WASHINGTON", "W252"}, {"LEE", "L000"},     {"GUTIERREZ", "G362"}, {"PFISTER", "P236"},
        {"JACKSON", "J250"},    {"TYMCZAK", "T522"}, {"VANDEUSEN", "V532"}, {"ASHCRAFT", "A261"},
        {"EULER", "E460"},      {"GAUSS", "G200"},   {"HILBERT", "H416"},   {"KNUTH", "K530"},
        {"LLOYD", "L300"},      {"ROBERT", "R163"},  {"RUBIN", "R150"},     {"HONEYMAN", "H555"}};
    char first[PHONETIC_BYTES(32)], second[PHONETIC_BYTES(32)];
    const struct phonetic_code code = {{first, second}};
    (void)test;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        phonetic_soundex(codes[i][0], strlen(codes[i][0]), &code);
        assert_string_equal(code.code[0], codes[i][1]);
    }
    assert_true(score_of("soundex", "Robert", "rupert") == 1);
    assert_true(score_of("soundex", "Robert", "Rubin") == 0);
    assert_true(score_of("soundex", "Müller", "Miller") == 1);
    assert_true(score_of("soundex", "O'Hara", "OHara") == 1);
    assert_true(score_of("soundex", "李", "李") == 1);
    assert_true(score_of("soundex", "李", "王") == 0);
    assert_true(score_of("soundex", "", "") == 1);
    assert_true(score_of("soundex", "", "a") == 0);
}

static void check_code(metric_phonetic_fn *phonetic, const char *name, const char *want)
{
    char first[PHONETIC_BYTES(64)], second[PHONETIC_BYTES(64)];
    const struct phonetic_code code = {{first, second}};
    phonetic(name, strlen(name), &code);
    assert_string_equal(first, want);
}

/* What jellyfish 1.3 gives. */
static void test_jellyfish(void **test)
{
    static const char *const codes[][4] = {
        /* name, nysiis, metaphone, match rating */
        {"WORTHY", "WARTY", "WR0", "WRTHY"},
        {"OGATA", "OGAT", "OKT", "OGT"},
        {"KNUTH", "NAT", "N0", "KNTH"},
        {"MACINTOSH", "MCANT", "MSNTX", "MCNTSH"},
        {"SCHMIDT", "SNAD", "SXMTT", "SCHMDT"},
        {"PHILLIPSON", "FALAPSAN", "FLPSN", "PHLPSN"},
        {"EVANS", "EVAN", "EFNS", "EVNS"},
        {"STAMBOUGH", "STANBAG", "STMB", "STMBGH"},
        {"KATHERINE", "CATARAN", "K0RN", "KTHRN"},
        {"XAVIER LAMB", "XAVAR LANB", "SFR LM", "XVRLMB"},
    };
    (void)test;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        check_code(phonetic_nysiis, codes[i][0], codes[i][1]);
        check_code(phonetic_metaphone, codes[i][0], codes[i][2]);
        check_code(phonetic_match_rating, codes[i][0], codes[i][3]);
    }
    assert_true(score_of("match_rating", "Byrne", "Boern") == 1);
    assert_true(score_of("match_rating", "Catherine", "Kathryn") == 1);
    assert_true(score_of("match_rating", "Michael", "Mike") == 0);
    assert_true(score_of("match_rating", "Tim", "Timothy") == 0); /* None in jellyfish */
    assert_true(score_of("nysiis", "Müller", "muller") == 1);
    assert_true(score_of("metaphone", "李", "王") == 0);
    assert_true(score_of("match_rating", "", "") == 1);
    for (uint32_t n = 0; n <= METRIC_CODE_MOST; n++) { /* codes have 6 characters at most */
        assert_true(phonetic_match_rating_least(7, n) == METRIC_NEVER_ALIKE);
        assert_true(phonetic_match_rating_least(n, 7) == METRIC_NEVER_ALIKE);
    }
    assert_int_equal(phonetic_match_rating_least(6, 6), 2);
    assert_int_equal(phonetic_match_rating_least(4, 6), 3);
}

/* What RapidFuzz 3.14.6 gives, by a hundred. */
static void test_made_of_ratios(void **test)
{
    static const struct {
        const char *metric, *a, *b;
        double percent;
    } facts[] = {
        {"token_ratio", "new york mets", "new york meats", 96.2962962962963},
        {"token_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 100.0},
        {"token_ratio", "abc", "zzabczz abd xyz", 33.333333333333336},
        {"token_ratio", "", "", 100.0},
        {"token_ratio", " ", " ", 100.0},
        {"token_ratio", "abc", "", 0.0},
        {"token_ratio", "ab", "ab cd ef gh ij kl", 100.0},
        {"token_ratio", "abcdefgh ijk", "ijk", 100.0},
        {"token_ratio", "ab", "xxxxxxxxxxxxxxab", 22.22222222222223},
        {"token_ratio", "ab", "xxxxxxxxxxxxxxxab", 21.05263157894737},
        {"token_ratio", "yankees", "new york yankees", 100.0},
        {"token_ratio", "a b", "c d e", 25.0},
        {"partial_token_sort_ratio", "new york mets", "new york meats", 92.3076923076923},
        {"partial_token_sort_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear",
         89.65517241379311},
        {"partial_token_sort_ratio", "abc", "zzabczz abd xyz", 100.0},
        {"partial_token_sort_ratio", "", "", 100.0},
        {"partial_token_sort_ratio", " ", " ", 100.0},
        {"partial_token_sort_ratio", "abc", "", 0.0},
        {"partial_token_sort_ratio", "ab", "ab cd ef gh ij kl", 100.0},
        {"partial_token_sort_ratio", "abcdefgh ijk", "ijk", 100.0},
        {"partial_token_sort_ratio", "ab", "xxxxxxxxxxxxxxab", 100.0},
        {"partial_token_sort_ratio", "ab", "xxxxxxxxxxxxxxxab", 100.0},
        {"partial_token_sort_ratio", "yankees", "new york yankees", 100.0},
        {"partial_token_sort_ratio", "a b", "c d e", 40.0},
        {"partial_token_set_ratio", "new york mets", "new york meats", 100.0},
        {"partial_token_set_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 100.0},
        {"partial_token_set_ratio", "abc", "zzabczz abd xyz", 100.0},
        {"partial_token_set_ratio", "", "", 0.0},
        {"partial_token_set_ratio", " ", " ", 0.0},
        {"partial_token_set_ratio", "abc", "", 0.0},
        {"partial_token_set_ratio", "ab", "ab cd ef gh ij kl", 100.0},
        {"partial_token_set_ratio", "abcdefgh ijk", "ijk", 100.0},
        {"partial_token_set_ratio", "ab", "xxxxxxxxxxxxxxab", 100.0},
        {"partial_token_set_ratio", "ab", "xxxxxxxxxxxxxxxab", 100.0},
        {"partial_token_set_ratio", "yankees", "new york yankees", 100.0},
        {"partial_token_set_ratio", "a b", "c d e", 40.0},
        {"partial_token_ratio", "new york mets", "new york meats", 100.0},
        {"partial_token_ratio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 100.0},
        {"partial_token_ratio", "abc", "zzabczz abd xyz", 100.0},
        {"partial_token_ratio", "", "", 100.0},
        {"partial_token_ratio", " ", " ", 100.0},
        {"partial_token_ratio", "abc", "", 0.0},
        {"partial_token_ratio", "ab", "ab cd ef gh ij kl", 100.0},
        {"partial_token_ratio", "abcdefgh ijk", "ijk", 100.0},
        {"partial_token_ratio", "ab", "xxxxxxxxxxxxxxab", 100.0},
        {"partial_token_ratio", "ab", "xxxxxxxxxxxxxxxab", 100.0},
        {"partial_token_ratio", "yankees", "new york yankees", 100.0},
        {"partial_token_ratio", "a b", "c d e", 40.0},
        {"QRatio", "new york mets", "new york meats", 96.2962962962963},
        {"QRatio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 84.21052631578947},
        {"QRatio", "abc", "zzabczz abd xyz", 33.333333333333336},
        {"QRatio", "", "", 0.0},
        {"QRatio", " ", " ", 100.0},
        {"QRatio", "abc", "", 0.0},
        {"QRatio", "ab", "ab cd ef gh ij kl", 21.052631578947366},
        {"QRatio", "abcdefgh ijk", "ijk", 40.0},
        {"QRatio", "ab", "xxxxxxxxxxxxxxab", 22.22222222222222},
        {"QRatio", "ab", "xxxxxxxxxxxxxxxab", 21.052631578947366},
        {"QRatio", "yankees", "new york yankees", 60.86956521739131},
        {"QRatio", "a b", "c d e", 25.0},
        {"WRatio", "new york mets", "new york meats", 96.2962962962963},
        {"WRatio", "fuzzy was a bear", "fuzzy fuzzy was a bear", 95.0},
        {"WRatio", "abc", "zzabczz abd xyz", 90.0},
        {"WRatio", "", "", 0.0},
        {"WRatio", " ", " ", 100.0},
        {"WRatio", "abc", "", 0.0},
        {"WRatio", "ab", "ab cd ef gh ij kl", 60.0},
        {"WRatio", "abcdefgh ijk", "ijk", 90.0},
        {"WRatio", "ab", "xxxxxxxxxxxxxxab", 90.0},
        {"WRatio", "ab", "xxxxxxxxxxxxxxxab", 60.0},
        {"WRatio", "yankees", "new york yankees", 90.0},
        {"WRatio", "a b", "c d e", 36.0},
    };
    (void)test;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        if (fabs(100 * score_of(facts[i].metric, facts[i].a, facts[i].b) - facts[i].percent) >
            1e-11)
            fail_msg("%s of %s and %s: %.17g", facts[i].metric, facts[i].a, facts[i].b,
                     score_of(facts[i].metric, facts[i].a, facts[i].b));
}

static bool share_code(const struct expected_code *x, const struct expected_code *y)
{
    return (*x->primary &&
            (!strcmp(x->primary, y->primary) || !strcmp(x->primary, y->alternate))) ||
           (*x->alternate &&
            (!strcmp(x->alternate, y->primary) || !strcmp(x->alternate, y->alternate)));
}

static void test_double_metaphone(void **test)
{
    size_t n = sizeof sounds / sizeof *sounds;
    char first[PHONETIC_BYTES(64)], second[PHONETIC_BYTES(64)];
    const struct phonetic_code code = {{first, second}};
    (void)test;
    for (size_t i = 0; i < n; i++) {
        phonetic_double_metaphone(sounds[i].name, strlen(sounds[i].name), &code);
        assert_string_equal(code.code[0], sounds[i].primary);
        assert_string_equal(code.code[1], sounds[i].alternate);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double got = score_of("double_metaphone", sounds[i].name, sounds[k].name);
            if (got != share_code(&sounds[i], &sounds[k]))
                fail_msg("%s and %s: %g", sounds[i].name, sounds[k].name, got);
        }
    assert_true(score_of("double_metaphone", "Schmidt", "smith") == 1);
    assert_true(score_of("double_metaphone", "Иван", "Иван") == 1);
    assert_true(score_of("double_metaphone", "Иван", "Петр") == 0);
}

/* ---- Values ----------------------------------------------------------------------------------*/

static const char *const value_uses[] = {"number",
                                         "number:7.5",
                                         "number_distance",
                                         "number_similarity",
                                         "number_normalized_distance",
                                         "number_ratio",
                                         "days",
                                         "days:400",
                                         "days_distance",
                                         "days_normalized_distance",
                                         "km",
                                         "km:3000",
                                         "km_distance",
                                         "km_normalized_distance"};

static const char *const values[] = {"",
                                     "0",
                                     "-0",
                                     "1",
                                     "1.5",
                                     "-1.5",
                                     " 2 ",
                                     "1e3",
                                     "1e999",
                                     "x",
                                     "1 2",
                                     "+7",
                                     "0x10",
                                     "nan",
                                     "2024-02-29",
                                     "2023-02-29",
                                     "2024/03/01",
                                     "20240301",
                                     "1969-12-31",
                                     "2024-13-01",
                                     "2024-1-1",
                                     "0000-01-01",
                                     "48.1,11.6",
                                     "48.1372, 11.5756",
                                     "91,0",
                                     "-33.9,151.2",
                                     "0,0",
                                     "0,180",
                                     "52.52,13.4",
                                     "1000000007",
                                     "1,234.50",
                                     "1.234,50",
                                     "1,234",
                                     "12,5",
                                     "$ 5",
                                     "(5%)",
                                     "12.-",
                                     "US$ 1'234",
                                     "03/04/2021",
                                     "31/12/2021",
                                     "3.4.2021",
                                     "12/31/68 3:05 PM",
                                     "3 Apr 2021",
                                     "2021-Apr-03",
                                     "April 3rd, 21",
                                     "Sat, 3.4.2021",
                                     "48,1 11,6",
                                     "(48.1; 11.6)",
                                     "1 234 567",
                                     "12,34,567",
                                     "-5-",
                                     "01/02/03",
                                     "04/04/2021",
                                     "3..4.2021"};

/* ASCII as code points. Returns how many. */
static uint32_t points_of(const char *text, uint32_t point[MAX_LENGTH])
{
    uint32_t n = 0;
    while (text[n]) {
        point[n] = (uint32_t)(unsigned char)text[n];
        n++;
    }
    return n;
}

static void test_values(void **test)
{
    size_t n = sizeof values / sizeof *values;
    (void)test;
    for (size_t u = 0; u < sizeof value_uses / sizeof *value_uses; u++)
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < n; k++) {
                uint32_t a[MAX_LENGTH], b[MAX_LENGTH];
                struct metric_use use = harness_metric_use(value_uses[u]);
                double want, got = score_of(value_uses[u], values[i], values[k]);
                assert_true(twin_metric(&use, a, points_of(values[i], a), b,
                                        points_of(values[k], b), &want));
                if (!harness_metric_same(got, want))
                    fail_msg("%s of \"%s\" and \"%s\": %a, not %a", value_uses[u], values[i],
                             values[k], got, want);
            }
}

static struct text text_of(const char *utf8, uint32_t id)
{
    return (struct text){
        .codes = utf8, .width = 1, .utf8 = utf8, .utf8_bytes = (uint32_t)strlen(utf8), .id = id};
}

static struct metric_state *open_state(const struct metric_use *use)
{
    struct metric_state *s;
    struct err e;
    uint32_t points[128];
    for (uint32_t i = 0; i < 128; i++)
        points[i] = i;
    struct alphabet alphabet = {128, points};
    if (!metric_open(&s, use, &alphabet, MAX_LENGTH, &e))
        fail_msg("%s", e.text);
    return s;
}

/* What is kept of A is that of the present A: the same with numbered texts and one state. */
static void test_prepared_values(void **test)
{
    size_t n = sizeof values / sizeof *values;
    struct metric_use use = harness_metric_use("double_metaphone");
    struct metric_state *state = open_state(&use);
    (void)test;
    for (uint32_t i = 0; i < 60; i++)
        for (uint32_t k = 0; k < 60; k++)
            assert_true(metric_score(state, text_of(sounds[i].name, i + 1),
                                     text_of(sounds[k].name, k + 1)) ==
                        share_code(&sounds[i], &sounds[k]));
    metric_close(state);
    for (size_t u = 0; u < sizeof value_uses / sizeof *value_uses; u++) {
        use = harness_metric_use(value_uses[u]);
        state = open_state(&use);
        for (uint32_t r = 0; r < n * n; r++) {
            uint32_t i = r / (uint32_t)n, k = r % (uint32_t)n;
            double want = score_of(value_uses[u], values[i], values[k]);
            double got = metric_score(state, text_of(values[i], i + 1), text_of(values[k], k + 1));
            assert_true(harness_metric_same(got, want));
        }
        metric_close(state);
    }
}

static void test_known_values(void **test)
{
    (void)test;
    assert_true(score_of("number:10", "3", "8") == 0.5);
    assert_true(score_of("number", "3", "8") == 0);
    assert_true(score_of("number_ratio", "-2", "-8") == 0.25);
    assert_true(score_of("number_ratio", "0", "0") == 1);
    assert_true(isnan(score_of("number", "3", "three")));
    assert_true(score_of("days_distance", "2024-02-28", "2024/03/01") == 2);
    assert_true(score_of("days", "2024-01-01", "20240116") == 0.5);
    assert_true(isnan(score_of("days", "2024-01-01", "2024-02-30")));
    assert_float_equal(score_of("km_distance", "52.5200,13.4050", "48.1372,11.5756"), 504.3, 0.5);
    assert_float_equal(score_of("km_distance", "0,0", "0,180"), 20015.1, 0.1);
    assert_true(score_of("km", "1,1", "1, 1") == 1);
    assert_true(isnan(score_of("km", "1", "1,1")));
}

/* ---- Finding ---------------------------------------------------------------------------------*/

static void test_find(void **test)
{
    static const char *const wrong[] = {
        "",           "levenstein",  "equal_distance", "jaccard:",      "jaccard:x",
        "jaccard:3x", "jaccard:3x2", "jaccard:1:2:3",  "jaro_winkler_", "_distance"};
    struct metric_use use;
    struct err e;
    (void)test;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(metric_find(wrong[i], strlen(wrong[i]), &use, &e));
        assert_int_equal(e.status, ERR_USAGE);
    }
    assert_false(metric_find("levenstein", 10, &use, &e));
    assert_non_null(strstr(e.hint, "levenshtein"));
    assert_true(metric_find("osa_distance+1", 12, &use, &e));
    assert_int_equal(use.view, METRIC_DISTANCE);
    assert_true(metric_find("dice:27", 6, &use, &e));
    assert_true(use.n_args == 1 && use.args[0] == 2);
}

static void test_check(void **test)
{
    static const char *const wrong[] = {"jaccard:4", "jaccard:-1", "jaccard:1.5", "jaccard:nan",
                                        "dice:1:2",  "number:0",   "days:inf",    "levenshtein:1"};
    struct metric_use use;
    struct err e;
    (void)test;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(metric_find(wrong[i], strlen(wrong[i]), &use, &e));
        if (metric_check(&use, &e))
            fail_msg("%s passes", wrong[i]);
        assert_int_equal(e.status, ERR_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_rapidfuzz),
        cmocka_unit_test(test_literature),
        cmocka_unit_test(test_soundex),
        cmocka_unit_test(test_double_metaphone),
        cmocka_unit_test(test_jellyfish),
        cmocka_unit_test(test_made_of_ratios),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_prepared_values),
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
