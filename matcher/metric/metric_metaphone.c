/* Double Metaphone: two codes of how an English-written name may be pronounced (Lawrence Philips,
 * "The double metaphone search algorithm", C/C++ Users Journal, June 2000).
 *
 * A letter that needs more than a table has a function of its own, which adds to both codes and
 * returns how many letters it has consumed. Not for other scripts: the caller gives A to Z only. */
#include "matcher/metric/metric_phonetic.h"

#include <stdbool.h>
#include <string.h>

#define CODE_LENGTH 4

struct metaphone {
    const char *p; /* letters */
    int n;
    int i; /* the present one */
    bool slavo_germanic;
    const struct phonetic_code *codes;
};

/* ---- Looking and adding ----------------------------------------------------------------------*/

static char letter(const struct metaphone *m, int i)
{
    return i >= 0 && i < m->n ? m->p[i] : 0;
}

static bool is_vowel(const struct metaphone *m, int i)
{
    char c = letter(m, i);
    return c && strchr("AEIOUY", c);
}

/* Do the letters from i on begin with one of the parts of "ABC DE F"? */
static bool stands(const struct metaphone *m, int i, const char *parts)
{
    while (i >= 0 && *parts) {
        int n = (int)strcspn(parts, " ");
        if (i + n <= m->n && strncmp(m->p + i, parts, (size_t)n) == 0)
            return true;
        parts += n + (parts[n] == ' ');
    }
    return false;
}

static void add_to(char *code, const char *text)
{
    size_t n = strlen(code);
    while (*text && n < CODE_LENGTH)
        code[n++] = *text++;
    code[n] = 0;
}

/* Adds to both codes and consumes `count` letters. */
static int add(struct metaphone *m, const char *primary, const char *alternate, int count)
{
    add_to(m->codes->code[0], primary);
    add_to(m->codes->code[1], alternate);
    return count;
}

static int both(struct metaphone *m, const char *text, int count)
{
    return add(m, text, text, count);
}

/* A letter that stands for itself, once where it is doubled. */
static int plain(struct metaphone *m, const char *text)
{
    return both(m, text, letter(m, m->i + 1) == letter(m, m->i) ? 2 : 1);
}

static bool is_germanic(const struct metaphone *m)
{
    return stands(m, 0, "SCH");
}

/* ---- C ---------------------------------------------------------------------------------------*/

static bool is_greek_ch(const struct metaphone *m)
{
    return m->i == 0 && stands(m, 1, "HARAC HARIS HOR HYM HIA HEM") && !stands(m, 0, "CHORE");
}

static int letter_ch(struct metaphone *m)
{
    int i = m->i;
    if (i > 0 && stands(m, i, "CHAE"))
        return add(m, "K", "X", 2);
    if (is_greek_ch(m))
        return both(m, "K", 2);
    bool hard =
        stands(m, 0, "SCH") || stands(m, i - 2, "ORCHES ARCHIT ORCHID") || stands(m, i + 2, "T S");
    bool before = i == 0 || stands(m, i - 1, "A O U E");
    if (hard || (before && (stands(m, i + 2, "L R N M B H F V W") || i + 2 >= m->n)))
        return both(m, "K", 2);
    if (i == 0)
        return both(m, "X", 2);
    return stands(m, 0, "MC") ? both(m, "K", 2) : add(m, "X", "K", 2);
}

static int letter_cc(struct metaphone *m)
{
    int i = m->i;
    if (!stands(m, i + 2, "I E H") || stands(m, i + 2, "HU"))
        return both(m, "K", 2);
    if ((i == 1 && letter(m, 0) == 'A') || stands(m, i - 1, "UCCEE UCCES"))
        return both(m, "KS", 3);
    return both(m, "X", 3);
}

