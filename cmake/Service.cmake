# SPDX-License-Identifier: Apache-2.0
# Installs what belongs to the binaries: service units, manual pages, shell completions, the sample file.

foreach(unit vcsd.service vcsd@.service)
  configure_file("systemd/${unit}.in" "systemd/${unit}" @ONLY)
endforeach()
configure_file("launchd/dev.vcsd.agent.plist.in" "launchd/dev.vcsd.agent.plist" @ONLY)

if(APPLE)
  install(FILES "${CMAKE_BINARY_DIR}/launchd/dev.vcsd.agent.plist" DESTINATION Library/LaunchAgents)
else()
  install(FILES "${CMAKE_BINARY_DIR}/systemd/vcsd.service" DESTINATION lib/systemd/user)
  install(FILES "${CMAKE_BINARY_DIR}/systemd/vcsd@.service" DESTINATION lib/systemd/system)
  install(FILES systemd/without-user-namespaces.conf DESTINATION share/vcsd)
  install(FILES "${CMAKE_BINARY_DIR}/launchd/dev.vcsd.agent.plist" DESTINATION share/vcsd/launchd)
endif()
install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(FILES "${CMAKE_SOURCE_DIR}/config/vcsd.toml.sample" DESTINATION share/vcsd)
install(FILES "${CMAKE_SOURCE_DIR}/config/vcsd.toml.5" DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")

# vcs_generate(FILE path FOLDER install-folder ARGUMENTS arguments…): the build makes a file from vcsctl's output.
function(vcs_generate)
  cmake_parse_arguments(MAKE "" "FILE;FOLDER" "ARGUMENTS" ${ARGN})
  set(path "${CMAKE_BINARY_DIR}/generated/${MAKE_FILE}")
  get_filename_component(folder "${path}" DIRECTORY)
  add_custom_command(OUTPUT "${path}"
    COMMAND "${CMAKE_COMMAND}" -E make_directory "${folder}"
    COMMAND vcsctl ${MAKE_ARGUMENTS} > "${path}"
    DEPENDS vcsctl VERBATIM COMMENT "Writing ${MAKE_FILE}")
  set_property(GLOBAL APPEND PROPERTY VCS_GENERATED "${path}")
  install(FILES "${path}" DESTINATION "${MAKE_FOLDER}")
endfunction()

# A cross build cannot run vcsctl, so it has no generated files.
if(TARGET vcsctl AND NOT CMAKE_CROSSCOMPILING)
  vcs_generate(FILE man/vcsctl.1 FOLDER "${CMAKE_INSTALL_MANDIR}/man1" ARGUMENTS manual vcsctl)
  vcs_generate(FILE man/vcsd.1 FOLDER "${CMAKE_INSTALL_MANDIR}/man1" ARGUMENTS manual vcsd)
  vcs_generate(FILE man/vcsd-times.7 FOLDER "${CMAKE_INSTALL_MANDIR}/man7" ARGUMENTS manual vcsd-times)
  vcs_generate(FILE completions/vcsctl FOLDER share/bash-completion/completions ARGUMENTS completion bash)
  vcs_generate(FILE completions/_vcsctl FOLDER share/zsh/site-functions ARGUMENTS completion zsh)
  vcs_generate(FILE completions/vcsctl.fish FOLDER share/fish/vendor_completions.d ARGUMENTS completion fish)
  get_property(generated GLOBAL PROPERTY VCS_GENERATED)
  add_custom_target(service_files ALL DEPENDS ${generated})
endif()
