// SPDX-License-Identifier: Apache-2.0
// Writes in pieces, so that a cancelled call ends soon.
#include "core/remote/drivers/file/temporary_file.hpp"

#include <algorithm>

namespace vcs::remote::drivers {

Result<TemporaryFile> TemporaryFile::write(std::shared_ptr<base::Directory> folder,
                                           const std::string& name, ByteView bytes,
                                           const Cancellation& cancellation) {
  VCS_ASSIGN(auto file, folder->open_file(name, base::OpenMode::create_new));
  TemporaryFile result(std::move(folder), name, std::move(file));
  for (std::size_t done = 0; done < bytes.size(); done += kPieceBytes) {
    VCS_TRY(cancellation.check());
    const std::size_t length = std::min(kPieceBytes, bytes.size() - done);
    VCS_TRY(result.file_->write_at(bytes.subspan(done, length), done));
  }
  return result;
}

TemporaryFile::~TemporaryFile() {
  if (folder_) (void)folder_->remove_file(name_);
}

Result<void> TemporaryFile::sync() {
  if (!file_) {
    VCS_ASSIGN(file_, folder_->open_file(name_, base::OpenMode::read));
  }
  VCS_TRY(file_->sync());
  close();
  return {};
}

Result<void> TemporaryFile::move_over(base::Directory& folder, const std::string& name) {
  if (const auto replaced = folder.stat(name)) {
    VCS_ASSIGN(const base::FileStat own, folder_->stat(name_));
    if (own.mtime < replaced->mtime) VCS_TRY(folder_->set_mtime(name_, replaced->mtime));
  }
  return move_to(folder, name, false);
}

Result<void> TemporaryFile::move_if_absent(base::Directory& folder, const std::string& name) {
  return move_to(folder, name, true);
}

Result<void> TemporaryFile::move_to(base::Directory& folder, const std::string& name,
                                    bool no_replace) {
  VCS_TRY(folder_->rename(name_, folder, name, no_replace));
  folder_.reset();
  return {};
}

}  // namespace vcs::remote::drivers
