/* A run of match, dedupe, check or explain: holds the values that it is made of.
 *
 *     options → sources → query + wanted → loaded (tables) → conditions → loaded (index) → span
 *             → estimate → plan → result
 *
 * Each value is made once, by the function named above its group, and is const afterwards; outputs,
 * journal and rejects grow while the run goes on. struct run owns all of them but opts. run_close
 * frees them, wherever the run ended; it is due even if run_open failed. */
#ifndef AXB_MATCHER_RUN_RUN_H
#define AXB_MATCHER_RUN_RUN_H

#include "core/err.h"
#include "core/machine/topology.h"
#include "data/out.h"
#include "matcher/cluster/clusters.h"
#include "matcher/engine/job.h"
#include "matcher/engine/journal.h"
#include "matcher/engine/plan.h"
#include "matcher/engine/query.h"
#include "matcher/engine/rejects.h"
#include "matcher/inputs/conditions.h"
#include "matcher/inputs/sources.h"
#include "matcher/model/model_options.h"
#include "matcher/options/opts.h"
#include "matcher/outlook/expect.h"
#include "matcher/output/table_view.h"
#include "matcher/page/page.h"
#include "matcher/planner/estimate.h"
#include "matcher/planner/rounds.h"
#include "matcher/resolve/choice.h"
#include "matcher/resolve/collect.h"
#include "matcher/run/audit.h"
#include "matcher/run/loaded.h"
#include "matcher/run/wanted.h"
#include "matcher/scorer/scorer.h"
#include "matcher/shard/shard.h"
#include "matcher/suggest/histogram.h"
#include "matcher/watch/timeline.h"

struct run;

/* What a command asks of a run, besides its options. */
struct run_request {
    bool self;      /* compares its one input with itself */
    bool writes;    /* opens --output, --stats and the like */
    bool unplanned; /* makes plans of its own: run_prepare leaves plan and estimate out, and the
                       query is not compiled */
    bool (*page)(struct run *r, struct err *e); /* fills the page of --report, outputs.report,
                                                   before any output gets its name; NULL: there is
                                                   no page of this run */
    bool originals; /* explains: wants compared columns as they stand in the files as well, and
                       --where whole, since it shows why a pair does not match */
};

/* The files that a run writes. */
struct outputs {
    struct out pairs, stats, rejects; /* of --output, --stats, --rejects */
    struct out prepared;              /* of --prepare, or of --slurm */
    struct out clusters, golden;      /* of --clusters, --golden */
    struct out histogram;             /* of --histogram */
    struct page report;               /* of --report */
    struct out found; /* of a choice that collects, with --resume: JOURNAL.partial, which has all
                         pairs that match up to the row that is done */
    bool pairs_open, stats_open, rejects_open, found_open, clusters_open, golden_open,
        histogram_open, prepared_open, report_open;
};

struct run {
    const struct opts *opts;                    /* with those of the model, if --score names one */
    const struct opts *asked;                   /* as they were given */
    struct model_options model;                 /* if --score names one: used */
    double started;                             /* by log_seconds */
    bool (*page)(struct run *r, struct err *e); /* of the request */

    /* run_open */
    struct topo *topo; /* NULL: one worker is enough */
    struct sources sources;
    struct shard shard; /* of --shard, else the whole */
    struct outputs outputs;
    struct journal journal;                  /* of --resume, else fd -1 */
    uint32_t format;                         /* of the output, as in struct emit_spec */
    uint32_t clusters_format, golden_format; /* of --clusters, --golden */
    struct choice choice;                    /* which of the pairs that match are kept */
    char *facts;                             /* of a prepared run: texts, owned; else NULL */
    const char *identity;  /* of them: as it was when the run was prepared; else NULL */
    char *explain_command; /* NULL: the command that explains a failing pair is not named */

