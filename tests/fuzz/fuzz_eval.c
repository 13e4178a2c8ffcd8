/* Any bytes as the two files of `axb eval`, separated by a byte 0xFF: they are refused, or the
 * counts of pairs are those of sets made in the plainest way. As clusters, where a header says so,
 * they are refused or counted. */
#include "core/log.h"
#include "data/source/sniff.h"
#include "matcher/eval/eval.h"
#include "tests/fuzz/fuzz.h"
#include "tests/twin/twin_csv.h"

#include <omp.h>
#include <string.h>

#define MAX_BYTES 2048u

/* A pair of ids, in the fields of a twin. */
struct pair {
    const char *p;
    size_t n;
};

/* The first two fields of each record that has both, each pair once; the header is no record. */
static size_t pairs_of(const struct twin_csv *twin, uint32_t n_columns, struct pair *pairs)
{
    size_t at = 0, n = 0;
    for (uint64_t r = 0; r < twin->n_rows; r++) {
        size_t begin = at, end = at;
        bool missing = r == 0;
        for (uint32_t c = 0; c < n_columns; c++) {
            uint64_t bytes;
            memcpy(&bytes, twin->fields.p + at, sizeof bytes);
            missing = missing || (c < 2 && bytes == UINT64_MAX);
            at += sizeof bytes + (bytes == UINT64_MAX ? 0 : bytes);
            end = c < 2 ? at : end;
        }
        struct pair pair = {twin->fields.p + begin, end - begin};
        for (size_t i = 0; i < n && !missing; i++)
            missing = pairs[i].n == pair.n && memcmp(pairs[i].p, pair.p, pair.n) == 0;
        if (!missing)
            pairs[n++] = pair;
    }
    return n;
}

static uint32_t count_columns(const struct csv_text *text)
{
    struct csv_record record = {0};
    struct arena arena = {0};
    struct csv_format format = {.delimiter = ','};
    csv_record_read(text, &format, 0, &arena, &record);
    uint32_t n = record.n_fields;
    csv_record_free(&record);
    arena_free(&arena);
    return n;
}

static void check_counts(const struct csv_text text[2], const struct eval_counts *counted)
{
    static struct pair pairs[2][MAX_BYTES];
    struct twin_csv twin[2];
    size_t n[2], both = 0;
    for (int i = 0; i < 2; i++) {
        struct csv_format format = {.delimiter = ',', .n_columns = count_columns(&text[i])};
        twin_csv_read(&twin[i], &text[i], &format);
        FUZZ_EXPECT(twin[i].fault.kind == CSV_RIGHT);
        n[i] = pairs_of(&twin[i], format.n_columns, pairs[i]);
    }
    for (size_t i = 0; i < n[0]; i++)
        for (size_t k = 0; k < n[1]; k++)
            both += pairs[0][i].n == pairs[1][k].n &&
                    memcmp(pairs[0][i].p, pairs[1][k].p, pairs[0][i].n) == 0;
    FUZZ_EXPECT(counted->found == n[0] && counted->truth == n[1] && counted->both == both);
    twin_csv_free(&twin[0]);
    twin_csv_free(&twin[1]);
}

/* A file in memory, with the bytes that csv_record_read may look at after them. */
static struct csv_text give_file(int side, struct fuzz_input part, char path[32], char *spare)
{
    static int fds[2] = {-1, -1};
    fuzz_file(&fds[side], path, part.p, part.n);
    bool marked = part.n >= 3 && memcmp(part.p, "\xEF\xBB\xBF", 3) == 0;
    part.n -= 3 * marked;
    memcpy(spare, part.p + 3 * marked, part.n);
    memset(spare + part.n, 0, CSV_SPARE_BYTES);
    for (size_t i = 0; i < part.n && !memchr(part.p + 3 * marked, '\n', part.n); i++)
        spare[i] = (char)(spare[i] == '\r' ? '\n' : spare[i]); /* lines that end in CR alone */
    const struct csv_text whole = {spare, part.n};
    char delimiter;
    const size_t from = sniff_separator_line(&whole, &delimiter); /* "sep=," is no record */
    return (struct csv_text){spare + from, part.n - from};
}

/* What their headers make of the files is counted or refused, and no share is above 1. */
static void check_by_header(struct eval *eval)
{
    static struct eval_report report;
    struct err e = {0};
    eval->n_tables = OPTS_TABLES_AUTO;
    eval->asked[0].form = eval->asked[1].form = EVAL_BY_HEADER;
    if (!eval_compare(eval, &report, &e)) {
        FUZZ_EXPECT(e.status != ERR_SOFTWARE && e.text[0]);
        return;
    }
    const struct eval_clusters *c = &report.clusters;
    FUZZ_EXPECT(report.all.both <= report.all.found && report.all.both <= report.all.truth);
    FUZZ_EXPECT(c->pairs.both <= c->pairs.found && c->pairs.both <= c->pairs.truth);
    FUZZ_EXPECT(c->bcubed_precision <= 1 + 1e-9 && c->bcubed_recall <= 1 + 1e-9);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static char spare[2][MAX_BYTES + CSV_SPARE_BYTES];
    struct fuzz_input in = {data, n};
    static struct eval_report report;
    char path[2][32];
    struct csv_text text[2];
    struct err e = {0};
    struct eval eval = {.n_tables = OPTS_TABLES_TWO};
    if (n > MAX_BYTES)
        return 0;
    omp_set_num_threads(1);
    for (int i = 0; i < 2; i++) {
        text[i] = give_file(i, fuzz_until(&in, 0xFF), path[i], spare[i]);
        eval.asked[i] =
            (struct eval_asked){.path = path[i],
                                .reading = {.header = true, .delimiter = ',', .encoding = "utf-8"},
                                .form = EVAL_PAIRS};
    }
    log_setup(LOG_QUIET, LOG_PROGRESS_NEVER);
    if (eval_compare(&eval, &report, &e))
        check_counts(text, &report.all);
    else
        FUZZ_EXPECT((e.status == ERR_DATA || e.status == ERR_OS) && e.text[0]);
    check_by_header(&eval);
    return 0;
}
