/* Filling planes, counting over them, deciding on what they let pass. */
#include "matcher/join/token/token_blocks.h"

#include "core/base.h"
#include "matcher/join/token/token_rule.h"

#include <stdlib.h>
#include <string.h>

#define BLOCKS_MOST (TOKEN_BLOCKS_TEXTS / SET_LANES)
#define PLANES_MOST 1024u /* of a block, for one count */
#define PLANES_LEAST 256u
#define LONG_TEXT 40u /* characters, from which on more planes are worth it */
#define FEW 4u        /* texts that are looked at without counting */

typedef uint64_t plane[SET_PLANE_WORDS];

/* What is counted. */
enum count { CHARACTERS, WORDS, N_COUNTS };

/* Lanes up to `end` that have one length. */
struct lane_run {
    uint32_t length, end;
};

struct block {
    uint32_t first, n; /* of the lanes */
    uint32_t first_run, n_runs;
    uint32_t shortest, longest;
};

struct token_blocks {
    plane *planes[N_COUNTS];  /* each block's n_planes, and an empty one after them */
    uint16_t *of_x[N_COUNTS]; /* the planes that a text of A adds up, padded */
    uint32_t n_planes;        /* a power of two; 0: nothing is counted, all lanes pass */
    uint32_t n_blocks, n_lanes, list_begin; /* lane 0 is place y.place[list_begin] */
    uint32_t pivot;
    uint32_t limits_length; /* that `below` is made for; 0: none */
    struct block block[BLOCKS_MOST];
    plane below[N_COUNTS][BLOCKS_MOST][SET_LIMIT_BITS] __attribute__((aligned(64)));
    struct lane_run run[TOKEN_BLOCKS_TEXTS];
    const uint32_t *lane; /* places of B */
};

/* A text of A. */
struct probe {
    uint32_t place, length, in_list;
    uint32_t weight;            /* of its words from the pivot on */
    uint32_t counted[N_COUNTS]; /* planes that it adds up … */
    uint32_t missed[N_COUNTS];  /* … and so many more that are not counted */
    uint32_t shortest, longest; /* partners by characters; none if shortest > longest */
};

/* Blanks are characters, too, and a word weighs one more than its characters: so no text adds up
 * more than max_length + 1 planes. */
static size_t planes_of_x(const struct token_task *t)
{
    const size_t most = t->job->dictionary->max_length + 1ull;
    return (most < SET_COUNT_MOST ? most : SET_COUNT_MOST) + 4;
}

bool token_blocks_open(struct token_task *t, struct err *e)
{
    struct token_blocks *s = t->blocks = aligned_alloc(64, (sizeof *s + 63) / 64 * 64);
    bool ok = s != NULL;
    if (ok)
        memset(s, 0, sizeof *s);
    for (int c = 0; ok && c < N_COUNTS; c++) {
        s->planes[c] = aligned_alloc(64, BLOCKS_MOST * (PLANES_MOST + 1ull) * sizeof(plane));
        s->of_x[c] = malloc(planes_of_x(t) * sizeof *s->of_x[c]);
        ok = s->planes[c] && s->of_x[c];
    }
    return ok || err_set(e, ERR_OS, NULL, "not enough memory for a join of words");
}

void token_blocks_close(struct token_task *t)
{
    for (int c = 0; t->blocks && c < N_COUNTS; c++) {
        free(t->blocks->planes[c]);
        free(t->blocks->of_x[c]);
    }
    free(t->blocks);
}

static plane *block_planes(const struct token_blocks *s, enum count c, uint32_t block)
{
    return s->planes[c] + (size_t)block * (s->n_planes + 1);
}

/* ---- Filling ---------------------------------------------------------------------------------*/

