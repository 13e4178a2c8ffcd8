/* The lists of words that axb ships: legal forms of companies, and short forms of first names.
 *
 * Written by hand from general knowledge, none copied. Not here: how lists are used
 * (data/clean/text_words.h). */
#ifndef AXB_DATA_CLEAN_TEXT_LISTS_H
#define AXB_DATA_CLEAN_TEXT_LISTS_H

#include "data/clean/text_words.h"

/* Adds the legal forms: those that end a company's name, and a few that begin it. ERR_OS. */
bool text_lists_suffixes(struct text_words *w, struct err *e);

/* Adds first names: short forms, each with the one name that it stands for. ERR_OS. */
bool text_lists_nicknames(struct text_words *w, struct err *e);

#endif
