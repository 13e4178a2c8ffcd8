/* Makes calls fail, in programs that are linked with --wrap (REFUSED_CALLS in CMakeLists.txt). Only
 * calls that our code makes can fail, not those of libraries. Before harness_refuse none does. */
#ifndef AXB_TESTS_HARNESS_HARNESS_REFUSE_H
#define AXB_TESTS_HARNESS_HARNESS_REFUSE_H

#include <stdbool.h>

/* The next `calls` calls succeed, the one after them fails with the errno `number`, and those after
 * it succeed again. From this call on, what would put the test itself into the sandbox is not done,
 * although it returns success. */
void harness_refuse(long calls, int number);

/* No call fails from here on. Returns whether one did. */
bool harness_refuse_end(void);

#endif
