// SPDX-License-Identifier: Apache-2.0
// Reads the folder with std::filesystem, and the commit with `ls`.
#include "tests/support/tree_model.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/object/hasher.hpp"
#include "ipc/messages/history.hpp"
#include "tests/support/must.hpp"
#include "tests/support/temporary_folder.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLines = 12;

std::string file_line(unsigned mode, const std::string& id) {
  return fmt::format("file {:o} {}", mode, id);
}
std::string folder_line(unsigned mode) {
  return fmt::format("folder {:o}", mode);
}
std::string link_line(const std::string& target) {
  return "link " + target;
}

}  // namespace

TreeModel model_of_folder(const std::string& folder) {
  TreeModel model;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string().substr(folder.size() + 1);
    const auto mode = static_cast<unsigned>(entry.symlink_status().permissions());
    if (entry.is_symlink())
      model[path] = link_line(fs::read_symlink(entry.path()).string());
    else if (entry.is_directory())
      model[path] = folder_line(mode);
    else
      model[path] = file_line(
          mode, object::hash_bytes(base::as_bytes(read_file(entry.path().string()))).hex());
  }
  return model;
}

TreeModel model_of_commit(ipc::Client& client, const std::string& repository,
                          const std::string& commit, const std::string& path) {
  TreeModel model;
  ipc::LsRequest request;
  request.repository = repository;
  request.commit = commit;
  request.path = path;
  request.recursive = true;
  must(client.stream<ipc::Ls>(request, [&](const ipc::EntryInfo& entry) {
    if (entry.path.size() <= path.size()) return true;  // the folder itself
    const auto mode = static_cast<unsigned>(entry.mode);
    model[entry.path.substr(path.empty() ? 0 : path.size() + 1)] =
        entry.type == ipc::FileType::file        ? file_line(mode, entry.id)
        : entry.type == ipc::FileType::directory ? folder_line(mode)
                                                 : link_line(entry.target);
    return true;
  }));
  return model;
}

std::string difference(const TreeModel& expected, const TreeModel& found) {
  std::string text;
  int lines = 0;
  const auto tell = [&](const std::string& line) {
    if (lines++ < kMostLines) text += line + "\n";
  };
  for (const auto& [path, line] : expected) {
    const auto other = found.find(path);
    if (other == found.end())
      tell(fmt::format("missing: {} ({})", path, line));
    else if (other->second != line)
      tell(fmt::format("differs: {}: expected {}, found {}", path, line, other->second));
  }
  for (const auto& [path, line] : found)
    if (!expected.contains(path)) tell(fmt::format("too much: {} ({})", path, line));
  if (lines > kMostLines) text += fmt::format("and {} more\n", lines - kMostLines);
  return text;
}

ipc::Client connect_client(const std::string& home) {
  static const base::SystemClock clock;
  return must(ipc::Client::connect(clock, home + "/vcsd.sock", {"a test"}));
}

}  // namespace vcs::test
