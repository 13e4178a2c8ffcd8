/* Lists of words; see weighted_list.h. */
#include "data/sample/weighted_list.h"

#include <stdlib.h>
#include <string.h>

unsigned words_count(const char *text)
{
    unsigned n = 0;
    for (const char *p = text; *p; p++)
        n += *p != ' ' && (p == text || p[-1] == ' ');
    return n;
}

/* Appends the words of one group; text and slots have room. */
static char *add_group(struct words *w, const struct word_group *group, char *text)
{
    for (const char *p = group->words + strspn(group->words, " "); *p; p += strspn(p, " ")) {
        w->word[w->n] = text;
        for (; *p && *p != ' '; p++)
            *text++ = (char)(*p == '_' ? ' ' : *p);
        *text++ = '\0';
        for (unsigned i = 0; i < group->weight; i++)
            w->slot[w->n_slots++] = (uint16_t)w->n;
        w->n++;
    }
    return text;
}

bool words_make(struct words *w, const struct word_group *groups, struct err *e)
{
    size_t bytes = 0;
    unsigned words = 0, slots = 0;
    for (const struct word_group *g = groups; g->words; g++) {
        unsigned n = words_count(g->words);
        bytes += strlen(g->words) + 1;
        words += n;
        slots += n * g->weight;
    }
    *w = (struct words){.word = calloc(words + 1, sizeof *w->word),
                        .slot = calloc(slots + 1, sizeof *w->slot),
                        .text = malloc(bytes + 1)};
    if (!w->word || !w->slot || !w->text)
        return err_set(e, ERR_OS, NULL, "no memory for a list of %u words", words);
    char *text = w->text;
    for (const struct word_group *g = groups; g->words; g++)
        text = add_group(w, g, text);
    return true;
}

bool words_make_even(struct words *w, const char *words, struct err *e)
{
    return words_make(w, (const struct word_group[]){{1, words}, {0, NULL}}, e);
}

void words_free(struct words *w)
{
    free(w->word);
    free(w->slot);
    free(w->text);
    *w = (struct words){0};
}
