// SPDX-License-Identifier: Apache-2.0
// Opens and recovers packs. It cuts only bytes at the end of the last pack that hold no whole
// frame. When a read fails, it decides nothing.
#include "core/store/store_opener.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "core/pack/pack_file.hpp"
#include "core/pack/pack_reader.hpp"
#include "core/pack/pack_scan.hpp"

namespace vcs::store {
namespace {

constexpr std::size_t kCopySize = std::size_t{1} << 20;

struct FilesOfPack {
  bool pack = false, index = false;
};

class Opener {
 public:
  Opener(base::Directory& directory, const base::Log& log) : directory_(directory), log_(log) {}

  Result<OpenedPacks> run() {
    VCS_TRY(list());
    VCS_ASSIGN(const std::uint32_t last, last_appended());
    for (const auto& [number, files] : files_) {
      opened_.next_number = number + 1;
      if (auto done = open_pack(number, files, number == last); !done)
        return Failure(std::move(done).error().with_context(pack::pack_name(number)));
    }
    collect_commit_points();
    return std::move(opened_);
  }

 private:
  Result<void> list() {
    std::vector<std::string> left_over;
    VCS_TRY(directory_.list([&](const base::DirectoryEntry& entry) {
      if (const auto name = pack::parse_pack_file_name(entry.name)) {
        FilesOfPack& files = files_[name->number];
        (name->is_index ? files.index : files.pack) = true;
      } else if (entry.name.find(".idx.tmp") != std::string::npos ||
                 pack::is_unfinished_name(entry.name)) {
        left_over.push_back(entry.name);
      }
      return true;
    }));
    // A crash left these files. An unfinished index is written again, and an unfinished pack was
    // made of packs that are still there.
    for (const std::string& name : left_over) (void)directory_.remove_file(name);
    return {};
  }

  // The newest pack that the store appended to. Compaction may have made packs with higher numbers.
  Result<std::uint32_t> last_appended() {
    for (auto pack = files_.rbegin(); pack != files_.rend(); ++pack) {
      if (!pack->second.pack) continue;
      VCS_ASSIGN(const bool merged, is_merged(pack->first, pack->second));
      if (!merged) return pack->first;
    }
    return 0;
  }

  Result<bool> is_merged(std::uint32_t number, const FilesOfPack& files) {
    if (files.index)
      if (const auto index = pack::open_pack_index(directory_, number))
        return index->index.merged();
    VCS_ASSIGN(const auto file,
               directory_.open_file(pack::pack_name(number), base::OpenMode::read));
    const auto first = pack::read_frame(*file, pack::kPackHeaderSize);
    if (!first && first.error().code != ErrorCode::corrupt) return Failure(first.error());
    return first && pack::is_merge_mark(first->header);
  }

  Result<void> open_pack(std::uint32_t number, const FilesOfPack& files, bool last) {
    if (!files.pack) {
      damage(
          fmt::format("The file {} is missing; only its index is there.", pack::pack_name(number)));
      opened_.report.unusable.push_back(pack::index_name(number));
      return {};
    }
    if (files.index) {
      VCS_ASSIGN(const bool done, open_sealed(number));
      if (done) return {};
    }
    VCS_ASSIGN(std::shared_ptr<base::File> file, open_durable(number));
    VCS_ASSIGN(const base::FileStat stat, file->stat());
    pack::PackReader reader(file, std::min<std::uint64_t>(stat.size, kLongestReadable));
    VCS_ASSIGN(pack::PackScan scan, pack::scan_pack(reader, number));
    Result<void> again = write_again(number, file, scan);
    if (!again) {
      // On a full disk, people must still be able to read the store.
      if (again.error().code != ErrorCode::no_space) return again;
      log_.warning("{} cannot be written again: {}", pack::pack_name(number),
                   again.error().message);
    }
    // A pack without an index was open at the end of the last process, or was given up, or was
    // being removed. Nobody may have been told that its end is durable.
    const bool unfinished = !files.index;
    const bool was_open = last && unfinished && again;
    if (scan.whole_end == 0)
      return open_without_frames(number, file, stat.size, was_open, unfinished);
    const bool only_tail = scan.gaps.size() == 1 && scan.gaps[0].begin >= scan.whole_end;
    if (was_open && (scan.gaps.empty() || only_tail))
      return resume(number, file, stat.size, std::move(scan));
    return seal(number, unfinished, std::move(scan));
  }

