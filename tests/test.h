/* What every test program includes: cmocka, and the headers that it asks for before it. */
#ifndef AXB_TESTS_TEST_H
#define AXB_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
