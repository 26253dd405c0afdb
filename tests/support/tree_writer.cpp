// SPDX-License-Identifier: Apache-2.0
// A child that reads how many operations to do and answers with a byte when they are done.
#include "tests/support/tree_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "tests/support/real_agent.hpp"
#include "tests/support/seeded_random.hpp"

namespace vcs::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 200;
constexpr std::size_t kMostBytes = 6000;
constexpr const char* kLinked = "linked";

class Hand {
 public:
  Hand(fs::path folder, fs::path outside, std::uint64_t seed)
      : folder_(std::move(folder)), outside_(std::move(outside)), random_(seed) {}

  void operate() {
    look();
    using Operation = void (Hand::*)();
    static constexpr Operation kOperations[] = {
        &Hand::create,        &Hand::create,       &Hand::create,       &Hand::overwrite,
        &Hand::overwrite,     &Hand::append,       &Hand::truncate,     &Hand::rename_over,
        &Hand::rename_over,   &Hand::move_folder,  &Hand::move_folder,  &Hand::move_out,
        &Hand::move_in,       &Hand::move_in,      &Hand::write_linked, &Hand::write_linked,
        &Hand::swap_symlink,  &Hand::write_mapped, &Hand::deep_folders, &Hand::remove,
        &Hand::remove_folder, &Hand::make_anew,    &Hand::change_case,  &Hand::change_mode,
        &Hand::make_folder,   &Hand::save_safely,
    };
    // An archive costs a process, so it is rarer.
    if (random_.one_in(100)) return unpack();
    if (files_.size() + folders_.size() > kMostEntries) return remove_folder();
    (this->*kOperations[random_.below(std::size(kOperations))])();
  }

 private:
  void look() {
    files_.clear();
    folders_.assign(1, folder_);
    for (auto at = fs::recursive_directory_iterator(folder_);
         at != fs::recursive_directory_iterator(); ++at) {
      const fs::directory_entry& entry = *at;
      if (entry.path().filename() == kLinked) {
        at.disable_recursion_pending();
      } else if (!entry.is_symlink() && entry.is_directory()) {
        folders_.push_back(entry.path());
      } else {
        files_.push_back(entry.path());
      }
    }
  }

  std::string name() {
    static const char* kNames[] = {"a", "b", "A", "B", "note.txt", "x y", "\xc3\xa9", "Makefile"};
    return kNames[random_.below(std::size(kNames))] + std::to_string(random_.below(3));
  }
  const fs::path& some_folder() { return folders_[random_.below(folders_.size())]; }
  fs::path new_place() { return some_folder() / name(); }
  bool has_file() const { return !files_.empty(); }
  const fs::path& some_file() { return files_[random_.below(files_.size())]; }
  std::string content() {
    std::string bytes(random_.below(kMostBytes), '\0');
    random_.fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return bytes;
  }

