// SPDX-License-Identifier: Apache-2.0
// vcsctl config: shows the settings in effect, and the paths of all files. Needs no agent.
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/context.hpp"
#include "config/load.hpp"
#include "config/paths.hpp"

namespace vcs::cli {
namespace {

void print_values_json(const Context& context, const config::Loaded& loaded) {
  JsonItems values(JsonItems::End::behind_last);
  for (const auto& value : loaded.values)
    values.add(JsonObject()
                   .field("key", value.key)
                   .field("value", value.value)
                   .field("origin", value.origin.text()));
  context.print_json(JsonObject().field("values", values).field("warnings", loaded.warnings));
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
    JsonObject places;
    for (const auto& [name, value] : fields) places.field(name, value);
    context.print_json(places);
    return ExitStatus::done;
  }
  Table table({Table::Align::left, Table::Align::left});
  for (const auto& [name, value] : fields) table.add({std::string(name), escaped(value)});
  context.out().write(table.text());
  return ExitStatus::done;
}

}  // namespace vcs::cli
