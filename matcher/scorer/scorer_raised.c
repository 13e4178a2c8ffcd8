/* Exceptions of C++ that leave a scorer: the module catches them (scorer_guard.h) and calls
 * axb_raised, which passes on what was thrown and ends the process. So to the engine an exception
 * is a crash that says more. Not here: who listens (worker/), finding the pair (engine/). */
#include "matcher/scorer/scorer.h"

#include <stdlib.h>

/* Modules call it by this name; the program exports it. */
_Noreturn void axb_raised(const char *type, const char *what);

static scorer_raised_fn *listener;
static void *listener_context;

void scorer_bind_raised(scorer_raised_fn *raised, void *context)
{
    listener = raised;
    listener_context = context;
}

void axb_raised(const char *type, const char *what)
{
    if (listener)
        listener(listener_context, type ? type : "", what ? what : "");
    abort();
}
