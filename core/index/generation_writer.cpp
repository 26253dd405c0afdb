// SPDX-License-Identifier: Apache-2.0
// Writes a new generation of the index: merges old entries with changes.
#include "core/index/generation_writer.hpp"

namespace vcs::index {

void remove_generation(base::Directory& directory, std::uint32_t generation) {
  (void)directory.remove_file(journal_name(generation));
  (void)directory.remove_file(base_name(generation));
}

Result<std::unique_ptr<GenerationWriter>> GenerationWriter::start(
    base::Directory& directory, std::uint32_t generation, std::unique_ptr<IndexCursor> old) {
  VCS_ASSIGN(auto file, directory.open_file(base_name(generation), base::OpenMode::create_new));
  if (old) old->seek("");
  return std::unique_ptr<GenerationWriter>(
      new GenerationWriter(directory, generation, std::move(old), std::move(file)));
}

GenerationWriter::GenerationWriter(base::Directory& directory, std::uint32_t generation,
                                   std::unique_ptr<IndexCursor> old,
                                   std::unique_ptr<base::File> file)
    : directory_(directory),
      generation_(generation),
      old_(std::move(old)),
      file_(std::move(file)),
      writer_(*file_, generation) {}

GenerationWriter::~GenerationWriter() {
  if (!finished_) remove_generation(directory_, generation_);
}

// Copies the old entries before `bound`; null: all that are left. Skips an entry at `bound`.
Result<void> GenerationWriter::copy_before(const std::string_view* bound) {
  for (; old_ && old_->valid(); old_->next()) {
    const int order = bound ? object::compare_paths(old_->path(), *bound) : -1;
    if (order > 0) break;
    if (order < 0) VCS_TRY(writer_.add(old_->path(), old_->entry()));
  }
  return {};
}

Result<void> GenerationWriter::add(std::string_view path, const IndexEntry* entry) {
  VCS_TRY(copy_before(&path));
  return entry ? writer_.add(path, *entry) : Result<void>();
}

Result<Generation> GenerationWriter::finish(const object::ObjectId& tag) {
  VCS_TRY(copy_before(nullptr));
  VCS_TRY(writer_.finish(tag));
  Generation made;
  VCS_ASSIGN(auto mapping, file_->map(writer_.bytes()));
  VCS_ASSIGN(made.base, BaseFile::open(std::move(mapping), generation_));
  VCS_ASSIGN(made.journal, Journal::create(directory_, journal_name(generation_), generation_));
  finished_ = true;
  return made;
}

}  // namespace vcs::index