static int letter_c(struct metaphone *m)
{
    int i = m->i;
    bool hard_ach = i > 1 && !is_vowel(m, i - 2) && stands(m, i - 1, "ACH") &&
                    letter(m, i + 2) != 'I' &&
                    (letter(m, i + 2) != 'E' || stands(m, i - 2, "BACHER MACHER"));
    if (hard_ach)
        return both(m, "K", 2);
    if (i == 0 && stands(m, i, "CAESAR"))
        return both(m, "S", 2);
    if (stands(m, i, "CHIA"))
        return both(m, "K", 2);
    if (stands(m, i, "CH"))
        return letter_ch(m);
    if (stands(m, i, "CZ") && !stands(m, i - 2, "WICZ"))
        return add(m, "S", "X", 2);
    if (stands(m, i + 1, "CIA"))
        return both(m, "X", 3);
    if (stands(m, i, "CC") && !(i == 1 && letter(m, 0) == 'M'))
        return letter_cc(m);
    if (stands(m, i, "CK CG CQ"))
        return both(m, "K", 2);
    if (stands(m, i, "CI CE CY"))
        return stands(m, i, "CIO CIE CIA") ? add(m, "S", "X", 2) : both(m, "S", 2);
    bool doubled = stands(m, i + 1, "C K Q") && !stands(m, i + 1, "CE CI");
    return both(m, "K", doubled ? 2 : 1);
}

/* ---- D and G ---------------------------------------------------------------------------------*/

static int letter_d(struct metaphone *m)
{
    if (stands(m, m->i, "DG"))
        return stands(m, m->i + 2, "I E Y") ? both(m, "J", 3) : both(m, "TK", 2);
    return both(m, "T", stands(m, m->i, "DT DD") ? 2 : 1);
}

static int letter_gh(struct metaphone *m)
{
    int i = m->i;
    if (i > 0 && !is_vowel(m, i - 1))
        return both(m, "K", 2);
    if (i == 0)
        return both(m, letter(m, 2) == 'I' ? "J" : "K", 2);
    bool silent = (i > 1 && stands(m, i - 2, "B H D")) || (i > 2 && stands(m, i - 3, "B H D")) ||
                  (i > 3 && stands(m, i - 4, "B H"));
    if (silent)
        return 2;
    if (i > 2 && letter(m, i - 1) == 'U' && stands(m, i - 3, "C G L R T"))
        return both(m, "F", 2);
    return letter(m, i - 1) != 'I' ? both(m, "K", 2) : 2;
}

static int letter_gn(struct metaphone *m)
{
    int i = m->i;
    if (i == 1 && is_vowel(m, 0) && !m->slavo_germanic)
        return add(m, "KN", "N", 2);
    if (!stands(m, i + 2, "EY") && letter(m, i + 1) != 'Y' && !m->slavo_germanic)
        return add(m, "N", "KN", 2);
    return both(m, "KN", 2);
}

static int letter_g(struct metaphone *m)
{
    int i = m->i;
    if (letter(m, i + 1) == 'H')
        return letter_gh(m);
    if (letter(m, i + 1) == 'N')
        return letter_gn(m);
    if (stands(m, i + 1, "LI") && !m->slavo_germanic)
        return add(m, "KL", "L", 2);
    if (i == 0 && stands(m, 1, "Y ES EP EB EL EY IB IL IN IE EI ER"))
        return add(m, "K", "J", 2);
    bool soft = stands(m, i + 1, "ER Y") && !stands(m, 0, "DANGER RANGER MANGER") &&
                !stands(m, i - 1, "E I") && !stands(m, i - 1, "RGY OGY");
    if (soft)
        return add(m, "K", "J", 2);
    if (stands(m, i + 1, "E I Y") || stands(m, i - 1, "AGGI OGGI")) {
        if (is_germanic(m) || stands(m, i + 1, "ET"))
            return both(m, "K", 2);
        return stands(m, i + 1, "IER") && i + 4 == m->n ? both(m, "J", 2) : add(m, "J", "K", 2);
    }
    return both(m, "K", letter(m, i + 1) == 'G' ? 2 : 1);
}

