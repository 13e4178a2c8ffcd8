/* page: the life of its file, what is cut, and marks on random spans. What pages look like inside
 * is checked by check.py. */
#include "matcher/page/page.h"
#include "tests/harness/harness_random.h"
#include "tests/harness/harness_run.h"
#include "tests/page/page_folder.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *read_page(void)
{
    size_t n;
    return harness_read(PAGE_FILE, &n);
}

static unsigned count(const char *text, const char *what)
{
    unsigned n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

static void open_page(struct page *p)
{
    struct err e = {0};
    if (!page_open(p, PAGE_FILE, &e))
        fail_msg("%s", e.text);
}

/* Ends the page and returns its text, which the caller frees. */
static char *finish(struct page *p)
{
    struct err e = {0};
    if (!page_finish(p, &e))
        fail_msg("%s", e.text);
    return read_page();
}

/* ---- The file --------------------------------------------------------------------------------*/

static void test_appears_as_a_whole(void **state)
{
    (void)state;
    struct page p;
    page_folder_write_old();
    open_page(&p);
    page_paragraph(&p, "new");
    char *text = read_page();
    assert_string_equal(text, "old");
    free(text);
    text = finish(&p);
    assert_non_null(strstr(text, "<p>new</p>"));
    free(text);
    page_drop(&p);
    text = read_page();
    assert_non_null(strstr(text, "<p>new</p>"));
    free(text);
}

/* The first descriptor that is free: the same again if all that were opened are closed. */
static int free_descriptor(void)
{
    const int fd = dup(STDERR_FILENO);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static void test_dropped(void **state)
{
    (void)state;
    struct page p, none = {0};
    const int before = free_descriptor();
    page_folder_write_old();
    open_page(&p);
    page_section(&p, "new");
    page_drop(&p);
    page_drop(&p);
    page_drop(&none);
    assert_int_equal(free_descriptor(), before);
    char *text = read_page();
    assert_string_equal(text, "old");
    free(text);
}

static void test_refused(void **state)
{
    (void)state;
    struct page p;
    struct err e = {0};
    assert_false(page_open(&p, ".", &e));
    assert_int_equal(e.status, ERR_IO);
    assert_false(page_open(&p, "/nowhere/at/all/page.html", &e));
    assert_int_equal(e.status, ERR_IO);
    page_drop(&p);
}

static void test_full_disk(void **state)
{
    (void)state;
    struct page p;
    struct err e = {0};
    assert_true(page_open(&p, "/dev/full", &e));
    page_paragraph(&p, "new");
    assert_false(page_finish(&p, &e));
    assert_int_equal(e.status, ERR_IO);
}

/* ---- Elements --------------------------------------------------------------------------------*/

/* The head comes first, whenever it is said; without one there is a title. */
static void test_head(void **state)
{
    (void)state;
    struct page p;
    open_page(&p);
    page_section(&p, "One & two");
    page_head(&p, &(struct page_head){.title = "Three < four", .version = "axb 9", .seconds = 2});
    char *text = finish(&p);
    const char *head = strstr(text, "<h1>Three &lt; four</h1>");
    assert_non_null(head);
    assert_non_null(strstr(head, "took 2.0 s"));
    assert_non_null(strstr(head, "<a href=\"#section-1\">One &amp; two</a>"));
    assert_non_null(strstr(head, "<h2>One &amp; two</h2>"));
    free(text);
    open_page(&p);
    text = finish(&p);
    assert_int_equal(count(text, "<title>"), 1);
    free(text);
}

static void test_facts_make_one_list(void **state)
{
    (void)state;
    struct page p;
    open_page(&p);
    page_fact(&p, "a", "%d", 1);
    page_fact(&p, "b", "%d", 2);
    page_paragraph(&p, "between");
    page_fact(&p, "c", "%d", 3);
    char *text = finish(&p);
    assert_int_equal(count(text, "<dl>"), 2);
    assert_int_equal(count(text, "</dl>"), 2);
    assert_int_equal(count(text, "<dt>"), 3);
    free(text);
}

static void test_tables_are_cut(void **state)
{
    (void)state;
    struct page p;
    open_page(&p);
    page_table_begin(
        &p, &(struct page_table){.column = (struct page_column[]){{"a", false}, {"b", true}},
                                 .n_columns = 2,
                                 .most_rows = 10});
    for (unsigned i = 0; i < 41; i++)
        page_cell_count(&p, i);
    page_paragraph(&p, "ends it");
    char *text = finish(&p);
    assert_int_equal(count(text, "<tr>"), 11);
    assert_int_equal(count(text, "<td"), 20);
    assert_non_null(strstr(text, "11 further rows are not shown."));
    free(text);
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    struct page p;
    const size_t n = 1000000;
    char *large = malloc(n + 1);
    assert_non_null(large);
    memset(large, '"', n);
    large[n] = 0;
    open_page(&p);
    page_lines(&p, (struct bytes){large, (uint32_t)n});
    page_paragraph(&p, "%s", large);
    page_fact(&p, "key", "%s", large);
    page_head(&p, &(struct page_head){.title = large, .version = "axb 9", .seconds = 1});
    free(large);
    char *text = finish(&p);
    assert_int_equal(count(text, "… 983,616 more bytes"), 3);
    assert_true(strstr(text, "</title>") - strstr(text, "<title>") < 3000);
    assert_true(strlen(text) < 500000);
    free(text);
}

/* ---- Marks -----------------------------------------------------------------------------------*/

/* Takes marks away: what is left must be the value. And no character is cut by them. */
static void check_marked(const char *page, const char *value)
{
    const char *from = strstr(page, "data-side=\"a\"><bdi>");
    assert_non_null(from);
    from += strlen("data-side=\"a\"><bdi>");
    const char *to = strstr(from, "</bdi>");
    char plain[200];
    size_t n = 0;
    while (from < to)
        if (*from == '<')
            from = strchr(from, '>') + 1;
        else
            plain[n++] = *from++;
    plain[n] = 0;
    assert_string_equal(plain, value);
    assert_null(strstr(page, "\ufffd"));
}

static void test_random_spans(void **state)
{
    (void)state;
    static const char *const piece[] = {"a", "\u00e9", "\u6771", "\U0001f600", "b"};
    harness_seed(1);
    for (unsigned round = 0; round < 300; round++) {
        char value[100] = "";
        struct page p;
        struct page_span span[5];
        const uint32_t n_pieces = harness_below(12), n = harness_below(6);
        for (uint32_t k = 0; k < n_pieces; k++)
            strcat(value, piece[harness_below(5)]);
        for (uint32_t k = 0, at = 0; k < n; k++) {
            span[k].from = at += harness_below(5);
            span[k].to = at += harness_below(5);
        }
        open_page(&p);
        const struct bytes a = {value, (uint32_t)strlen(value)};
        page_pair(&p, &(struct page_pair){
                          .id = {a, a},
                          .n_fields = 1,
                          .field = &(struct page_field){"x", {{a, span, n}, {a, NULL, 0}}, NULL}});
        char *text = finish(&p);
        check_marked(text, value);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appears_as_a_whole),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_facts_make_one_list),
        cmocka_unit_test(test_tables_are_cut),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_random_spans),
    };
    return cmocka_run_group_tests(tests, page_folder_make, page_folder_remove);
}
