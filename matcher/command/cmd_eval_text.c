/* The report of `axb eval` for people. */
#include "matcher/command/cmd_eval_internal.h"

#include "data/number.h"

#define LABEL "  %-32s" /* what a line is about */

static void print_measures(FILE *out, const char *head, double precision, double recall)
{
    fprintf(out, "%s  precision %.4f  recall %.4f  F1 %.4f\n", head, precision, recall,
            eval_f1(precision, recall));
}

static void print_counts(FILE *out, const char *head, const struct eval_counts *c)
{
    print_measures(out, head, eval_precision(c), eval_recall(c));
}

/* ---- Records ---------------------------------------------------------------------------------*/

/* A line of counts, of one side or of both; `whole` is what they are shares of, or NULL. */
static void print_partners(FILE *out, const char *label, unsigned sides, const uint64_t part[2],
                           const uint64_t whole[2])
{
    fprintf(out, LABEL, label);
    for (unsigned side = 0; side < sides; side++) {
        fprintf(out, " %10llu", (unsigned long long)part[side]);
        if (whole)
            fprintf(out, " %7.2f %%", 100 * eval_share(part[side], whole[side]));
        else if (side + 1 < sides)
            fprintf(out, "%10s", "");
    }
    fputc('\n', out);
}

static void print_records(const struct eval_report *r, FILE *out)
{
    const struct eval_partners *a = &r->partners[0], *b = &r->partners[1];
    const unsigned sides = r->self ? 1 : 2;
    const uint64_t with_true[] = {a->with_true, b->with_true};
    const uint64_t with_found[] = {a->with_found, b->with_found};
    if (sides == 2)
        fprintf(out, "\n%-34s %10s %9s %10s\n", "records", "of A", "", "of B");
    else
        fputs("\nrecords\n", out);
    print_partners(out, "that have a true partner", sides, with_true, NULL);
    print_partners(out, "  and a right one was found", sides,
                   (const uint64_t[]){a->right, b->right}, with_true);
    print_partners(out, "  and all right ones were found", sides,
                   (const uint64_t[]){a->all_right, b->all_right}, with_true);
    if (r->has_scores)
        print_partners(out, "  and the best one is right", sides,
                       (const uint64_t[]){a->best_right, b->best_right}, with_true);
    print_partners(out, "for which a partner was found", sides, with_found, NULL);
    print_partners(out, "  and a wrong one is among them", sides,
                   (const uint64_t[]){a->wrong, b->wrong}, with_found);
}

/* ---- Clusters --------------------------------------------------------------------------------*/

static void print_clusters(const struct eval_report *r, FILE *out)
{
    const struct eval_clusters *c = &r->clusters;
    char head[48];
    fprintf(
        out,
        "\nclusters of %llu records: %llu of two or more, %llu true, %llu the same; the largest "
        "has %llu, the largest true one %llu\n",
        (unsigned long long)c->n_records, (unsigned long long)c->n_clusters[0],
        (unsigned long long)c->n_clusters[1], (unsigned long long)c->n_same,
        (unsigned long long)c->n_largest[0], (unsigned long long)c->n_largest[1]);
    snprintf(head, sizeof head, LABEL, "B-cubed");
    print_measures(out, head, c->bcubed_precision, c->bcubed_recall);
    snprintf(head, sizeof head, LABEL, "pairs within clusters");
    print_counts(out, head, &c->pairs);
}

/* ---- Thresholds and tags ---------------------------------------------------------------------*/

static void print_curve(const struct eval_report *r, FILE *out)
{
    char head[96];
    if (r->n_steps)
        fputs("\nby threshold\n", out);
    for (size_t s = 0; s < r->n_steps; s++) {
        snprintf(head, sizeof head, "  >= %-8.4g %10llu pairs", r->step[s].min,
                 (unsigned long long)r->step[s].counts.found);
        print_counts(out, head, &r->step[s].counts);
    }
    if (r->n_steps) {
        char min[32];
        min[number_double(r->best.min, min)] = 0;
        snprintf(head, sizeof head, "  the best F1: >= %s  %llu pairs", min,
                 (unsigned long long)r->best.counts.found);
        print_counts(out, head, &r->best.counts);
    }
}

static void print_tags(const struct eval_report *r, FILE *out)
{
    if (r->has_tags)
        fputs("\nrecall by tag\n", out);
    for (size_t t = 0; t < r->n_tags; t++)
        fprintf(out, "  %-16s %.4f of %llu\n", r->tag[t].name,
                eval_share(r->tag[t].hit, r->tag[t].all), (unsigned long long)r->tag[t].all);
}

/* What counts, in the first line; with labels also what does not. */
static void print_all(const struct eval_report *r, FILE *out)
{
    char head[160];
    if (r->labels.are_there)
        snprintf(head, sizeof head,
                 "of %llu labelled pairs %llu were found, %llu are true, %llu both:",
                 (unsigned long long)r->labels.n_labelled, (unsigned long long)r->all.found,
                 (unsigned long long)r->all.truth, (unsigned long long)r->all.both);
    else
        snprintf(head, sizeof head,
                 "%llu pairs, %llu true, %llu in both:", (unsigned long long)r->all.found,
                 (unsigned long long)r->all.truth, (unsigned long long)r->all.both);
    print_counts(out, head, &r->all);
    if (r->labels.n_found_without)
        fprintf(out, "%llu more %s found and %s no label: no figure counts %s\n",
                (unsigned long long)r->labels.n_found_without,
                r->labels.n_found_without == 1 ? "pair was" : "pairs were",
                r->labels.n_found_without == 1 ? "has" : "have",
                r->labels.n_found_without == 1 ? "it" : "them");
}

/* Labelled pairs are too few to say anything of clusters. */
void cmd_eval_print(const struct eval_report *r, FILE *out)
{
    print_all(r, out);
    print_records(r, out);
    if (!r->labels.are_there)
        print_clusters(r, out);
    print_curve(r, out);
    print_tags(r, out);
}
