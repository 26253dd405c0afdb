// SPDX-License-Identifier: Apache-2.0
// One lane of an ingest: a thread that does whatever is next, and the stages that all lanes share.
#pragma once

#include "core/snapshot/batch_source.hpp"
#include "core/snapshot/file_intake.hpp"

namespace vcs::snapshot {

// What all lanes of one ingest share. Each stage is thread-safe by itself, or belongs to one that
// is; a stage uses those above it.
struct IngestStages {
  explicit IngestStages(const IngestParts& parts);

  // All lanes go home early, and the ingest tells why. Any thread.
  void fail(Error error);
  // No lane begins anything more, and all that wait are woken. Any thread.
  void send_home();
  // Nothing is left to do, for anybody. Stays true.
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

  // Works until all is done, or until the lanes are stopped, which is no error of this one.
  // Without memory, where not only one entry lacks it, std::bad_alloc goes to the caller.
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
