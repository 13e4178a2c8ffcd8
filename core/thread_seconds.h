/* Processor time of the calling thread, for costs that are measured on a sample. What other
 * programs take is not counted. Not for messages: they speak of the time on the wall. */
#ifndef AXB_CORE_THREAD_SECONDS_H
#define AXB_CORE_THREAD_SECONDS_H

#include <time.h>

/* Seconds since some moment. Reading it takes about as long as scoring a few pairs. */
static inline double thread_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
