/* Compiling and running of /PATTERN/REPLACEMENT/FLAGS. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "data/clean/text_replace.h"

#include "data/text.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Steps of one match: enough for what people write, a fraction of a second for what runs wild. */
#define MOST_STEPS 1000000u
#define MOST_HEAP_KIB 65536u
#define MOST_GROUPS 100u

static const char delimiters[] = "/|#!~%@;";

struct text_replace {
    char *text; /* as given, for messages */
    char *pattern, *replacement;
    uint32_t options;
    pcre2_code *code;
    pcre2_match_context *limits;
};

#define SUBSTITUTE_OPTIONS                                                                         \
    (PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_EXTENDED | PCRE2_SUBSTITUTE_UNSET_EMPTY |          \
     PCRE2_SUBSTITUTE_OVERFLOW_LENGTH)

bool text_replace_begins(const char *text)
{
    return *text && strchr(delimiters, *text);
}

/* ---- Parts -----------------------------------------------------------------------------------*/

/* Copies up to the delimiter and ends it; a delimiter after a backslash loses the backslash.
 * Returns what comes after the delimiter, or NULL. */
static const char *copy_part(const char *p, char delimiter, char *part)
{
    for (; *p && *p != delimiter; p++) {
        if (*p == '\\' && p[1] == delimiter)
            p++;
        else if (*p == '\\' && p[1])
            *part++ = *p++;
        *part++ = *p;
    }
    *part = 0;
    return *p ? p + 1 : NULL;
}

static bool read_flags(struct text_replace *r, const char *flags, struct err *e)
{
    for (; *flags; flags++) {
        if (*flags != 'i' && *flags != 'x')
            return err_set(e, ERR_USAGE, "i ignores case, x ignores blanks in the pattern",
                           "--replace: there is no flag \"%.20s\"", flags);
        r->options |= *flags == 'i' ? PCRE2_CASELESS : PCRE2_EXTENDED;
    }
    return true;
}

static bool read_parts(struct text_replace *r, const char *text, struct err *e)
{
    const char *hint = "for example: --replace '/ (jr|sr)$//i'";
    if (!text_replace_begins(text))
        return err_set(e, ERR_USAGE, hint, "--replace: \"%.60s\" does not begin with a slash",
                       text);
    const char *rest = copy_part(text + 1, text[0], r->pattern);
    const char *flags = rest ? copy_part(rest, text[0], r->replacement) : NULL;
    if (!flags)
        return err_set(e, ERR_USAGE, hint, "--replace: \"%.60s\" needs three \"%c\", it has %s",
                       text, text[0], rest ? "two" : "one");
    return read_flags(r, flags, e);
}

/* ---- Compiling -------------------------------------------------------------------------------*/

static bool no_memory(struct err *e)
{
    return err_set(e, ERR_OS, NULL, "--replace: not enough memory");
}

/* What is wrong with the pattern, and a line that points at the place. */
static bool pattern_error(const struct text_replace *r, int error, size_t at, struct err *e)
{
    char message[256];
    const size_t length = strlen(r->pattern);
    at = at < length ? at : length;
    pcre2_get_error_message(error, (PCRE2_UCHAR8 *)message, sizeof message);
    return err_set(e, ERR_USAGE, "the pattern is a regular expression of PCRE2 (man pcre2pattern)",
                   "--replace: %s\n  %s\n  %*s^", message, r->pattern,
                   (int)text_width(r->pattern, r->pattern + at), "");
}

static pcre2_code *compile(const char *pattern, uint32_t options, int *error, size_t *at)
{
    return pcre2_compile((PCRE2_SPTR8)pattern, PCRE2_ZERO_TERMINATED,
                         options | PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, error, at,
                         NULL);
}

/* A replacement is read by PCRE2 only when something matches. So a pattern with the same groups is
 * made, which always matches: nothing, or the pattern. */
static bool check_replacement(const struct text_replace *r, struct err *e)
{
    char *always = NULL, out[4096], message[256];
    size_t at, n = sizeof out;
    int error;
    if (asprintf(&always, "|%s", r->pattern) < 0)
        return no_memory(e);
    pcre2_code *code = compile(always, r->options, &error, &at);
    free(always);
    if (!code) /* it begins with a verb, such as (*UCP), which stands first or not at all */
        return true;
    error = pcre2_substitute(code, (PCRE2_SPTR8) "", 0, 0, SUBSTITUTE_OPTIONS, NULL, NULL,
                             (PCRE2_SPTR8)r->replacement, PCRE2_ZERO_TERMINATED,
                             (PCRE2_UCHAR8 *)out, &n);
    pcre2_code_free(code);
    if (error >= 0 || error == PCRE2_ERROR_NOMEMORY)
        return true;
    pcre2_get_error_message(error, (PCRE2_UCHAR8 *)message, sizeof message);
    const bool placed = n < strlen(r->replacement) + 1;
    return err_set(e, ERR_USAGE, "$1 is the first group, $0 the match, and $$ a dollar sign",
                   "--replace: %s\n  %s%s%*s^", message, r->replacement, placed ? "\n  " : "",
                   placed ? (int)n : 0, "");
}

