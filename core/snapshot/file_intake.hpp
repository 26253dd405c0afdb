// SPDX-License-Identifier: Apache-2.0
// Reads and stores the content of files on one lane: a small file at once, a large one in pieces,
// which all lanes share.
#pragma once

#include "core/snapshot/content_writer.hpp"
#include "core/snapshot/entry_reader.hpp"
#include "core/snapshot/lane_bell.hpp"
#include "core/snapshot/share_queue.hpp"
#include "core/snapshot/stop_sign.hpp"

namespace vcs::snapshot {

// One per thread. Memory: a piece that it cuts, and one that it stores.
class FileIntake final : public ContentTaker {
 public:
  // Shared by the intakes of all lanes.
  struct Shared {
    const object::Chunker& chunker;
    const ZeroChunk& zeros;
    ShareQueue& shares;
    LaneBell& bell;  // rung for every share that is queued or done
    const StopSign& stop;
    IngestProgress& progress;
  };

  FileIntake(const Shared& shared, ContentWriter& writer) : shared_(shared), writer_(writer) {}

  Result<void> take_content(base::File& file, Ingested& out) override;
  // Stores one share of the queue, of any file. False: the queue is empty.
  Result<bool> help();

 private:
  Result<void> take_small(base::File& file, Ingested& out);
  Result<void> take_large(base::File& file, Ingested& out);
  Result<void> cut(LargeFileCutter& cutter, const std::shared_ptr<SharedChunkList>& list,
                   Ingested& out);
  Result<void> pass_on(Share share);
  Result<void> store(Share share);
  Result<void> store_piece(Share& share);
  Result<void> finish(SharedChunkList& list, Ingested& out);

  const Shared shared_;
  ContentWriter& writer_;
};

}  // namespace vcs::snapshot
