/* Words are split and ordered as metrics do it (metric_tokenize.c). */
#include "matcher/metric/metric_form.h"

#include "matcher/metric/metric_internal.h"

#include <stdlib.h>
#include <string.h>

struct metric_former {
    struct split split;
    uint8_t *is_space;
    uint32_t between; /* the code between words; no text has two words without any */
    uint32_t *codes;
};

/* A blank, or the first white space that texts have. */
static uint32_t code_between(const struct alphabet *alphabet, const uint8_t *is_space)
{
    const uint32_t blank = metric_blank(alphabet);
    uint32_t code = 0;
    while (code < alphabet->n_codes && !is_space[code])
        code++;
    return blank < alphabet->n_codes ? blank : code;
}

struct metric_former *metric_former_open(const struct alphabet *alphabet, uint32_t max_length)
{
    struct metric_former *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->is_space = metric_spaces(alphabet);
    f->codes = malloc((max_length + 1ull) * sizeof *f->codes);
    if (f->is_space && f->codes && split_open(&f->split, f->is_space, max_length)) {
        f->between = code_between(alphabet, f->is_space);
        return f;
    }
    metric_former_close(f);
    return NULL;
}

void metric_former_close(struct metric_former *f)
{
    if (!f)
        return;
    split_close(&f->split);
    free(f->is_space);
    free(f->codes);
    free(f);
}

static void narrow(const uint32_t *codes, uint32_t n, uint32_t width, void *out)
{
    for (uint32_t i = 0; i < n && width == 1; i++)
        ((uint8_t *)out)[i] = (uint8_t)codes[i];
    for (uint32_t i = 0; i < n && width == 2; i++)
        ((uint16_t *)out)[i] = (uint16_t)codes[i];
    if (width == 4)
        memcpy(out, codes, n * sizeof *codes);
}

uint32_t metric_former_write(struct metric_former *f, enum text_form form, const struct text *t,
                             void *out)
{
    uint32_t n = 0;
    if (form == TEXT_FORM_VALUE) {
        memcpy(out, t->codes, (size_t)t->n * t->width);
        return t->n;
    }
    struct text anew = *t;
    anew.id = 0; /* the split keeps texts by id, but in one form */
    split_text(&f->split, &anew, form == TEXT_FORM_WORD_SET ? SPLIT_SET : SPLIT_SORTED);
    for (uint32_t k = 0; k < f->split.n; k++)
        n = split_append(&f->split, k, f->between, f->codes, n);
    narrow(f->codes, n, t->width, out);
    return n;
}
