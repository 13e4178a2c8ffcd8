/* The formats jsonl, one JSON object a line, and json, one array of such objects:
 *
 *     [
 *     {"a":"1","b":"1","score":1}
 *     ,{"a":"4","b":"4","score":0.9}
 *     ]
 *
 * In the array a comma joins a line to the one before it, since whoever formats a line knows that
 * one exists, but not whether another follows. */
#include "data/format/format.h"

#include "data/number.h"
static size_t capacity(size_t n, size_t name_n)
{
    return 6 * (n + name_n) + 16;
}

static char *json_string(char *p, struct bytes v)
{
    static const char hex[] = "0123456789abcdef";
    for (uint32_t i = 0; i < v.n; i++) {
        unsigned char c = (unsigned char)v.p[i];
        if (c == '"' || c == '\\') {
            *p++ = '\\';
            *p++ = (char)c;
        } else if (c < 0x20) {
            p = format_put(p, "\\u00", 4);
            *p++ = hex[c >> 4];
            *p++ = hex[c & 15];
        } else {
            *p++ = (char)c;
        }
    }
    return p;
}

static char *json_value(char *p, struct bytes v, bool missing)
{
    if (missing)
        return format_put(p, "null", 4);
    *p++ = '"';
    p = json_string(p, v);
    *p++ = '"';
    return p;
}

static char *jsonl_side(char *p, int side)
{
    return format_put(p, side ? "\"b\":" : "{\"a\":", side ? 4 : 5);
}

/* As a string, as other ids are. */
static char *jsonl_row(char *p, int side, uint64_t number)
{
    p = jsonl_side(p, side);
    *p++ = '"';
    p = number_integer(p, number);
    return format_put(p, "\",", 2);
}

static char *jsonl_id(char *p, int side, struct bytes v, bool missing)
{
    p = jsonl_side(p, side);
    p = json_value(p, v, missing);
    *p++ = ',';
    return p;
}

/* JSON has no infinite numbers; a scorer's are written as the strings "inf" and "-inf". */
static char *json_number(char *p, const char *text, size_t n)
{
    if (n == 0)
        return format_put(p, "null", 4);
    bool infinite = text[n - 1] == 'f';
    if (infinite)
        *p++ = '"';
    p = format_put(p, text, n);
    if (infinite)
        *p++ = '"';
    return p;
}

static char *jsonl_score(char *p, const char *text, size_t n)
{
    return json_number(format_put(p, "\"score\":", 8), text, n);
}

static char *jsonl_term(char *p, struct bytes name, const char *text, size_t n)
{
    p = format_put(p, ",\"", 2);
    p = json_string(p, name);
    return json_number(format_put(p, "\":", 2), text, n);
}

static char *jsonl_keep(char *p, struct bytes name, struct bytes v, bool missing)
{
    p = format_put(p, ",\"", 2);
    p = json_string(p, name);
    p = format_put(p, "\":", 2);
    return json_value(p, v, missing);
}

const struct format format_jsonl = {
    .name = "jsonl",
    .suffix = {".jsonl", ".ndjson"},
    .head = "",
    .tail = "",
    .field_capacity = capacity,
    .number = number_double,
    .row = jsonl_row,
    .id = jsonl_id,
    .score = jsonl_score,
    .term = jsonl_term,
    .keep = jsonl_keep,
    .begin = "{",
    .end = "}\n",
};

/* ---- json ------------------------------------------------------------------------------------*/

static char *json_row(char *p, int side, uint64_t number)
{
    if (side == 0)
        *p++ = ',';
    return jsonl_row(p, side, number);
}

static char *json_id(char *p, int side, struct bytes v, bool missing)
{
    if (side == 0)
        *p++ = ',';
    return jsonl_id(p, side, v, missing);
}

const struct format format_json = {
    .name = "json",
    .suffix = {".json"},
    .head = "[\n",
    .tail = "]\n",
    .field_capacity = capacity,
    .number = number_double,
    .row = json_row,
    .id = json_id,
    .score = jsonl_score,
    .term = jsonl_term,
    .keep = jsonl_keep,
    .begin = ",{",
    .end = "}\n",
    .joint_bytes = 1,
};
