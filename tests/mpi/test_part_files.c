/* The folder of the parts of a run: what an earlier job left there is taken up, and nothing else.
 */
#include "matcher/mpi/part_files.h"

#include "core/log.h"
#include "data/out.h"
#include "matcher/shard/shard_file.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN "axb 0\nrun 1\n"

static char folder[64], output[80];

static int make_folder(void **state)
{
    (void)state;
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    snprintf(folder, sizeof folder, "/tmp/axb-parts-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(output, sizeof output, "%s/pairs.csv", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* Writes a part (from 0) of a run with this identity. */
static void write_part(uint32_t part, uint32_t of, const char *identity)
{
    char text[40];
    struct out out;
    struct err e;
    snprintf(text, sizeof text, "%s", identity);
    const struct shard_file f = {
        .shard = {part + 1, of}, .row_to = 10, .n_rows = 10, .by_row = true, .identity = text};
    char *path = part_files_path(output, part, of, "shard"), *head = shard_file_head(&f);
    assert_true(out_open(&out, path, &e) && out_write(&out, head, strlen(head), &e) &&
                out_checksum_begin(&out, strlen(head), &e) &&
                shard_file_end(&out, 0, part + 100, 0, &e) && out_commit(&out, &e));
    free(head);
    free(path);
}

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* Opens the folder of a run in `asked` parts; the status of what goes wrong. */
static int open_parts(struct part_files *f, uint32_t asked)
{
    struct err e = {0};
    (void)part_files_open(f, output, RUN, asked, &e);
    return (int)e.status;
}

/* Which parts are whole, as bits. */
static void note_part(void *found, uint32_t part, uint64_t pairs)
{
    *(unsigned *)found |= 1u << part;
    assert_int_equal(pairs, part + 100);
}

static int find_parts(const struct part_files *f, unsigned *found)
{
    struct err e = {0};
    *found = 0;
    (void)part_files_find(f, note_part, found, &e);
    return (int)e.status;
}

/* Removes the parts; the folder goes with them. */
static void end_parts(struct part_files *f)
{
    part_files_remove(f);
    assert_int_equal(access(f->folder, F_OK), -1);
    part_files_close(f);
}

static void test_a_new_folder_has_no_parts(void **state)
{
    struct part_files f;
    unsigned found;
    (void)state;
    assert_int_equal(open_parts(&f, 0), ERR_NONE);
    assert_int_equal(f.of, 0);
    part_files_close(&f);
    assert_int_equal(open_parts(&f, 5), ERR_NONE);
    assert_int_equal(f.of, 5);
    assert_int_equal(find_parts(&f, &found), ERR_NONE);
    assert_int_equal(found, 0);
    end_parts(&f);
}

static void test_whole_parts_are_found(void **state)
{
    struct part_files f;
    unsigned found;
    (void)state;
    assert_int_equal(open_parts(&f, 12), ERR_NONE);
    part_files_close(&f);
    write_part(2, 12, RUN);
    write_part(10, 12, RUN);
    char *journal = part_files_path(output, 4, 12, "journal");
    write_text(journal, "begun");
    free(journal);
    assert_int_equal(open_parts(&f, 0), ERR_NONE);
    assert_int_equal(f.of, 12);
    assert_int_equal(find_parts(&f, &found), ERR_NONE);
    assert_int_equal(found, 1u << 2 | 1u << 10);
    end_parts(&f);
}

/* Files that are not called as parts are say nothing of the run, not even how many parts it has. */
static void test_other_names_are_no_parts(void **state)
{
    static const char *const names[] = {"part-03-of-5.shard", "part- 3-of-5.shard",
                                        "part-+3-of-5.shard", "part-1-of-999999999.shard"};
    struct part_files f;
    unsigned found;
    char path[200];
    (void)state;
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    write_part(2, 4, RUN);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f.folder, names[i]);
        write_text(path, "");
    }
    part_files_close(&f);
    assert_int_equal(open_parts(&f, 0), ERR_NONE);
    assert_int_equal(f.of, 4);
    assert_int_equal(find_parts(&f, &found), ERR_NONE);
    assert_int_equal(found, 1u << 2);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", f.folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
    end_parts(&f);
}

static void test_a_run_keeps_its_number_of_parts(void **state)
{
    struct part_files f;
    (void)state;
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    write_part(1, 4, RUN);
    part_files_close(&f);
    assert_int_equal(open_parts(&f, 5), ERR_USAGE);
    part_files_close(&f);
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    end_parts(&f);
}

static void test_parts_of_another_run_are_refused(void **state)
{
    struct part_files f;
    unsigned found;
    (void)state;
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    write_part(1, 4, "axb 0\nrun 2\n");
    assert_int_equal(find_parts(&f, &found), ERR_USAGE);
    end_parts(&f);
}

static void test_a_damaged_part_is_missing(void **state)
{
    struct part_files f;
    unsigned found;
    (void)state;
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    write_part(0, 4, RUN);
    write_part(1, 4, RUN);
    char *path = part_files_path(output, 1, 4, "shard");
    assert_int_equal(truncate(path, 50), 0);
    free(path);
    assert_int_equal(find_parts(&f, &found), ERR_NONE);
    assert_int_equal(found, 1);
    end_parts(&f);
}

static void test_files_of_others_stay(void **state)
{
    struct part_files f;
    unsigned found;
    char mine[120];
    (void)state;
    assert_int_equal(open_parts(&f, 4), ERR_NONE);
    write_part(3, 4, RUN);
    snprintf(mine, sizeof mine, "%s/part-of-mine.txt", f.folder);
    write_text(mine, "mine");
    part_files_remove(&f);
    assert_int_equal(find_parts(&f, &found), ERR_NONE);
    assert_int_equal(found, 0);
    assert_int_equal(unlink(mine), 0);
    end_parts(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_new_folder_has_no_parts),
        cmocka_unit_test(test_whole_parts_are_found),
        cmocka_unit_test(test_other_names_are_no_parts),
        cmocka_unit_test(test_a_run_keeps_its_number_of_parts),
        cmocka_unit_test(test_parts_of_another_run_are_refused),
        cmocka_unit_test(test_a_damaged_part_is_missing),
        cmocka_unit_test(test_files_of_others_stay),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
