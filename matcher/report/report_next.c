/* A copy of the words, with the verb and some options changed. */
#include "matcher/report/report_next.h"

#include "core/string_builder.h"
#include "matcher/options/opts_row.h"
#include "matcher/options/opts_words.h"

#include <stdlib.h>
#include <string.h>

/* Options that say what else the first verb writes, and how: its page, its histogram, its JSON. */
static const char *const dropped[] = {"report", "histogram", "bins", "json"};

static void change(struct opts_words *w, const struct report_next *next)
{
    for (size_t i = 0; i < w->n; i++)
        if (next->left_out && w->word[i] == next->left_out)
            w->word[i] = NULL;
    w->word[1] = next->verb;
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        opts_words_drop(w, opts_find_row(dropped[i]));
    for (size_t i = 0; i < 2 && next->option[i]; i++)
        opts_words_give(w, opts_find_row(next->option[i]), next->value[i]);
}

/* As a call of Python: of what is changed the threshold alone, since files are not arguments. */
static void show_call(struct page *p, const struct report_next *next)
{
    char call[200];
    if (strcmp(next->option[0], "min") != 0 && strcmp(next->option[0], "max") != 0)
        return;
    snprintf(call, sizeof call, "axb.%s(…, %s=%s)", next->verb, next->option[0], next->value[0]);
    page_paragraph(p, "With the same arguments:");
    page_command(p, call);
}

void report_next(struct page *p, const struct opts *o, const struct report_next *next)
{
    struct opts_words w;
    struct string_builder b;
    if (o->called_as) {
        show_call(p, next);
        return;
    }
    if (!o->words || o->words->n < 2)
        return;
    if (opts_words_open(&w, (int)o->words->n, (char **)(uintptr_t)o->words->word)) {
        FILE *f = string_builder_open(&b);
        change(&w, next);
        if (f && !w.unsure)
            opts_words_print_all(&w, f);
        char *command = string_builder_end(&b);
        if (command && *command)
            page_command(p, command);
        free(command);
    }
    opts_words_free(&w);
}
