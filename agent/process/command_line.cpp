// SPDX-License-Identifier: Apache-2.0
// The few options of vcsd.
#include "agent/process/command_line.hpp"

#include <getopt.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "agent/process/version.hpp"

namespace vcs::agent::process {
namespace {

constexpr const char* kUsage =
    "Usage: vcsd [--home DIR] [--foreground]\n"
    "\n"
    "Watches folders and turns every save into a durable snapshot. Speak to it with vcsctl.\n"
    "\n"
    "  --home DIR     everything lives below DIR (configuration, socket, repositories)\n"
    "  --foreground   stay in the foreground and log to the terminal\n"
    "  --version      print the version and leave\n"
    "  --help         print this and leave\n"
    "\n"
    "Without --foreground it goes to the background and logs to logs/vcsd.log.\n";

}  // namespace

CommandLine parse_command_line(int argc, char** argv) {
  static const option options[] = {{"home", required_argument, nullptr, 'h'},
                                   {"foreground", no_argument, nullptr, 'f'},
                                   {"version", no_argument, nullptr, 'v'},
                                   {"help", no_argument, nullptr, '?'},
                                   {nullptr, 0, nullptr, 0}};
  CommandLine line;
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (c == 'h') {
      line.home = optarg;
    } else if (c == 'f') {
      line.foreground = true;
    } else if (c == 'v') {
      std::printf("vcsd %s\n", kVersion);
      std::exit(0);
    } else if (optopt == 0 && std::string_view(argv[optind - 1]) == "--help") {
      std::fputs(kUsage, stdout);
      std::exit(0);
    } else {
      std::fprintf(stderr, "vcsd: '%s' is not an option, or lacks its value\n%s", argv[optind - 1],
                   kUsage);
      std::exit(2);
    }
  }
  if (optind < argc) {
    std::fprintf(stderr, "vcsd: unexpected argument '%s'\n%s", argv[optind], kUsage);
    std::exit(2);
  }
  return line;
}

}  // namespace vcs::agent::process
