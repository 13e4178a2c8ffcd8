/* The table of schedulers, and how a row of it is read. */
#include "matcher/shard/scheduler.h"

#include <stdlib.h>
#include <string.h>

enum numbering {
    OWN,   /* the user numbers the tasks of an array; those of axb begin with 1 */
    INDEX, /* the scheduler numbers the tasks of an array from 0 */
    RANK,  /* the same, for the processes of one parallel program */
};

/* The environment variables of a scheduler; NULL where it has no such variable. */
struct scheduler {
    const char *name;
    enum numbering numbering;
    const char *number, *of;         /* of this task; of how many */
    const char *first, *last, *step; /* numbers of tasks, and from one to the next */
    const char *none;                /* what `number` says where there is no array */
    const char *hint;                /* where a number is missing */
};

/* Ranks stand in the order in which they are looked for: mpirun inside of a job of Slurm sets the
 * variables of both. A step of Slurm has SLURM_STEP_NUM_TASKS, and a job script has not. */
static const struct scheduler schedulers[] = {
    {"Slurm", OWN, "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
     "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", NULL,
     "start it as an array: sbatch --array=1-8 ..."},
    {"Grid Engine", OWN, "SGE_TASK_ID", NULL, "SGE_TASK_FIRST", "SGE_TASK_LAST",
     "SGE_TASK_STEPSIZE", "undefined", "start it as an array: qsub -t 1-8 ..."},
    {"LSF", OWN, "LSB_JOBINDEX", NULL, NULL, "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", "0",
     "start it as an array: bsub -J 'axb[1-8]' ..."},
    {"PBS", OWN, "PBS_ARRAY_INDEX", NULL, NULL, NULL, NULL, NULL,
     "PBS does not say how many there are: give --shard auto/8"},
    {"Torque", OWN, "PBS_ARRAYID", NULL, NULL, NULL, NULL, NULL,
     "Torque does not say how many there are: give --shard auto/8"},
    {"Kubernetes", INDEX, "JOB_COMPLETION_INDEX", NULL, NULL, NULL, NULL, NULL,
     "Kubernetes does not say how many there are: give --shard auto/8, or set AXB_SHARDS to the "
     "job's completions"},
    {"AWS Batch", INDEX, "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", NULL, NULL, NULL,
     NULL, "submit it with --array-properties size=8"},
    {"Google Batch", INDEX, "BATCH_TASK_INDEX", "BATCH_TASK_COUNT", NULL, NULL, NULL, NULL,
     "give the job a taskCount"},
    {"Cloud Run", INDEX, "CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT", NULL, NULL, NULL, NULL,
     "create the job with --tasks 8"},
    {"Open MPI", RANK, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", NULL, NULL, NULL, NULL,
     "start it with mpirun"},
    {"PMI", RANK, "PMI_RANK", "PMI_SIZE", NULL, NULL, NULL, NULL, "start it with mpiexec"},
    {"Flux", RANK, "FLUX_TASK_RANK", "FLUX_JOB_SIZE", NULL, NULL, NULL, NULL,
     "start it with flux run"},
    {"a step of Slurm", RANK, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", NULL, NULL, NULL, NULL,
     "start it with srun"},
};
#define N_SCHEDULERS (sizeof schedulers / sizeof *schedulers)

/* What helps where the number of parts is in doubt. */
#define ALL "say how many parts there are, as in --shard auto/8, and number the tasks from 1"

/* ---- Variables -------------------------------------------------------------------------------*/

static const char *value_of(const char *name)
{
    const char *text = name ? getenv(name) : NULL;
    return text && *text ? text : NULL;
}

/* Reads the whole number in a variable; `otherwise` if the variable has no name here. */
static bool read_variable(const char *name, uint64_t otherwise, uint64_t *value, const char *hint,
                          struct err *e)
{
    const char *text = value_of(name);
    char *end;
    *value = otherwise;
    if (!name)
        return true;
    if (!text)
        return err_set(e, ERR_USAGE, hint, "--shard auto: %s is not set", name);
    *value = strtoull(text, &end, 10);
    return (!*end && text[0] >= '0' && text[0] <= '9') ||
           err_set(e, ERR_USAGE, hint, "--shard auto: %s is \"%s\", not a number", name, text);
}

static bool is_set(const struct scheduler *s)
{
    const char *number = value_of(s->number);
    return number && !(s->none && strcmp(number, s->none) == 0) &&
           (s->numbering != RANK || value_of(s->of));
}

/* ---- Which scheduler -------------------------------------------------------------------------*/

static bool refuse_two(const struct scheduler *x, const struct scheduler *y, struct err *e)
{
    return err_set(e, ERR_USAGE, "set AXB_SHARD=I/N, or give --shard I/N",
                   "--shard auto: both %s and %s are set", x->number, y->number);
}

/* The one array, else the first that has ranks; NULL without any. A task of an array may be a
 * program of one rank. ERR_USAGE for several arrays, and for an array of several ranks. */
