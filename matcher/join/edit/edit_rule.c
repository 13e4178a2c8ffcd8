/* Thresholds of the edit family in whole numbers.
 *
 * Why the bounds hold. Let D be the difference of the lengths and k the largest distance. Every
 * operation but a substitution or a swap changes the length by one, so insertions - deletions = D
 * and, both together being at most k, insertions <= (k + D) / 2 and deletions <= (k - D) / 2.
 *
 * Levenshtein: a character of the short text without partner was deleted or substituted, at most
 * k - D of them; of the long text at most k. A partner is shifted by the insertions minus the
 * deletions before it.
 *
 * OSA: swapped characters have partners one place further off, but a swap costs one operation:
 * (k - 1 + D) / 2 + 1 = (k + 1 + D) / 2.
 *
 * Damerau (unrestricted): an optimal trace (Lowrance and Wagner, 1975) falls into pieces; the only
 * new one turns a U b into b V a at the cost |U| + |V| + 1, U deleted, V inserted. The characters
 * without partner are still those deleted, inserted or substituted. a is shifted by |V| + 1 for
 * |V| insertions and one more operation, b by |U| + 1 likewise, so OSA's shifts hold as well. A
 * piece is |U| + 2 neighbouring characters; it touches at most (|U| + 3) / 2 parts of the short
 * text that have a gap of a character between them, which is at most its cost. OSA can do the same
 * piece with at most 2 + max(|U|, |V|) operations, one more than its cost and none more if both
 * are empty, so OSA's distance is at most k + k / 2: pieces that cost one more cost at least two.
 *
 * Indel: only insertions and deletions. LCSseq asks for a common subsequence of at least
 * longer - k characters, which is an indel distance of at most la + lb - 2 * (longer - k).
 *
 * Parts: k operations touch at most k of k + 1 parts; a swap touches two neighbouring characters,
 * hence the gap. Hamming has no shifts, and only substitutions (k - D of them) touch the common
 * length. */
#include "matcher/join/edit/edit_rule.h"

#include "matcher/metric/metric.h"

bool edit_rule_make(struct edit_rule *rule, const struct join_job *job)
{
    const struct metric_edits *edits = job->use.metric->edits;
    enum metric_view view = job->use.view;
    if (!edits || (view != METRIC_NORMALIZED_SIMILARITY && !metric_falls(view)))
        return false;
    *rule = (struct edit_rule){edits->kind, edits->share, view, job->need, edits->exact};
    return true;
}

uint64_t edit_rule_accepted(const struct edit_rule *rule, uint64_t maximum)
{
    return metric_edit_most(rule->view, rule->need, maximum);
}

/* The largest distance in operations of the rule's kind, or -1. */
static int64_t edit_rule_limit(const struct edit_rule *rule, uint32_t shorter, uint32_t longer)
{
    uint64_t maximum = rule->share == METRIC_OF_SUM ? (uint64_t)shorter + longer : longer;
    int64_t accepted = (int64_t)edit_rule_accepted(rule, maximum);
    int64_t difference = (int64_t)longer - shorter;
    if (rule->share == METRIC_OF_SUBSEQUENCE)
        accepted = 2 * accepted - difference;
    if (rule->kind == EDIT_INDEL && accepted >= 0)
        accepted -= (accepted ^ difference) & 1;
    return accepted < difference ? -1 : accepted;
}

struct edit_bounds edit_rule_bounds(const struct edit_rule *rule, uint32_t length_a,
                                    uint32_t length_b)
{
    uint32_t shorter = length_a < length_b ? length_a : length_b;
    uint32_t longer = length_a < length_b ? length_b : length_a;
    int64_t limit = edit_rule_limit(rule, shorter, longer);
    if (limit < 0)
        return (struct edit_bounds){.possible = false};
    uint32_t k = (uint32_t)limit;
    uint32_t difference = longer - shorter;
    struct edit_bounds b = {.possible = true, .limit = k, .kernel_limit = k};
    uint32_t swap = rule->kind == EDIT_OSA ? 1 : 0;
    b.parts = k + 1;
    b.gap = swap;
    b.tau_short = k - difference;
    b.tau_long = k;
    b.piece_back = (k - difference) / 2;
    b.piece_ahead = (k + difference) / 2;
    b.back = k ? (k - difference + swap) / 2 : 0;
    b.ahead = k ? (k + difference + swap) / 2 : 0;
    if (!rule->exact)
        b.kernel_limit = k + k / 2;
    if (rule->kind == EDIT_INDEL) {
        b.tau_short = b.piece_back;
        b.tau_long = b.piece_ahead;
    }
    if (rule->kind == EDIT_HAMMING) {
        b.parts = b.tau_short + 1;
        b.piece_back = b.piece_ahead = b.back = b.ahead = 0;
    }
    return b;
}

double edit_rule_score(const struct edit_rule *rule, uint32_t length_a, uint32_t length_b,
                       uint64_t distance)
{
    uint64_t sum = (uint64_t)length_a + length_b;
    uint64_t longer = length_a < length_b ? length_b : length_a;
    if (rule->share == METRIC_OF_SUM)
        return metric_figure(rule->view, distance, sum);
    if (rule->share == METRIC_OF_SUBSEQUENCE)
        return metric_figure(rule->view, longer - (sum - distance) / 2, longer);
    return metric_figure(rule->view, distance, longer);
}
