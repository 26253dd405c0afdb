# SPDX-License-Identifier: Apache-2.0
# vcs_light(target): a release build compiles it with -O1, in two thirds of the time. For code that reads, asks and prints.
function(vcs_light target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Release>:-finline-functions>)
endfunction()

# vcs_room(NAME name [parts…] [DEPENDS rooms…] [LIBRARIES targets…] [BY_ITSELF files…] [LIGHT])
#
# Makes the calling folder a room: all its .cpp files, and those of its parts, become the library vcs_<name>. It may use the
# rooms in DEPENDS (and, through them, theirs) and the client libraries in LIBRARIES, which stay private to it. VCS_UNITY
# compiles several files as one, except those in BY_ITSELF: these have names of their own that a neighbour has, too (the
# magic and version of a format), or take so long that another processor should compile them. LIGHT: the room reads, asks
# and prints, and does nothing with the bytes of files: see vcs_light().
function(vcs_room)
  cmake_parse_arguments(ROOM "LIGHT" "NAME" "DEPENDS;LIBRARIES;BY_ITSELF" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  foreach(part ${ROOM_UNPARSED_ARGUMENTS})
    file(GLOB part_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${part}/*.cpp")
    list(APPEND sources ${part_sources})
  endforeach()
  add_library(vcs_${ROOM_NAME} STATIC ${sources})
  target_link_libraries(vcs_${ROOM_NAME} PUBLIC ${ROOM_DEPENDS} PRIVATE vcs_flags ${ROOM_LIBRARIES})
  vcs_common_headers(vcs_${ROOM_NAME} rooms)
  if(ROOM_LIGHT)
    vcs_light(vcs_${ROOM_NAME})
  endif()
  if(VCS_UNITY)
    set_target_properties(vcs_${ROOM_NAME} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 40)
    set_source_files_properties(${ROOM_BY_ITSELF} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# vcs_test(NAME name SOURCES folder… LIBRARIES targets… [LABELS labels…] [ALONE])
#
# Makes one Catch2 program from all .cpp files of the folders; each case is a ctest test of its own. With ALONE, cases with
# the tag [alone], which change a setting of the machine, run while no other test runs.
function(vcs_test)
  cmake_parse_arguments(TEST "ALONE" "NAME" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  foreach(folder ${TEST_SOURCES})
    file(GLOB_RECURSE found CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp")
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  add_executable(${TEST_NAME} ${sources})
  target_link_libraries(${TEST_NAME} PRIVATE vcs_flags vcs_test_support ${TEST_LIBRARIES})
  vcs_common_headers(${TEST_NAME} tests <catch2/catch.hpp> <nlohmann/json.hpp>)
  if(VCS_SANITIZE MATCHES "address")
    # Only the product's code must be fast here, and most of the compiled code is tests.
    target_compile_options(${TEST_NAME} PRIVATE -O0)
  endif()
  set(properties PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 600)
  if(TEST_ALONE)
    catch_discover_tests(${TEST_NAME} DISCOVERY_MODE PRE_TEST TEST_SPEC "~[alone]~[.]" ${properties})
    catch_discover_tests(${TEST_NAME} DISCOVERY_MODE PRE_TEST TEST_SPEC "[alone]" ${properties} RUN_SERIAL TRUE)
  else()
    catch_discover_tests(${TEST_NAME} DISCOVERY_MODE PRE_TEST TEST_SPEC "~[.]" ${properties})
  endif()
endfunction()
