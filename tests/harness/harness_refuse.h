/* Calls that fail, for programs that are linked with --wrap (REFUSED_CALLS in CMakeLists.txt): made
 * by our code, not by libraries. Without harness_refuse they are the calls themselves. */
#ifndef AXB_TESTS_HARNESS_HARNESS_REFUSE_H
#define AXB_TESTS_HARNESS_HARNESS_REFUSE_H

#include <stdbool.h>

/* After so many more calls one fails, with the errno `number`; the others go on as ever. What would
 * close the sandbox around the test is from here on not done, but said to be. */
void harness_refuse(long calls, int number);

/* No call fails from here on. Returns whether one did. */
bool harness_refuse_end(void);

#endif
