// SPDX-License-Identifier: Apache-2.0
// Writes a new generation of the index: the entries of an older one, merged with changes in order.
#pragma once

#include "core/index/docket.hpp"
#include "core/index/index_file.hpp"
#include "core/index/journal.hpp"

namespace vcs::index {

// A base file and the journal on top of it.
struct Generation {
  std::unique_ptr<BaseFile> base;
  std::unique_ptr<Journal> journal;
};

// One thread. Without finish(), the destructor removes the written files.
class GenerationWriter {
 public:
  // `old` gives the entries of the older generation; null: there are none.
  static Result<std::unique_ptr<GenerationWriter>> start(base::Directory& directory,
                                                         std::uint32_t generation,
                                                         std::unique_ptr<IndexCursor> old);
  ~GenerationWriter();
  GenerationWriter(const GenerationWriter&) = delete;
  GenerationWriter& operator=(const GenerationWriter&) = delete;

  // Paths ascend. Null: the path is removed.
  Result<void> add(std::string_view path, const IndexEntry* entry);
  // Makes the files whole and durable. The file `current` does not name them yet.
  Result<Generation> finish(const object::ObjectId& tag);
  std::uint32_t generation() const { return generation_; }
  // True if it takes over the entries of an older generation.
  bool copies() const { return old_ != nullptr; }

 private:
  GenerationWriter(base::Directory& directory, std::uint32_t generation,
                   std::unique_ptr<IndexCursor> old, std::unique_ptr<base::File> file);
  Result<void> copy_before(const std::string_view* bound);

  base::Directory& directory_;
  const std::uint32_t generation_;
  std::unique_ptr<IndexCursor> old_;
  std::unique_ptr<base::File> file_;
  BaseWriter writer_;
  bool finished_ = false;
};

// Removes the files of a generation. Files that cannot be removed only cost space; the next
// generation that becomes valid, and the next opening, try again.
void remove_generation(base::Directory& directory, std::uint32_t generation);

}  // namespace vcs::index
