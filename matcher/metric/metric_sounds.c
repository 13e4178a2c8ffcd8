/* Metrics of how a text is pronounced: soundex, double_metaphone, nysiis, metaphone, match_rating.
 *
 * A text without a letter from A to Z has no phonetic code, nor has one of which no letter is
 * heard: it matches the same text alone. Not here: the rules of Double Metaphone
 * (metric_metaphone.c). */
#include "data/text.h"
#include "matcher/metric/metric_internal.h"
#include "matcher/metric/metric_phonetic.h"

#include <stdlib.h>
#include <string.h>

/* ---- Codes of a text -------------------------------------------------------------------------*/

struct phonetic_state {
    struct phonetic_code a, b; /* scratch: those of A are kept while A stays the same */
    char *folded;              /* scratch: characters without accents */
    uint32_t a_id;
};

/* How texts are coded and compared. */
struct sound {
    metric_phonetic_fn *code;
    metric_alike_fn *alike; /* NULL: codes must be equal */
    bool of_ascii;          /* all ASCII characters are read, else A to Z alone */
};

/* The characters of a text of which its code is made, as capitals, accents stripped, ended by a
 * zero byte; how many. *any: is there a letter among them? */
static size_t letters_of(struct metric_state *s, const struct text *t, bool of_ascii, bool *any)
{
    char *folded = ((struct phonetic_state *)s->own)->folded;
    size_t n = t->utf8_bytes, kept = 0;
    memcpy(folded, t->utf8, n);
    if (text_valid_prefix(t->utf8, n) == n)
        text_normalize(t->utf8, t->utf8_bytes, TEXT_STRIP_ACCENTS, folded, &n);
    *any = false;
    for (size_t i = 0; i < n; i++) {
        char c = folded[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        const bool letter = c >= 'A' && c <= 'Z';
        *any |= letter;
        if (letter || (of_ascii && c > 0 && c < 0x7f))
            folded[kept++] = c;
    }
    kept = kept < t->utf8_bytes ? kept : t->utf8_bytes;
    folded[kept] = 0;
    return kept;
}

static void make_code(struct metric_state *s, const struct text *t, const struct sound *sound,
                      const struct phonetic_code *codes)
{
    bool any;
    const size_t n = letters_of(s, t, sound->of_ascii, &any);
    codes->code[0][0] = codes->code[1][0] = 0;
    if (any)
        sound->code(((struct phonetic_state *)s->own)->folded, n, codes);
}

void metric_phonetic_code(struct metric_state *s, const struct text *t,
                          const struct phonetic_code *codes)
{
    const struct metric *m = s->use.metric;
    const struct sound sound = {m->phonetic, m->alike, m->flags & METRIC_SOUND_OF_ASCII};
    make_code(s, t, &sound, codes);
}

static bool same_text(const struct text *a, const struct text *b)
{
    return a->n == b->n && a->width == b->width &&
           memcmp(a->codes, b->codes, (size_t)a->n * a->width) == 0;
}

static bool code_in_common(const struct phonetic_code *x, const struct phonetic_code *y)
{
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            if (x->code[i][0] && strcmp(x->code[i], y->code[k]) == 0)
                return true;
    return false;
}

static double sound_score(struct metric_state *s, const struct text *a, const struct text *b,
                          struct sound sound)
{
    struct phonetic_state *own = s->own;
    if (!a->id || a->id != own->a_id)
        make_code(s, a, &sound, &own->a);
    own->a_id = a->id;
    make_code(s, b, &sound, &own->b);
    if (!own->a.code[0][0] || !own->b.code[0][0])
        return same_text(a, b);
    return sound.alike ? sound.alike(phonetic_pack(own->a.code[0]), phonetic_pack(own->b.code[0]))
                       : code_in_common(&own->a, &own->b);
}

/* A character has at most four bytes. */
static bool phonetic_open(struct metric_state *s)
{
    struct phonetic_state *own = s->own;
    const size_t bytes = 4ull * s->max_length;
    char **const codes[] = {&own->a.code[0], &own->a.code[1], &own->b.code[0], &own->b.code[1]};
    own->folded = malloc(text_normalize_capacity(bytes) + 1);
    bool ok = own->folded != NULL;
    for (int i = 0; i < 4; i++)
        ok = (*codes[i] = calloc(PHONETIC_BYTES(bytes), 1)) != NULL && ok;
    return ok;
}

static void phonetic_close(struct metric_state *s)
{
    struct phonetic_state *own = s->own;
    for (int i = 0; i < 2; i++) {
        free(own->a.code[i]);
        free(own->b.code[i]);
    }
    free(own->folded);
}

/* ---- Soundex ---------------------------------------------------------------------------------*/

/* Digits of A to Z: '0' for vowels and y, which separate equal digits. H and w do not. */
static const char soundex_digits[] = "01230120022455012623010202";

static char digit_of(char letter)
{
    return letter == 'H' || letter == 'W' ? '-' : soundex_digits[letter - 'A'];
}

void phonetic_soundex(const char *letters, size_t n, const struct phonetic_code *codes)
{
    char *code = codes->code[0], last = digit_of(letters[0]);
    size_t used = 1;
    code[0] = letters[0];
    for (size_t i = 1; i < n && used < 4; i++) {
        char digit = digit_of(letters[i]);
        if (digit == '-')
            continue;
        if (digit != '0' && digit != last)
            code[used++] = digit;
        last = digit;
    }
    while (used < 4)
        code[used++] = '0';
    code[used] = 0;
    codes->code[1][0] = 0;
}

/* ---- NYSIIS ----------------------------------------------------------------------------------*/

static bool is_vowel(char c)
{
    return c && strchr("AEIOU", c);
}

static bool begins_with(const char *p, size_t n, const char *with)
{
    const size_t length = strlen(with);
    return n >= length && memcmp(p, with, length) == 0;
}

static bool ends_with(const char *p, size_t n, const char *with)
{
    const size_t length = strlen(with);
    return n >= length && memcmp(p + n - length, with, length) == 0;
}

/* A beginning becomes another one of the same length; an ending becomes one letter. */
static const char *const nysiis_beginnings[][2] = {
    {"MAC", "MCC"}, {"K", "C"}, {"PH", "FF"}, {"PF", "FF"}, {"SCH", "SSS"}};
static const char *const nysiis_endings[][2] = {{"IE", "Y"}, {"EE", "Y"}, {"DT", "D"}, {"RT", "D"},
                                                {"RD", "D"}, {"NT", "D"}, {"ND", "D"}};

/* Copies the letters to `out` with beginning and ending replaced; how many there are then. An
 * ending is that of the letters before a beginning is replaced. */
static size_t nysiis_trim(const char *letters, size_t n, char *out)
{
    const bool silent_k = begins_with(letters, n, "KN");
    size_t length = n - silent_k;
    memcpy(out, letters + silent_k, length);
    for (size_t i = 0; i < 5 && !silent_k; i++)
        if (begins_with(letters, n, nysiis_beginnings[i][0])) {
            memcpy(out, nysiis_beginnings[i][1], strlen(nysiis_beginnings[i][1]));
            break;
        }
    for (size_t i = 0; i < 7; i++)
        if (ends_with(letters, n, nysiis_endings[i][0])) {
            length -= length < 2 ? length : 2;
            out[length++] = nysiis_endings[i][1][0];
            break;
        }
    out[length] = 0;
    return length;
}

/* What the character at p is turned into, and how many characters that takes, at p. The characters
 * are ended by a zero byte, and one stands before p. */
struct nysiis_step {
    char to[3];
    unsigned takes;
};

static struct nysiis_step nysiis_step(const char *p)
{
    const char c = p[0], next = p[1], before = p[-1];
    if (c == 'E' && next == 'V')
        return (struct nysiis_step){"AF", 2};
    if (is_vowel(c))
        return (struct nysiis_step){"A", 1};
    if (c == 'K' && next == 'N')
        return (struct nysiis_step){"N", 1};
    if (c == 'S' && next == 'C' && p[2] == 'H')
        return (struct nysiis_step){"SS", 3};
    if (c == 'P' && next == 'H')
        return (struct nysiis_step){"F", 2};
    if (c == 'H' && (!is_vowel(before) || !is_vowel(next)))
        return (struct nysiis_step){{is_vowel(before) ? 'A' : before}, 1};
    if (c == 'W' && is_vowel(before))
        return (struct nysiis_step){{before}, 1};
    const char *const from = "QZMK", *const found = strchr(from, c);
    return (struct nysiis_step){{found ? "GSNC"[found - from] : c}, 1};
}

void phonetic_nysiis(const char *letters, size_t n, const struct phonetic_code *codes)
{
    char *code = codes->code[0], *p = codes->code[1];
    const size_t length = nysiis_trim(letters, n, p);
    size_t used = 1;
    code[0] = p[0];
    for (size_t i = 1; i < length;) {
        const struct nysiis_step step = nysiis_step(p + i);
        const size_t adds = strlen(step.to);
        if (step.to[adds - 1] != code[used - 1]) {
            memcpy(code + used, step.to, adds);
            used += adds;
        }
        i += step.takes;
    }
    used -= used > 1 && code[used - 1] == 'S';
    if (ends_with(code, used, "AY"))
        code[--used - 1] = 'Y';
    used -= used > 1 && code[used - 1] == 'A';
    code[used] = 0;
    p[0] = 0;
}

/* ---- Metaphone -------------------------------------------------------------------------------*/

static bool is_front(char c)
{
    return c == 'I' || c == 'E' || c == 'Y';
}

/* What a character adds to the code, and how many after it are skipped. */
struct metaphone_step {
    const char *adds;
    unsigned skips;
};

/* Of c, g and d, which change before front vowels. p[0] is the character. */
static struct metaphone_step metaphone_front(const char *p)
{
    if (p[0] == 'C') {
        if ((p[1] == 'I' && p[2] == 'A') || p[1] == 'H')
            return (struct metaphone_step){"X", 1};
        return is_front(p[1]) ? (struct metaphone_step){"S", 1} : (struct metaphone_step){"K", 0};
    }
    if (p[0] == 'D')
        return p[1] == 'G' && is_front(p[2]) ? (struct metaphone_step){"J", 2}
                                             : (struct metaphone_step){"T", 0};
    if (is_front(p[1]))
        return (struct metaphone_step){"J", 0};
    const bool last = !p[1] || !p[2] || p[2] == '*';
    const bool silent = (p[1] == 'H' && (last || !is_vowel(p[2]))) || (p[1] == 'N' && last);
    return silent ? (struct metaphone_step){"", 1} : (struct metaphone_step){"K", 0};
}

/* Of s, t and x, which change before ia and io. */
static struct metaphone_step metaphone_hissing(const char *p, bool first)
{
    const bool soft = p[1] == 'I' && (p[2] == 'O' || p[2] == 'A');
    if (p[0] == 'X')
        return (struct metaphone_step){!first ? "KS" : p[1] == 'H' || soft ? "X" : "S", 0};
    if (p[0] == 'S')
        return p[1] == 'H' ? (struct metaphone_step){"X", 1}
               : soft      ? (struct metaphone_step){"X", 2}
                           : (struct metaphone_step){"S", 0};
    if (soft)
        return (struct metaphone_step){"X", 0};
    if (p[1] == 'H')
        return (struct metaphone_step){"0", 1};
    return (struct metaphone_step){p[1] == 'C' && p[2] == 'H' ? "" : "T", 0};
}

/* Of all others. `before` is the character before p[0]; 0 for none. */
static struct metaphone_step metaphone_plain(const char *p, char before)
{
    static const char *const same[] = {"B", "F", "J", "K", "L", "M", "N", "R", "H", "W", "Y"};
    const bool first = !before;
    bool sounds = true;
    switch (p[0]) {
    case 'B':
        sounds = before != 'M' || (p[1] && p[1] != '*');
        break;
    case 'H':
        sounds = first || is_vowel(p[1]) || !is_vowel(before);
        break;
    case 'K':
        sounds = before != 'C';
        break;
    case 'P':
        return p[1] == 'H' ? (struct metaphone_step){"F", 1} : (struct metaphone_step){"P", 0};
    case 'Q':
        return (struct metaphone_step){"K", 0};
    case 'V':
        return (struct metaphone_step){"F", 0};
    case 'W':
        if (first && p[1] == 'H')
            return (struct metaphone_step){"W", 1};
        sounds = is_vowel(p[1]);
        break;
    case 'Y':
        sounds = is_vowel(p[1]);
        break;
    case 'Z':
        return (struct metaphone_step){"S", 0};
    default:
        break;
    }
    for (size_t i = 0; sounds && i < sizeof same / sizeof *same; i++)
        if (same[i][0] == p[0])
            return (struct metaphone_step){same[i], 0};
    return (struct metaphone_step){"", 0};
}

static struct metaphone_step metaphone_step(const char *p, char before)
{
    static const char *const vowels[] = {"A", "E", "I", "O", "U"};
    for (int i = 0; i < 5; i++)
        if (p[0] == vowels[i][0])
            return (struct metaphone_step){!before || before == ' ' ? vowels[i] : "", 0};
    return strchr("CDG", p[0])   ? metaphone_front(p)
           : strchr("STX", p[0]) ? metaphone_hissing(p, !before)
                                 : metaphone_plain(p, before);
}

void phonetic_metaphone(const char *letters, size_t n, const struct phonetic_code *codes)
{
    static const char *const silent[] = {"KN", "GN", "PN", "WR", "AE"};
    char *code = codes->code[0];
    size_t used = 0, begin = 0;
    for (int i = 0; i < 5; i++)
        if (begins_with(letters, n, silent[i]))
            begin = 1;
    for (size_t i = begin; i < n; i++) {
        const char *const p = letters + i;
        if (p[0] == p[1] && p[0] != 'C')
            continue; /* of doubled characters the last one counts */
        if (p[0] == ' ') {
            if (used && code[used - 1] != ' ')
                code[used++] = ' ';
            continue;
        }
        const struct metaphone_step step = metaphone_step(p, i > begin ? p[-1] : 0);
        memcpy(code + used, step.adds, strlen(step.adds));
        used += strlen(step.adds);
        i += step.skips;
    }
    code[used] = 0;
    codes->code[1][0] = 0;
}

/* ---- Match rating ----------------------------------------------------------------------------*/

#define RATING_ENDS 3 /* characters that are kept of each end */

void phonetic_match_rating(const char *letters, size_t n, const struct phonetic_code *codes)
{
    char *code = codes->code[0], before = 0;
    size_t used = 0;
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        const char c = letters[i];
        if (c != ' ' && (c < 'A' || c > 'Z'))
            continue;
        if (is_vowel(c) ? first : c != before)
            code[used++] = c;
        before = c;
        first = false;
    }
    if (used > 2 * RATING_ENDS) {
        memmove(code + RATING_ENDS, code + used - RATING_ENDS, RATING_ENDS);
        used = 2 * RATING_ENDS;
    }
    code[used] = 0;
    codes->code[1][0] = 0;
}

