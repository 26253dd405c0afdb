# SPDX-License-Identifier: Apache-2.0
option(VCS_TESTS "Build the tests" ON)
option(VCS_CANARY "Build simulation_canary: a program with one bug compiled in, which the simulation must find" ON)
option(VCS_BENCHMARKS "Build the benchmarks in bench/" OFF)
option(VCS_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
option(VCS_UNITY "Compile several files of a room as one: half the time for a whole build, more for one changed file" OFF)
option(VCS_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)
set(VCS_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=: address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
