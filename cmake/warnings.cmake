# The warnings of the project. Errors in the development presets, see CMakePresets.json.
set(AXB_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wcast-align
    -Wpointer-arith -Wundef -Wvla -Wformat=2 -Wwrite-strings -Wstrict-prototypes
    -Wmissing-prototypes -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum)
if(AXB_WERROR)
  list(APPEND AXB_WARNINGS -Werror)
endif()
