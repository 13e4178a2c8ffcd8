/* Expressions: what is parsed and what is not, how that is said, and printing. */
#include "data/clean/text_rules.h"
#include "matcher/expr/expr.h"
#include "tests/harness/harness_expr.h"
#include "tests/test.h"
#include "tests/twin/twin_expr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPRESSIONS 3000u

/* ---- Parsing ---------------------------------------------------------------------------------*/

/* Without this the printed form would have to be compared by eye: the tree with all parentheses. */
static size_t write_tree(const struct expr *x, uint32_t node, char *out)
{
    static const char *const ops[EXPR_N_OPS] = {
        "number", "term",  "column", "same",     "present", "add",       "sub",  "mul",
        "div",    "min",   "max",    "soft_min", "neg",     "abs",       "sqrt", "floor",
        "ceil",   "steps", "lt",     "le",       "gt",      "ge",        "eq",   "ne",
        "not",    "and",   "or",     "if",       "missing", "if_missing"};
    const struct expr_node *v = &x->node[node];
    size_t n = (size_t)sprintf(out, "(%s", ops[v->op]);
    if (v->op == EXPR_NUMBER)
        n += (size_t)sprintf(out + n, " %.17g", v->number);
    if (v->op == EXPR_PRESENT)
        n += (size_t)sprintf(out + n, " %llx", (unsigned long long)v->columns);
    if (v->op == EXPR_TERM) {
        const struct expr_term *t = &x->term[v->index];
        n += (size_t)sprintf(out + n, " %s/%u %u %u", metric_at(t->metric)->name, t->view,
                             t->column_a, t->column_b);
        for (uint32_t i = 0; i < t->n_args; i++)
            n += (size_t)sprintf(out + n, " %.17g", t->args[i]);
    }
    if (v->op == EXPR_COLUMN || v->op == EXPR_SAME)
        n += (size_t)sprintf(out + n, " %u", v->index);
    if (v->op == EXPR_SAME)
        n += (size_t)sprintf(out + n, " '%.*s'", (int)v->text_bytes, x->text + v->text_at);
    for (uint32_t i = 0; i < v->n_children; i++) {
        out[n++] = ' ';
        n += write_tree(x, v->child[i], out + n);
    }
    for (uint32_t i = 0; i < v->n_numbers; i++)
        n += (size_t)sprintf(out + n, " %.17g", x->number[v->index + i]);
    return n + (size_t)sprintf(out + n, ")");
}

/* The tree of a text, and which columns its numbers stand for. */
static const char *tree(const char *text)
{
    static char out[20000];
    static const char *const kinds[] = {"?", "", ":number", ":days"};
    struct expr x = {0};
    size_t n = write_tree(&x, harness_expr_parse(&x, text), out);
    for (uint32_t i = 0; i < x.n_columns; i++) {
        n += (size_t)sprintf(out + n, " %c.%.*s%s", "ab"[x.column[i].side],
                             (int)x.column[i].name_bytes, x.text + x.column[i].name_at,
                             kinds[x.column[i].kind]);
        if (x.column[i].rules)
            n += (size_t)sprintf(out + n, ":%x", x.column[i].rules & ~(unsigned)TEXT_INVISIBLE);
    }
    return out;
}

