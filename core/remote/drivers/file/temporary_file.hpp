// SPDX-License-Identifier: Apache-2.0
// A file that is written beside the objects and then moved to its place. For the driver only.
#pragma once

#include <memory>
#include <string>

#include "core/base/filesystem.hpp"
#include "core/remote/cancellation.hpp"

namespace vcs::remote::drivers {

// Between two pieces of an object a call sees that it was cancelled.
inline constexpr std::size_t kPieceBytes = 4u << 20;

// The destructor removes it unless it was moved to its place.
class TemporaryFile {
 public:
  // Its content is not durable yet.
  static Result<TemporaryFile> write(std::shared_ptr<base::Directory> folder,
                                     const std::string& name, ByteView bytes,
                                     const Cancellation& cancellation);
  TemporaryFile(TemporaryFile&&) noexcept = default;
  TemporaryFile(const TemporaryFile&) = delete;
  ~TemporaryFile();

  // Makes the content durable, and closes the file.
  Result<void> sync();
  void close() { file_.reset(); }

  // Replaces what has this name. Its time becomes at least that of the file that it replaces: the
  // clock may have gone back.
  Result<void> move_over(base::Directory& folder, const std::string& name);
  Result<void> move_if_absent(base::Directory& folder, const std::string& name);

 private:
  TemporaryFile(std::shared_ptr<base::Directory> folder, std::string name,
                std::unique_ptr<base::File> file)
      : folder_(std::move(folder)), name_(std::move(name)), file_(std::move(file)) {}
  Result<void> move_to(base::Directory& folder, const std::string& name, bool no_replace);

  std::shared_ptr<base::Directory> folder_;
  std::string name_;
  std::unique_ptr<base::File> file_;
};

}  // namespace vcs::remote::drivers
