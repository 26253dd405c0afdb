// SPDX-License-Identifier: Apache-2.0
// A process of its own that changes a folder at random, as many programs do at once: it creates,
// overwrites, appends, truncates, maps, links, renames files and whole folders in, out and across,
// unpacks archives, makes deep folders in bursts, removes and makes anew, changes case.
//
// It has no descriptor open between two operations: then the disk has all that it wrote.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace vcs::test {

class TreeWriter {
 public:
  // `folder` must exist and stays in place; everything below it may change. `outside` is a folder
  // on the same filesystem to move things to and from. Construct it before any thread starts.
  TreeWriter(std::string folder, std::string outside, std::uint64_t seed);
  ~TreeWriter();
  TreeWriter(const TreeWriter&) = delete;
  TreeWriter& operator=(const TreeWriter&) = delete;

  void begin(std::uint32_t operations);  // returns at once; one at a time
  bool rests();                          // true: all begun operations are done
  void wait();
  const std::string& folder() const { return folder_; }

 private:
  bool take_report(int timeout_milliseconds);

  std::string folder_;
  pid_t pid_ = -1;
  int orders_ = -1, reports_ = -1;
  bool at_work_ = false;
};

}  // namespace vcs::test
