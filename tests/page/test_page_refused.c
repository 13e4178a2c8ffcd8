/* What a page does when the system refuses: each call fails once, and each time the page appears as
 * a whole, or the caller is told and the old file is as it was. The calls are those of
 * harness_refuse.c. */
#include "matcher/page/chart.h"
#include "tests/harness/harness_refuse.h"
#include "tests/page/page_folder.h"
#include "tests/test.h"

#include <errno.h>
#include <stdio.h>

#define TIMES 5000u /* so many that cells are drawn, which takes memory */

/* The end of the file, at most 7 characters of it. */
static void read_end(char end[8])
{
    FILE *f = fopen(PAGE_FILE, "r");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    fseek(f, ftell(f) < 7 ? 0 : -7, ftell(f) < 7 ? SEEK_SET : SEEK_END);
    end[fread(end, 1, 7, f)] = 0;
    fclose(f);
}

static void add_elements(struct page *p)
{
    static struct chart_time time[TIMES];
    for (unsigned i = 0; i < TIMES; i++)
        time[i] = (struct chart_time){i, i + 0.5, i % 4, 0};
    page_head(p, &(struct page_head){.title = "a page", .version = "axb 9", .seconds = 1});
    page_section(p, "a section");
    page_fact(p, "a", "%d", 1);
    page_paragraph(p, "%s", "b");
    chart_timeline(p, &(struct chart_timeline){.about = {"c", NULL},
                                               .n_lanes = 4,
                                               .kind_name = (const char *const[]){"d"},
                                               .n_kinds = 1,
                                               .time = time,
                                               .n = TIMES});
}

static bool write_page(struct err *e)
{
    struct page p;
    if (!page_open(&p, PAGE_FILE, e))
        return false;
    add_elements(&p);
    return page_finish(&p, e);
}

static void test_each_call(void **state)
{
    (void)state;
    long k = 0, told = 0;
    for (bool refused = true; refused; k++) {
        char end[8];
        struct err e = {0};
        page_folder_write_old();
        harness_refuse(k, ENOMEM);
        const bool ok = write_page(&e);
        refused = harness_refuse_end();
        read_end(end);
        assert_string_equal(end, ok ? "/html>\n" : "old");
        assert_true(ok || (e.status == ERR_OS || e.status == ERR_IO));
        assert_true(ok || refused);
        told += !ok;
    }
    assert_true(k > 10 && told > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call),
    };
    return cmocka_run_group_tests(tests, page_folder_make, page_folder_remove);
}
