/* The scores of all candidates, on all cores. It is apart from the weights, which are also used
 * where there is no OpenMP: in the extension of the user's Python. */
#include "matcher/fit/fit_weights.h"

void fit_scores(const struct fit_data *data, const struct fit_weights *w, double *bits)
{
#pragma omp parallel for schedule(static)
    for (uint64_t i = 0; i < data->n_pairs; i++)
        bits[i] = fit_score(data, w, i);
}