static void test_values(void **state)
{
    (void)state;
    assert_string_equal(tree("1.5e1"), "(number 15)");
    assert_string_equal(tree(" -.5 "), "(number -0.5)");
    assert_string_equal(tree("levenshtein(name)"), "(term levenshtein/0 0 1) a.name b.name");
    assert_string_equal(tree("levenshtein_distance(b.city,a.name)"),
                        "(term levenshtein/1 0 1) a.name b.city");
    assert_string_equal(tree("jaccard(name, 2)"), "(term jaccard/0 0 1 2) a.name b.name");
    assert_string_equal(tree("jaccard(name, 3)"), "(term jaccard/0 0 1) a.name b.name");
    assert_string_equal(tree("number(a.size)"), "(column 0) a.size:number");
    assert_string_equal(tree("days(a.born) - b.size"),
                        "(sub (column 0) (column 1)) a.born:days b.size:number");
    assert_string_equal(tree("number(size, 10)"), "(term number/0 0 1 10) a.size b.size");
    assert_string_equal(tree("days(a.born, b.born)"), "(term days/0 0 1) a.born b.born");
    assert_string_equal(tree("-a.size"), "(neg (column 0)) a.size:number");
    assert_string_equal(tree("min(1, 2, 3)"), "(min (min (number 1) (number 2)) (number 3))");
    assert_string_equal(tree("steps(steps(1,-2,.5,3), 0 , -1e2 ,.25, 7, 8)"),
                        "(steps (steps (number 1) -2 0.5 3) 0 -100 0.25 7 8)");
    assert_string_equal(tree("soft_min(1,2,3)"),
                        "(soft_min (soft_min (number 1) (number 2)) (number 3))");
    assert_string_equal(tree("abs(sqrt(floor(ceil(max(1,2)))))"),
                        "(abs (sqrt (floor (ceil (max (number 1) (number 2))))))");
    assert_string_equal(tree("jaro(name) + jaro(name) * jaro(a.name, b.name)"),
                        "(add (term jaro/0 0 1) (mul (term jaro/0 0 1) (term jaro/0 0 1)))"
                        " a.name b.name");
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(tree("jaro('full name')"), "(term jaro/0 0 1) a.full name b.full name");
    assert_string_equal(tree("jaro(a.\"full name\", b.`full name`)"),
                        "(term jaro/0 0 1) a.full name b.full name");
    assert_string_equal(tree("a.größe*b.名前"),
                        "(mul (column 0) (column 1)) a.größe:number b.名前:number");
}

/* Rules as functions: the same column is another one where it is cleaned otherwise. */
static void test_cleaned_columns(void **state)
{
    (void)state;
    assert_string_equal(tree("jaro(codes(name))"), "(term jaro/0 0 1) a.name:800000 b.name:800000");
    assert_string_equal(tree("jaro(name) + jaro(codes( a.name ), b.name) + jaro(codes(name))"),
                        "(add (add (term jaro/0 0 1) (term jaro/0 2 1)) (term jaro/0 2 3))"
                        " a.name b.name a.name:800000 b.name:800000");
    assert_string_equal(tree("jaro(b.city, sort_words(codes(a.'full name')))"),
                        "(term jaro/0 0 1) a.full name:880000 b.city");
    assert_string_equal(tree("jaccard(no_codes(name), 2)"),
                        "(term jaccard/0 0 1 2) a.name:1000000 b.name:1000000");
    assert_string_equal(tree("codes(a.name) == 'x1'"), "(same 0 'x1') a.name:800000");
    assert_string_equal(tree("casefold(codes(a.name)) != b.name"),
                        "(and (present 3) (not (term equal/0 0 1))) a.name:800001 b.name");
    assert_string_equal(tree("missing(digits(b.name))"),
                        "(missing (present 1) (number 0)) b.name:80");
}

static void test_texts(void **state)
{
    (void)state;
    assert_string_equal(tree("a.city == 'Oslo'"), "(same 0 'Oslo') a.city");
    assert_string_equal(tree("\"it's\" == b.city"), "(same 0 'it's') b.city");
    assert_string_equal(tree("a.city == ''"), "(same 0 '') a.city");
    assert_string_equal(tree("a.city != 'x'"), "(and (present 1) (not (same 0 'x'))) a.city");
    assert_string_equal(tree("a.city == b.name"), "(term equal/0 0 1) a.city b.name");
    assert_string_equal(tree("b.city != a.city"),
                        "(and (present 3) (not (term equal/0 0 1))) a.city b.city");
    assert_string_equal(tree("a.size < b.size"),
                        "(lt (column 0) (column 1)) a.size:number b.size:number");
    assert_string_equal(tree("a.size == 3"), "(eq (column 0) (number 3)) a.size:number");
}