static bool check_groups(const struct text_replace *r, struct err *e)
{
    uint32_t n = 0;
    pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &n);
    return n < MOST_GROUPS ||
           err_set(e, ERR_USAGE, "(?:...) groups without a number",
                   "--replace: the pattern has %u groups, and %u is the most", n, MOST_GROUPS - 1);
}

static bool set_limits(struct text_replace *r)
{
    r->limits = pcre2_match_context_create(NULL);
    return r->limits && pcre2_set_match_limit(r->limits, MOST_STEPS) == 0 &&
           pcre2_set_heap_limit(r->limits, MOST_HEAP_KIB) == 0;
}

static bool text_replace_make(struct text_replace *r, const char *text, struct err *e)
{
    int error;
    size_t at;
    r->text = strdup(text);
    r->pattern = malloc(strlen(text) + 1);
    r->replacement = malloc(strlen(text) + 1);
    if (!r->text || !r->pattern || !r->replacement)
        return no_memory(e);
    if (text_valid_prefix(text, strlen(text)) < strlen(text))
        return err_set(e, ERR_USAGE, NULL, "--replace: the pattern is not UTF-8");
    if (!read_parts(r, text, e))
        return false;
    r->code = compile(r->pattern, r->options, &error, &at);
    if (!r->code)
        return pattern_error(r, error, at, e);
    pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* without it the result is the same, slower */
    return (set_limits(r) || no_memory(e)) && check_groups(r, e) && check_replacement(r, e);
}

struct text_replace *text_replace_new(const char *text, struct err *e)
{
    struct text_replace *r = calloc(1, sizeof *r);
    if (r ? text_replace_make(r, text, e) : no_memory(e))
        return r;
    text_replace_free(r);
    return NULL;
}

void text_replace_free(struct text_replace *r)
{
    if (!r)
        return;
    pcre2_match_context_free(r->limits);
    pcre2_code_free(r->code);
    free(r->text);
    free(r->pattern);
    free(r->replacement);
    free(r);
}

/* ---- Running ---------------------------------------------------------------------------------*/

void text_replace_scratch_free(struct text_replace_scratch *s)
{
    pcre2_match_data_free(s->matches);
    *s = (struct text_replace_scratch){0};
}

static bool fail(const struct text_replace *r, struct text_part in, int status,
                 struct text_replace_scratch *s)
{
    size_t n = in.n < sizeof s->value - 1 ? in.n : sizeof s->value - 1;
    memcpy(s->value, in.p, n);
    s->value[text_valid_prefix(s->value, n)] = 0;
    s->failed = r;
    s->status = status;
    return false;
}

bool text_replace_run(const struct text_replace *r, struct text_part in,
                      struct text_replace_scratch *s, struct text_buffer *out)
{
    int status = PCRE2_ERROR_NOMEMORY;
    if (!s->matches && !(s->matches = pcre2_match_data_create(MOST_GROUPS, NULL)))
        return false;
    for (size_t need = in.n + 64, n; status == PCRE2_ERROR_NOMEMORY; need = n) {
        if (!text_buffer_reserve(out, need))
            return false;
        n = out->capacity;
        status = pcre2_substitute(r->code, (PCRE2_SPTR8)in.p, in.n, 0,
                                  SUBSTITUTE_OPTIONS | PCRE2_NO_UTF_CHECK, s->matches, r->limits,
                                  (PCRE2_SPTR8)r->replacement, PCRE2_ZERO_TERMINATED,
                                  (PCRE2_UCHAR8 *)out->p, &n);
        out->n = n;
        if (status == PCRE2_ERROR_NOMEMORY && n <= out->capacity)
            break; /* it is memory for matching that lacks, not room for the text */
    }
    return status >= 0 || fail(r, in, status, s);
}

bool text_replace_fault(const struct text_replace_scratch *s, struct err *e)
{
    char message[256];
    pcre2_get_error_message(s->status, (PCRE2_UCHAR8 *)message, sizeof message);
    return err_set(e, ERR_USAGE, "a pattern such as (a+)+b tries too much; make it say less",
                   "--replace: %s gave up on the value \"%s\": %s", s->failed->text, s->value,
                   message);
}
