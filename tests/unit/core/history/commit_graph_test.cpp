// SPDX-License-Identifier: Apache-2.0
// The commit graph's files: reading back what was written, torn tails, flipped bytes, and a disk
// whose calls fail.
#include "core/history/commit_graph_file.hpp"

#include <algorithm>

#include "tests/support/fault_filesystem.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/must.hpp"
#include "tests/unit/core/index/index_fixture.hpp"

namespace vcs::history {
namespace {

using base::ErrorCode;
using test::id_of_number;
using test::must;

struct Sample {
  CommitRow row;
  std::optional<std::vector<PathHash>> touched;
};

std::vector<PathHash> random_hashes(test::SeededRandom& random, std::size_t count) {
  std::vector<PathHash> hashes(count);
  for (PathHash& hash : hashes) hash = static_cast<PathHash>(random.next());
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

std::vector<Sample> random_samples(test::SeededRandom& random, std::size_t count) {
  std::vector<Sample> samples;
  const std::uint64_t first = 1 + random.below(1000);
  for (std::size_t i = 0; i < count; ++i) {
    Sample sample;
    random.fill(sample.row.id.bytes);
    random.fill(sample.row.tree.bytes);
    sample.row.time = base::unix_nanos(static_cast<std::int64_t>(random.next()));
    sample.row.sequence = first + i;
    if (!random.one_in(5))
      sample.touched = random_hashes(random, random.one_in(9) ? kMostPathHashes : random.below(6));
    samples.push_back(sample);
  }
  return samples;
}

void append(CommitGraphFile& file, const Sample& sample) {
  must(file.append(sample.row.id, sample.row.tree, sample.row.time, sample.row.sequence,
                   sample.touched));
}

bool same_commit(const CommitRow& row, const CommitRow& other) {
  return row.id == other.id && row.tree == other.tree && row.time == other.time &&
         row.sequence == other.sequence;
}

// Requires that each readable row is as written; true if all rows can be read.
bool check_rows(const CommitGraphFile& file, const std::vector<Sample>& samples) {
  REQUIRE(file.size() <= samples.size());
  CommitWindow window;
  bool all = true;
  for (std::uint64_t i = 0; i < file.size(); ++i) {
    if (const auto read = file.read(i, 1, true, window); !read) {
      REQUIRE(read.error().code == ErrorCode::corrupt);
      all = false;
      continue;
    }
    const Sample& sample = samples[i];
    REQUIRE(same_commit(window.row(0).decode(), sample.row));
    REQUIRE(window.row(0).many() == !sample.touched);
    if (sample.touched)
      for (const PathHash hash : *sample.touched) REQUIRE(window.touched(0, hash) == true);
  }
  return all;
}

struct GraphFolder {
  test::TemporaryFolder folder;
  std::unique_ptr<base::FileSystem> files = base::make_posix_filesystem();
  std::unique_ptr<base::Directory> directory = must(files->open_directory(folder.path()));

  void write(const std::vector<Sample>& samples) {
    const auto file = must(CommitGraphFile::create(*directory, nullptr, 0));
    for (const Sample& sample : samples) append(*file, sample);
  }
};

}  // namespace

TEST_CASE("commit graph: rows are read as they were written, in windows of any size") {
  test::SeededRandom random(test::test_seed());
  const auto samples = random_samples(random, 60);
  GraphFolder graph;
  graph.write(samples);
  const auto file = must(CommitGraphFile::open(*graph.directory));
  REQUIRE(file->size() == samples.size());
  REQUIRE(check_rows(*file, samples));

  CommitWindow window;
  for (int round = 0; round < 100; ++round) {
    const std::uint64_t first = random.below(samples.size());
    const std::size_t count = 1 + random.below(samples.size() - first);
    must(file->read(first, count, true, window));
    REQUIRE(window.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      const Sample& sample = samples[first + i];
      REQUIRE(same_commit(window.row(i).decode(), sample.row));
      const bool of_its_own = sample.touched && !sample.touched->empty() && random.one_in(2);
      const PathHash unknown = of_its_own ? (*sample.touched)[random.below(sample.touched->size())]
                                          : static_cast<PathHash>(random.next());
      const bool known = sample.touched && std::binary_search(sample.touched->begin(),
                                                              sample.touched->end(), unknown);
      REQUIRE(window.touched(i, unknown) == (sample.touched ? std::optional(known) : std::nullopt));
    }
  }
}

TEST_CASE("commit graph: a commit is found by id and sequence together") {
  test::SeededRandom random(test::test_seed());
  const auto samples = random_samples(random, 9);
  GraphFolder graph;
  graph.write(samples);
  const auto file = must(CommitGraphFile::open(*graph.directory));
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const CommitRow& row = samples[i].row;
    REQUIRE(must(file->find(row.id, row.sequence)) == i);
    REQUIRE_FALSE(must(file->find(row.id, row.sequence + 1)));
    REQUIRE_FALSE(must(file->find(id_of_number(0), row.sequence)));
  }
  REQUIRE_FALSE(must(file->find(samples[0].row.id, 0)));
  REQUIRE_FALSE(must(file->find(samples[0].row.id, ~std::uint64_t{0})));
}

TEST_CASE("commit graph: a torn tail is cut, and appending goes on behind it") {
  test::SeededRandom random(test::test_seed());
  const auto samples = random_samples(random, 5);
  GraphFolder graph;
  graph.write(samples);
  const std::string rows = test::read_file(graph.folder / "rows");
  const std::string paths = test::read_file(graph.folder / "paths");
  for (std::size_t length = kGraphHeaderSize; length < rows.size(); length += 7) {
    test::write_file(graph.folder / "rows", rows.substr(0, length));
    test::write_file(graph.folder / "paths", paths);
    const auto file = must(CommitGraphFile::open(*graph.directory));
    REQUIRE(file->size() == (length - kGraphHeaderSize) / kCommitRowSize);
    for (std::uint64_t i = file->size(); i < samples.size(); ++i) append(*file, samples[i]);
    REQUIRE(test::read_file(graph.folder / "rows") == rows);
    REQUIRE(test::read_file(graph.folder / "paths") == paths);
  }
  for (std::size_t length = kGraphHeaderSize; length < paths.size(); length += 61) {
    test::write_file(graph.folder / "rows", rows);
    test::write_file(graph.folder / "paths", paths.substr(0, length));
    const auto file = must(CommitGraphFile::open(*graph.directory));
    REQUIRE(check_rows(*file, samples));
    for (std::uint64_t i = file->size(); i < samples.size(); ++i) append(*file, samples[i]);
    REQUIRE(check_rows(*must(CommitGraphFile::open(*graph.directory)), samples));
  }
}

TEST_CASE("commit graph: no flipped byte makes a row say something else") {
  test::SeededRandom random(test::test_seed());
  auto samples = random_samples(random, 3);
  for (Sample& sample : samples) sample.touched = random_hashes(random, 4);
  samples[0].touched = std::nullopt;
  GraphFolder graph;
  for (const char* name : {"rows", "paths"}) {
    graph.write(samples);
    const std::string rows = test::read_file(graph.folder / "rows");
    const std::string paths = test::read_file(graph.folder / "paths");
    const std::string& whole = name == std::string("rows") ? rows : paths;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string flipped = whole;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << random.below(8)));
      const bool in_rows = &whole == &rows;
      test::write_file(graph.folder / "rows", in_rows ? flipped : rows);
      test::write_file(graph.folder / "paths", in_rows ? paths : flipped);
      const auto file = CommitGraphFile::open(*graph.directory);
      if (file)
        REQUIRE((!check_rows(**file, samples) || (*file)->size() < samples.size()));
      else
        REQUIRE(file.error().code == ErrorCode::corrupt);
    }
  }
}

