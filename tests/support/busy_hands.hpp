// SPDX-License-Identifier: Apache-2.0
// Changes a folder at random: makes, writes, renames, exchanges, removes, moves out and back, and,
// where it is allowed, bind-mounts folders at other places and mounts memory on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/own_mounts.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {

class BusyHands {
 public:
  // `outside`: a folder of the same filesystem, for what is moved out.
  BusyHands(std::string folder, std::string outside, SeededRandom& random)
      : folder_(std::move(folder)), outside_(std::move(outside)), random_(random) {}

  void binds(bool allowed) { binds_ = allowed; }
  void mounts_memory(bool allowed) { memory_ = allowed; }
  // Does one random operation; one that cannot be done is no error.
  void move();
  // Exchanges two entries of the folder in one step; relative paths. False: it cannot be done.
  bool exchange(const std::string& one, const std::string& other);
  // Writes the file "saved" with new content in each folder, and returns the number of folders.
  std::size_t save_everywhere();
  void unmount_all() { mounts_.clear(); }
  // Relative paths of all places where anything was ever mounted.
  const std::vector<std::string>& mount_points() const { return mount_points_; }

 private:
  std::string any_path();
  std::string any_outside();
  void save(const std::string& path);
  void mount_something();

  const std::string folder_, outside_;
  SeededRandom& random_;
  bool binds_ = false, memory_ = false;
  std::uint64_t count_ = 0;
  std::vector<std::unique_ptr<Mount>> mounts_;
  std::vector<std::string> mount_points_;
};

}  // namespace vcs::test
