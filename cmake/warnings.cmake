# The warnings of the project. Errors in the development presets, see CMakePresets.json.
set(AXB_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wcast-align
    -Wpointer-arith -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wstrict-prototypes
    -Wmissing-prototypes -Wimplicit-fallthrough -Wswitch-enum)
# With clang it would also mean NAN and INFINITY of the C library, which are floats.
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND AXB_WARNINGS -Wdouble-promotion)
endif()
if(AXB_WERROR)
  list(APPEND AXB_WARNINGS -Werror)
endif()