TEST_CASE("commit graph: a new pair shares its first rows; the old one stays readable") {
  test::SeededRandom random(test::test_seed());
  const auto samples = random_samples(random, 8);
  GraphFolder graph;
  graph.write(samples);
  const auto old = must(CommitGraphFile::open(*graph.directory));
  for (const std::uint64_t keep : {0, 1, 5, 8}) {
    std::vector<Sample> other(samples.begin(), samples.begin() + static_cast<int>(keep));
    const auto file = must(CommitGraphFile::create(*graph.directory, old.get(), keep));
    REQUIRE(file->size() == keep);
    Sample more = samples[0];
    more.row.sequence = samples[0].row.sequence + keep;
    append(*file, more);
    other.push_back(more);
    REQUIRE(check_rows(*file, other));
    const auto again = must(CommitGraphFile::open(*graph.directory));
    REQUIRE(again->size() == keep + 1);
    REQUIRE(check_rows(*again, other));
    REQUIRE(check_rows(*old, samples));
  }
}

TEST_CASE("commit graph: files that do not belong together are no graph") {
  test::SeededRandom random(test::test_seed());
  GraphFolder graph;
  REQUIRE(CommitGraphFile::open(*graph.directory).error().code == ErrorCode::not_found);
  graph.write(random_samples(random, 3));
  const std::string paths = test::read_file(graph.folder / "paths");
  graph.write(random_samples(random, 3));
  test::write_file(graph.folder / "paths", paths);
  REQUIRE(CommitGraphFile::open(*graph.directory).error().code == ErrorCode::corrupt);
}