static void fill_planes(const struct token_task *t, uint32_t number)
{
    const struct token_blocks *s = t->blocks;
    const struct token_side *y = &t->words.side[1];
    const struct block *block = &s->block[number];
    plane *characters = block_planes(s, CHARACTERS, number),
          *words = block_planes(s, WORDS, number);
    const uint32_t mask = s->n_planes - 1;
    memset(characters, 0, (s->n_planes + 1ull) * sizeof *characters);
    memset(words, 0, (s->n_planes + 1ull) * sizeof *words);
    for (uint32_t l = 0; l < block->n; l++) {
        const uint32_t place = s->lane[block->first + l], at = l / 64;
        const uint64_t bit = 1ull << (l % 64);
        for (uint64_t i = y->character_begin[place]; i < y->character_begin[place + 1]; i++)
            characters[y->character[i] & mask][at] |= bit;
        for (uint64_t i = y->word_begin[place]; i < y->word_begin[place + 1]; i++)
            words[y->word[i] & mask][at] |= bit;
    }
}

/* The lanes of a block by their lengths. */
static void measure_block(const struct token_task *t, struct block *block)
{
    struct token_blocks *s = t->blocks;
    const struct token_side *y = &t->words.side[1];
    struct lane_run *runs = s->run + block->first_run;
    block->shortest = token_length(y, s->lane[block->first]);
    block->longest = token_length(y, s->lane[block->first + block->n - 1]);
    for (uint32_t l = 0; l < block->n; l++) {
        const uint32_t length = token_length(y, s->lane[block->first + l]);
        if (l == 0 || runs[block->n_runs - 1].length != length)
            runs[block->n_runs++].length = length;
        runs[block->n_runs - 1].end = l + 1;
    }
}

/* Takes texts of list y from `begin` on, as many as fit; returns the end. n_x texts of A are to
 * come. */
static uint32_t fill(struct token_task *t, struct token_list y, uint32_t begin, uint32_t end,
                     uint32_t n_x)
{
    struct token_blocks *s = t->blocks;
    const uint32_t n = end - begin < TOKEN_BLOCKS_TEXTS ? end - begin : TOKEN_BLOCKS_TEXTS;
    const bool are_long = token_length(&t->words.side[1], y.place[begin + n / 2]) >= LONG_TEXT;
    s->lane = y.place + begin;
    s->list_begin = begin;
    s->n_lanes = n;
    const bool counts = t->counts_always || (n > FEW && n_x > FEW);
    s->n_planes = !counts ? 0 : are_long ? PLANES_MOST : PLANES_LEAST;
    s->n_blocks = s->limits_length = 0;
    for (uint32_t first = 0; first < n; first += SET_LANES) {
        struct block *block = &s->block[s->n_blocks];
        *block =
            (struct block){.first = first, .n = least(n - first, SET_LANES), .first_run = first};
        measure_block(t, block);
        if (s->n_planes)
            fill_planes(t, s->n_blocks);
        s->n_blocks++;
    }
    return begin + n;
}

/* ---- Deciding --------------------------------------------------------------------------------*/

/* By its words, then by the metric. */
static void try_pair(struct token_task *t, const struct probe *x, uint32_t place_b)
{
    const struct join_job *job = t->job;
    uint32_t first = TOKEN_NO_PIVOT;
    t->stats->candidates++;
    const uint32_t weight = token_in_common(&t->words, x->place, place_b, &first);
    if (weight == 0 || (t->blocks->pivot != TOKEN_NO_PIVOT && first != t->blocks->pivot))
        return;
    const uint32_t length_b = token_length(&t->words.side[1], place_b);
    if (weight < token_rule_weight(job->need, least(x->length, length_b)) &&
        (length_b < x->shortest || length_b > x->longest))
        return;
    t->stats->verified++;
    const double score =
        metric_score(t->metric, dictionary_text(job->dictionary, job->a->value[x->place]),
                     dictionary_text(job->dictionary, job->b->value[place_b]));
    if (!join_takes(job, score))
        return;
    t->stats->matches++;
    const bool swap = job->self && x->place > place_b;
    join_put(t->sink, swap ? place_b : x->place, swap ? x->place : place_b, score);
}

