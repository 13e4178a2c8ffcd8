/* Parts of a run, and the table of schedulers. */
#include "matcher/shard/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* ---- What schedulers say ---------------------------------------------------------------------*/

/* The environment variables by which a scheduler numbers the tasks of an array. */
struct scheduler {
    const char *name;
    const char *number, *of;  /* of this task; the number of tasks */
    const char *first, *step; /* the first task's number, and the step to the next; NULL: 0, 1 */
    const char *hint;         /* where `of` is not set */
};

static const struct scheduler schedulers[] = {
    {"Slurm", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
     "SLURM_ARRAY_TASK_STEP", "start it as an array: sbatch --array=1-8 ..."},
    {"Kubernetes", "JOB_COMPLETION_INDEX", "AXB_SHARDS", NULL, NULL,
     "Kubernetes does not say how many there are: set AXB_SHARDS to the job's completions"},
    {"AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", NULL, NULL,
     "submit it with --array-properties size=8"},
};
#define N_SCHEDULERS (sizeof schedulers / sizeof *schedulers)

/* Reads the whole number in a variable; `otherwise` if the variable has no name here. */
static bool read_variable(const char *name, uint64_t otherwise, uint64_t *value, const char *hint,
                          struct err *e)
{
    const char *text = name ? getenv(name) : NULL;
    char *end;
    *value = otherwise;
    if (!name)
        return true;
    if (!text || !*text)
        return err_set(e, ERR_USAGE, hint, "--shard auto: %s is not set", name);
    *value = strtoull(text, &end, 10);
    return (!*end && text[0] >= '0' && text[0] <= '9') ||
           err_set(e, ERR_USAGE, hint, "--shard auto: %s is \"%s\", not a number", name, text);
}

static bool read_scheduler(const struct scheduler *s, struct shard *shard, struct err *e)
{
    uint64_t number, of, first, step;
    if (!read_variable(s->number, 0, &number, s->hint, e) ||
        !read_variable(s->of, 0, &of, s->hint, e) ||
        !read_variable(s->first, 0, &first, s->hint, e) ||
        !read_variable(s->step, 1, &step, s->hint, e))
        return false;
    uint64_t after = number - first;
    if (number < first || step == 0 || after % step || after / step >= of || of > SHARD_MOST)
        return err_set(e, ERR_USAGE, "number the tasks without gaps, or give --shard I/N",
                       "--shard auto: task %llu of %s is none of %llu from %llu in steps of %llu",
                       (unsigned long long)number, s->name, (unsigned long long)of,
                       (unsigned long long)first, (unsigned long long)step);
    *shard = (struct shard){(uint32_t)(after / step) + 1, (uint32_t)of};
    return true;
}

static bool read_auto(struct shard *shard, struct err *e)
{
    const struct scheduler *found = NULL;
    const char *own = getenv("AXB_SHARD");
    if (own && *own && strcmp(own, "auto") != 0)
        return shard_parse(own, shard, e);
    for (size_t i = 0; i < N_SCHEDULERS; i++) {
        const char *number = getenv(schedulers[i].number);
        if (!number || !*number)
            continue;
        if (found)
            return err_set(e, ERR_USAGE, "set AXB_SHARD=I/N, or give --shard I/N",
                           "--shard auto: both %s and %s are set", found->number,
                           schedulers[i].number);
        found = &schedulers[i];
    }
    if (!found)
        return err_set(e, ERR_USAGE, "give --shard I/N, or set AXB_SHARD=I/N",
                       "--shard auto: there is no task of a Slurm array, of an indexed Kubernetes "
                       "job or of an AWS Batch array");
    return read_scheduler(found, shard, e);
}

/* ---- Parts -----------------------------------------------------------------------------------*/

bool shard_parse(const char *text, struct shard *s, struct err *e)
{
    char end;
    if (strcmp(text, "auto") == 0)
        return read_auto(s, e);
    bool ok = text[0] >= '0' && text[0] <= '9' &&
              sscanf(text, "%7u/%7u%c", &s->number, &s->of, &end) == 2 && s->number >= 1 &&
              s->number <= s->of && s->of <= SHARD_MOST;
    return ok || err_set(e, ERR_USAGE, "for example: --shard 2/8, the second of eight parts",
                         "--shard: \"%s\" is not a part", text);
}

/* The number of pairs of rows i < j < n with i < row. */
static wide pairs_before(uint64_t row, uint64_t n)
{
    return (wide)row * (2 * n - row - 1) / 2;
}

/* The first row after part `number`. */
static uint64_t end_of(uint32_t number, uint32_t of, uint64_t n, bool self)
{
    if (number == of || n == 0)
        return n;
    if (!self)
        return (uint64_t)((wide)n * number / of);
    wide wanted = pairs_before(n, n) * number;
    uint64_t low = 0, high = n;
    while (low < high) { /* the first row with enough pairs before it */
        uint64_t middle = low + (high - low) / 2;
        if (pairs_before(middle, n) * of < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void shard_rows(const struct shard *s, uint64_t n_rows, bool self, uint64_t *from, uint64_t *to)
{
    *from = s->of ? end_of(s->number - 1, s->of, n_rows, self) : 0;
    *to = s->of ? end_of(s->number, s->of, n_rows, self) : n_rows;
}
