# Every matcher/kernel/kernel_*.c is compiled once for each instruction set in this list; the names it
# defines through ISA_NAME() carry the suffix, and matcher/kernel/isa.c picks among them at start.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(AXB_ISA_LIST "v2|-march=x86-64-v2" "v3|-march=x86-64-v3" "v4|-march=x86-64-v4"
      "v5|-march=x86-64-v4 -mavx512vpopcntdq -mavx512bitalg -mavx512vbmi -mavx512vbmi2")
else()
  set(AXB_ISA_LIST "base|")
endif()

function(axb_isa_kernels target)
  file(GLOB kernels CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/matcher/kernel/kernel_*.c)
  foreach(entry ${AXB_ISA_LIST})
    string(REPLACE "|" ";" parts "${entry}")
    list(GET parts 0 suffix)
    list(GET parts 1 flags)
    separate_arguments(flags)
    set(lib ${target}_kernels_${suffix})
    add_library(${lib} OBJECT ${kernels})
    target_include_directories(${lib} PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${lib} PRIVATE ISA_SUFFIX=${suffix})
    target_compile_options(${lib} PRIVATE ${AXB_WARNINGS} -O3 ${flags})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${lib}>)
  endforeach()
endfunction()