  // The writer of the pack may have ended before a sync. A failed sync may have lost pages, and the
  // next sync would not report that: then this copies the readable bytes into a new file.
  Result<std::shared_ptr<base::File>> open_durable(std::uint32_t number) {
    VCS_ASSIGN(std::shared_ptr<base::File> file,
               directory_.open_file(pack::pack_name(number), base::OpenMode::write_existing));
    VCS_TRY(sync_or_write_anew(number, file));
    VCS_TRY(directory_.sync());
    return file;
  }

  Result<std::shared_ptr<base::File>> write_anew(std::uint32_t number, base::File& old) {
    const std::string name = pack::unfinished_name(number);
    VCS_ASSIGN(std::shared_ptr<base::File> file,
               directory_.open_file(name, base::OpenMode::create_new));
    if (auto copied = copy(old, *file); !copied) {
      (void)directory_.remove_file(name);
      return Failure(std::move(copied).error());
    }
    VCS_TRY(directory_.rename(name, directory_, pack::pack_name(number)));
    return file;
  }

  // After a failed sync the kernel may still show bytes that it never wrote, and the next sync
  // succeeds. The process that saw the error may be gone. So this writes all bytes again that are
  // not proven durable: mostly one save.
  Result<void> write_again(std::uint32_t number, std::shared_ptr<base::File>& file,
                           const pack::PackScan& scan) {
    if (scan.proven_end >= scan.whole_end) return {};
    Bytes buffer(std::min<std::uint64_t>(scan.whole_end - scan.proven_end, kCopySize));
    for (std::uint64_t at = scan.proven_end; at < scan.whole_end;) {
      const std::uint64_t left = std::min<std::uint64_t>(scan.whole_end - at, buffer.size());
      VCS_ASSIGN(const std::size_t got, file->read_at(std::span(buffer).first(left), at));
      if (got != left) return fail(ErrorCode::io, "it became shorter meanwhile");
      VCS_TRY(file->write_at(ByteView(buffer).first(got), at));
      at += got;
    }
    return sync_or_write_anew(number, file);
  }

  Result<void> sync_or_write_anew(std::uint32_t number, std::shared_ptr<base::File>& file) {
    auto synced = file->sync();
    if (synced) return synced;
    log_.warning("{}; it is written anew", synced.error().message);
    VCS_ASSIGN(file, write_anew(number, *file));
    return directory_.sync();
  }

  static Result<void> copy(base::File& from, base::File& to) {
    Bytes buffer(kCopySize);
    for (std::uint64_t done = 0;;) {
      VCS_ASSIGN(const std::size_t got, from.read_at(buffer, done));
      if (got == 0) return to.sync();
      VCS_TRY(to.write_at(ByteView(buffer).first(got), done));
      done += got;
    }
  }

  // False: there is no usable index, and the pack must be scanned.
  Result<bool> open_sealed(std::uint32_t number) {
    auto index = pack::open_pack_index(directory_, number);
    if (!index) {
      if (index.error().code != ErrorCode::corrupt) return Failure(std::move(index).error());
      log_.warning("{}; it is built anew from its pack", index.error().message);
      return false;
    }
    // With a wrong record, a lost object would count as stored.
    if (!index->index.is_whole()) {
      log_.warning("{}: its checksum is wrong; it is built anew from its pack",
                   pack::index_name(number));
      return false;
    }
    index->mapping->trim();
    VCS_ASSIGN(const base::FileStat stat, directory_.stat(pack::pack_name(number)));
    if (stat.size < index->index.pack_length()) {
      damage(fmt::format("{} has {} bytes, but its index says {}: its end is lost.",
                         pack::pack_name(number), stat.size, index->index.pack_length()));
      return false;
    }
    auto pack = std::make_shared<pack::SealedPack>();
    pack->number = number;
    pack->length = index->index.pack_length();
    pack->index = std::move(*index);
    opened_.sealed.push_back(std::move(pack));
    return true;
  }

