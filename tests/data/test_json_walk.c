/* data/source/json_walk: against jansson, on objects that it writes and on changes of them. */
#include "data/source/json_walk.h"
#include "tests/harness/harness_random.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *random_value(unsigned depth)
{
    static const char *const texts[] = {"",       "anna",   "Jörg \"x\"", "\\ / \b\f\n\r\t",
                                        "😀\x7F", "\x01 {", "}],:",       "null"};
    json_t *v;
    switch (harness_below(depth ? 9 : 7)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean((int)harness_below(2));
    case 2:
        return json_integer((json_int_t)harness_below(100000) - 50000);
    case 3:
        return json_real((double)harness_below(1000) / 7 * (harness_below(2) ? 1e20 : -1e-9));
    case 7:
        v = json_array();
        for (uint32_t n = harness_below(4); n > 0; n--)
            json_array_append_new(v, random_value(depth - 1));
        return v;
    case 8:
        v = json_object();
        for (uint32_t n = harness_below(4); n > 0; n--)
            json_object_set_new(v, texts[harness_below(8)], random_value(depth - 1));
        return v;
    default:
        return json_string(texts[harness_below(8)]);
    }
}

static char *random_object(void)
{
    static const size_t flags[] = {JSON_COMPACT, JSON_ENSURE_ASCII, JSON_ESCAPE_SLASH, 0};
    json_t *object = json_object();
    for (uint32_t n = harness_below(6); n > 0; n--) {
        char name[20];
        snprintf(name, sizeof name, "%s%u", harness_below(2) ? "n\"é" : "id", n);
        json_object_set_new(object, name, random_value(3));
    }
    char *text = json_dumps(object, flags[harness_below(4)]);
    json_decref(object);
    assert_non_null(text);
    return text;
}

/* Is the text of a value what jansson has of it? Anything but a string is parsed again. */
static bool is_same(const struct json_walk_text *t, const json_t *expected, struct arena *arena)
{
    struct bytes text;
    assert_true(json_walk_unescape(t, &text, arena));
    if (json_walk_is_null(t) != json_is_null(expected) || t->is_string != json_is_string(expected))
        return false;
    if (t->is_string)
        return text.n == json_string_length(expected) &&
               memcmp(text.p, json_string_value(expected), text.n) == 0;
    json_t *again = json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL);
    const bool same = json_equal(again, expected);
    json_decref(again);
    return same;
}

/* Walks over one object; true if it is right, all of it, and what jansson made of it. */
static bool walk(const char *text, size_t n, const json_t *expected)
{
    struct json_walk w = {.p = text, .end = n};
    struct json_walk_member m;
    struct arena arena = {0};
    json_t *seen = json_object();
    bool same = true;
    while (json_walk_next(&w, &m)) {
        struct bytes name;
        assert_true(json_walk_unescape(&m.name, &name, &arena));
        char *key = strndup(name.p, name.n);
        json_object_set_new(seen, key, json_true());
        /* of a name that stands twice, the last counts */
        const bool is = expected && is_same(&m.value, json_object_get(expected, key), &arena);
        json_object_set_new(seen, key, json_boolean(is));
        free(key);
    }
    const char *key;
    json_t *is;
    json_object_foreach(seen, key, is) same = same && json_is_true(is);
    const bool right = !w.what && json_walk_at_end(&w);
    if (right && expected && (!same || json_object_size(seen) != json_object_size(expected)))
        fail_msg("%.*s", (int)n, text);
    json_decref(seen);
    arena_free(&arena);
    return right;
}

static void test_objects(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 5000; round++) {
        harness_seed(round + 1);
        char *text = random_object();
        json_t *expected = json_loads(text, 0, NULL);
        assert_non_null(expected);
        assert_true(walk(text, strlen(text), expected));
        json_decref(expected);
        free(text);
    }
}

/* A text that is changed is right for both, or for none. */
static void test_changed_objects(void **state)
{
    (void)state;
    static const char signs[] = "{}[]\",:\\ -+.0e1utnfrl/x";
    unsigned n_right = 0, n_wrong = 0;
    for (uint64_t round = 0; round < 60000; round++) {
        harness_seed(round + 1);
        char *text = random_object();
        size_t n = strlen(text);
        for (uint32_t k = 1 + harness_below(2); k > 0 && n > 0; k--) {
            const size_t at = harness_below((uint32_t)n);
            if ((text[at] & 0x80) == 0)
                text[at] = signs[harness_below(sizeof signs - 1)];
        }
        json_error_t error;
        json_t *expected = json_loadb(text, n, 0, &error);
        const bool overflow = !expected && strstr(error.text, "overflow");
        const bool object = expected && json_is_object(expected);
        if (!overflow && walk(text, n, object ? expected : NULL) != object)
            fail_msg("%s: %s", text, expected ? "right" : error.text);
        n_right += object;
        n_wrong += !object;
        json_decref(expected);
        free(text);
    }
    assert_true(n_right > 1000 && n_wrong > 1000);
}

static void test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
        size_t at;
    } samples[] = {
        {"{\"a\":1", "the object does not end in this line", 6},
        {"{\"a\":", "the object does not end in this line", 5},
        {"{\"a\":[1", "the object does not end in this line", 7},
        {"{", "the object does not end in this line", 1},
        {"{\"a\" 1}", "a colon is expected here", 5},
        {"{a:1}", "a name in quotes is expected here", 1},
        {"{\"a\":1,}", "a name in quotes is expected here", 7},
        {"{\"a\":01}", "not a number as JSON writes it", 7},
        {"{\"a\":1.}", "a number without digits after its point", 7},
        {"{\"a\":\"\\u0000\"}", "\\u0000: a text cannot hold a zero character", 7},
        {"{\"a\":\"\\ud800\"}", "half of a surrogate pair", 7},
        {"{\"a\":\"\\x\"}", "no such escape exists in JSON", 7},
        {"{\"a\":\"\x01\"}", "a control character in a string", 6},
        {"{\"a\":True}", "no value of JSON", 5},
        {"1", "a record is an object in braces, in a line of its own", 0},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct json_walk w = {.p = samples[i].text, .end = strlen(samples[i].text)};
        struct json_walk_member m;
        while (json_walk_next(&w, &m)) {
        }
        assert_non_null(w.what);
        assert_string_equal(w.what, samples[i].what);
        assert_int_equal(w.at, samples[i].at);
    }
    char deep[2000] = "{\"a\":";
    memset(deep + 5, '[', JSON_WALK_MOST_DEPTH + 1);
    struct json_walk w = {.p = deep, .end = 6 + JSON_WALK_MOST_DEPTH};
    struct json_walk_member m;
    assert_false(json_walk_next(&w, &m));
    assert_string_equal(w.what, "values are nested deeper than 200");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_changed_objects),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
