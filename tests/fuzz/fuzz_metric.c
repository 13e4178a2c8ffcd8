/* Any texts: each metric gives each pair of them what its slow twin does, with the kernels of the
 * instruction set that AXB_ISA names. The first byte picks the metric, the second the script. */
#include "matcher/metric/metric.h"
#include "tests/fuzz/fuzz_texts.h"
#include "tests/harness/harness_dictionary.h"
#include "tests/twin/twin_metric.h"

#include <math.h>
#include <string.h>

static const char *const uses[] = {"levenshtein",
                                   "osa",
                                   "damerau_levenshtein",
                                   "indel",
                                   "jaro",
                                   "jaro_winkler",
                                   "jaccard",
                                   "dice:2",
                                   "cosine:1",
                                   "overlap",
                                   "jaccard:0",
                                   "lcsseq",
                                   "hamming",
                                   "prefix",
                                   "postfix",
                                   "token_sort_ratio",
                                   "token_set_ratio",
                                   "partial_ratio",
                                   "levenshtein_distance",
                                   "osa_distance",
                                   "lcsseq_similarity",
                                   "soundex",
                                   "token_ratio",
                                   "partial_token_sort_ratio",
                                   "partial_token_set_ratio",
                                   "partial_token_ratio",
                                   "QRatio",
                                   "WRatio",
                                   "number:10",
                                   "number_ratio",
                                   "days:30",
                                   "km:5",
                                   "equal"};
#define N_USES (sizeof uses / sizeof *uses)

static struct metric_use use_of(const char *name)
{
    struct metric_use use;
    struct err e;
    FUZZ_EXPECT(metric_find(name, strlen(name), &use, &e) && metric_check(&use, &e));
    return use;
}

static void check_score(double is, double should)
{
    FUZZ_EXPECT(is == should || (isnan(is) && isnan(should)));
}

static void check_pairs(const struct metric_use *use, const struct fuzz_texts *t,
                        const struct harness_dictionary *r)
{
    struct metric_state *s;
    struct err e;
    FUZZ_EXPECT(metric_open(&s, use, &r->dictionary.alphabet, r->dictionary.max_length, &e));
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->n; k++) {
            double should, other;
            struct text a = dictionary_text(&r->dictionary, r->a.value[r->a.row_place[i]]);
            struct text b = dictionary_text(&r->dictionary, r->a.value[r->a.row_place[k]]);
            FUZZ_EXPECT(twin_metric(use, t->points[i], t->n_points[i], t->points[k], t->n_points[k],
                                    &should));
            check_score(metric_score(s, a, b), should);
            struct bytes x = {t->p[i], (uint32_t)strlen(t->p[i])};
            struct bytes y = {t->p[k], (uint32_t)strlen(t->p[k])};
            FUZZ_EXPECT(metric_score_utf8(use, x, y, &other, &e));
            check_score(other, should);
        }
    metric_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz_texts texts;
    struct fuzz_input in = {data, n};
    struct harness_dictionary dictionary;
    struct metric_use use = use_of(uses[fuzz_byte(&in) % N_USES]);
    bool slow = strstr(use.metric->name, "_ratio") != NULL; /* the twin's time: the fourth power */
    uint8_t script = fuzz_byte(&in);
    fuzz_texts_read(&texts, &in, script, slow ? 24 : FUZZ_MAX_CHARACTERS);
    if (texts.n == 0)
        return 0;
    harness_dictionary_make(&dictionary, texts.p, texts.n, NULL, 0);
    check_pairs(&use, &texts, &dictionary);
    harness_dictionary_free(&dictionary);
    return 0;
}
