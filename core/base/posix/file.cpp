// SPDX-License-Identifier: Apache-2.0
// An open file of the operating system.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "core/base/posix/files.hpp"
#include "core/base/special_calls.hpp"

namespace vcs::base::posix {

namespace {

// Some systems refuse more than 2 GiB in one call.
constexpr std::size_t kLargestTransfer = std::size_t{1} << 30;

// Writes past the cache must be aligned to this, in the file and in memory.
constexpr std::size_t kBlock = 4096;
// Shorter writes are quicker through the cache.
constexpr std::size_t kLeastPastCache = std::size_t{256} << 10;
constexpr std::size_t kDirectPiece = std::size_t{512} << 10;

struct FreeBytes {
  void operator()(void* bytes) const { std::free(bytes); }
};
using AlignedBytes = std::unique_ptr<void, FreeBytes>;

class PosixMapping final : public Mapping {
 public:
  PosixMapping(void* address, std::size_t length) : address_(address), length_(length) {}
  ~PosixMapping() override {
    if (length_ > 0) ::munmap(address_, length_);
  }
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;

  ByteView bytes() const override { return {static_cast<const std::uint8_t*>(address_), length_}; }
  void trim() const override {
    if (length_ > 0) (void)::madvise(address_, length_, MADV_DONTNEED);
  }

 private:
  void* address_;
  std::size_t length_;
};

int sync_content(int fd) {
#ifdef __APPLE__
  // On macOS fsync() stops at the drive's cache; some filesystems have only fsync().
  if (::fcntl(fd, F_FULLFSYNC) == 0) return 0;
  return ::fsync(fd);
#else
  return ::fdatasync(fd);
#endif
}

class PosixFile final : public File, public SpecialFile {
 public:
  PosixFile(FileDescriptor fd, std::string where) : fd_(std::move(fd)), where_(std::move(where)) {}

  Result<std::size_t> read_at(std::span<std::uint8_t> out, std::uint64_t offset) override;
  Result<void> write_at(ByteView bytes, std::uint64_t offset) override;
  Result<void> truncate(std::uint64_t size) override;
  Result<void> sync() override;
  Result<void> write_past_cache(ByteView bytes, std::uint64_t offset) override;
  Result<FileStat> stat() override { return stat_descriptor(fd_.get(), where_); }
  Result<std::unique_ptr<Mapping>> map(std::uint64_t length) override;
  Result<std::uint64_t> next_data(std::uint64_t offset) override;
  Result<std::uint64_t> next_hole(std::uint64_t offset) override;
  Result<void> set_mode(std::uint32_t mode) override {
    return posix::set_mode(fd_.get(), mode, where_);
  }
  Result<void> set_owner(std::uint32_t uid, std::uint32_t gid) override {
    return posix::set_owner(fd_.get(), uid, gid, where_);
  }
  Result<void> set_mtime(UnixNanos mtime) override {
    return posix::set_mtime(fd_.get(), mtime, where_);
  }
  Result<std::vector<ExtendedAttribute>> extended_attributes() override {
    return posix::extended_attributes(fd_.get(), where_);
  }
  Result<void> set_extended_attribute(const ExtendedAttribute& attribute) override {
    return posix::set_extended_attribute(fd_.get(), attribute, where_);
  }
  Result<void> remove_extended_attribute(const std::string& name) override {
    return posix::remove_extended_attribute(fd_.get(), name, where_);
  }
  Result<bool> has_writer() override;

 private:
  Result<std::uint64_t> seek(std::uint64_t offset, int whence, bool hole);
  std::size_t write_blocks(ByteView blocks, std::uint64_t offset);

