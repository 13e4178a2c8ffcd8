/* --slurm: writes a script that does a run on a cluster with Slurm.
 *
 * The script prepares the run, does it in parts, as the tasks of an array, and merges them. What it
 * asks Slurm for follows from the plan of the run, so tables are read when it is written. It begins
 * with what a person edits; the rest is the same in all of them (slurm_job.sh). Not here: which
 * part a task does (shard/scheduler.h). */
#ifndef AXB_MATCHER_PREPARED_SLURM_SCRIPT_H
#define AXB_MATCHER_PREPARED_SLURM_SCRIPT_H

#include "core/err.h"
#include "matcher/run/run.h"

#include <stdbool.h>
#include <stdint.h>

/* What the jobs of a run ask for. */
struct slurm_sizes {
    uint32_t parts;       /* 1 to SLURM_MOST_PARTS, or as many as --shard auto/N says */
    uint32_t ranges;      /* files of the output; 1: it is one */
    unsigned cpus;        /* of a task */
    double part_seconds;  /* that a part takes, of all these CPUs; NaN: not known */
    double merge_seconds; /* that writing one range takes */
    double prepare_bytes, part_bytes, merge_bytes; /* of memory, of a task */
};

#define SLURM_MOST_PARTS 1000u /* the greatest task of an array, where nobody has changed it */

/* The same for a run of which this is known. */
struct slurm_facts {
    uint32_t parts;        /* that are asked for; 0: as many as are useful */
    unsigned cpus;         /* of a task; 0: 8 */
    double begin_seconds;  /* to have tables and index, of one core */
    double search_seconds; /* to find all pairs, of one core; NaN: not known */
    double common_bytes;   /* of tables and index */
    double peak_bytes;     /* that reading them took */
    double most_bytes;     /* that a task may take, by --max-memory; 0: no limit */
    double output_bytes;   /* of all pairs; 0: not known */
    bool has_ranges;       /* can the output be merged by ranges? */
    bool chooses;          /* does merging keep all pairs in memory? */
};
struct slurm_sizes slurm_sizes_of(const struct slurm_facts *f);

/* Writes the script of a run that run_prepare has made ready. It appears whole or not at all.
 * ERR_USAGE where nobody says how many parts there are to be and the time is not known. */
bool slurm_script_write(struct run *r, struct err *e);

#endif
