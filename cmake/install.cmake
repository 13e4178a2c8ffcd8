# What is installed besides the program, its man pages and completions: examples, documents, and axb.pc, by
# which a build finds axb.h. And the target `uninstall`, which removes what the last installation wrote.
install(DIRECTORY matcher/examples/ DESTINATION ${CMAKE_INSTALL_DATADIR}/axb/examples)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# axb.pc finds its own prefix, since a package is built with another prefix than it is installed to.
configure_file(cmake/axb.pc.in axb.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/axb.pc DESTINATION ${CMAKE_INSTALL_DATADIR}/pkgconfig)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt
  -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake VERBATIM)
