/* A suggested threshold in words: for the terminal, for JSON and for a page alike.
 *
 * Not here: finding it (run/run_suggest.h), and where the words stand (command/cmd_suggest.c,
 * suggest_page.h). */
#ifndef AXB_MATCHER_REPORT_SUGGEST_WORDS_H
#define AXB_MATCHER_REPORT_SUGGEST_WORDS_H

#include "matcher/run/run_suggest.h"

#include <stdbool.h>
#include <stdint.h>

#define SUGGEST_WORDS_SCORE_BYTES 33u
#define SUGGEST_WORDS_OPTION_BYTES 64u
#define SUGGEST_WORDS_REASON_BYTES 400u

/* The score of a cut, "0.81", and the option, "--min 0.81". Both return text. */
const char *suggest_words_score(const struct suggestion *s, uint32_t cut,
                                char text[SUGGEST_WORDS_SCORE_BYTES]);
const char *suggest_words_option(const struct suggestion *s, uint32_t cut,
                                 char text[SUGGEST_WORDS_OPTION_BYTES]);

/* Why the false pairs are thought to be so many: "from how …". Returns text. */
const char *suggest_words_reason(const struct suggestion *s, const struct threshold *t,
                                 char text[SUGGEST_WORDS_REASON_BYTES]);

/* Is there a second opinion of the false pairs of a model? */
bool suggest_words_is_doubted(const struct suggestion *s);

/* Matches below a cut, as far as pairs were counted. */
double suggest_words_missed(const struct threshold *t, uint32_t cut);

/* The cuts that are worth a line, the best score first: near the suggested one, if one is. Returns
 * how many. */
#define SUGGEST_WORDS_CUTS 32u
uint32_t suggest_words_cuts(const struct suggestion *s, uint32_t cut[SUGGEST_WORDS_CUTS]);

/* What else is to be said, a line each. */
#define SUGGEST_WORDS_REMARKS 6u
struct suggest_words_remarks {
    uint32_t n;
    char text[SUGGEST_WORDS_REMARKS][SUGGEST_WORDS_REASON_BYTES + 120];
};
void suggest_words_remarks(const struct suggestion *s, struct suggest_words_remarks *r);

#endif
