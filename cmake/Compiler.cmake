# SPDX-License-Identifier: Apache-2.0
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  # ccache needs these settings to cache sources that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_DEPEND=1 "${CCACHE}")
endif()

# Every room links this privately: flags are never inherited by accident.
add_library(vcs_flags INTERFACE)
target_include_directories(vcs_flags INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(vcs_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 warns of overflows in correct code that grows vectors and joins strings (its bugs 105329, 105651 and similar).
  target_compile_options(vcs_flags INTERFACE -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-restrict)
  if(VCS_UNITY)
    # GCC treats the files that the joined source includes as headers, and warns of their unnamed namespaces.
    target_compile_options(vcs_flags INTERFACE -Wno-subobject-linkage)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Whoever touches what a lock guards without it is found here: docs/decisions/locks.md
  target_compile_options(vcs_flags INTERFACE -Wthread-safety -Werror=thread-safety)
endif()
if(VCS_WARNINGS_AS_ERRORS)
  target_compile_options(vcs_flags INTERFACE -Werror)
endif()
if(VCS_SANITIZE)
  target_compile_options(vcs_flags INTERFACE -fsanitize=${VCS_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(vcs_flags INTERFACE -fsanitize=${VCS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # In instrumented code GCC 12 wrongly reports uninitialised members in <regex> and std::variant.
    target_compile_options(vcs_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(VCS_FUZZERS)
  # Coverage for the rooms; the targets themselves link the fuzzer's main.
  target_compile_options(vcs_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Precompiles the library headers that most sources include: this saves a third of a build's processor time. The list has
# no header of the project, and every source still includes what it uses: builds for fuzzing and clang-tidy do without it.
set(VCS_COMMON_HEADERS
  <algorithm> <array> <atomic> <chrono> <condition_variable> <functional> <map> <memory> <mutex> <optional> <set> <span>
  <string> <string_view> <thread> <unordered_map> <unordered_set> <vector> <fmt/format.h> <tl/expected.hpp>)

# vcs_common_headers(target group [headers…]): one precompiled header serves all targets of a group, which must have the
# same flags. The first target makes it.
function(vcs_common_headers target group)
  get_property(maker GLOBAL PROPERTY "VCS_PRECOMPILED_BY_${group}")
  if(maker)
    target_precompile_headers(${target} REUSE_FROM ${maker})
  else()
    target_precompile_headers(${target} PRIVATE ${VCS_COMMON_HEADERS} ${ARGN})
    set_property(GLOBAL PROPERTY "VCS_PRECOMPILED_BY_${group}" ${target})
  endif()
endfunction()