static bool find(const struct scheduler **found, struct err *e)
{
    *found = NULL;
    for (const struct scheduler *s = schedulers; s < schedulers + N_SCHEDULERS; s++) {
        if (!is_set(s))
            continue;
        const bool array_has_one = s->numbering == RANK && strcmp(value_of(s->of), "1") == 0;
        if (!*found)
            *found = s;
        else if ((*found)->numbering != RANK && !array_has_one)
            return refuse_two(*found, s, e);
    }
    return true;
}

/* ---- Which part ------------------------------------------------------------------------------*/

struct task {
    uint64_t number, of; /* from 0 */
};

/* What a scheduler says of its array. */
struct array {
    uint64_t first, step, tasks;
};

static bool read_array(const struct scheduler *s, struct array *a, struct err *e)
{
    uint64_t last = 0;
    if (!s->of && !s->last)
        return err_set(e, ERR_USAGE, s->hint, "--shard auto: %s does not say how many tasks it has",
                       s->name);
    if (!read_variable(s->first, s->numbering == OWN, &a->first, s->hint, e) ||
        !read_variable(s->last, 0, &last, s->hint, e) ||
        !read_variable(s->step, 1, &a->step, s->hint, e) ||
        !read_variable(s->of, 0, &a->tasks, s->hint, e))
        return false;
    const uint64_t between = a->step && last >= a->first ? (last - a->first) / a->step + 1 : 0;
    if (!s->of)
        a->tasks = between;
    return !s->last || a->tasks == between ||
           err_set(e, ERR_USAGE, ALL,
                   "--shard auto: the array of %s has gaps, so it may be a part of one that was "
                   "submitted before",
                   s->name);
}

/* What the scheduler alone says. An array that begins above 1 is a part of one, too. */
static bool read_task(const struct scheduler *s, uint32_t most, struct task *t, struct err *e)
{
    uint64_t number;
    struct array a;
    if (!read_variable(s->number, 0, &number, s->hint, e) || !read_array(s, &a, e))
        return false;
    if (a.first > 1)
        return err_set(
            e, ERR_USAGE, ALL,
            "--shard auto: the array of %s begins with task %llu, so it may be a part of "
            "one that was submitted before",
            s->name, (unsigned long long)a.first);
    const uint64_t after = number - a.first;
    if (number < a.first || a.step == 0 || after % a.step || after / a.step >= a.tasks ||
        a.tasks > most)
        return err_set(e, ERR_USAGE, ALL,
                       "--shard auto: task %llu of %s is none of %llu from %llu in steps of %llu",
                       (unsigned long long)number, s->name, (unsigned long long)a.tasks,
                       (unsigned long long)a.first, (unsigned long long)a.step);
    *t = (struct task){after / a.step, a.tasks};
    return true;
}

/* The task's own number, where the number of parts is known. */
static bool read_number(const struct scheduler *s, uint64_t of, struct task *t, struct err *e)
{
    uint64_t number, first, tasks;
    const bool own = s->numbering == OWN;
    if (!read_variable(s->number, 0, &number, s->hint, e) ||
        !read_variable(s->first, own, &first, s->hint, e) ||
        !read_variable(own ? NULL : s->of, of, &tasks, s->hint, e))
        return false;
    if (own && first == 0)
        return err_set(e, ERR_USAGE, "number the tasks from 1",
                       "--shard auto: the array of %s begins with task 0, and parts begin with 1",
                       s->name);
    if (tasks != of)
        return err_set(e, ERR_USAGE, "start as many tasks as there are parts",
                       "--shard auto: %s says %llu, and there are to be %llu parts", s->of,
                       (unsigned long long)tasks, (unsigned long long)of);
    if (number < own || number - own >= of)
        return err_set(e, ERR_USAGE, "start as many tasks as there are parts",
                       "--shard auto: task %llu of %s is none of %llu from %d",
                       (unsigned long long)number, s->name, (unsigned long long)of, own);
    *t = (struct task){number - own, of};
    return true;
}

/* How many parts the variable AXB_SHARDS says; 0: it is not set. */
static bool read_parts(uint32_t most, uint64_t *parts, struct err *e)
{
    const char *name = value_of("AXB_SHARDS") ? "AXB_SHARDS" : NULL;
    const char *hint = "set it to the number of parts";
    return read_variable(name, 0, parts, hint, e) &&
           (!name || (*parts >= 1 && *parts <= most) ||
            err_set(e, ERR_USAGE, hint, "AXB_SHARDS is %llu, not 1 to %u",
                    (unsigned long long)*parts, most));
}

bool scheduler_part(uint32_t *number, uint32_t *of, uint32_t most, struct err *e)
{
    const struct scheduler *s;
    struct task t = {0, 0};
    uint64_t parts = *of;
    if (!find(&s, e) || (!parts && !read_parts(most, &parts, e)))
        return false;
    if (!s)
        return err_set(e, ERR_USAGE, "give --shard I/N, or set AXB_SHARD=I/N",
                       "--shard auto: there is no task of an array or rank of Slurm, Grid Engine, "
                       "LSF, PBS, Flux, MPI, Kubernetes, AWS Batch, Google Batch or Cloud Run");
    if (!(parts ? read_number(s, parts, &t, e) : read_task(s, most, &t, e)))
        return false;
    *number = (uint32_t)t.number + 1;
    *of = (uint32_t)t.of;
    return true;
}