    /* run_prepare */
    struct scorer scorer; /* of the query, if it has one */
    struct query query;
    struct wanted wanted;
    struct loaded loaded;
    enum choose_better better;    /* which of two scores is the better one */
    struct conditions conditions; /* what --where says of one side alone */
    struct span span;             /* the rows of A of the shard */
    struct estimate estimate;
    struct plan plan;
    double plan_seconds;
    struct plan_request plan_request; /* what the plan was made for */
    bool is_left;                     /* the part was whole before; nothing was found now */
    bool by_rounds;                   /* the best of each row are found in rounds … */
    bool rounds_once;                 /* … in a single one … */
    struct rounds_report rounds;      /* … as is told here */

    /* run_execute */
    struct expect expect;       /* with --plan, or where one value makes up many pairs */
    struct dominant dominant;   /* the most frequent value */
    double expected_seconds;    /* of one core, for the plan and the scorer; NaN: not known */
    struct rejects rejects;     /* with --on-crash skip */
    struct audit audit;         /* with --audit */
    struct table_view view;     /* where the output is a table for people */
    struct histogram histogram; /* with --histogram or --report; else not open. Of a choice that
                                   collects it stays empty: `kept` has the scores */
    struct timeline timeline;   /* with --report */
    struct result result;
    struct collect kept;             /* the pairs that are kept, where all were collected */
    struct clusters_result clusters; /* with --clusters or --golden */
    uint64_t n_found; /* pairs that match, where result.pairs are those that are kept */
    double total_seconds;
    double search_cpu_seconds; /* of processor time, ours and that of workers, to find the pairs */
};

/* Opens inputs and outputs. Both are opened before anything is read: a path that cannot be written
 * must not cost a whole run. `o` is borrowed. */
bool run_open(struct run *r, const struct opts *o, const struct run_request *request,
              struct err *e);
/* Makes the query, loads the tables, builds the index, and makes the plan. `request` is the one
 * that run_open was given. */
bool run_prepare(struct run *r, const struct run_request *request, struct err *e);
/* Finds the pairs, and writes what is asked for; with --plan it prints the plan and no more. */
bool run_execute(struct run *r, struct err *e);
void run_close(struct run *r);

/* Opens the outputs that are asked for: a part of run_open. */
bool run_open_outputs(struct run *r, struct err *e);
/* With --shard: has the output lines that axb merge can choose from, if it must? ERR_USAGE. */
bool run_check_lines(const struct run *r, struct err *e);

/* A whole run: opens and prepares it, does with it what the command is for, closes it. */
bool run_with(const struct opts *o, const struct run_request *request,
              bool (*act)(struct run *r, struct err *e), struct err *e);

/* From the options: what happens when the scorer fails, and where workers run; borrowed from *r. */
struct faults run_faults(struct run *r);
struct placement run_placement(const struct run *r);

/* The output that the journal speaks of, which grows by rows of A; NULL if there is none. */
struct out *run_growing(struct run *r);

/* ---- Parts of run_execute --------------------------------------------------------------------*/

/* Decides whether the best of each row are found in rounds (r->by_rounds), and finds them
 * (run_best.c). */
bool run_plan_best(struct run *r, const struct query *asked, const struct plan *plan,
                   struct err *e);
/* Has a sample say what rounds to expect (r->rounds.expected). */
bool run_expect_best(struct run *r, struct err *e);
bool run_find_best(struct run *r, const struct job *job, const struct span *left,
                   struct found *found, struct err *e);
/* --resume: goes on from what is done; *left is what is not done. */
bool run_resume(struct run *r, const struct faults *faults, struct span *left, struct err *e);
/* --resume: writes down that all is done. */
bool run_note_end(struct run *r, struct err *e);
/* --shard: does the file of this very part exist already, whole? */
bool run_shard_exists(const struct run *r, bool *exists, struct err *e);
/* --shard: writes what stands before the payload, and what stands after it. In the file the payload
 * begins at *payload_at, and the head of the output at *head_at. */