static void test_missing(void **state)
{
    (void)state;
    assert_string_equal(tree("missing(a.city)"), "(missing (present 1) (number 0)) a.city");
    assert_string_equal(tree("missing(number(a.size))"),
                        "(missing (present 0) (column 0)) a.size:number");
    assert_string_equal(tree("missing(jaro(name))"),
                        "(missing (present 3) (term jaro/0 0 1)) a.name b.name");
    assert_string_equal(tree("if_missing(jaro(name), 0.5)"),
                        "(if_missing (present 3) (term jaro/0 0 1) (number 0.5)) a.name b.name");
    assert_string_equal(tree("if_missing(a.size, 1)"),
                        "(if_missing (present 0) (column 0) (number 1)) a.size:number");
    assert_string_equal(tree("if_missing(a.size > 1, 2)"),
                        "(if_missing (eq (column 0) (column 0)) (gt (column 0) (number 1)) (number "
                        "2)) a.size:number");
    assert_string_equal(tree("if_missing(if_missing(jaro(name), 1), 2)"),
                        "(if_missing (present 0) (if_missing (present 3) (term jaro/0 0 1) (number "
                        "1)) (number 2)) a.name b.name");
}

static void test_precedence(void **state)
{
    (void)state;
    assert_string_equal(tree("1+2*3-4/5"), "(sub (add (number 1) (mul (number 2) (number 3))) "
                                           "(div (number 4) (number 5)))");
    assert_string_equal(tree("1-(2-3)"), "(sub (number 1) (sub (number 2) (number 3)))");
    assert_string_equal(tree("1<2&&3>=4||5!=6"),
                        "(or (and (lt (number 1) (number 2)) (ge (number 3) (number 4))) "
                        "(ne (number 5) (number 6)))");
    assert_string_equal(tree("1||2&&3"), "(or (number 1) (and (number 2) (number 3)))");
    assert_string_equal(tree("1?2:3?4:5"), "(if (number 1) (number 2) "
                                           "(if (number 3) (number 4) (number 5)))");
    assert_string_equal(tree("!1==2"), "(eq (not (number 1)) (number 2))");
    assert_string_equal(tree("-a.size*2"), "(mul (neg (column 0)) (number 2)) a.size:number");
    assert_string_equal(tree("1+2<=3"), "(le (add (number 1) (number 2)) (number 3))");
}

static void test_short_form(void **state)
{
    (void)state;
    struct expr x = {0};
    struct err e = {0};
    uint32_t root;
    char text[100];
    assert_true(expr_from_on(&x, "jaccard:2", (const char *const[]){"name", "full name"},
                             &harness_expr_names, &root, &e));
    assert_true(expr_is_term(&x, root));
    expr_print(&x, root, text, sizeof text);
    assert_string_equal(text, "jaccard(a.name, b.'full name', 2)");
    assert_false(expr_from_on(&x, "jaccard:9", (const char *const[]){"name", "name"},
                              &harness_expr_names, &root, &e));
    assert_false(expr_from_on(&x, "jaro", (const char *const[]){"name", "nmae"},
                              &harness_expr_names, &root, &e));
    assert_non_null(strstr(e.text, "no column \"nmae\""));
}

/* ---- What is wrong ---------------------------------------------------------------------------*/

/* A wrong text with a ^ after the place: the mark must stand below the character at the ^. The
 * words must be in the message or its hint. */
