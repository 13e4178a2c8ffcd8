/* A run of match, dedupe, check or explain, room by room: open, score, load, index, plan, go,
 * report.
 *
 * Each room is one function here; main calls them one after the other. What is opened on the way
 * is closed by run_close, wherever the run ended. */
#ifndef AXB_MATCHER_RUN_RUN_H
#define AXB_MATCHER_RUN_RUN_H

#include "core/err.h"
#include "core/shm.h"
#include "core/topology.h"
#include "data/load.h"
#include "data/out.h"
#include "matcher/engine/coordinator.h"
#include "matcher/index/index.h"
#include "matcher/options/opts.h"
#include "matcher/run/audit.h"
#include "matcher/run/estimate.h"
#include "matcher/run/shard.h"
#include "matcher/scorer/scorer.h"

#define RUN_MAX_WANTS 1024

/* Columns of one input that are wanted; the same want is there once. */
struct run_wants {
    struct load_want want[RUN_MAX_WANTS];
    size_t n;
};

struct run {
    const struct opts *opts;
    bool self;      /* dedupe: side B is side A */
    bool originals; /* struct run_request */
    struct load load[2];
    struct run_wants wants[2];    /* to be loaded: column i of the table is want i */
    struct run_wants in_place[2]; /* of a named table, which are used where they are */
    struct table normalized[2];   /* of a named table: its wants */
    struct scorer scorer; /* fd -1 when there is none; else the expression is job.task.expr */
    struct estimate estimate;
    struct index_field fields[INDEX_MAX_FIELDS];
    uint32_t n_fields;
    struct shm tables[2], index; /* what was loaded */
    struct topo *topo;
    struct out out, stats, rejects_out; /* of --output, --stats, --rejects */
    bool out_open, stats_open, rejects_open;
    struct rejects rejects; /* with --on-crash skip */
    char *explain_command;
    struct load_stats loaded[2];
    double plan_cost;       /* estimated seconds of one core */
    double plan_candidates; /* estimated pairs of rows that the joins leave, with refine */
    double load_seconds, index_seconds, plan_seconds, total_seconds;
    double started;
    struct boss_job job;
    uint32_t where; /* node: what the user asks, without what --min does; or EXPR_NONE */
    struct boss_result result;
    struct audit audit;     /* with --audit */
    struct journal journal; /* with --resume, else fd -1 */
    struct shard shard;     /* with --shard, else of the whole */
    uint64_t payload_at;    /* with --shard: of its file */
};

/* What a verb asks of a run, beside the options. */
struct run_request {
    bool self;      /* of one table: its first input with itself */
    bool originals; /* columns that are normalised are wanted as the file has them, too */
};

/* Opens the inputs. `o` stays the caller's. */
bool run_open(struct run *r, const struct opts *o, struct run_request request, struct err *e);
bool run_prepare(struct run *r, struct err *e); /* run_score, run_load, run_index and run_plan */
bool run_score(struct run *r, struct err *e);   /* what is compared, and which columns that takes */
bool run_load(struct run *r, struct err *e);    /* the tables */
bool run_index(struct run *r, struct err *e);   /* words and sides */
bool run_plan(struct run *r, struct err *e);    /* how: which join, how many workers */
bool run_go(struct run *r,
            struct err *e); /* does it, and writes what is asked for; --plan: nothing */
bool run_resume(struct run *r, struct err *e); /* --resume: what is done already? */
/* --shard: the rows of A that are to be done, and what stands before and behind what is written. */
void run_shard_rows(struct run *r);
bool run_shard_begin(struct run *r, struct err *e);
bool run_shard_end(struct run *r, struct err *e);
bool run_audit(struct run *r, struct err *e); /* --audit: is what it found all there is? */
void run_report(const struct run *r);         /* the closing lines */
void run_close(struct run *r);

/* In `axb explain`, a column of a file as it stands there, whatever it is compared as: the table
 * that holds it, and which column of that it is. */
bool run_original(struct run *r, int side, uint32_t file_column, const struct table **table,
                  uint32_t *column, struct err *e);

/* The expression that is one metric and no more: its term; EXPR_NONE if it is not, or if there is a
 * scorer or --where. */
uint32_t run_single_term(const struct run *r);

/* All pairs of rows, of the shard. */
double run_all_pairs(const struct run *r);

/* --resume: writes down that all is done. */
bool run_note_end(struct run *r, struct err *e);

/* What --plan prints (report.c). */
void run_print_plan(const struct run *r, FILE *out);

/* A fingerprint of what is used of the table of a side; the same for a file and for a named table
 * loaded from it. */
uint64_t run_table_fingerprint(const struct run *r, int side);

/* Side s of the run as people know it: the path of A or B. */
const char *run_path(const struct run *r, int side);

#endif
