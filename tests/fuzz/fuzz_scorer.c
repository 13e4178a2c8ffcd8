/* What a module says of itself, in which its own code may have written anything: its axb_module is
 * checked before it is believed, and so are the reports of the children that ran it. The first byte
 * picks which of the three the rest is; changes of valid ones are near, any bytes far. */
#include "matcher/scorer/scorer_internal.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static char *const columns[] = {"name", "city", "born"};
static const struct scorer_headers headers = {columns, 3, columns, 2};

/* Changes: a place in units of four bytes, how many, and the bytes, again and again. */
static void change(void *object, size_t bytes, struct fuzz_input *in)
{
    char *p = object;
    while (in->n > 2) {
        size_t at = (fuzz_byte(in) + (size_t)(fuzz_byte(in) << 8)) % (bytes / 4) * 4;
        for (size_t n = fuzz_byte(in) & 7u, i = 0; i <= n && at + i < bytes; i++)
            p[at + i] = (char)fuzz_byte(in);
    }
}

static uint32_t no_match(const void *const *a, uint32_t i, const void *const *b, uint32_t from,
                         uint32_t to, double min, uint32_t *hits, double *scores)
{
    (void)a, (void)i, (void)b, (void)from, (void)to, (void)min, (void)hits, (void)scores;
    return 0;
}

static double no_score(const void *const *a, uint32_t i, const void *const *b, uint32_t j)
{
    (void)a, (void)i, (void)b, (void)j;
    return 0;
}

static void prepare_nothing(const void *const *a, uint32_t i, void *out)
{
    (void)a, (void)i, (void)out;
}

/* An axb_module and its fields, changed but for what is a pointer: those of a module that was
 * loaded are the loader's affair. */
static void check_module(struct fuzz_input *in)
{
    axb_field fields[4] = {{0, AXB_TEXT, columns[0]}, {1, AXB_DAYS, columns[1]}};
    axb_module m = {.abi = AXB_ABI, .bytes = sizeof m};
    struct err e;
    uint8_t functions = fuzz_byte(in);
    change(fields, sizeof fields, in);
    change(&m, sizeof m, in);
    m.fields = functions & 1 ? fields : NULL;
    m.n_fields = m.n_fields > 4 && m.n_fields <= SCORER_MAX_FIELDS ? 4 : m.n_fields;
    for (int i = 0; i < 4; i++)
        fields[i].column = functions & 2 ? columns[i % 3] : NULL;
    m.match = functions & 4 ? no_match : NULL;
    m.score = functions & 8 ? no_score : NULL;
    m.prepare_a = m.prepare_b = functions & 16 ? prepare_nothing : NULL;
    m.where = functions & 32 ? "a.name == b.name" : NULL;
    if (!scorer_check_module(&m, &e)) {
        FUZZ_EXPECT(e.status == ERR_SCORER);
        return;
    }
    struct scorer_child c = {0};
    struct scorer s = {.fd = -1, .terms_fd = -1, .path = "fuzz.so"};
    scorer_fill_report(&c.report, &m, &c.more, &c.report.bytes);
    if (scorer_take_report(&s, &c, &headers, &e)) /* what was checked is told, and taken */
        FUZZ_EXPECT(s.n_fields == m.n_fields && !s.where == !m.where);
    else
        FUZZ_EXPECT(e.status == ERR_SCORER && strstr(e.text, "has none"));
    free(c.more);
    scorer_close(&s);
}

/* A report of the probe: its numbers from the first bytes, the fields from the others. */
static void check_report(struct fuzz_input *in)
{
    struct scorer_child c = {.whole = true};
    struct scorer s = {.fd = -1, .terms_fd = -1, .path = "fuzz.so"};
    struct err e;
    uint8_t choice = fuzz_byte(in);
    c.report.has_where = choice & 1;
    c.report.error.status = choice & 2 ? (enum err_status)fuzz_byte(in) : ERR_NONE;
    c.report.n_fields = choice & 4 ? fuzz_byte(in) * 0x01010101u : fuzz_byte(in) % 8u;
    c.report.prepared_bytes = fuzz_byte(in) * (choice & 8 ? 1ull << 40 : 1ull);
    c.report.bytes = in->n;
    c.more = calloc(in->n + 1, 1);
    FUZZ_EXPECT(c.more != NULL);
    memcpy(c.more, in->p, in->n);
    bool ok = scorer_take_report(&s, &c, &headers, &e);
    const enum err_status told = c.report.error.status; /* of what is not the module's fault */
    FUZZ_EXPECT(ok || e.status == ERR_SCORER || told == ERR_OS || told == ERR_UNAVAILABLE);
    for (size_t i = 0; ok && i < s.n_fields; i++) {
        const struct scorer_field *f = &s.fields[i];
        FUZZ_EXPECT(f->side < 2 && f->column < scorer_columns(&headers, f->side));
        FUZZ_EXPECT(f->kind >= AXB_TEXT && f->kind <= AXB_DAYS);
    }
    free(c.more);
    scorer_close(&s);
}

/* A claim about AXB_MONOTONE; what is taken of it is a text with an end. */
static void check_claim(struct fuzz_input *in)
{
    struct scorer_claim claim = {.terms.n = 2};
    struct scorer_child c = {.whole = true, .report.bytes = sizeof claim};
    struct scorer s = {.fd = -1, .terms_fd = -1, .path = "fuzz.c"};
    struct err e;
    char *where = NULL;
    for (int i = 0; i < 2; i++) {
        claim.terms.term[i] = (struct axb_term){.metric = "levenshtein", .value = 0.5};
        claim.need[i] = 0.5;
    }
    change(&claim, sizeof claim, in);
    c.more = (char *)&claim;
    if (scorer_take_claim(&s, &c, 0, &headers, &where, &e))
        FUZZ_EXPECT(where && strlen(where) < AXB_MAX_TERMS * 200);
    else
        FUZZ_EXPECT(e.status == ERR_SCORER && !where);
    free(where);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fuzz_input in = {data, n};
    switch (fuzz_byte(&in) % 3) {
    case 0:
        check_module(&in);
        break;
    case 1:
        check_report(&in);
        break;
    default:
        check_claim(&in);
    }
    return 0;
}
