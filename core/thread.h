/* Threads beside the one that works. They get no signals: those are for the others, which look
 * whether one has come. */
#ifndef AXB_CORE_THREAD_H
#define AXB_CORE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* Starts a thread; `attributes` may be NULL. Returns 0 or an errno. */
static inline int thread_start(pthread_t *thread, const pthread_attr_t *attributes,
                               void *run(void *), void *argument)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = pthread_create(thread, attributes, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

#endif