static unsigned length_of(uint64_t code)
{
    return code ? (71 - (unsigned)__builtin_clzll(code)) / 8 : 0;
}

/* A bit for each of the first n characters that is the same in both, in the byte of it. */
static uint64_t same_characters(uint64_t x, uint64_t y, unsigned n)
{
    const uint64_t ones = 0x0101010101010101, differ = ((x ^ y) + 0x7f * ones) >> 7; /* ASCII */
    return ~differ & ones & ((1ull << (8 * n)) - 1);
}

/* The characters of a code without those that are marked. */
static uint64_t without(uint64_t code, uint64_t marked)
{
    uint64_t left = 0;
    for (unsigned n = 0; code; code >>= 8, marked >>= 8)
        if (!(marked & 1))
            left |= (code & 0xff) << (8 * n++);
    return left;
}

/* How many characters of the longer of two codes may be left. */
static unsigned most_left(unsigned n_a, unsigned n_b)
{
    static const unsigned char most[] = {1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4}; /* of 6 */
    return most[n_a + n_b];
}

/* Whatever is removed is in both codes. No code has more characters than both of its ends. */
uint32_t phonetic_match_rating_least(uint32_t n_a, uint32_t n_b)
{
    const unsigned longer = n_a > n_b ? n_a : n_b, shift = 2 * longer - n_a - n_b;
    if (shift >= RATING_ENDS || longer > 2 * RATING_ENDS)
        return METRIC_NEVER_ALIKE;
    const unsigned most = most_left(n_a, n_b);
    return longer > most ? longer - most : 0;
}

