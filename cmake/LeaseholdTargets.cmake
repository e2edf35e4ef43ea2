# How every target of this project is compiled.

find_program(LEASEHOLD_CCACHE ccache)
if(LEASEHOLD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What includes a precompiled header is served only with these sloppinesses, and fast only if that large file is not
  # hashed each time.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_INODECACHE=1 ${LEASEHOLD_CCACHE})
endif()

# One precompiled header for all targets needs one way to place code: what fits a library fits a program.
if(LEASEHOLD_PRECOMPILE)
  set(CMAKE_CXX_COMPILE_OPTIONS_PIE ${CMAKE_CXX_COMPILE_OPTIONS_PIC})
endif()

# Lets a target begin with cmake/precompiled.hpp, which is compiled once, with leasehold_core.
function(leasehold_precompile target)
  if(target STREQUAL leasehold_core)
    target_precompile_headers(${target} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  else()
    target_precompile_headers(${target} REUSE_FROM leasehold_core)
  endif()
  # The header was compiled with fmt's macros, and is refused where they are missing.
  target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # ccache asks for the first. Of what comes from there and was inlined g++ 12 does not know any more that it is a
    # system header's, about which nobody wants to be warned.
    target_compile_options(${target} PRIVATE -fpch-preprocess
      -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
  else()
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # ccache asks for it
  endif()
endfunction()

# Compiles the sources of each folder six at a time: most of what a source takes is what it includes.
function(leasehold_join target)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    get_filename_component(folder ${source} ABSOLUTE)
    file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR} ${folder})
    get_filename_component(folder ${folder} DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    math(EXPR of_${folder} "0${of_${folder}} + 1")
    math(EXPR group "(${of_${folder}} - 1) / 6")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}_${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # A type with a part from an unnamed namespace is suspicious where it is not in the main file, which none is here.
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# Applies the project's language level, warnings and sanitizers to one target.
function(leasehold_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  # g++ 12 takes the concatenation of strings for an overlapping copy once it optimises (GCC bug 105651).
  target_compile_options(${target} PRIVATE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>)
  if(LEASEHOLD_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LEASEHOLD_SANITIZE)
    # Undefined behaviour would else only be printed, and the test pass. g++ 12 takes the standard library's own regex
    # for uninitialised once it is instrumented.
    target_compile_options(${target} PRIVATE -fsanitize=${LEASEHOLD_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer -Wno-maybe-uninitialized)
    target_link_options(${target} PRIVATE -fsanitize=${LEASEHOLD_SANITIZE})
  endif()
  if(LEASEHOLD_PRECOMPILE)
    leasehold_precompile(${target})
  endif()
  if(LEASEHOLD_JOIN)
    leasehold_join(${target})
  endif()
endfunction()

# leasehold_library(core SOURCES ... LINK ... PRIVATE_LINK ...): the library leasehold::core; INTERNAL ones are not
# installed.
function(leasehold_library name)
  cmake_parse_arguments(arg "INTERNAL" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(leasehold_${name} ${arg_SOURCES})
  add_library(leasehold::${name} ALIAS leasehold_${name})
  set_target_properties(leasehold_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(leasehold_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_link_libraries(leasehold_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE_LINK})
  leasehold_target(leasehold_${name})
  if(NOT arg_INTERNAL)
    set_property(GLOBAL APPEND PROPERTY LEASEHOLD_LIBRARIES leasehold_${name})
  endif()
endfunction()

# leasehold_tests(unit_core LINK ...): every *.cpp of this folder as one doctest program, run by ctest.
function(leasehold_tests name)
  if(NOT TARGET leasehold_test_main)
    add_library(leasehold_test_main OBJECT ${PROJECT_SOURCE_DIR}/tests/main.cpp)
    target_link_libraries(leasehold_test_main PUBLIC doctest::doctest)
    target_compile_definitions(leasehold_test_main PRIVATE
      LEASEHOLD_SOURCE_DIR="${PROJECT_SOURCE_DIR}" LEASEHOLD_BINARY_DIR="${PROJECT_BINARY_DIR}")
    leasehold_target(leasehold_test_main)
  endif()
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE leasehold_test_main ${arg_LINK})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/tests)
  leasehold_target(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
