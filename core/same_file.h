/* Do two paths lead to one file, whatever they are called? Not here: opening files. */
#ifndef AXB_CORE_SAME_FILE_H
#define AXB_CORE_SAME_FILE_H

#include <stdbool.h>

/* Are both one file, or will they be? Where one of them does not exist, their names decide. Devices
 * and pipes are never the same. */
bool same_file(const char *a, const char *b);

#endif