bool run_shard_begin(struct run *r, uint64_t *payload_at, uint64_t *head_at, struct err *e);
bool run_shard_end(struct run *r, uint64_t payload_at, struct err *e);
/* --audit: picks the rows before the run, and checks what it found after it. */
bool run_audit_begin(struct run *r, struct err *e);
bool run_audit(struct run *r, const struct job *job, struct err *e);

/* --histogram, --report: begins to count scores; and --histogram: writes how often each was
 * (run_histogram.c). */
bool run_begin_histogram(struct run *r, struct err *e);
bool run_write_histogram(struct run *r, struct err *e);
/* The score in words: an expression, or the path of a scorer or of a model. Cut if it is longer. */
void run_score_text(const struct run *r, char *text, size_t bytes);

/* --clusters and --golden: writes the groups of the records of the pairs that are kept. */
bool run_clusters(struct run *r, struct err *e);

/* ---- What to expect (run_expect.c) -----------------------------------------------------------*/

/* Looks for a value that makes up many pairs, and, if there is one or for --plan, estimates how
 * many pairs match. Nothing of that is done where nobody is told (-q). ERR_OS without memory. */
bool run_expect(struct run *r, struct err *e);
bool run_is_told(const struct run *r);                   /* are notes shown? */
void run_note_placeholders(const struct run *r);         /* (run_placeholders.c) */
bool run_is_placeholder(struct bytes v);                 /* "", NULL, n/a … */
void run_note_expected(const struct run *r);             /* before the run: what is absurd */
void run_print_expected(const struct run *r, FILE *out); /* a line or two of --plan */
bool run_expects_bytes(const struct run *r);             /* is it known how much is written? */
double run_min(const struct run *r); /* --min and --max; infinite where they were not given */
double run_max(const struct run *r);
void run_note_ids(const struct run *r); /* ids that do not name one record (run_ids.c) */

/* ---- How long it takes (run_speed.c) ---------------------------------------------------------*/

/* Pairs of the first rows of A that were scored. */
struct run_timed {
    double pairs;
    double seconds;     /* that workers wrote, with their start */
    double cpu_seconds; /* of processors, for all of it */
};

/* Scores the first `rows` of A against all of B by a plan without joins, and counts what matches.
 * What the scorer does wrong is an error. */
bool run_time_rows(struct run *r, const struct query *query, const struct plan *plan, uint64_t rows,
                   struct run_timed *timed, struct err *e);

/* Sets r->expected_seconds. With --plan and --slurm a compiled scorer, or the loop, is tried for
 * some tenths of a second. After run_expect. */
void run_expect_seconds(struct run *r);

/* ---- What a run says of itself (run_report.c) ------------------------------------------------*/

void run_note_itself(const struct run *r); /* one file that is both sides of match */
void run_note_plan(const struct run *r, unsigned workers);    /* what may surprise in the plan */
void run_print_plan(const struct run *r, FILE *out);          /* --plan */
bool run_print_plan_json(const struct run *r, struct err *e); /* --plan --json (plan_json.c) */

/* What a part of a run takes, in seconds of one core, and what the whole takes. */
struct part_cost {
    double begin;         /* to have tables and index */
    double search, whole; /* to find the pairs of the part, and all of them; NaN: not known */
};
struct part_cost run_part_cost(const struct run *r); /* (run_part.c); after run_expect_seconds */
size_t run_common_bytes(const struct run *r);        /* of tables and index, which all parts have */
void run_print_part(const struct run *r, FILE *out); /* lines of --plan; none without --shard */
bool run_write_stats(struct run *r, struct err *e);  /* --stats */
void run_report(const struct run *r);                /* the closing lines */
/* What the i-th join of the plan asks: "osa(a.zip, b.zip) >= 0.41 and …". Cut if it is longer. */
void run_join_text(const struct run *r, uint32_t i, char *text, size_t bytes);

#endif
