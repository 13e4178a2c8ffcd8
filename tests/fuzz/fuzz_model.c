/* Any bytes as a model: they are refused with a message, or what is written of the model is a model
 * that is written in the same way, its score and its condition are expressions of its columns, and
 * its rules are rules.
 * The first byte says whether the others are the file, or, after the next three, stand in a good
 * one in place of what is at some place there. */
#include "data/clean/text_rules.h"
#include "matcher/expr/expr.h"
#include "matcher/model/model_file.h"
#include "matcher/model/model_text.h"
#include "tests/fuzz/fuzz.h"

#define MAX_BYTES 8192u

static const char good[] =
    "{\"axb_model\": 1, \"records\": [7, 8], \"one_to_one\": false, \"matches\": 3,\n"
    " \"prior_bits\": -3, \"related_pairs\": 2, \"related_bits\": 1, \"threshold_bits\": 2.5,\n"
    " \"missing_values\": \"n/a\", \"placeholders\": [{\"records\": [2, 1], \"values\": [\"x\", "
    "null]}],\n"
    " \"columns\": [{\"a\": \"n\", \"b\": \"m\", \"kind\": \"text\", \"metric\": \"cosine:3\",\n"
    " \"normalize\": \"casefold,space\", \"rarity\": true, \"rarest_bits\": 4, \"levels\": [\n"
    " {\"at_least\": 0, \"m\": 0.1, \"u\": 0.9, \"related\": 0.5},\n"
    " {\"at_least\": 1, \"m\": 0.9, \"u\": 0.1, \"related\": 0.5}]},\n"
    " {\"a\": \"d\", \"b\": \"d\", \"kind\": \"event\", \"metric\": \"days:60\", \"normalize\": "
    "\"\",\n"
    " \"rarity\": false, \"levels\": [{\"at_least\": 0, \"m\": 0.1, \"u\": 0.9, \"related\": "
    "0.5},\n"
    " {\"at_least\": 0.5, \"m\": 0.2, \"u\": 0.3, \"related\": 0.2},\n"
    " {\"at_least\": 1, \"m\": 0.9, \"u\": 0.1, \"related\": 0.5}]}]}\n";

static int fd = -1;
static char path[32];

/* Columns of a side are numbered as those of the model. */
static bool find(void *context, int side, const char *name, uint32_t *column, struct err *e)
{
    const struct model *m = context;
    for (*column = 0; *column < m->n_columns; ++*column)
        if (strcmp(m->column[*column].name[side], name) == 0)
            return true;
    return err_set(e, ERR_USAGE, NULL, "there is no column \"%s\"", name);
}

static void check_expression(struct model *m, model_write_fn *write)
{
    static struct expr x;
    const struct expr_names names = {find, m, false};
    struct err e;
    uint32_t root;
    char *text = model_text(m, write);
    memset(&x, 0, sizeof x);
    FUZZ_EXPECT(text);
    if (*text && !expr_parse(&x, text, "model", &names, &root, &e)) {
        fprintf(stderr, "%s\n%s\n", text, e.text);
        FUZZ_EXPECT(!"an expression");
    }
    free(text);
}

static void check_again(const struct model *m)
{
    struct model again;
    struct err e;
    char *text = model_text(m, model_write);
    FUZZ_EXPECT(text);
    fuzz_file(&fd, path, text, strlen(text));
    FUZZ_EXPECT(model_read(&again, path, &e));
    char *second = model_text(&again, model_write);
    FUZZ_EXPECT(second && strcmp(text, second) == 0);
    model_free(&again);
    free(text);
    free(second);
}

static void check(const char *bytes, size_t n)
{
    struct model m;
    struct err e;
    uint32_t flags;
    fuzz_file(&fd, path, bytes, n);
    if (model_read(&m, path, &e)) {
        check_again(&m);
        check_expression(&m, model_write_score);
        check_expression(&m, model_write_where);
        for (uint32_t i = 0; i < m.n_columns; i++)
            FUZZ_EXPECT(!*m.column[i].rules ||
                        text_rules_parse(m.column[i].rules, strlen(m.column[i].rules), &flags, &e));
    } else {
        FUZZ_EXPECT(e.status == ERR_DATA && e.text[0]);
    }
    model_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char bytes[MAX_BYTES];
    struct fuzz_input in = {data, n};
    if (n > MAX_BYTES)
        return 0;
    if (fuzz_byte(&in) % 2) {
        memcpy(bytes, in.p, in.n);
        check(bytes, in.n);
        return 0;
    }
    size_t at = (size_t)fuzz_byte(&in) << 8 | fuzz_byte(&in), cut = fuzz_byte(&in);
    at %= sizeof good;
    cut = cut < sizeof good - 1 - at ? cut : sizeof good - 1 - at;
    if (in.n > MAX_BYTES - sizeof good)
        return 0;
    memcpy(bytes, good, at);
    memcpy(bytes + at, in.p, in.n);
    memcpy(bytes + at + in.n, good + at + cut, sizeof good - 1 - at - cut);
    check(bytes, sizeof good - 1 - cut + in.n);
    return 0;
}