static const struct {
    const char *text, *words, *more;
} wrong[] = {
    {"", "a value is expected here", ""},
    {"jaro(^nmae)", "A.csv has no column \"nmae\"", "name"},
    {"jaro(a.name, ^b.nmae)", "B.csv has no column \"nmae\"", "name"},
    {"1 + ^a.citty", "has no column \"citty\"; it has name, city, size, born", ""},
    {"^levenstein(name)", "there is no metric \"levenstein\" and no such",
     "did you mean levenshtein?"},
    {"^if_mising(a.size, 1)", "no such function", "did you mean if_missing?"},
    {"jaro(name) ^= 1", "equality is written ==", ""},
    {"0.5 < a.size ^< 0.7", "comparisons cannot be chained", "0.5 < x && x < 0.7"},
    {"a.size == 1 ^== b.size", "comparisons cannot be chained", ""},
    {"a.city == ^'Oslo", "this quote has no end", ""},
    {"jaro(^\"name)", "this quote has no end", ""},
    {"a.size / ^0", "this divides by zero", ""},
    {"a.size / ^(0.0)", "this divides by zero", ""},
    {"1 + ^'x'", "a text can only be compared with a column", "a.city == 'Oslo'"},
    {"^'x' + 1", "a text can only be compared with a column", ""},
    {"jaro(name) == ^'x'", "a text can only be compared with a column", ""},
    {"'x' == ^'y'", "a text can only be compared with a column", ""},
    {"missing(^'x')", "a text can only be compared with a column", ""},
    {"^'x'", "a text can only be compared with a column", ""},
    {"a.city < ^'x'", "texts are compared by == and != alone", "days(a.born) < days(b.born)"},
    {"a.city == ^a.name", "columns of one side cannot be compared as texts", "number(a.x) =="},
    {"^a.city", "a column alone is neither a score nor a condition", "levenshtein(name)"},
    {"^name", "\"name\" alone has no meaning here", "a column is a.NAME or b.NAME"},
    {"0.5 * jaro(name) ^0.5", "an operator is expected here, or the end", "operators are"},
    {"jaro(name) ^and jaro(city)", "an operator is expected here, or the end", "&&"},
    {"jaro(name) ^& 1", "an operator is expected here, or the end", "&&"},
    {"2 *^* 3", "a value is expected here", ""},
    {"0.5 *", "a value is expected here", ""},
    {"(1 + 2", "an operator or \")\" is expected here", ""},
    {"1 + 2^)", "an operator is expected here, or the end", ""},
    {"min(^)", "a value is expected here", ""},
    {"min(1^)", "a comma and a second value are expected here", "max("},
    {"abs(1^, 2)", "an operator or \")\" is expected here", ""},
    {"steps(^)", "a value is expected here", ""},
    {"steps(a.size^)", "a comma and a weight are expected here", "steps(jaro(name), -4, 0.8"},
    {"steps(a.size, 1^)", "a comma and a threshold are expected here", "2 from there"},
    {"steps(a.size, 1, 2^)", "a comma and a weight are expected here", ""},
    {"steps(a.size, 1, 2, 3, 4^)", "a comma and a weight are expected here", ""},
    {"steps(a.size, 1, 2 ^- 1, 3)", "a comma or \")\" is expected here", ""},
    {"steps(a.size, 1, ^b.size, 3)", "a number is expected here", "steps(jaro(name)"},
    {"steps(a.size, ^)", "a number is expected here", ""},
    {"steps(a.size, ^--1)", "a number is expected here", ""},
    {"steps(a.size, 1, ^2x, 3)", "this is not a number", ""},
    {"steps(a.size, 1, ^-., 3)", "this is not a number", ""},
    {"steps(a.size, ^1e999, 2, 3)", "this number is too large", ""},
    {"steps(a.size, 1, 2, 3, ^2, 4)", "this threshold is not above the one before", ""},
    {"steps(a.size, 1, 2, 3, ^-5, 4)", "this threshold is not above the one before", ""},
    {"steps(^'x', 1, 2, 3)", "a text can only be compared with a column", ""},
    {"if_missing(a.size^)", "an operator or \",\" is expected here", ""},
    {"1 ? 2", "an operator or \":\" is expected here", ""},
    {"jaro(a.name^)", "a comma and the column of the other side", "levenshtein(a.name, b.title)"},
    {"jaro(a.name, ^a.city)", "b.COLUMN is expected here", ""},
    {"jaro(b.name, ^name)", "a.COLUMN is expected here", ""},
    {"jaro(^)", "a column is expected here", ""},
    {"a.^", "a column is expected here", ""},
    {"number(a.size ^+ 1)", "\")\" or a comma is expected here", "number(a.size) / 2"},
    {"^jaro(name, 3)", "jaro(COL) does not take 1 number", ""},
    {"^jaccard(name, 7)", "7 is not a value", "q is 1, 2 or 3"},
    {"jaccard(name, ^x)", "a number is expected here", ""},
    {"jaccard(name, 1, 2, ^3)", "there are too many numbers", ""},
    {"jaro(^lower(a.city), b.city)", "a metric compares columns, and \"lower\" is not one",
     "--normalize casefold"},
    {"number(codes(^size), 10)", "a column that is cleaned is read as a text", "text of the file"},
    {"codes(^city) == 'x'", "a.COLUMN or b.COLUMN is expected here", "codes(a.title)"},
    {"jaro(codes(a.city^, b.city))", "an operator or \")\" is expected here", ""},
    {"jaro(codes(city)^$", "is expected here", ""},
    {"jaro(codes(a.city), codes(^a.city))", "b.COLUMN is expected here", ""},
    {"^codes(a.size) > 3", "a column that is cleaned is read as a text", ""},
    {"jaro(^f(a.city), b.city)", "texts cannot be computed", "levenshtein(a.name, b.title)"},
    {"^lower(a.city) == b.city", "texts cannot be computed: axb has no function \"lower\"",
     "--normalize casefold"},
    {"jaro(^CONCAT(a.city), b.city)", "texts cannot be computed", "one by one"},
    {"^substr(a.city, 2) == 'x'", "texts cannot be computed", "--normalize"},
    {"^len(a.city) > 3", "texts cannot be computed", ""},
    {"^coalesce(a.size, 1)", "axb has no function \"coalesce\"", "if_missing(x, v)"},
    {"^IF(a.size > 1, 1, 0)", "axb has no function \"IF\"", "c ? x : y"},
    {"jaro(a.city ^|| a.name, b.city)", "texts cannot be joined", "one by one"},
    {"jaro(a.city ^+ a.name, b.city)", "texts cannot be joined", "one by one"},
    {"levenshtein(^\"x\", a.city)", "no column \"x\"", "a.city == 'Oslo'"},
    {"^not jaro(name)", "\"not\" is written !", "!(a.zip == b.zip)"},
    {"jaro(name) ^or jaro(city)", "an operator is expected here", "\"or\" is written ||"},
    {"jaro(name) ^AND jaro(city)", "an operator is expected here", "\"and\" is written &&"},
    {"a.city ^like 'x'", "an operator is expected here", "compared whole"},
    {"a.size ^between 1 and 2", "an operator is expected here", "x >= 1 && x <= 2"},
    {"a.size ^<> 1", "\"not equal\" is written !=", ""},
    {"a.size ^is null", "an operator is expected here", "missing(a.zip)"},
    {"^3x", "this is not a number", ""},
    {"1 + ^.", "this is not a number", ""},
    {"^1e999", "this number is too large", ""},
    {"1 + ^$", "a value is expected here", ""},
    {"^名前", "\"名前\" alone has no meaning here", ""},
    {"jaro(名前) + jaro(größe) + ^oops", "alone has no meaning here", ""},
};