TEST_CASE("commit graph: whatever call fails, what is read is what was written") {
  test::SeededRandom random(test::test_seed());
  const auto samples = random_samples(random, 4);
  const auto real = base::make_posix_filesystem();
  for (std::uint64_t nth = 1;; ++nth) {
    const test::TemporaryFolder folder;
    test::FaultFileSystem files(*real);
    const auto directory = must(files.open_directory(folder.path()));
    files.set_fault({.nth = nth, .half_write = true});
    std::vector<Sample> written;
    if (const auto file = CommitGraphFile::create(*directory, nullptr, 0)) {
      for (const Sample& sample : samples)
        if ((*file)->append(sample.row.id, sample.row.tree, sample.row.time,
                            samples[0].row.sequence + written.size(), sample.touched)) {
          written.push_back(sample);
          written.back().row.sequence = samples[0].row.sequence + written.size() - 1;
        }
      REQUIRE((*file)->size() == written.size());
      REQUIRE(check_rows(**file, written));
    }
    const bool struck = files.failures() > 0;
    files.clear_fault();
    if (const auto file = CommitGraphFile::open(*directory)) {
      REQUIRE((*file)->size() == written.size());
      REQUIRE(check_rows(**file, written));
    }
    if (!struck) break;
  }
}

namespace {

void write_golden_graph(base::Directory& directory) {
  const auto file = must(CommitGraphFile::create(directory, nullptr, 0));
  std::vector<PathHash> touched{path_hash("src"), path_hash("src/main.cpp")};
  std::sort(touched.begin(), touched.end());
  const base::UnixNanos time = base::unix_nanos(1'700'000'000'123'456'789);
  must(file->append(id_of_number(1), id_of_number(11), time, 1, std::nullopt));
  must(file->append(id_of_number(2), id_of_number(12), time + base::Nanos(1), 2, touched));
  must(file->append(id_of_number(3), id_of_number(12), time - base::Nanos(1), 3,
                    std::vector<PathHash>()));
}

void write_from_golden(const GraphFolder& graph, const std::string& version) {
  for (const std::string name : {"rows", "paths"}) {
    const base::Bytes bytes =
        test::golden_bytes("index/commit_graph_" + name + "." + version + ".bin");
    test::write_file(graph.folder / name, std::string(base::as_text(bytes)));
  }
}

}  // namespace

TEST_CASE("golden: the commit graph's rows of version 2") {
  GraphFolder graph;
  write_golden_graph(*graph.directory);
  test::require_golden("index/commit_graph_rows.v2.bin",
                       must(base::read_file(*graph.directory, "rows")));
}

TEST_CASE("golden: the commit graph's paths of version 2") {
  GraphFolder graph;
  write_golden_graph(*graph.directory);
  test::require_golden("index/commit_graph_paths.v2.bin",
                       must(base::read_file(*graph.directory, "paths")));
}

TEST_CASE("golden: a commit graph of version 2 is read") {
  GraphFolder graph;
  write_from_golden(graph, "v2");
  const auto file = must(CommitGraphFile::open(*graph.directory));
  REQUIRE(file->size() == 3);
  CommitWindow window;
  must(file->read(0, 3, true, window));
  const CommitRow row = window.row(1).decode();
  CHECK(row.id == id_of_number(2));
  CHECK(row.tree == id_of_number(12));
  CHECK(row.time == base::unix_nanos(1'700'000'000'123'456'790));
  CHECK(row.sequence == 2);
  CHECK(window.touched(0, path_hash("docs")) == std::nullopt);
  CHECK(window.touched(1, path_hash("src/main.cpp")) == true);
  CHECK(window.touched(1, path_hash("src/main.hpp")) == false);
  CHECK(window.touched(2, path_hash("src")) == false);
}

TEST_CASE("golden: a commit graph of version 1 is refused, so that it is made anew") {
  GraphFolder graph;
  write_from_golden(graph, "v1");
  const auto opened = CommitGraphFile::open(*graph.directory);
  REQUIRE_FALSE(opened);
  REQUIRE(opened.error().code == ErrorCode::corrupt);
  write_golden_graph(*graph.directory);
  REQUIRE(must(CommitGraphFile::open(*graph.directory))->size() == 3);
}

}  // namespace vcs::history