/* ---- H, J, L ---------------------------------------------------------------------------------*/

static int letter_h(struct metaphone *m)
{
    if ((m->i == 0 || is_vowel(m, m->i - 1)) && is_vowel(m, m->i + 1))
        return both(m, "H", 2);
    return 1;
}

static int letter_j(struct metaphone *m)
{
    int i = m->i, count = letter(m, i + 1) == 'J' ? 2 : 1;
    if (stands(m, i, "JOSE"))
        return i == 0 && m->n == 4 ? both(m, "H", 1) : add(m, "J", "H", 1);
    if (i == 0)
        return add(m, "J", "A", count);
    if (is_vowel(m, i - 1) && !m->slavo_germanic && stands(m, i + 1, "A O"))
        return add(m, "J", "H", count);
    if (i == m->n - 1)
        return add(m, "J", "", count);
    if (!stands(m, i + 1, "L T K S N M B Z") && !stands(m, i - 1, "S K L"))
        return both(m, "J", count);
    return count;
}

static int letter_l(struct metaphone *m)
{
    int i = m->i;
    if (letter(m, i + 1) != 'L')
        return both(m, "L", 1);
    bool spanish =
        (i == m->n - 3 && stands(m, i - 1, "ILLO ILLA ALLE")) ||
        ((stands(m, m->n - 2, "AS OS") || stands(m, m->n - 1, "A O")) && stands(m, i - 1, "ALLE"));
    return spanish ? add(m, "L", "", 2) : both(m, "L", 2);
}

static int letter_m(struct metaphone *m)
{
    int i = m->i;
    bool dumb = stands(m, i - 1, "UMB") && (i + 2 == m->n || stands(m, i + 2, "ER"));
    return both(m, "M", dumb || letter(m, i + 1) == 'M' ? 2 : 1);
}

/* ---- P, R, S ---------------------------------------------------------------------------------*/

static int letter_p(struct metaphone *m)
{
    if (letter(m, m->i + 1) == 'H')
        return both(m, "F", 2);
    return both(m, "P", stands(m, m->i + 1, "P B") ? 2 : 1);
}

static int letter_r(struct metaphone *m)
{
    int i = m->i, count = letter(m, i + 1) == 'R' ? 2 : 1;
    bool french =
        i == m->n - 1 && !m->slavo_germanic && stands(m, i - 2, "IE") && !stands(m, i - 4, "ME MA");
    return add(m, french ? "" : "R", "R", count);
}

static int letter_sc(struct metaphone *m)
{
    int i = m->i;
    if (letter(m, i + 2) == 'H') {
        if (stands(m, i + 3, "OO ER EN UY ED EM"))
            return stands(m, i + 3, "ER EN") ? add(m, "X", "SK", 3) : both(m, "SK", 3);
        bool german = i == 0 && !is_vowel(m, 3) && letter(m, 3) != 'W';
        return add(m, "X", german ? "S" : "X", 3);
    }
    return both(m, stands(m, i + 2, "I E Y") ? "S" : "SK", 3);
}

static int letter_s(struct metaphone *m)
{
    int i = m->i;
    if (stands(m, i - 1, "ISL YSL"))
        return 1;
    if (i == 0 && stands(m, i, "SUGAR"))
        return add(m, "X", "S", 1);
    if (stands(m, i, "SH"))
        return both(m, stands(m, i + 1, "HEIM HOEK HOLM HOLZ") ? "S" : "X", 2);
    if (stands(m, i, "SIO SIA"))
        return m->slavo_germanic ? both(m, "S", 3) : add(m, "S", "X", 3);
    if ((i == 0 && stands(m, i + 1, "M N L W")) || letter(m, i + 1) == 'Z')
        return add(m, "S", "X", letter(m, i + 1) == 'Z' ? 2 : 1);
    if (stands(m, i, "SC"))
        return letter_sc(m);
    bool french = i == m->n - 1 && stands(m, i - 2, "AI OI");
    return add(m, french ? "" : "S", "S", stands(m, i + 1, "S Z") ? 2 : 1);
}

