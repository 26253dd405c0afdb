// SPDX-License-Identifier: Apache-2.0
// vcsctl config: the settings that hold, and where everything is. Needs no agent.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"

namespace vcs::cli {
namespace {

// {"a":"b",…}
std::string json_object(const std::vector<std::pair<std::string_view, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += out.empty() ? '{' : ',';
    ipc::encode_text_to(out, name);
    out += ':';
    ipc::encode_text_to(out, value);
  }
  return out + "}";
}

void print_values_json(const Context& context, const config::Loaded& loaded) {
  std::string out = "{\"values\":[";
  for (std::size_t i = 0; i < loaded.values.size(); ++i) {
    const auto& value = loaded.values[i];
    out += i == 0 ? "\n" : ",\n";
    out +=
        json_object({{"key", value.key}, {"value", value.value}, {"origin", value.origin.text()}});
  }
  out += "],\"warnings\":[";
  for (std::size_t i = 0; i < loaded.warnings.size(); ++i) {
    if (i != 0) out += ',';
    ipc::encode_text_to(out, loaded.warnings[i]);
  }
  context.out().write(out + "]}\n");
}

}  // namespace

Outcome run_config_show(Context& context) {
  VCS_ASSIGN(const config::Loaded loaded, context.configuration());
  if (context.json()) {
    print_values_json(context, loaded);
    return ExitStatus::done;
  }
  const bool origin = context.line().has("--origin");
  Table table({Table::Align::left, Table::Align::left, Table::Align::left});
  for (const auto& value : loaded.values) {
    const bool set = value.origin.kind != config::Origin::Kind::default_value;
    const std::string text = escaped_text(value.value);
    table.add({escaped(value.key), set ? context.style().strong(text) : text,
               origin ? context.style().faint(escaped(value.origin.text())) : ""});
  }
  context.out().write(table.text());
  for (const std::string& warning : loaded.warnings)
    context.err().write("vcsctl: " + escaped_text(warning) + "\n");
  return ExitStatus::done;
}

Outcome run_config_path(Context& context) {
  VCS_ASSIGN(const config::Paths paths, context.paths());
  VCS_ASSIGN(const config::Loaded loaded, context.configuration());
  VCS_ASSIGN(const std::string socket, config::socket_path(paths, loaded.settings.agent));
  const std::vector<std::pair<std::string_view, std::string>> fields = {
      {"config_file", paths.config_file},
      {"data", paths.data},
      {"repositories", paths.repositories},
      {"logs", paths.logs},
      {"socket", socket}};
  if (context.json()) {
    context.out().write(json_object(fields) + "\n");
    return ExitStatus::done;
  }
  Table table({Table::Align::left, Table::Align::left});
  for (const auto& [name, value] : fields) table.add({std::string(name), escaped(value)});
  context.out().write(table.text());
  return ExitStatus::done;
}

}  // namespace vcs::cli
