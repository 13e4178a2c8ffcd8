# Packages, by `cpack --config build/release/CPackConfig.cmake`: a .deb for the Debian that it is built on, and a
# .tar.gz to unpack below any folder. The .deb needs dpkg-dev and `file` here. tests/package tries it on a bare system.
set(AXB_MAINTAINER "unknown <root@localhost>" CACHE STRING "who builds the package: Name <address>")
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PACKAGE_NAME axb)
set(CPACK_PACKAGE_CONTACT ${AXB_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compare every record of one table with every record of another")
set(CPACK_PACKAGE_DESCRIPTION "axb matches the records of two CSV files by how alike their fields are,
or finds the duplicates in one. It returns exactly the pairs of a double
loop over all records, without computing every score. A score is a metric,
an expression of several metrics, or a function of the user's own, in C,
C++ or Python. That needs gcc, g++ or python3; the rest needs none of them.")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL Unspecified) # and not those of the Python package
set(CPACK_DEB_COMPONENT_INSTALL OFF)
set(CPACK_PACKAGING_INSTALL_PREFIX_DEB /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gcc | clang, g++ | clang, python3 (>= 3.10)")
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/debian_files.cmake)
include(CPack)
