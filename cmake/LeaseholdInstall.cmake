# make install: headers, libraries, the tool, and the package that find_package(leasehold) reads.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY LEASEHOLD_LIBRARIES)
install(TARGETS ${libraries} leasehold_leasehold EXPORT leaseholdTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/leasehold DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

if(TARGET leasehold)
  install(TARGETS leasehold EXPORT leaseholdTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/leasehold)
install(EXPORT leaseholdTargets NAMESPACE leasehold:: DESTINATION ${package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/leaseholdConfig.cmake.in
  ${PROJECT_BINARY_DIR}/leaseholdConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/leaseholdConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/leaseholdConfig.cmake ${PROJECT_BINARY_DIR}/leaseholdConfigVersion.cmake
  ${PROJECT_SOURCE_DIR}/cmake/FindSOCI.cmake ${PROJECT_SOURCE_DIR}/cmake/FindJq.cmake ${PROJECT_SOURCE_DIR}/cmake/LeaseholdGenerate.cmake
  DESTINATION ${package})

install(DIRECTORY ${PROJECT_SOURCE_DIR}/configs DESTINATION ${CMAKE_INSTALL_DATADIR}/leasehold)
