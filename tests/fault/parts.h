/* The parts of the harness. Each does its trials and prints its figures; false if a trial
 * failed. */
#ifndef AXB_TESTS_FAULT_PARTS_H
#define AXB_TESTS_FAULT_PARTS_H

#include "tests/fault/trial.h"

bool part_syscalls(const struct ask *ask);
bool part_allocations(const struct ask *ask);
bool part_kills(const struct ask *ask);
bool part_resume(const struct ask *ask);
bool part_seeds(const struct ask *ask);
bool part_scorers(const struct ask *ask);

#endif