/* ---- Counting --------------------------------------------------------------------------------*/

/* How much of what is counted a partner of some length must have in common. */
static uint32_t limit_for(const struct token_task *t, const struct probe *x, enum count c,
                          uint32_t length)
{
    const uint32_t asked = c == WORDS ? token_rule_weight(t->job->need, least(x->length, length))
                                      : token_rule_characters(t->job->need, x->length, length);
    return asked == TOKEN_NEVER ? asked : asked > x->missed[c] ? asked - x->missed[c] : 0;
}

static void make_limits_of(struct token_task *t, const struct probe *x, enum count c,
                           uint32_t number)
{
    struct token_blocks *s = t->blocks;
    const struct lane_run *run = s->run + s->block[number].first_run;
    const uint32_t bits = set_limit_bits(x->counted[c]);
    plane *below = s->below[c][number];
    memset(below, 0, bits * sizeof *below);
    for (uint32_t r = 0, from = 0; r < s->block[number].n_runs; from = run[r++].end) {
        uint32_t limit = limit_for(t, x, c, run[r].length);
        limit = limit >> bits ? TOKEN_NEVER : limit;
        for (uint32_t b = 0; b < bits; b++)
            if (!(limit >> b & 1))
                set_bits(below[b], from, run[r].end);
    }
}

/* Makes the limits of all lanes for texts as long as x. Those of A come by length, so it is done
 * seldom. */
static void make_limits(struct token_task *t, const struct probe *x)
{
    struct token_blocks *s = t->blocks;
    if (s->limits_length == x->length)
        return;
    s->limits_length = x->length;
    for (uint32_t k = 0; k < s->n_blocks; k++) {
        make_limits_of(t, x, CHARACTERS, k);
        make_limits_of(t, x, WORDS, k);
    }
}

/* The lanes of a block that come into question in a self join, and that exist. */
static void allow_lanes(const struct token_task *t, const struct probe *x,
                        const struct block *block, uint64_t *pass)
{
    const uint32_t in_list = t->blocks->list_begin + block->first;
    const uint32_t from =
        t->job->self && x->in_list > in_list ? least(x->in_list - in_list, block->n) : 0;
    plane allowed = {0};
    set_bits(allowed, from, block->n);
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        pass[w] &= allowed[w];
}

/* Adds the lanes that have enough of what is counted. */
static void count(const struct token_task *t, const struct probe *x, enum count c, uint32_t number,
                  uint64_t *pass)
{
    const struct token_blocks *s = t->blocks;
    plane found __attribute__((aligned(64)));
    if (!t->kernels->count((const uint64_t(*)[SET_PLANE_WORDS])block_planes(s, c, number),
                           s->block[number].n, s->of_x[c], x->counted[c],
                           (const uint64_t(*)[SET_PLANE_WORDS])s->below[c][number], found))
        return;
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        pass[w] |= found[w];
}

static void try_block(struct token_task *t, const struct probe *x, uint32_t number)
{
    const struct token_blocks *s = t->blocks;
    const struct block *block = &s->block[number];
    const bool by_characters = block->longest >= x->shortest && block->shortest <= x->longest;
    const bool by_words =
        x->weight >= token_rule_weight(t->job->need, least(x->length, block->shortest));
    plane pass __attribute__((aligned(64))) = {0};
    if (s->n_planes == 0)
        memset(pass, by_characters || by_words ? 0xff : 0, sizeof pass);
    if (s->n_planes && by_characters)
        count(t, x, CHARACTERS, number, pass);
    if (s->n_planes && by_words)
        count(t, x, WORDS, number, pass);
    allow_lanes(t, x, block, pass);
    for (uint32_t w = 0; w < SET_PLANE_WORDS; w++)
        for (uint64_t bits = pass[w]; bits; bits &= bits - 1)
            try_pair(t, x, s->lane[block->first + 64 * w + (uint32_t)__builtin_ctzll(bits)]);
}

