/* Numbers, texts, and the way to stdout. */
#include "matcher/run/run_json.h"

#include "data/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *json_number(double x)
{
    return isfinite(x) ? json_real(x + 0.0) : json_null(); /* -0 is written as 0 */
}

json_t *json_count(double x)
{
    return x < 0x1p63 ? json_integer((json_int_t)x) : json_number(x);
}

json_t *json_bytes(bool there, struct bytes v)
{
    return there ? json_stringn(v.p, v.n) : json_null();
}

json_t *json_text(const char *text)
{
    struct string_builder b;
    FILE *out = string_builder_open(&b);
    while (out && *text) {
        const size_t n = strlen(text), good = text_valid_prefix(text, n);
        fwrite(text, 1, good, out);
        if (good < n)
            fputs("\xef\xbf\xbd", out);
        text += good + (good < n);
    }
    char *whole = string_builder_end(&b);
    json_t *json = whole ? json_string(whole) : NULL;
    free(whole);
    return json;
}

json_t *json_built(struct string_builder *b)
{
    char *text = string_builder_end(b);
    if (text)
        string_builder_plain(text);
    json_t *json = text ? json_text(text) : NULL;
    free(text);
    return json;
}

bool json_print(json_t *json, struct err *e)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(json);
    if (!text)
        return err_set(e, ERR_OS, NULL, "not enough memory to print it as JSON");
    const bool ok = puts(text) >= 0 && fflush(stdout) == 0;
    free(text);
    return ok || err_system(e, ERR_IO, errno, NULL, "stdout cannot be written");
}
