/* The join of sets of words against the double loop: words in common or none, texts without words,
 * texts that all share a word, long texts; and its rules against the scores. */
#include "matcher/join/token/token_rule.h"
#include "tests/harness/harness_join.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct join join_token;

/* ---- Random letters --------------------------------------------------------------------------*/

static const struct harness_shape shapes[] = {
    {"short words", 3, 'a', 0, 12, 3, 400, 250, 0, false},
    {"names", 26, 'a', 4, 18, 3, 120, 250, 0, true},
    {"few words", 2, 'a', 0, 40, 4, 500, 120, 0, false},
    {"long texts", 4, 'a', 60, 200, 20, 300, 60, 0, true},
    {"blanks", 1, ' ', 0, 3, 2, 0, 40, 0, false},
    {"many scripts", 20000, 0x4e00, 0, 12, 3, 200, 60, 0, false}, /* codes of two bytes */
    {"no blanks", 20, 'a', 3, 9, 2, 0, 100, 0, false},
    {"one", 26, 'a', 9, 9, 0, 200, 1, 0, false},
};

static void finds_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_dictionary r;
            harness_dictionary_formed(&r, &shapes[i], TEXT_FORM_WORD_SET, self, 61);
            const struct join_job job = harness_join_job("token_set_ratio", &r, self);
            double *score = harness_scores(&job);
            assert_true(harness_join_thresholds(&join_token, job, score, shapes[i].name));
            free(score);
            harness_dictionary_free(&r);
        }
}

/* ---- Words out of few ------------------------------------------------------------------------*/

struct vocabulary {
    const char *name;
    uint32_t words, most, texts; /* how many there are, how many a text has at most, texts a side */
    bool shared;                 /* all texts have one word in common */
};

static const struct vocabulary vocabularies[] = {
    {"sixteen words", 16, 8, 900, false}, /* groups of several blocks of 512 */
    {"one word shared", 5000, 3, 700, true},
    {"200 words", 400, 200, 40, false},
    {"one word each", 700, 1, 900, false},
};

/* Word k is as long as k is odd, so that weights differ; each is part of another one. */
static void write_word(FILE *f, uint32_t k)
{
    for (uint32_t n = 1 + k % 7; n > 0; n--)
        fprintf(f, "%c", (char)('a' + (k + n) % 20));
    fprintf(f, "%u", k);
}

static char *text_of(const struct vocabulary *v, bool *has)
{
    char *text;
    size_t bytes;
    FILE *f = open_memstream(&text, &bytes);
    memset(has, 0, v->words);
    for (uint32_t n = harness_below(v->most + 1); n > 0; n--)
        has[harness_below(v->words)] = true;
    has[0] = has[0] || v->shared;
    for (uint32_t k = 0, n = 0; k < v->words; k++)
        if (has[k]) {
            fputs(n++ ? " " : "", f);
            write_word(f, k);
        }
    fclose(f);
    return text;
}

static struct harness_texts texts_of(const struct vocabulary *v)
{
    struct harness_texts t = {calloc(v->texts, sizeof(char *)), v->texts};
    bool *has = calloc(v->words, 1);
    for (size_t i = 0; i < t.n; i++)
        t.text[i] = text_of(v, has);
    free(has);
    harness_texts_form(&t, TEXT_FORM_WORD_SET);
    return t;
}

static void groups_find_all(void **state)
{
    (void)state;
    harness_seed(62);
    for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
        for (int self = 0; self < 2; self++) {
            struct harness_texts a = texts_of(&vocabularies[i]), b = texts_of(&vocabularies[i]);
            struct harness_dictionary r;
            struct join_stats stats;
            harness_dictionary_of(&r, &a, self ? NULL : &b);
            struct join_job job = harness_join_job("token_set_ratio", &r, self);
            double *score = harness_scores(&job);
            const uint32_t n = (uint32_t)((size_t)job.a->n * job.b->n);
            for (int k = 0; k < 12; k++) {
                const double x = score[harness_below(n)];
                job.need = k < 4 ? 0.6 + 0.1 * k : fmax(0.2, nextafter(x, k % 3 - 1));
                assert_true(
                    harness_join_matches(&join_token, &job, score, vocabularies[i].name, &stats));
            }
            free(score);
            harness_dictionary_free(&r);
            harness_texts_free(&a);
            harness_texts_free(&b);
        }
}

/* ---- Rules -----------------------------------------------------------------------------------*/

/* "score >= t implies that as much is in common", and with one less it is not. */
static void rules_are_exact(void **state)
{
    (void)state;
    harness_seed(63);
    for (int i = 0; i < 300000; i++) {
        const uint32_t la = 1 + harness_below(harness_below(2) ? 40 : 3000);
        const uint32_t lb = 1 + harness_below(2 * la), shorter = la < lb ? la : lb;
        const uint32_t common = harness_below(shorter + 1);
        const double all = metric_edit_similarity(la + lb - 2ull * common, la + lb);
        const double need = nextafter(all, harness_below(3) - 1.0);
        if (!(need > 0) || need > 1)
            continue;
        const uint32_t asked = token_rule_characters(need, la, lb);
        if (all >= need)
            assert_true(common >= asked);
        else
            assert_true(common < asked);
        const double part = metric_edit_similarity(shorter - common, shorter + common);
        const double least = fmin(1, fmax(1e-9, nextafter(part, harness_below(3) - 1.0)));
        const uint32_t weight = token_rule_weight(least, shorter);
        assert_true((part >= least) == (common + 1 >= weight));
        assert_true(token_rule_weight(least, shorter + 1) >= weight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_all),
        cmocka_unit_test(groups_find_all),
        cmocka_unit_test(rules_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
