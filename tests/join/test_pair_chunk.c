/* Chunks of pairs: what is written is read, with few scores or many, whatever number of bits places
 * take; a chunk holds as many pairs as it can. */
#include "matcher/pairs/pair_chunk.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

#define SEED 411u
#define MOST (PAIR_CHUNK_WORDS + 10)

struct written {
    struct pair_writer writer;
    uint64_t word[PAIR_CHUNK_WORDS];
    struct join_pair pair[MOST];
};

static uint32_t place_below(uint64_t n)
{
    const uint64_t any = (uint64_t)harness_below(1u << 16) << 16 | harness_below(1u << 16);
    return harness_below(4) ? (uint32_t)(any % n) : (uint32_t)(n - 1);
}

/* A new chunk of random pairs, in runs; returns how many fit. */
static size_t fill(struct written *w, uint64_t n_a, uint64_t n_b, uint32_t n_scores)
{
    size_t n = 0;
    w->writer.form = pair_form(n_a, n_b);
    pair_writer_begin(&w->writer, w->word);
    for (size_t i = 0; i < MOST; i++)
        w->pair[i] = (struct join_pair){place_below(n_a), place_below(n_b),
                                        1.0 / (1 + harness_below(n_scores))};
    for (size_t more = 1, asked = 1; n < MOST && more == asked; n += more) {
        asked = 1 + harness_below(1000);
        asked = asked < MOST - n ? asked : MOST - n;
        more = pair_writer_put(&w->writer, w->pair + n, asked);
    }
    return n;
}

static void check_words(const struct written *w, size_t n)
{
    const struct pair_chunk c = {w->word, w->writer.n};
    const struct pair_form form = w->writer.form;
    assert_int_equal(c.n.pairs, n);
    assert_true(pair_count_fits(c.n));
    for (size_t i = 0; i < n; i++) {
        const uint64_t word = c.word[i];
        assert_true(pair_word_score(form, word) < c.n.scores);
        assert_int_equal(pair_word_a(form, word), w->pair[i].a);
        assert_int_equal(pair_word_b(form, word), w->pair[i].b);
        assert_true(pair_chunk_score(&c, pair_word_score(form, word)) == w->pair[i].score);
    }
}

static void what_is_written_is_read(void **state)
{
    static struct written w;
    static const uint64_t n[][2] = {{1, 1},
                                    {1000, 3},
                                    {900000, 900000},
                                    {1ull << 24, 1ull << 24},
                                    {1ull << 27, 1ull << 27},
                                    {UINT32_MAX, UINT32_MAX},
                                    {UINT32_MAX, 1}};
    static const uint32_t scores[] = {1, 7, 4000, 1u << 30};
    (void)state;
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        for (size_t k = 0; k < sizeof scores / sizeof *scores; k++)
            check_words(&w, fill(&w, n[i][0], n[i][1], scores[k]));
}

/* With few scores a pair takes 8 bytes, and with one each 16. With no bits for their numbers the
 * chunk ends where the second score comes. */
static void a_chunk_is_full(void **state)
{
    static struct written w;
    (void)state;
    assert_int_equal(fill(&w, 900000, 900000, 1), PAIR_CHUNK_WORDS - 1);
    assert_in_range(fill(&w, 900000, 900000, 4000), PAIR_CHUNK_WORDS - 6000, PAIR_CHUNK_WORDS);
    assert_in_range(fill(&w, 900000, 900000, 1u << 30), PAIR_CHUNK_WORDS / 2,
                    PAIR_CHUNK_WORDS / 2 + 100);
    assert_int_equal(fill(&w, UINT32_MAX, UINT32_MAX, 1), PAIR_CHUNK_WORDS - 1);
    const size_t n = fill(&w, UINT32_MAX, UINT32_MAX, 5);
    assert_int_equal(w.writer.n.scores, 1);
    assert_true(w.pair[n].score != w.pair[0].score);
}

/* The check of a run is the sum of those of its parts, and tells pairs and scores apart. */
static void checks(void **state)
{
    static struct written w;
    (void)state;
    fill(&w, 900000, 900000, 4000);
    const struct pair_chunk all = {w.word, w.writer.n}, half = {w.word, {1000, w.writer.n.scores}};
    const uint64_t sum = pair_chunk_check(&all, w.writer.form, 0);
    assert_true(sum == pair_chunk_check(&half, w.writer.form, 0) +
                           pair_chunk_check(&all, w.writer.form, 1000));
    w.word[5] ^= 1ull << 63;
    assert_true(sum != pair_chunk_check(&all, w.writer.form, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_chunk_is_full),
        cmocka_unit_test(checks),
    };
    print_message("seed %u\n", SEED);
    harness_seed(SEED);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
