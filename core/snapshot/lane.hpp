// SPDX-License-Identifier: Apache-2.0
// One lane of an ingest, a thread that does the next work of any kind; and the stages that all
// lanes share.
#pragma once

#include "core/snapshot/batch_source.hpp"
#include "core/snapshot/file_intake.hpp"

namespace vcs::snapshot {

// The stages that all lanes of one ingest share. Each stage is thread-safe, or belongs to a stage
// that is. A stage uses only stages above it.
struct IngestStages {
  explicit IngestStages(const IngestParts& parts);

  // Ends all lanes early; the ingest returns `error`. Any thread.
  void fail(Error error);
  // Lets no lane begin new work, and wakes all waiting lanes. Any thread.
  void send_home();
  // No work is left for any lane. Stays true.
  bool are_done() const;

  StopSign stop;
  LaneBell bell;
  LaneCrew crew;
  Survey survey;
  OrderedWindow window;
  Listing listing;  // of the source
  BatchSource source;
  ZeroChunk zeros;
  ShareQueue shares;
};

// One per thread.
class Lane {
 public:
  Lane(const IngestParts& parts, IngestStages& stages);

  // Works until all is done or the lanes are stopped; a stop is no error of this lane. Throws
  // std::bad_alloc if more than a single entry lacks memory.
  Result<void> work(std::size_t number);

 private:
  Result<bool> do_next();
  Result<bool> do_batch();
  bool do_scan();
  Result<void> read(OrderedWindow::Batch& batch);

  const IngestParts& parts_;
  IngestStages& stages_;
  object::Hasher hasher_;
  ContentWriter writer_;
  FileIntake intake_;
  EntryReader reader_;
};

}  // namespace vcs::snapshot