/* ---- T, W, X, Z ------------------------------------------------------------------------------*/

static int letter_t(struct metaphone *m)
{
    int i = m->i;
    if (stands(m, i, "TION TIA TCH"))
        return both(m, "X", 3);
    if (stands(m, i, "TH TTH")) {
        if (stands(m, i + 2, "OM AM") || is_germanic(m))
            return both(m, "T", 2);
        return add(m, "0", "T", 2);
    }
    return both(m, "T", stands(m, i + 1, "T D") ? 2 : 1);
}

static int letter_w(struct metaphone *m)
{
    int i = m->i;
    if (stands(m, i, "WR"))
        return both(m, "R", 2);
    if (i == 0 && (is_vowel(m, 1) || stands(m, 0, "WH"))) {
        if (is_vowel(m, 1))
            add(m, "A", "F", 0);
        else
            both(m, "A", 0);
    }
    bool slavic = (i == m->n - 1 && is_vowel(m, i - 1)) ||
                  stands(m, i - 1, "EWSKI EWSKY OWSKI OWSKY") || stands(m, 0, "SCH");
    if (slavic)
        return add(m, "", "F", 1);
    return stands(m, i, "WICZ WITZ") ? add(m, "TS", "FX", 4) : 1;
}

static int letter_x(struct metaphone *m)
{
    int i = m->i;
    if (i == 0)
        return both(m, "S", 1);
    bool french = i == m->n - 1 && (stands(m, i - 3, "IAU EAU") || stands(m, i - 2, "AU OU"));
    return both(m, french ? "" : "KS", stands(m, i + 1, "C X") ? 2 : 1);
}

static int letter_z(struct metaphone *m)
{
    int i = m->i, count = letter(m, i + 1) == 'Z' ? 2 : 1;
    if (letter(m, i + 1) == 'H')
        return both(m, "J", 2);
    bool slavic =
        stands(m, i + 1, "ZO ZI ZA") || (m->slavo_germanic && i > 0 && letter(m, i - 1) != 'T');
    return slavic ? add(m, "S", "TS", count) : both(m, "S", count);
}

/* ---- The whole word --------------------------------------------------------------------------*/

static int step(struct metaphone *m)
{
    char c = letter(m, m->i);
    switch (c) {
    case 'B':
        return plain(m, "P");
    case 'C':
        return letter_c(m);
    case 'D':
        return letter_d(m);
    case 'F':
        return plain(m, "F");
    case 'G':
        return letter_g(m);
    case 'H':
        return letter_h(m);
    case 'J':
        return letter_j(m);
    case 'K':
        return plain(m, "K");
    case 'L':
        return letter_l(m);
    case 'M':
        return letter_m(m);
    case 'N':
        return plain(m, "N");
    case 'P':
        return letter_p(m);
    case 'Q':
        return plain(m, "K");
    case 'R':
        return letter_r(m);
    case 'S':
        return letter_s(m);
    case 'T':
        return letter_t(m);
    case 'V':
        return plain(m, "F");
    case 'W':
        return letter_w(m);
    case 'X':
        return letter_x(m);
    case 'Z':
        return letter_z(m);
    default: /* a vowel counts only where the word begins */
        return both(m, m->i == 0 ? "A" : "", 1);
    }
}

void phonetic_double_metaphone(const char *letters, size_t n, const struct phonetic_code *codes)
{
    struct metaphone m = {.p = letters, .n = (int)n, .codes = codes};
    codes->code[0][0] = codes->code[1][0] = 0;
    m.slavo_germanic = strpbrk(letters, "WK") || strstr(letters, "CZ");
    if (stands(&m, 0, "GN KN PN WR PS"))
        m.i = 1;
    while (m.i < m.n &&
           (strlen(codes->code[0]) < CODE_LENGTH || strlen(codes->code[1]) < CODE_LENGTH))
        m.i += step(&m);
}