  // If the file cannot be opened or written, the operation does nothing more; that is no error.
  void put(const fs::path& path, int how, const std::string& bytes, off_t offset = 0) {
    const int fd = open(path.c_str(), how | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return;
    for (std::size_t done = 0; done < bytes.size();) {
      // Two halves, so that a reader can meet a half-written file.
      const std::size_t part = std::min(bytes.size() - done, bytes.size() / 2 + 1);
      const ssize_t put = (how & O_APPEND) != 0
                              ? write(fd, bytes.data() + done, part)
                              : pwrite(fd, bytes.data() + done, part, offset + off_t(done));
      if (put <= 0) break;
      done += static_cast<std::size_t>(put);
    }
    close(fd);
  }

  void create() { put(new_place(), O_WRONLY | O_CREAT | O_TRUNC, content()); }
  void overwrite() {
    if (has_file()) put(some_file(), O_WRONLY, content(), off_t(random_.below(2000)));
  }
  void append() {
    if (has_file()) put(some_file(), O_WRONLY | O_APPEND, content().substr(0, 500));
  }
  void truncate() {
    if (!has_file()) return;
    const int fd = open(some_file().c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return;
    (void)!ftruncate(fd, off_t(random_.below(kMostBytes)));
    close(fd);
  }
  void rename_over() {
    if (has_file()) (void)::rename(some_file().c_str(), some_file().c_str());
  }
  void save_safely() {
    if (!has_file()) return;
    const fs::path target = some_file(), temporary = target.string() + ".new";
    put(temporary, O_WRONLY | O_CREAT | O_TRUNC, content());
    (void)::rename(temporary.c_str(), target.c_str());
  }
  void move_folder() {
    if (folders_.size() > 1) (void)::rename(inner_folder().c_str(), new_place().c_str());
  }
  const fs::path& inner_folder() { return folders_[1 + random_.below(folders_.size() - 1)]; }

  void move_out() {
    if (folders_.size() > 1)
      (void)::rename(inner_folder().c_str(), (outside_ / std::to_string(++moved_)).c_str());
  }
  // Changes a folder outside, then moves it in: the change shows only by the move.
  void move_in() {
    std::vector<fs::path> there;
    for (const auto& entry : fs::directory_iterator(outside_))
      if (!entry.is_symlink() && entry.is_directory()) there.push_back(entry.path());
    if (there.empty()) return;
    const fs::path& folder = there[random_.below(there.size())];
    put(folder / name(), O_WRONLY | O_CREAT | O_TRUNC, content());
    (void)::rename(folder.c_str(), new_place().c_str());
    if (there.size() > 5) fs::remove_all(there.front());
  }

  // Writes files with several hard links, in a folder where no name is ever removed: a write
  // through a name that is gone could not be traced.
  void write_linked() {
    std::error_code ignored;
    fs::create_directory(folder_ / kLinked, ignored);
    const std::string file = "file" + std::to_string(random_.below(4));
    const auto name_of = [&] { return folder_ / kLinked / (name().substr(0, 1) + file); };
    const fs::path one = name_of(), other = name_of();
    if (!fs::exists(one)) {
      if (::link(other.c_str(), one.c_str()) != 0) put(one, O_WRONLY | O_CREAT, content());
    } else if (one != other) {
      (void)::link(one.c_str(), other.c_str());
    }
    put(random_.one_in(2) ? one : other, O_WRONLY, content());
  }
  void swap_symlink() {
    const fs::path link = new_place(), fresh = link.string() + ".link";
    const std::string target = random_.one_in(3) ? "nowhere" : name();
    if (symlink(target.c_str(), fresh.c_str()) == 0 && ::rename(fresh.c_str(), link.c_str()) != 0)
      ::unlink(fresh.c_str());
  }
  void write_mapped() {
    if (!has_file()) return;
    const int fd = open(some_file().c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return;
    struct stat stat {};
    const auto fine = fstat(fd, &stat) == 0 && stat.st_size > 0;
    const auto size = static_cast<std::size_t>(stat.st_size);
    void* memory =
        fine ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    close(fd);
    if (memory == MAP_FAILED) return;
    random_.fill({static_cast<std::uint8_t*>(memory), std::min<std::size_t>(size, 64)});
    munmap(memory, size);
  }
  void deep_folders() {
    fs::path deep = some_folder();
    if (std::distance(deep.begin(), deep.end()) > 40) return;
    for (std::uint64_t depth = 2 + random_.below(8); depth > 0; --depth) deep /= name();
    std::error_code ignored;
    if (fs::create_directories(deep, ignored))
      put(deep / name(), O_WRONLY | O_CREAT | O_TRUNC, content());
  }
  void unpack() {
    const fs::path archive = outside_ / "archive.tar";
    if (!fs::exists(archive)) {
      const fs::path source = outside_ / "packed";
      for (const char* below : {"p/one", "p/two/three", "q"}) {
        fs::create_directories(source / below);
        for (int i = 0; i < 5; ++i)
          put(source / below / name(), O_WRONLY | O_CREAT | O_TRUNC, content());
      }
      run_program({"tar", "-cf", archive.string(), "-C", source.string(), "."});
      fs::remove_all(source);
    }
    run_program({"tar", "-xf", archive.string(), "-C", some_folder().string()});
  }
  void remove() {
    if (has_file()) (void)::unlink(some_file().c_str());
  }
  void remove_folder() {
    if (folders_.size() > 1) fs::remove_all(inner_folder());
  }
  void make_anew() {
    if (!has_file()) return;
    const fs::path path = some_file();
    ::unlink(path.c_str());
    if (random_.one_in(3))
      fs::create_directory(path);
    else
      put(path, O_WRONLY | O_CREAT | O_EXCL, content());
  }
  void change_case() {
    if (!has_file()) return;
    const fs::path& path = some_file();
    std::string last = path.filename().string();
    last[0] = static_cast<char>(last[0] ^ 0x20);
    if (last[0] >= 'A') (void)::rename(path.c_str(), (path.parent_path() / last).c_str());
  }
  void change_mode() {
    if (has_file())
      (void)fchmodat(AT_FDCWD, some_file().c_str(), random_.one_in(2) ? 0755 : 0640, 0);
  }
  void make_folder() { (void)mkdir(new_place().c_str(), 0755); }

  fs::path folder_, outside_;
  SeededRandom random_;
  std::vector<fs::path> files_, folders_;
  std::uint64_t moved_ = 0;
};

[[noreturn]] void serve(Hand hand, int orders, int reports) {
  std::uint32_t operations = 0;
  try {
    while (read(orders, &operations, sizeof operations) == sizeof operations) {
      while (operations-- > 0) hand.operate();
      if (write(reports, "", 1) != 1) break;
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tree writer: %s\n", problem.what());
    _exit(1);
  }
  _exit(0);
}

}  // namespace

TreeWriter::TreeWriter(std::string folder, std::string outside, std::uint64_t seed)
    : folder_(std::move(folder)) {
  int orders[2], reports[2];
  if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(reports, O_CLOEXEC) != 0)
    throw std::runtime_error("pipe failed");
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(orders[1]);
    close(reports[0]);
    umask(022);
    serve(Hand(folder_, std::move(outside), seed), orders[0], reports[1]);
  }
  close(orders[0]);
  close(reports[1]);
  orders_ = orders[1];
  reports_ = reports[0];
}

TreeWriter::~TreeWriter() {
  close(orders_);
  close(reports_);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void TreeWriter::begin(std::uint32_t operations) {
  if (write(orders_, &operations, sizeof operations) != sizeof operations)
    throw std::runtime_error("a tree writer has ended");
  at_work_ = true;
}

bool TreeWriter::take_report(int timeout_milliseconds) {
  pollfd source{reports_, POLLIN, 0};
  if (poll(&source, 1, timeout_milliseconds) <= 0) return false;
  char done = 0;
  if (read(reports_, &done, 1) != 1) throw std::runtime_error("a tree writer has ended");
  at_work_ = false;
  return true;
}

bool TreeWriter::rests() {
  return !at_work_ || take_report(0);
}

void TreeWriter::wait() {
  while (at_work_) take_report(1000);
}

}  // namespace vcs::test
