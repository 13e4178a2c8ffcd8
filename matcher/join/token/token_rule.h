/* Token rules: what two sets of words must have in common to reach a threshold of token_set_ratio.
 *
 * With words in common the score is the best of three ratios. Two compare the words in common,
 * joined, with all words of one text: they depend on lengths alone. The third one compares all
 * words of both, those in common first; for it as many characters must be in common as for any
 * ratio, wherever they stand. Found by evaluating the metric's own expression, so filters decide in
 * whole numbers and never disagree with the score. Lengths are those of the texts in the form
 * TEXT_FORM_WORD_SET, in characters with the blanks. */
#ifndef AXB_MATCHER_JOIN_TOKEN_TOKEN_RULE_H
#define AXB_MATCHER_JOIN_TOKEN_TOKEN_RULE_H

#include <stdint.h>

#define TOKEN_NEVER UINT32_MAX /* more than any two texts have in common */

/* The characters that two texts of la and lb must have in common, each counted as often as both
 * have it, so that the ratio of all words can reach `need`; TOKEN_NEVER if none are enough. */
uint32_t token_rule_characters(double need, uint32_t la, uint32_t lb);

/* What the words in common must weigh so that their ratio with the shorter text, of `shorter`
 * characters, reaches `need`. A word weighs its characters and one for the blank after it. It
 * rises with the length. */
uint32_t token_rule_weight(double need, uint32_t shorter);

#endif