/* The column of the screen below which the mark stands, and of the place in the text. */
static void check_mark(const char *message, const char *shown, size_t place)
{
    const char *text = strstr(message, "\n  ");
    const char *mark = text ? strchr(text + 1, '\n') : NULL;
    size_t width = 0;
    assert_true(text && mark && strncmp(text + 3, shown, strlen(shown)) == 0);
    for (size_t i = 0; i < place; i++) /* the wide characters of these tests have three bytes */
        width +=
            ((unsigned char)shown[i] & 0xc0) != 0x80 ? 1 + ((unsigned char)shown[i] >= 0xe0) : 0;
    assert_int_equal(strlen(mark + 1), 2 + width + 1);
    assert_int_equal(mark[1 + 2 + width], '^');
}

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[200];
        struct expr x = {0};
        struct err e = {0};
        uint32_t root;
        size_t place = strcspn(wrong[i].text, "^");
        snprintf(text, sizeof text, "%.*s%s", (int)place, wrong[i].text,
                 wrong[i].text + place + (wrong[i].text[place] == '^'));
        if (expr_parse(&x, text, "--score", &harness_expr_names, &root, &e))
            fail_msg("%s is taken for right", text);
        if (getenv("AXB_SHOW"))
            err_print(&e, stderr);
        assert_int_equal(e.status, ERR_USAGE);
        if (!strstr(e.text, wrong[i].words) ||
            !(strstr(e.text, wrong[i].more) || strstr(e.hint, wrong[i].more)))
            fail_msg("%s: %s / %s", text, e.text, e.hint);
        check_mark(e.text, text, place);
    }
}

