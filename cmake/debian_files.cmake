# What Debian wants of the files in a .deb, done by cpack in the folder that becomes the package: compressed man
# pages and changelog, a file named `copyright`, modes that do not depend on the umask.
if(NOT CPACK_GENERATOR STREQUAL DEB)
  return()
endif()
set(usr ${CPACK_TEMPORARY_DIRECTORY}/usr)
set(documents ${usr}/share/doc/axb)
file(RENAME ${documents}/CHANGELOG.md ${documents}/changelog)
file(RENAME ${documents}/LICENSE ${documents}/copyright)
file(READ ${CMAKE_CURRENT_LIST_DIR}/copyright copyright)
file(WRITE ${documents}/copyright "${copyright}")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog.Debian
     "axb (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium\n\n"
     "  * Built from version ${CPACK_PACKAGE_VERSION}; changelog.gz has its changes.\n\n"
     " -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
file(GLOB compressed ${usr}/share/man/man*/*.[0-9] ${documents}/changelog*)
execute_process(COMMAND gzip -9n ${compressed} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND chmod -R u=rwX,go=rX ${usr} COMMAND_ERROR_IS_FATAL ANY)
