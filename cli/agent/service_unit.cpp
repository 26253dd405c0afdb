// SPDX-License-Identifier: Apache-2.0
// Fills the templates, each with its own rules of quoting.
#include "cli/agent/service_unit.hpp"

#include <string_view>

#include "cli/agent/service_templates.hpp"

namespace vcs::cli {
namespace {

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
  return text;
}

// Escapes `text` for double quotes in a unit: systemd expands % and $, and its parser reads
// backslashes and quotes.
std::string systemd_quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '$') out += c;
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string xml_quoted(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string systemd_unit(const std::string& folder, const std::optional<std::string>& home) {
  std::string text = kSystemdTemplate;
  if (home) {
    text = replaced(text, "/vcsd\" --foreground",
                    "/vcsd\" --foreground --home \"" + systemd_quoted(*home) + "\"");
  }
  return replaced(text, kProgramFolderMark, systemd_quoted(folder));
}

bool unit_is_for(const std::string& text, const std::optional<std::string>& home) {
  if (!home) return text.find(" --home ") == std::string::npos;
  return text.find(" --home \"" + systemd_quoted(*home) + "\"\n") != std::string::npos;
}

std::string launchd_plist(const std::string& folder, const std::optional<std::string>& home) {
  std::string text = kLaunchdTemplate;
  constexpr std::string_view kLastArgument = "<string>--foreground</string>";
  if (home) {
    text = replaced(text, kLastArgument,
                    std::string(kLastArgument) + "\n    <string>--home</string>\n    <string>" +
                        xml_quoted(*home) + "</string>");
  }
  return replaced(text, kProgramFolderMark, xml_quoted(folder));
}

}  // namespace vcs::cli
