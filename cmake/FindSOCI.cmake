# Finds SOCI 4.0, which ships no CMake package in Debian, under the target names of SOCI 4.1:
# SOCI::Core and, per component (SQLite3, PostgreSQL, MySQL), SOCI::<component>.
find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_CORE_LIBRARY soci_core)
set(_soci_required SOCI_CORE_LIBRARY SOCI_INCLUDE_DIR)

foreach(_component IN LISTS SOCI_FIND_COMPONENTS)
  string(TOLOWER ${_component} _backend)
  find_library(SOCI_${_component}_LIBRARY soci_${_backend})
  if(SOCI_${_component}_LIBRARY)
    set(SOCI_${_component}_FOUND TRUE)
  endif()
  mark_as_advanced(SOCI_${_component}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SOCI REQUIRED_VARS ${_soci_required} HANDLE_COMPONENTS)
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_CORE_LIBRARY)

if(SOCI_FOUND)
  if(NOT TARGET SOCI::Core)
    add_library(SOCI::Core UNKNOWN IMPORTED)
    set_target_properties(SOCI::Core PROPERTIES IMPORTED_LOCATION "${SOCI_CORE_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
  endif()
  foreach(_component IN LISTS SOCI_FIND_COMPONENTS)
    if(NOT TARGET SOCI::${_component})
      add_library(SOCI::${_component} UNKNOWN IMPORTED)
      set_target_properties(SOCI::${_component} PROPERTIES
        IMPORTED_LOCATION "${SOCI_${_component}_LIBRARY}" INTERFACE_LINK_LIBRARIES SOCI::Core)
    endif()
  endforeach()
endif()