  // A crash came when the pack was created, or damage left no whole frame.
  Result<void> open_without_frames(std::uint32_t number, std::shared_ptr<base::File> file,
                                   std::uint64_t size, bool was_open, bool unfinished) {
    if (was_open) {
      VCS_TRY(file->truncate(0));
      torn(number, size > pack::kPackHeaderSize ? size - pack::kPackHeaderSize : 0);
      opened_.open = pack::PackWriter::start(std::move(file), number);
    } else if (unfinished) {
      torn(number, size > pack::kPackHeaderSize ? size - pack::kPackHeaderSize : 0);
    } else {
      damage(
          fmt::format("{} holds no whole frame in its {} bytes.", pack::pack_name(number), size));
      opened_.report.unusable.push_back(pack::pack_name(number));
      opened_.report.unusable.push_back(pack::index_name(number));
    }
    return {};
  }

  Result<void> resume(std::uint32_t number, std::shared_ptr<base::File> file, std::uint64_t size,
                      pack::PackScan scan) {
    if (size > scan.whole_end) {
      VCS_TRY(file->truncate(scan.whole_end));
      torn(number, size - scan.whole_end);
    }
    opened_.open =
        pack::PackWriter::resume(std::move(file), number, scan.whole_end, std::move(scan.contents));
    return {};
  }

  Result<void> seal(std::uint32_t number, bool unfinished, pack::PackScan scan) {
    auto pack = std::make_shared<pack::SealedPack>();
    pack->number = number;
    pack->length = scan.whole_end;
    for (const pack::PackGap& gap : scan.gaps) {
      const std::uint64_t length = gap.end - gap.begin;
      if (!unfinished || gap.was_durable) {
        damage(pack::damage_sentence(number, gap.begin, gap.why));
        pack->length = std::max(pack->length, gap.end);  // so that verify still reports it
        continue;
      }
      torn(number, length);
      if (gap.begin < scan.whole_end)
        scan.contents.torn.push_back(
            {static_cast<std::uint32_t>(gap.begin), static_cast<std::uint32_t>(length)});
    }
    pack->contents = std::move(scan.contents);
    auto indexed = pack::write_index(directory_, *pack);
    if (!indexed) log_.warning("{}; it is tried again later", indexed.error().message);
    opened_.sealed.push_back(indexed ? std::move(*indexed) : std::move(pack));
    return {};
  }

  void collect_commit_points() {
    std::vector<object::ObjectId>& points = opened_.report.commit_points;
    if (opened_.open) points = opened_.open->contents().commit_points;
    for (auto pack = opened_.sealed.rbegin(); points.empty() && pack != opened_.sealed.rend();
         ++pack)
      points = (*pack)->commit_points();
  }

  void damage(std::string sentence) {
    log_.error("{}", sentence);
    opened_.report.damage.push_back(std::move(sentence));
  }

  void torn(std::uint32_t number, std::uint64_t bytes) {
    if (bytes == 0) return;
    opened_.report.torn_bytes += bytes;
    log_.warning("{}: {} bytes of an unfinished write are left out", pack::pack_name(number),
                 bytes);
  }

  // Offsets have 32 bits; the packs of a store are far shorter.
  static constexpr std::uint64_t kLongestReadable = std::numeric_limits<std::uint32_t>::max();

  base::Directory& directory_;
  const base::Log& log_;
  std::map<std::uint32_t, FilesOfPack> files_;
  OpenedPacks opened_;
};

}  // namespace

Result<OpenedPacks> open_packs(base::Directory& directory, const base::Log& log) {
  return Opener(directory, log).run();
}

}  // namespace vcs::store
