// SPDX-License-Identifier: Apache-2.0
// The text of repository.toml must stay readable for ever.
#include <catch2/catch.hpp>

#include "config/repository_file.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"

namespace {

using namespace vcs;

void require_kept(const char* name, const config::RepositoryFile& file) {
  const base::Bytes kept = test::golden_bytes(name);
  CHECK(test::must(config::parse_repository_file(base::as_text(kept), "repository.toml")) == file);
}

TEST_CASE("repository file golden: what was written once is read for ever") {
  config::RepositoryFile file;
  file.name = "novel";
  file.id = "000102030405060708090a0b0c0d0e0f";
  file.worktree = "/home/ada/novel";
  file.created = base::unix_nanos(1'700'000'000'123'456'789);
  file.chunker.seed = 0x0123456789abcdef;
  file.remotes = {{"disk", "file:///mnt/disk/novel"}};
  file.root = config::RootIdentity{2049, 131073};
  require_kept("config/repository.v1.toml", file);
  file.remotes.push_back({"origin", "file:///mnt/disk/other", false});
  file.devices = {{"0123456789abcdef", "00112233445566778899aabbccddeeff", "/data/novel-1", ""},
                  {"fedcba9876543210", "", "/data/\xff", "0123456789abcdef"}};
  const std::string text = test::must(config::format_repository_file(file));
  test::require_golden("config/repository.v2.toml", base::as_bytes(text));
  require_kept("config/repository.v2.toml", file);
}

TEST_CASE("repository file golden: one with the brake set") {
  config::RepositoryFile file;
  file.name = "novel";
  file.id = "000102030405060708090a0b0c0d0e0f";
  file.worktree = "/home/ada/novel";
  file.created = base::unix_nanos(1'700'000'000'123'456'789);
  file.alarm =
      config::AlarmEntry{config::AlarmReason::encryption,
                         base::unix_nanos(1'700'000'001'000'000'000), std::string(64, 'a'), 3, 412};
  require_kept("config/repository_brake.v1.toml", file);
  const std::string text = test::must(config::format_repository_file(file));
  test::require_golden("config/repository_brake.v2.toml", base::as_bytes(text));
  require_kept("config/repository_brake.v2.toml", file);
}

}  // namespace
