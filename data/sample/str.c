/* Short strings; see str.h. */
#include "data/sample/str.h"

#include <stddef.h>
#include <string.h>

void str_clear(struct str *s)
{
    s->n = 0;
}

static bool starts_letter(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

void str_add_bytes(struct str *s, const char *text, unsigned n)
{
    unsigned room = STR_BYTES - s->n;
    if (n > room)
        for (n = room; n > 0 && !starts_letter(text[n]);)
            n--;
    memcpy(s->s + s->n, text, n);
    s->n = (uint16_t)(s->n + n);
}

void str_add(struct str *s, const char *text)
{
    str_add_bytes(s, text, (unsigned)strlen(text));
}

void str_add_char(struct str *s, char c)
{
    str_add_bytes(s, &c, 1);
}

void str_set(struct str *s, const char *text)
{
    s->n = 0;
    str_add(s, text);
}

bool str_is(const struct str *s, const char *text)
{
    return strlen(text) == s->n && memcmp(s->s, text, s->n) == 0;
}

bool str_is_ascii(const struct str *s)
{
    unsigned all = 0;
    for (unsigned i = 0; i < s->n; i++)
        all |= (unsigned char)s->s[i];
    return all < 0x80;
}

void str_add_number(struct str *s, unsigned value, unsigned digits)
{
    char buffer[10];
    unsigned at = sizeof buffer;
    do {
        buffer[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (at > 0 && (value > 0 || sizeof buffer - at < digits));
    str_add_bytes(s, buffer + at, (unsigned)sizeof buffer - at);
}

unsigned str_letters(const struct str *s)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->n; i++)
        n += starts_letter(s->s[i]);
    return n;
}

unsigned str_at(const struct str *s, unsigned i)
{
    unsigned at = 0;
    while (i-- > 0)
        for (at++; at < s->n && !starts_letter(s->s[at]);)
            at++;
    return at;
}

bool str_splice(struct str *s, unsigned at, unsigned cut, const char *with, unsigned n)
{
    if (s->n - cut + n > STR_BYTES)
        return false;
    memmove(s->s + at + n, s->s + at + cut, s->n - at - cut);
    memcpy(s->s + at, with, n);
    s->n = (uint16_t)(s->n - cut + n);
    return true;
}

/* Decodes the letter at s[*at] of valid UTF-8 and moves on. */
static uint32_t decode(const char *s, unsigned *at)
{
    unsigned char c = (unsigned char)s[(*at)++];
    if (c < 0x80)
        return c;
    unsigned more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : 1;
    uint32_t letter = c & (0x3FU >> more);
    while (more-- > 0)
        letter = letter << 6 | ((unsigned char)s[(*at)++] & 0x3F);
    return letter;
}

/* Encodes a letter below U+10000 into buffer, with an end, and returns buffer. */
static const char *encode(uint32_t letter, char buffer[8])
{
    unsigned n = 0;
    if (letter < 0x80) {
        buffer[n++] = (char)letter;
    } else if (letter < 0x800) {
        buffer[n++] = (char)(0xC0 | letter >> 6);
        buffer[n++] = (char)(0x80 | (letter & 0x3F));
    } else {
        buffer[n++] = (char)(0xE0 | letter >> 12);
        buffer[n++] = (char)(0x80 | (letter >> 6 & 0x3F));
        buffer[n++] = (char)(0x80 | (letter & 0x3F));
    }
    buffer[n] = '\0';
    return buffer;
}

bool str_map(struct str *s, const char *(*map)(uint32_t letter, char buffer[8]))
{
    struct str out = {0};
    char buffer[8];
    for (unsigned at = 0; at < s->n;) {
        unsigned from = at;
        const char *to = map(decode(s->s, &at), buffer);
        if (to)
            str_add(&out, to);
        else
            str_add_bytes(&out, s->s + from, at - from);
    }
    if (out.n == s->n && memcmp(out.s, s->s, out.n) == 0)
        return false;
    *s = out;
    return true;
}

/* ---- Letters ---------------------------------------------------------------------------------
 * One entry per pair: capital, small letter, ':', what it is in A to Z. */
static const char *const accented = "Áá:a Àà:a Ââ:a Ãã:a Ää:a Åå:a Āā:a Ăă:a Ąą:a Ǎǎ:a Ạạ:a Ảả:a "
                                    "Ấấ:a Ầầ:a Ẩẩ:a Ẫẫ:a Ậậ:a Ắắ:a Ằằ:a "
                                    "Ẳẳ:a Ẵẵ:a Ặặ:a Ææ:ae Çç:c Ćć:c Čč:c Ďď:d Đđ:d Ðð:d Éé:e Èè:e "
                                    "Êê:e Ëë:e Ēē:e Ęę:e Ěě:e Ẹẹ:e Ẻẻ:e "
                                    "Ẽẽ:e Ếế:e Ềề:e Ểể:e Ễễ:e Ệệ:e Ğğ:g Íí:i Ìì:i Îî:i Ïï:i Īī:i "
                                    "Ĩĩ:i Ịị:i Ỉỉ:i Iı:i İi:i Ļļ:l Łł:l "
                                    "Ńń:n Ññ:n Ňň:n Óó:o Òò:o Ôô:o Õõ:o Öö:o Øø:o Ōō:o Őő:o Ọọ:o "
                                    "Ỏỏ:o Ốố:o Ồồ:o Ổổ:o Ỗỗ:o Ộộ:o Ơơ:o "
                                    "Ớớ:o Ờờ:o Ởở:o Ỡỡ:o Ợợ:o Œœ:oe Řř:r Śś:s Şş:s Šš:s Șș:s ẞß:ss "
                                    "Ťť:t Țț:t Þþ:th Úú:u Ùù:u Ûû:u Üü:u "
                                    "Ūū:u Ůů:u Űű:u Ũũ:u Ụụ:u Ủủ:u Ưư:u Ứứ:u Ừừ:u Ửử:u Ữữ:u Ựự:u "
                                    "Ýý:y Ÿÿ:y Ỳỳ:y Ỹỹ:y Ỵỵ:y Ỷỷ:y Źź:z "
                                    "Żż:z Žž:z";
static const char *const foreign =
    "Аа:a Бб:b Вв:v Гг:g Ґґ:g Дд:d Ее:e Ёё:e Єє:ye Жж:zh Зз:z Ии:i Іі:i Її:yi Йй:y Кк:k Лл:l Мм:m "
    "Нн:n "
    "Оо:o Пп:p Рр:r Сс:s Тт:t Уу:u Фф:f Хх:kh Цц:ts Чч:ch Шш:sh Щщ:sch Ъъ: Ыы:y Ьь: Ээ:e Юю:yu "
    "Яя:ya "
    "Αα:a Ββ:v Γγ:g Δδ:d Εε:e Ζζ:z Ηη:i Θθ:th Ιι:i Κκ:k Λλ:l Μμ:m Νν:n Ξξ:x Οο:o Ππ:p Ρρ:r Σς:s "
    "Σσ:s "
    "Ττ:t Υυ:y Φφ:f Χχ:ch Ψψ:ps Ωω:o Άά:a Έέ:e Ήή:i Ίί:i Όό:o Ύύ:y Ώώ:o Ϊϊ:i Ϋϋ:y";

enum { LETTERS = 0x2000 };
enum letter_kind { LETTER_OTHER, LETTER_ACCENTED, LETTER_FOREIGN };

static struct letter {
    uint16_t upper, lower; /* 0 = itself */
    uint8_t kind;
    char plain[4];
} letter_table[LETTERS];

static void letter_fill(uint32_t code, uint32_t upper, uint32_t lower, enum letter_kind kind,
                        const char *plain, unsigned n)
{
    if (code < 0x80)
        return;
    struct letter *l = &letter_table[code];
    l->upper = (uint16_t)upper;
    l->lower = (uint16_t)lower;
    l->kind = (uint8_t)kind;
    memcpy(l->plain, plain, n);
    if (code == upper && n > 0)
        l->plain[0] = (char)(l->plain[0] - 'a' + 'A');
}

static void letters_fill(const char *list, enum letter_kind kind)
{
    for (unsigned at = 0; list[at];) {
        uint32_t upper = decode(list, &at), lower = decode(list, &at);
        const char *plain = list + ++at;
        unsigned n = (unsigned)strcspn(plain, " ");
        letter_fill(lower, upper, lower, kind, plain, n);
        letter_fill(upper, upper, lower, kind, plain, n);
        at += n + (plain[n] == ' ');
    }
}

void letters_open(void)
{
    letters_fill(accented, LETTER_ACCENTED);
    letters_fill(foreign, LETTER_FOREIGN);
}

const char *letter_upper(uint32_t letter, char buffer[8])
{
    if (letter >= 'a' && letter <= 'z')
        return encode(letter - 'a' + 'A', buffer);
    if (letter < 0x80 || letter >= LETTERS || !letter_table[letter].upper)
        return NULL;
    return encode(letter_table[letter].upper, buffer);
}

const char *letter_lower(uint32_t letter, char buffer[8])
{
    if (letter >= 'A' && letter <= 'Z')
        return encode(letter - 'A' + 'a', buffer);
    if (letter < 0x80 || letter >= LETTERS || !letter_table[letter].lower)
        return NULL;
    return encode(letter_table[letter].lower, buffer);
}

static const char *letter_plain(uint32_t letter, enum letter_kind kind)
{
    bool of_kind = letter < LETTERS && letter_table[letter].kind == (uint8_t)kind;
    return of_kind ? letter_table[letter].plain : NULL;
}

const char *letter_strip_accent(uint32_t letter, char buffer[8])
{
    (void)buffer;
    return letter_plain(letter, LETTER_ACCENTED);
}

const char *letter_transliterate(uint32_t letter, char buffer[8])
{
    (void)buffer;
    return letter_plain(letter, LETTER_FOREIGN);
}
