// SPDX-License-Identifier: Apache-2.0
// Compares every record with the frame headers. Not every object of a header needs a record: a pack
// may hold forgotten frames.
#include "core/pack/index_check.hpp"

#include "core/pack/frame_walk.hpp"
#include "core/pack/pack_file.hpp"

namespace vcs::pack {
namespace {

// Headers are small and far apart.
constexpr std::size_t kReadAhead = 4096;

class IndexCheck {
 public:
  explicit IndexCheck(const SealedPack& pack) : pack_(pack) {}

  void frame(std::uint64_t offset, const FrameHeader& header) {
    std::uint32_t object_offset = 0;
    for (const FrameObject& object : header.objects) {
      const IndexRecord record = IndexRecord::make(object.id, static_cast<std::uint32_t>(offset),
                                                   object_offset, object.length, header.kind);
      if (pack_.find(object.id) == record) ++proven_;
      object_offset += object.length;
    }
  }

  void gap(std::uint64_t begin, std::uint64_t end) {
    for (std::size_t i = 0; i < pack_.size(); ++i) {
      const std::uint32_t offset = pack_.record(i).frame_offset;
      if (offset >= begin && offset < end) ++proven_;
    }
  }

  std::size_t unproven() const { return proven_ < pack_.size() ? pack_.size() - proven_ : 0; }

 private:
  const SealedPack& pack_;
  std::size_t proven_ = 0;
};

}  // namespace

std::vector<std::string> check_pack_index(const SealedPack& pack,
                                          std::shared_ptr<base::File> file) {
  if (!pack.index) return {};  // the store tries again to write it
  std::vector<std::string> defects = pack.index->index.check();
  IndexCheck check(pack);
  FrameWalk walk;
  walk.check_payloads = false;
  walk.skip_unreadable = true;
  walk.frame = [&](std::uint64_t offset, const FrameHeader& header, ByteView) -> Result<void> {
    check.frame(offset, header);
    return {};
  };
  walk.gap = [&](std::uint64_t begin, std::uint64_t end, const std::string&) {
    check.gap(begin, end);
  };
  PackReader reader(std::move(file), pack.length, {}, kReadAhead);
  if (auto walked = walk_frames(reader, kPackHeaderSize, walk); !walked)
    defects.push_back(walked.error().message);
  if (check.unproven() > 0)
    defects.push_back(fmt::format("{} of the {} records of {} do not match any object in its pack.",
                                  check.unproven(), pack.size(), index_name(pack.number)));
  return defects;
}

}  // namespace vcs::pack
