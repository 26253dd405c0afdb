// SPDX-License-Identifier: Apache-2.0
// The text of repository.toml, kept for ever.
#include <catch2/catch.hpp>

#include "config/repository_file.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"

namespace {

using namespace vcs;

TEST_CASE("repository file golden: what was written once is read for ever") {
  config::RepositoryFile file;
  file.name = "novel";
  file.id = "000102030405060708090a0b0c0d0e0f";
  file.worktree = "/home/ada/novel";
  file.created = 1'700'000'000'123'456'789;
  file.chunker.seed = 0x0123456789abcdef;
  file.remotes = {{"disk", "file:///mnt/disk/novel"}};
  file.root = config::RootIdentity{2049, 131073};
  const std::string text = test::must(config::format_repository_file(file));
  test::require_golden("config/repository.v1.toml", base::as_bytes(text));
  const base::Bytes kept = test::golden_bytes("config/repository.v1.toml");
  CHECK(test::must(config::parse_repository_file(base::as_text(kept), "repository.toml")) == file);
}

TEST_CASE("repository file golden: one with the brake set") {
  config::RepositoryFile file;
  file.name = "novel";
  file.id = "000102030405060708090a0b0c0d0e0f";
  file.worktree = "/home/ada/novel";
  file.created = 1'700'000'000'123'456'789;
  file.brake = config::BrakeEntry{config::BrakeEntry::kEncryption, 1'700'000'001'000'000'000,
                                  std::string(64, 'a'), 3, 412};
  const std::string text = test::must(config::format_repository_file(file));
  test::require_golden("config/repository_brake.v1.toml", base::as_bytes(text));
  const base::Bytes kept = test::golden_bytes("config/repository_brake.v1.toml");
  CHECK(test::must(config::parse_repository_file(base::as_text(kept), "repository.toml")) == file);
}

}  // namespace
