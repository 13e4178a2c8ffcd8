/* Numbers, texts, and the way to stdout. */
#include "matcher/run/run_json.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

json_t *json_number(double x)
{
    return isfinite(x) ? json_real(x + 0.0) : json_null(); /* -0 is written as 0 */
}

json_t *json_bytes(bool there, struct bytes v)
{
    return there ? json_stringn(v.p, v.n) : json_null();
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
