/* The texts of a job in a form, as sides of a dictionary of their own.
 *
 * Several values can have the same text in a form: "Ann Lee" and "Lee Ann" have one place here. */
#ifndef AXB_MATCHER_JOIN_UNION_UNION_FORM_H
#define AXB_MATCHER_JOIN_UNION_UNION_FORM_H

#include "core/shm.h"
#include "matcher/join/join.h"

/* Where it stands in an index. */
struct union_form_at {
    uint64_t begin_at; /* u64 × (n + 1): text v is codes[begin[v] .. begin[v + 1]) */
    uint64_t codes_at;
    uint32_t n, max_length; /* distinct texts; characters of the longest */
    struct union_side_at {
        uint64_t value_at;      /* u32 × n, ascending: place here -> its text */
        uint64_t place_at;      /* u32 × the side's values: place of the job -> place here */
        uint64_t from_begin_at; /* u32 × (n + 1): the places of the job that place i stands for … */
        uint64_t from_at;       /* … are from[from_begin[i] .. from_begin[i + 1]), ascending */
        uint32_t n;
    } side[2]; /* of A and B; where the job is `self`, both are A's */
};

/* A view of it. */
struct union_form {
    struct dictionary dictionary;
    struct side side[2];
    const uint32_t *place[2], *from_begin[2], *from[2]; /* NULL: texts are the values themselves */
};

/* Puts all texts into a form. ERR_OS without memory; ERR_DATA if they are too many. */
bool union_form_build(struct union_form_at *at, const struct join_job *job, enum text_form form,
                      struct shm *index, struct err *e);

/* `job` is the same as in the build, and outlives the view. */
struct union_form union_form_view(struct shm_view index, const struct union_form_at *at,
                                  const struct join_job *job);

/* The values of a job as they are. */
struct union_form union_form_plain(const struct join_job *job);

#endif
