// SPDX-License-Identifier: Apache-2.0
// A large file is as much work as thousands of small ones, so idle threads take parts of it.
#include "core/restore/restore_parts.hpp"

#include <algorithm>

#include "core/base/guarded.hpp"
#include "core/base/thread_pool.hpp"
#include "core/store/content_reader.hpp"

namespace vcs::restore {

using object::TreeEntry;

namespace {

constexpr std::uint64_t kLargeFile = 64u << 20;
constexpr std::uint64_t kLeastPart = 32u << 20;
constexpr std::uint64_t kMostParts = 64;

using PartWork = std::function<Result<void>(const ContentPart&)>;

bool is_large(const RestoreContext& context, const TreeEntry& entry) {
  return context.helpers != nullptr && entry.size >= kLargeFile &&
         entry.content.kind == object::ContentKind::chunks;
}

// A part reads only bytes within the entry's size, so this checks first that the size is right.
Result<void> check_listed_size(RestoreContext& context, const TreeEntry& entry) {
  VCS_ASSIGN(const auto size, store::listed_size(context.store, entry.content));
  if (size.value_or(entry.size) == entry.size) return {};
  return wrong_size(*size, entry.size);
}

// Runs `work` for each part on several threads. The first error ends it.
Result<void> for_each_part(RestoreContext& context, std::uint64_t size, const PartWork& work) {
  const std::uint64_t length = std::max(kLeastPart, size / kMostParts + 1);
  std::atomic<std::uint64_t> next{0};
  base::Guarded<Result<void>> result;
  context.helpers->run_lanes(context.options.threads, [&](std::size_t) {
    for (std::uint64_t offset; (offset = next.fetch_add(length)) < size;) {
      auto done = work({offset, length});
      if (done) continue;
      const auto first = result.lock();
      if (*first) *first = std::move(done);
      next = size;
    }
  });
  const auto first = result.lock();
  return std::move(*first);
}

OnPiece count_pieces(RestoreContext& context, bool written) {
  return [&context, written](std::uint64_t bytes) -> Result<void> {
    context.report.bytes_done(bytes, written);
    if (context.cancelled()) return fail(ErrorCode::cancelled, "the restore was cancelled");
    return {};
  };
}

}  // namespace

Result<void> write_in_parts(RestoreContext& context, const TreeEntry& entry, base::File& file) {
  const OnPiece count = count_pieces(context, true);
  if (!is_large(context, entry)) {
    VCS_ASSIGN(const std::uint64_t end, write_content(context.store, entry, {}, file, count));
    return end < entry.size ? file.truncate(entry.size) : Result<void>();
  }
  VCS_TRY(check_listed_size(context, entry));
  VCS_TRY(file.truncate(entry.size));
  return for_each_part(context, entry.size, [&](const ContentPart& part) {
    return write_content(context.store, entry, part, file, count).map([](std::uint64_t) {});
  });
}

Result<bool> compare_in_parts(RestoreContext& context, const TreeEntry& entry, base::File& file) {
  const OnPiece count = count_pieces(context, false);
  if (!is_large(context, entry)) return has_content(context.store, entry, {}, file, count);
  VCS_TRY(check_listed_size(context, entry));
  std::atomic<bool> same{true};
  auto compared = for_each_part(context, entry.size, [&](const ContentPart& part) -> Result<void> {
    VCS_ASSIGN(const bool same_here, has_content(context.store, entry, part, file, count));
    if (same_here) return {};
    same = false;
    return fail(ErrorCode::precondition_failed, "the content differs");
  });
  if (!same) return false;
  VCS_TRY(std::move(compared));
  return true;
}

}  // namespace vcs::restore
