// SPDX-License-Identifier: Apache-2.0
// Somebody at work in the worktree: saves, renames, deletes, unpacks, keeps files open.
//
// It uses few names, so that paths come up again. It never touches one file, so that the worktree
// is never empty.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "tests/simulation/trace.hpp"
#include "tests/simulation/worktree_model.hpp"

namespace vcs::test {

class Person {
 public:
  Person(SimulatedDisk& disk, const base::Clock& clock, SeededRandom& random, WorktreeModel& model,
         Trace& trace, std::string worktree);

  // Does one thing, and shows it to the model.
  void act();
  // Closes all open files.
  void finish_writing();
  std::uint64_t acts() const { return acts_; }

 private:
  void do_something();
  void save();
  void save_beside_and_rename();
  void append_or_truncate();
  void rename_file();
  void rename_folder();
  void remove_file();
  void remove_folder();
  void make_folders();
  void make_symlink();
  void link_file();
  void change_mode();
  void touch();
  void unpack();
  void keep_writing();

  std::string at(const std::string& path) const;
  std::unique_ptr<base::Directory> folder(const std::string& path);
  std::string new_text();
  std::string new_path();
  std::string some(base::FileType type);  // "": there is none
  bool write(const std::string& path, const std::string& text);
  void remove_all(const std::string& path);

  SimulatedDisk& disk_;
  const base::Clock& clock_;
  SeededRandom& random_;
  WorktreeModel& model_;
  Trace& trace_;
  const std::string worktree_;
  std::uint64_t acts_ = 0, texts_ = 0;
  // The files being written, by the path at which they were opened.
  std::map<std::string, std::unique_ptr<base::File>> open_;
};

}  // namespace vcs::test
