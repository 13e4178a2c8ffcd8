/* The folder of a test of pages: the test works in it, and nothing but its page may be left there.
 */
#ifndef AXB_TESTS_PAGE_PAGE_FOLDER_H
#define AXB_TESTS_PAGE_PAGE_FOLDER_H

#include "tests/harness/harness_run.h"

#include <stdlib.h>
#include <unistd.h>

#define PAGE_FILE "page.html"

static char page_folder[] = "/tmp/axb-page-XXXXXX";

/* Set-up of a group of tests. */
static int page_folder_make(void **state)
{
    (void)state;
    return mkdtemp(page_folder) ? chdir(page_folder) : -1;
}

/* Tear-down; fails if something was left. */
static int page_folder_remove(void **state)
{
    (void)state;
    unlink(PAGE_FILE);
    return rmdir(page_folder);
}

/* The page as it was before. */
static inline void page_folder_write_old(void)
{
    harness_write_text(PAGE_FILE, "old");
}

#endif
