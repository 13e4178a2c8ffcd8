/* Any texts, any threshold: a join that can do a metric finds the pairs of the double loop, with
 * the kernels of the instruction set that AXB_ISA names. The first four bytes pick metric, script,
 * threshold and join. */
#include "tests/fuzz/fuzz_texts.h"
#include "tests/harness/harness_join.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static const char *const uses[] = {"levenshtein", "osa",          "damerau_levenshtein",
                                   "indel",       "jaro",         "jaro_winkler",
                                   "jaccard",     "dice:2",       "cosine:1",
                                   "overlap",     "jaccard:0",    "lcsseq",
                                   "hamming",     "prefix",       "token_set_ratio",
                                   "soundex",     "number:10",    "days:30",
                                   "km:5",        "number_ratio", "double_metaphone",
                                   "nysiis",      "metaphone",    "match_rating",
                                   "postfix",     "WRatio",       "equal"};
#define N_USES (sizeof uses / sizeof *uses)

/* The join that a number stands for, if it can do the job; NULL if not. */
static const struct join *choose(const struct join_job *job, unsigned number)
{
    size_t n = 0;
    while (join_at(n))
        n++;
    const struct join *join = join_at(number % n);
    return isfinite(join->cost(job)) ? join : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz_texts texts;
    struct fuzz_input in = {data, n};
    struct harness_dictionary dictionary;
    struct err e;
    const char *name = uses[fuzz_byte(&in) % N_USES];
    uint8_t script = fuzz_byte(&in), min = fuzz_byte(&in), choice = fuzz_byte(&in);
    fuzz_texts_read(&texts, &in, script, FUZZ_MAX_CHARACTERS);
    if (texts.n == 0)
        return 0;
    omp_set_num_threads(1);
    bool self = script & 4;
    size_t half = self ? texts.n : (texts.n + 1) / 2;
    harness_dictionary_make(&dictionary, texts.p, half, self ? NULL : texts.p + half,
                            self ? 0 : texts.n - half);
    struct join_job job = {.need = (1 + min % 200) / 200.0,
                           .self = self,
                           .prune = choice & 1,
                           .dictionary = &dictionary.dictionary,
                           .a = &dictionary.a,
                           .b = self ? &dictionary.a : &dictionary.b};
    FUZZ_EXPECT(metric_find(name, strlen(name), &job.use, &e));
    const struct join *join = choose(&job, choice >> 1);
    if (join) {
        double *score = harness_scores(&job);
        FUZZ_EXPECT(harness_join_matches(join, &job, score, "fuzz", NULL));
        free(score);
    }
    harness_dictionary_free(&dictionary);
    return 0;
}
