# leasehold_generate_machine(target machine.yaml [NAMESPACE name])
#
# Writes machine.hpp, a Boost.MSM machine with the states, arcs and resources of machine.yaml, before `target` is
# compiled, which may then #include "machine.hpp". What cannot be generated stops the build with its place; a function
# that the program's class lacks does not compile and is named. The target links leasehold::fsm. See docs/msm.md.
function(leasehold_generate_machine target file)
  cmake_parse_arguments(arg "" "NAMESPACE" "" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "leasehold_generate_machine takes a target, a file and NAMESPACE name, not: ${ARGN}")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "leasehold_generate_machine: '${target}' is no target; add it first")
  endif()
  if(NOT TARGET leasehold::command)
    message(FATAL_ERROR "leasehold_generate_machine needs the tool; build leasehold with LEASEHOLD_BUILD_TOOL=ON")
  endif()
  get_filename_component(machine ${file} ABSOLUTE)
  get_filename_component(name ${file} NAME_WLE)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/machines/${target})
  set(options)
  if(arg_NAMESPACE)
    set(options --namespace ${arg_NAMESPACE})
  endif()
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${folder}/${name}.hpp
    COMMAND leasehold::command generate ${machine} --output ${folder}/${name}.hpp ${options}
    DEPENDS ${machine} leasehold::command
    COMMENT "Generating ${name}.hpp from ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${folder}/${name}.hpp)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