/* Characters that are the same at the same place from the beginning are removed, then those of the
 * rest that are the same from the end; what is left of the longer rest counts against the pair.
 * With codes of one length the second step finds none. */
bool phonetic_match_rating_alike(uint64_t code_a, uint64_t code_b)
{
    const unsigned n_a = length_of(code_a), n_b = length_of(code_b);
    const unsigned longer = n_a > n_b ? n_a : n_b, shift = 2 * longer - n_a - n_b;
    if (shift >= RATING_ENDS)
        return false;
    const uint64_t same = same_characters(code_a, code_b, longer);
    const unsigned left = longer - (unsigned)__builtin_popcountll(same), most = most_left(n_a, n_b);
    if (left <= most || shift == 0)
        return left <= most;
    const uint64_t of_longer = without(n_a > n_b ? code_a : code_b, same);
    const uint64_t of_shorter = without(n_a > n_b ? code_b : code_a, same) << (8 * shift);
    const uint64_t same_from_end = same_characters(of_longer, of_shorter, left) >> (8 * shift);
    return left - (unsigned)__builtin_popcountll(same_from_end) <= most;
}

/* ---- The rows --------------------------------------------------------------------------------*/

static double soundex(struct metric_state *s, const struct text *a, const struct text *b)
{
    return sound_score(s, a, b, (struct sound){phonetic_soundex, NULL, false});
}