  FileDescriptor fd_;
  const std::string where_;
};

Result<std::size_t> PosixFile::read_at(std::span<std::uint8_t> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const std::size_t wanted = std::min(out.size() - done, kLargestTransfer);
    const ssize_t got = retried([&] {
      return ::pread(fd_.get(), out.data() + done, wanted, static_cast<off_t>(offset + done));
    });
    if (got < 0) return fail_errno(errno, "read " + where_);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> PosixFile::write_at(ByteView bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t wanted = std::min(bytes.size() - done, kLargestTransfer);
    const ssize_t put = retried([&] {
      return ::pwrite(fd_.get(), bytes.data() + done, wanted, static_cast<off_t>(offset + done));
    });
    if (put < 0) return fail_errno(errno, "write " + where_);
    if (put == 0) return fail(ErrorCode::io, "write {}: the device took no bytes", where_);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

Result<void> PosixFile::truncate(std::uint64_t size) {
  if (retried([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size)); }) != 0)
    return fail_errno(errno, "truncate " + where_);
  return {};
}

Result<void> PosixFile::sync() {
  // Repeat after EINTR only: a signal ended the wait, and no pages were lost.
  if (retried([&] { return sync_content(fd_.get()); }) != 0)
    return fail_errno(errno, "sync " + where_);
  return {};
}

// The blocks begin and end on page boundaries, so they share no page with bytes that go through the
// cache.
Result<void> PosixFile::write_past_cache(ByteView bytes, std::uint64_t offset) {
  const std::size_t head = static_cast<std::size_t>((kBlock - offset % kBlock) % kBlock);
  if (bytes.size() < head + kLeastPastCache) return write_at(bytes, offset);
  VCS_TRY(write_at(bytes.first(head), offset));
  const std::size_t whole = (bytes.size() - head) / kBlock * kBlock;
  const std::size_t done = head + write_blocks(bytes.subspan(head, whole), offset + head);
  return write_at(bytes.subspan(done), offset + done);
}

// Writes blocks past the cache; returns how many bytes were written. Filesystems without such
// writes take none. The caller writes the rest through the cache, where a lasting error shows
// again.
std::size_t PosixFile::write_blocks(ByteView blocks, std::uint64_t offset) {
#ifdef __linux__
  // A second descriptor with the same access: reads through fd_ must not need alignment.
  const std::string path = "/proc/self/fd/" + std::to_string(fd_.get());
  const int access = ::fcntl(fd_.get(), F_GETFL) & O_ACCMODE;
  const FileDescriptor direct(::open(path.c_str(), access | O_DIRECT | O_CLOEXEC));
  const AlignedBytes piece(std::aligned_alloc(kBlock, kDirectPiece));
  if (direct.get() < 0 || !piece) return 0;
  std::size_t done = 0;
  while (done < blocks.size()) {
    const std::size_t length = std::min(blocks.size() - done, kDirectPiece);
    std::memcpy(piece.get(), blocks.data() + done, length);
    const ssize_t put = retried([&] {
      return ::pwrite(direct.get(), piece.get(), length, static_cast<off_t>(offset + done));
    });
    if (put < 0 || static_cast<std::size_t>(put) < length) break;
    done += length;
  }
  return done;
#else
  (void)blocks, (void)offset;
  return 0;
#endif
}

Result<std::unique_ptr<Mapping>> PosixFile::map(std::uint64_t length) {
  if (length == 0) return std::make_unique<PosixMapping>(nullptr, 0);
  VCS_ASSIGN(const FileStat now, stat());
  // Touching a page past the end would kill the process.
  if (length > now.size) {
    return fail(ErrorCode::invalid, "map {}: {} bytes were requested, but it has only {}", where_,
                length, now.size);
  }
  void* address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd_.get(), 0);
  if (address == MAP_FAILED) return fail_errno(errno, "map " + where_);
  return std::make_unique<PosixMapping>(address, static_cast<std::size_t>(length));
}

// lseek moves the descriptor's position, which no other call here uses.
Result<std::uint64_t> PosixFile::seek(std::uint64_t offset, int whence, bool hole) {
  const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), whence);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  const int os_error = errno;
  VCS_ASSIGN(const FileStat now, stat());
  if (os_error == ENXIO) return now.size;
  if (code_of_errno(os_error) == ErrorCode::io) return fail_errno(os_error, "seek in " + where_);
  // The filesystem does not support holes: the file is one piece of data.
  return hole ? now.size : std::min(offset, now.size);
}

Result<std::uint64_t> PosixFile::next_data(std::uint64_t offset) {
  return seek(offset, SEEK_DATA, false);
}

Result<std::uint64_t> PosixFile::next_hole(std::uint64_t offset) {
  return seek(offset, SEEK_HOLE, true);
}

#ifdef __linux__
// The kernel grants a read lease only while nobody has the file open for writing. So this takes a
// lease and gives it back at once. A program that opens the file for writing in between waits a few
// hundred nanoseconds. The kernel then sends us a signal. The default, SIGIO, would end the
// process, so this selects SIGURG first, which is ignored by default.
Result<bool> PosixFile::has_writer() {
  if (::fcntl(fd_.get(), F_SETSIG, SIGURG) == 0 && ::fcntl(fd_.get(), F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(fd_.get(), F_SETLEASE, F_UNLCK);
    return false;
  }
  if (errno == EAGAIN) return true;
  // Only the file's owner gets leases, and only on local filesystems.
  const int os_error = errno;
  Error error = fail_errno(os_error, "ask for writers of " + where_).value();
  error.code = ErrorCode::unsupported;
  return Failure(std::move(error));
}
#else
Result<bool> PosixFile::has_writer() {
  return fail(ErrorCode::unsupported, "ask for writers of {}: this system cannot tell", where_);
}
#endif

}  // namespace

std::unique_ptr<File> make_file(FileDescriptor fd, std::string where) {
  return std::make_unique<PosixFile>(std::move(fd), std::move(where));
}

}  // namespace vcs::base::posix
