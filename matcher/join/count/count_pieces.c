/* The q-grams of one text as bits of a table, by hash and zone; the pieces of the other one. */
#include "matcher/join/count/count_pieces.h"
#include "core/base.h"

#include <stdlib.h>
#include <string.h>

#define BITS_A_CHARACTER 32u /* of the table: about one piece in thirty is found by accident */
#define BITS_MOST (1ull << 26)
#define ZONES_MOST 8u /* of a window; for more of them the table is made again */
#define PIECE_LEAST 3u
#define PIECE_MOST 8u

struct count_pieces {
    enum metric_view view;
    double need;
    const struct metric_edits *edits;
    uint32_t a_id;     /* of the text in the table; 0: none that can be known again */
    uint32_t q;        /* characters of a piece */
    uint32_t zone;     /* digits: A has zones of 2^zone places */
    uint32_t hash_out; /* digits of a hash that do not count */
    uint64_t words;    /* of the table, as far as A uses it */
    uint64_t table[];
};

static uint64_t bits_for(uint64_t characters)
{
    uint64_t bits = 4096;
    while (bits < BITS_A_CHARACTER * characters && bits < BITS_MOST)
        bits *= 2;
    return bits;
}

bool count_pieces_open(struct count_pieces **pieces, const struct join_job *job,
                       uint32_t max_length, struct err *e)
{
    const struct metric *metric = job->use.metric;
    *pieces = NULL;
    if (!metric->within || metric->edits->kind == EDIT_HAMMING || max_length < COUNT_PIECES_FROM)
        return true;
    struct count_pieces *p = malloc(sizeof *p + bits_for(max_length) / 8);
    if (!p)
        return err_set(e, ERR_OS, NULL, "no memory for the count join");
    p->view = job->use.view;
    p->need = job->need;
    p->edits = metric->edits;
    p->a_id = 0;
    *pieces = p;
    return true;
}

void count_pieces_close(struct count_pieces *p)
{
    free(p);
}

/* ---- The table of A --------------------------------------------------------------------------*/

static uint32_t digits(uint64_t n)
{
    return n ? 64 - (uint32_t)__builtin_clzll(n) : 0;
}

/* The q characters from a place on as one number; of wide codes a hash. */
static inline uint64_t piece_at(const struct text *t, uint32_t at, uint32_t q)
{
    uint64_t x = 0;
    if (t->width == 1) {
        memcpy(&x, (const char *)t->codes + at, sizeof x);
        return x & ~0ull >> (64 - 8 * q);
    }
    for (uint32_t i = 0; i < q; i++)
        x = (x ^ text_code(t->codes, t->width, at + i)) * 0x9e3779b97f4a7c15ull;
    return x;
}

static inline uint64_t bit_of(const struct count_pieces *p, uint64_t piece, uint64_t zone)
{
    return (piece + zone * 0xd6e8feb86659fd93ull) * 0x9e3779b97f4a7c15ull >> p->hash_out;
}

/* A window of `edits` places takes two or three zones. Pieces are so long that few of a text's are
 * found in a window of another one, and as short as that allows. */
static void put_a(struct count_pieces *p, const struct text *a, uint64_t edits)
{
    const uint64_t bits = bits_for(a->n);
    p->a_id = a->id;
    p->zone = digits(edits + 1) - 1;
    p->q = least(greatest((digits(edits) + 1) / 3 + 1, PIECE_LEAST), PIECE_MOST);
    p->hash_out = 64 - digits(bits - 1);
    p->words = bits / 64;
    memset(p->table, 0, p->words * sizeof *p->table);
    for (uint32_t i = 0; i + p->q <= a->n; i++) {
        const uint64_t bit = bit_of(p, piece_at(a, i, p->q), i >> p->zone);
        p->table[bit / 64] |= 1ull << bit % 64;
    }
}

/* ---- The pieces of B -------------------------------------------------------------------------*/

/* Places of A in which an untouched piece of B can stand: its own less `back` to its own and
 * `ahead`. */
struct window {
    uint64_t back, ahead;
};

static bool is_near(const struct count_pieces *p, const struct text *b, uint32_t at,
                    const struct window *w, uint64_t last)
{
    const uint64_t piece = piece_at(b, at, p->q);
    const uint64_t from = at > w->back ? at - w->back : 0;
    const uint64_t to = at + w->ahead < last ? at + w->ahead : last;
    bool found = false;
    for (uint64_t zone = from >> p->zone; zone <= to >> p->zone; zone++) {
        const uint64_t bit = bit_of(p, piece, zone);
        found |= p->table[bit / 64] >> bit % 64 & 1;
    }
    return found;
}

/* Ends as soon as too many pieces are lost, or too few are left. */
static bool loses_more(const struct count_pieces *p, const struct text *a, const struct text *b,
                       uint64_t edits)
{
    const uint32_t step = p->q + (p->edits->kind == EDIT_OSA);
    const uint64_t n = (b->n - p->q) / step + 1;
    const int64_t longer = (int64_t)b->n - a->n;
    const struct window window = {(uint64_t)((int64_t)edits + longer) / 2,
                                  (uint64_t)((int64_t)edits - longer) / 2};
    uint64_t lost = 0;
    for (uint64_t i = 0; i < n && lost <= edits && lost + (n - i) > edits; i++)
        lost += !is_near(p, b, (uint32_t)(i * step), &window, a->n - p->q);
    return lost > edits;
}

/* The most edits, each of one character or a swap, that the texts of a match have between them. */
static uint64_t edits_of_match(const struct count_pieces *p, uint64_t longer, uint64_t shorter)
{
    const bool both = p->edits->share == METRIC_OF_SUM;
    const uint64_t most = metric_edit_most(p->view, p->need, both ? longer + shorter : longer);
    if (p->edits->share != METRIC_OF_SUBSEQUENCE)
        return most;
    return 2 * most < longer - shorter ? 0 : 2 * most - (longer - shorter);
}

bool count_pieces_apart(struct count_pieces *p, const struct text *a, const struct text *b)
{
    const uint32_t shorter = least(a->n, b->n), longer = greatest(a->n, b->n);
    if (!p || shorter < COUNT_PIECES_FROM)
        return false;
    const uint64_t edits = edits_of_match(p, longer, shorter);
    if (edits < longer - shorter)
        return true;
    if (edits * PIECE_LEAST > longer)
        return false;
    if (!a->id || a->id != p->a_id || edits >> p->zone > ZONES_MOST)
        put_a(p, a, edits);
    return loses_more(p, a, b, edits);
}