/* ---- Texts of A ------------------------------------------------------------------------------*/

/* Pads the planes that x adds up by an empty one. */
static void end_planes(const struct token_blocks *s, struct probe *x, enum count c, uint32_t all)
{
    x->missed[c] = all - x->counted[c];
    for (uint32_t i = 0; i < 3; i++)
        s->of_x[c][x->counted[c] + i] = (uint16_t)s->n_planes;
}

static void list_planes(const struct token_task *t, struct probe *x)
{
    const struct token_blocks *s = t->blocks;
    const struct token_side *side = &t->words.side[0];
    const uint16_t *character = side->character + side->character_begin[x->place];
    const uint32_t mask = s->n_planes - 1;
    x->counted[CHARACTERS] = least(x->length, SET_COUNT_MOST);
    for (uint32_t i = 0; i < x->counted[CHARACTERS]; i++)
        s->of_x[CHARACTERS][i] = (uint16_t)(character[i] & mask);
    end_planes(s, x, CHARACTERS, x->length);
    uint32_t n = 0, all = 0;
    for (uint64_t i = side->word_begin[x->place]; i < side->word_begin[x->place + 1]; i++) {
        const uint32_t weight = t->words.weight[side->word[i]];
        all += weight;
        for (uint32_t k = 0; k < weight && n < SET_COUNT_MOST; k++)
            s->of_x[WORDS][n++] = (uint16_t)(side->word[i] & mask);
    }
    x->counted[WORDS] = n;
    end_planes(s, x, WORDS, all);
}

/* What the words of x from the pivot on weigh: those before it are not in common, or the pair is
 * reported elsewhere. */
static uint32_t weight_from_pivot(const struct token_task *t, uint32_t place)
{
    const struct token_side *side = &t->words.side[0];
    const uint32_t pivot = t->blocks->pivot;
    uint32_t weight = 0;
    for (uint64_t i = side->word_begin[place]; i < side->word_begin[place + 1]; i++)
        if (pivot == TOKEN_NO_PIVOT || side->word[i] >= pivot)
            weight += t->words.weight[side->word[i]];
    return weight;
}

/* The lengths of partners of a text, by the characters that both have at most. */
static void find_lengths(const struct token_task *t, struct probe *x, const struct probe *before)
{
    const uint32_t length = x->length, most = t->job->dictionary->max_length;
    const double need = t->job->need;
    if (before->length == length) {
        x->shortest = before->shortest;
        x->longest = before->longest;
        return;
    }
    x->shortest = x->longest = length;
    while (x->shortest > 0 && token_rule_characters(need, length, x->shortest - 1) != TOKEN_NEVER)
        x->shortest--;
    while (x->longest < most && token_rule_characters(need, length, x->longest + 1) != TOKEN_NEVER)
        x->longest++;
}

void token_blocks_join(struct token_task *t, uint32_t pivot, struct token_list x,
                       struct token_list y, uint32_t y_begin, uint32_t y_end)
{
    struct probe before = {0};
    t->blocks->pivot = pivot;
    for (uint32_t from = y_begin; from < y_end;) {
        from = fill(t, y, from, y_end, x.n);
        for (uint32_t i = 0; i < x.n && !(t->job->self && i >= from); i++) {
            struct probe p = {.place = x.place[i],
                              .length = token_length(&t->words.side[0], x.place[i]),
                              .in_list = i,
                              .weight = weight_from_pivot(t, x.place[i])};
            find_lengths(t, &p, &before);
            if (t->blocks->n_planes) {
                list_planes(t, &p);
                make_limits(t, &p);
            }
            for (uint32_t b = 0; b < t->blocks->n_blocks; b++)
                try_block(t, &p, b);
            before = p;
        }
    }
}