/* `repeat` n times between head and tail is refused with these words. */
static void check_refused(const char *head, const char *repeat, int n, const char *tail,
                          const char *words)
{
    struct expr x = {0};
    struct err e = {0};
    uint32_t root;
    char *text = calloc(1, strlen(head) + (size_t)n * strlen(repeat) + strlen(tail) + 1);
    assert_non_null(text);
    strcpy(text, head);
    for (int i = 0; i < n; i++)
        strcat(text, repeat);
    strcat(text, tail);
    assert_false(expr_parse(&x, text, "--score", &harness_expr_names, &root, &e));
    if (getenv("AXB_SHOW"))
        err_print(&e, stderr);
    if (!strstr(e.text, words) || !strstr(e.text, "…") || e.text[strlen(e.text) - 1] != '^')
        fail_msg("%s", e.text);
    free(text);
}

static void test_system_limits(void **state)
{
    (void)state;
    check_refused("", "(", 100, "1", "nested too deeply");
    check_refused("", "-", 100, "a.size", "nested too deeply");
    check_refused("", "abs(", 100, "1", "nested too deeply");
    check_refused("1", " + a.size", EXPR_MAX_NODES, "", "the expression is too long");
    check_refused("a.city == '", "x", 300, "'", "this is longer than 255 bytes");
    check_refused("jaro(", "x", 300, ")", "this is longer than 255 bytes");
    check_refused("1 + ", " ", 300, "$", "a value is expected here");
    check_refused("", "名", 300, "(1)", "this is longer than 255 bytes");
}

/* Columns and texts of an expression each have a place only once; but there is an end. */
static void test_room(void **state)
{
    (void)state;
    struct expr x = {0};
    struct err e = {0};
    char text[12000] = "1";
    uint32_t root;
    for (int i = 0; i <= EXPR_MAX_TERMS; i++)
        sprintf(text + strlen(text), " + number(name, %d)", i + 2);
    assert_false(expr_parse(&x, text, "--where", &harness_expr_names, &root, &e));
    assert_non_null(strstr(e.text, "--where: more than 64 metrics are used"));
    strcpy(text, "1");
    for (int i = 0; i < 40; i++)
        sprintf(text + strlen(text), " && a.city == '%0*d'", 250, i);
    x = (struct expr){0};
    assert_false(expr_parse(&x, text, "--where", &harness_expr_names, &root, &e));
    assert_non_null(strstr(e.text, "there is too much text"));
    strcpy(text, "1");
    for (int i = 0; i < EXPR_MAX_NUMBERS / 9; i++)
        strcat(text, "+steps(1,0,1,1,2,2,3,3,4,4)");
    x = (struct expr){0};
    root = harness_expr_parse(&x, text);
    assert_int_equal(root, x.n_nodes - 1);
    strcat(text, "+steps(1,0,1,1,2,2,3,3,4,4)");
    x = (struct expr){0};
    assert_false(expr_parse(&x, text, "--where", &harness_expr_names, &root, &e));
    assert_non_null(strstr(e.text, "more than 2048 numbers are used"));
    strcpy(text, "1");
    for (int i = 0; i < 40; i++)
        sprintf(text + strlen(text), " && a.'full name' == '%0*d'", 150, 7);
    x = (struct expr){0};
    assert_true(expr_parse(&x, text, "--where", &harness_expr_names, &root, &e));
    assert_int_equal(x.n_columns, 1);
    assert_false(expr_parse(&x, "a.city == '\xff'", "--where", &harness_expr_names, &root, &e));
    assert_non_null(strstr(e.text, "byte 12 of it is not UTF-8"));
}

/* A text of several lines and with tabs is shown on one. */
static void test_lines(void **state)
{
    (void)state;
    struct expr x = {0};
    struct err e = {0};
    uint32_t root;
    assert_int_equal(harness_expr_parse(&x, "1\n\t+ a.size\n"), 2);
    assert_false(expr_parse(&x, "1\n\t+ $", "--score", &harness_expr_names, &root, &e));
    assert_string_equal(e.text, "--score: a value is expected here\n  1  + $\n       ^");
}

/* ---- Printing --------------------------------------------------------------------------------*/