static double double_metaphone(struct metric_state *s, const struct text *a, const struct text *b)
{
    return sound_score(s, a, b, (struct sound){phonetic_double_metaphone, NULL, false});
}

static double nysiis(struct metric_state *s, const struct text *a, const struct text *b)
{
    return sound_score(s, a, b, (struct sound){phonetic_nysiis, NULL, true});
}

static double metaphone(struct metric_state *s, const struct text *a, const struct text *b)
{
    return sound_score(s, a, b, (struct sound){phonetic_metaphone, NULL, true});
}

static double match_rating(struct metric_state *s, const struct text *a, const struct text *b)
{
    return sound_score(s, a, b,
                       (struct sound){phonetic_match_rating, phonetic_match_rating_alike, true});
}

#define SOUND_ROW(NAME, SCORE, CODE, FLAGS, WHAT, ...)                                             \
    {                                                                                              \
        .name = NAME, .range = "0, 1", .what = WHAT, .arguments = "",                              \
        .state_bytes = sizeof(struct phonetic_state), .score = SCORE, .open = phonetic_open,       \
        .close = phonetic_close, .flags = METRIC_READS_UTF8 | METRIC_BINARY | (FLAGS),             \
        .phonetic = CODE, __VA_ARGS__                                                              \
    }

extern const struct metric metric_sound_rows[];
const struct metric metric_sound_rows[] = {
    SOUND_ROW("soundex", soundex, phonetic_soundex, 0,
              "the same American Soundex code; values without letters A-Z must be equal"),
    SOUND_ROW("double_metaphone", double_metaphone, phonetic_double_metaphone, 0,
              "a Double Metaphone code in common; values without letters A-Z must be equal"),
    SOUND_ROW("nysiis", nysiis, phonetic_nysiis, METRIC_SOUND_OF_ASCII,
              "the same NYSIIS code; values without letters A-Z must be equal"),
    SOUND_ROW("metaphone", metaphone, phonetic_metaphone, METRIC_SOUND_OF_ASCII,
              "the same Metaphone code; values without letters A-Z must be equal"),
    SOUND_ROW("match_rating", match_rating, phonetic_match_rating, METRIC_SOUND_OF_ASCII,
              "alike by the match rating approach; values without letters A-Z must be equal",
              .alike = phonetic_match_rating_alike, .alike_least = phonetic_match_rating_least),
    {.name = NULL},
};
