/* ICU works on UTF-16, in place. */
#include "data/clean/text_latin.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#define NAME_UNITS 32

static UTransliterator *latin_open(UErrorCode *status)
{
    static const char name[] = "Any-Latin; Latin-ASCII";
    UChar id[NAME_UNITS];
    u_charsToUChars(name, id, sizeof name);
    return utrans_openU(id, sizeof name - 1, UTRANS_FORWARD, NULL, 0, NULL, status);
}

static bool reserve_units(struct text_latin *l, size_t n)
{
    if (n <= (size_t)l->capacity)
        return true;
    if (n > INT32_MAX / 4)
        return false;
    uint16_t *units = realloc(l->units, 2 * n * sizeof *units);
    if (!units)
        return false;
    l->units = units;
    l->capacity = (int32_t)(2 * n);
    return true;
}

/* Transliterates the text in l->units. U_BUFFER_OVERFLOW_ERROR: there is not enough room. */
static int32_t transliterate(struct text_latin *l, struct text_part in, UErrorCode *status)
{
    int32_t n = 0;
    u_strFromUTF8(l->units, l->capacity, &n, in.p, (int32_t)in.n, status);
    int32_t limit = n;
    utrans_transUChars(l->transliterator, l->units, &n, l->capacity, 0, &limit, status);
    return n;
}

static bool fail(struct text_latin *l, UErrorCode status)
{
    l->failed = (int)status;
    return false;
}

bool text_latin_run(struct text_latin *l, struct text_part in, struct text_buffer *out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = 0, out_n = 0;
    if (!l->transliterator && !(l->transliterator = latin_open(&status)))
        return fail(l, status);
    size_t room = 4 * in.n + 64;
    do {
        status = U_ZERO_ERROR;
        if (!reserve_units(l, room))
            return false;
        n = transliterate(l, in, &status);
        room *= 2;
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    if (U_FAILURE(status))
        return fail(l, status);
    if (!text_buffer_reserve(out, 3 * (size_t)n))
        return false;
    u_strToUTF8(out->p, (int32_t)out->capacity, &out_n, l->units, n, &status);
    out->n = (size_t)out_n;
    return U_SUCCESS(status) || fail(l, status);
}

const char *text_latin_fault(const struct text_latin *l)
{
    return u_errorName((UErrorCode)l->failed);
}

void text_latin_free(struct text_latin *l)
{
    utrans_close(l->transliterator);
    free(l->units);
    *l = (struct text_latin){0};
}