/* The text prints as `expected`, and that as itself, with the same tree. */
static void check_print(const char *text, const char *expected)
{
    char printed[8192], again[8192], *first;
    struct expr x = {0}, y = {0};
    uint32_t root = harness_expr_parse(&x, text);
    expr_print(&x, root, printed, sizeof printed);
    if (expected)
        assert_string_equal(printed, expected);
    root = harness_expr_parse(&y, printed);
    expr_print(&y, root, again, sizeof again);
    assert_string_equal(printed, again);
    first = strdup(tree(text));
    assert_non_null(first);
    assert_string_equal(first, tree(printed));
    free(first);
}

static void test_print(void **state)
{
    (void)state;
    check_print("((1)+(2))*3", "(1 + 2) * 3");
    check_print("1-(2-3)-4", "1 - (2 - 3) - 4");
    check_print("1/(2*3)", "1 / (2 * 3)");
    check_print("0.1+1e300*-2-0.30000000000000004", "0.1 + 1e+300 * -2 - 0.30000000000000004");
    check_print("(1<2)==(3<4)", "(1 < 2) == (3 < 4)");
    check_print("(1?2:3)?(4?5:6):7", "(1 ? 2 : 3) ? 4 ? 5 : 6 : 7");
    check_print("!(1&&2||!3)", "!(1 && 2 || !3)");
    check_print("(1||2)&&3", "(1 || 2) && 3");
    check_print("--a.size - -1", "--number(a.size) - -1");
    check_print("a.city == b.city", "equal(a.city, b.city)");
    check_print("b.city != a.city && 1", "a.city != b.city && 1");
    check_print("(a.city != b.city) == 0", "(a.city != b.city) == 0");
    check_print("a.\"full name\" != \"it's\"", "a.'full name' != \"it's\"");
    check_print("!(a.city == 'x')", "!(a.city == 'x')");
    check_print("missing(a.city) || missing(jaro(name))",
                "missing(a.city) || missing(jaro(a.name, b.name))");
    check_print("missing(3) + missing(a.city == 'x')", "missing(3) + missing(a.city == 'x')");
    check_print("if_missing(number(a.size), days(b.born))",
                "if_missing(number(a.size), days(b.born))");
    check_print("number(size, 0.1) + number(size)",
                "number(a.size, b.size, 0.1) + number(a.size, b.size)");
    check_print("1+steps(-jaro(name),-4.50,0.80,2e0,.95,70)",
                "1 + steps(-jaro(a.name, b.name), -4.5, 0.8, 2, 0.95, 70)");
    check_print("soft_min(1,-2)*3", "soft_min(1, -2) * 3");
    check_print("min(1, max(2, 3), -abs(4))", "min(min(1, max(2, 3)), -abs(4))");
}

static void test_print_random(void **state)
{
    (void)state;
    char text[8192];
    size_t longest = 0;
    for (uint32_t i = 0; i < EXPRESSIONS; i++) {
        twin_expr_random(i, &harness_expr_columns, i % 3 == 0, text, sizeof text);
        longest = strlen(text) > longest ? strlen(text) : longest;
        check_print(text, NULL);
    }
    if (getenv("AXB_SHOW"))
        print_message("the longest of %u has %zu bytes\n", EXPRESSIONS, longest);
}

/* Too little capacity cuts, and writes nothing beyond it. */
static void test_print_cut(void **state)
{
    (void)state;
    struct expr x = {0};
    uint32_t root = harness_expr_parse(&x, "jaro(name) + a.size");
    char whole[100], part[100];
    expr_print(&x, root, whole, sizeof whole);
    for (size_t capacity = 1; capacity < sizeof part; capacity++) {
        memset(part, '#', sizeof part);
        expr_print(&x, root, part, capacity);
        assert_true(strncmp(part, whole, capacity - 1) == 0 && strlen(part) < capacity);
        for (size_t i = capacity; i < sizeof part; i++)
            assert_int_equal(part[i], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),          cmocka_unit_test(test_names),
        cmocka_unit_test(test_cleaned_columns), cmocka_unit_test(test_texts),
        cmocka_unit_test(test_missing),         cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_short_form),      cmocka_unit_test(test_errors),
        cmocka_unit_test(test_system_limits),   cmocka_unit_test(test_room),
        cmocka_unit_test(test_lines),           cmocka_unit_test(test_print),
        cmocka_unit_test(test_print_random),    cmocka_unit_test(test_print_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
