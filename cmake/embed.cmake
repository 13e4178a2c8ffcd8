# Files that the program carries inside itself: axb_embed(TARGET SYMBOL FILE) adds the bytes of FILE
# to TARGET as `const char SYMBOL[]`, ended by a zero byte. Made anew when the file changes.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${FILE} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)"
         "\\1\n    " bytes "${bytes}")
  file(WRITE ${OUT} "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {\n    ${bytes}0};\n")
  return()
endif()

set(AXB_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(axb_embed target symbol file)
  set(out ${PROJECT_BINARY_DIR}/embedded/${symbol}.c)
  set(in ${PROJECT_SOURCE_DIR}/${file})
  add_custom_command(OUTPUT ${out} DEPENDS ${in} ${AXB_EMBED_SCRIPT} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DFILE=${in} -DOUT=${out} -DSYMBOL=${symbol} -P ${AXB_EMBED_SCRIPT})
  target_sources(${target} PRIVATE ${out})
endfunction()
