// SPDX-License-Identifier: Apache-2.0
// Puts the stages together, and chooses the next work of a lane.
#include "core/snapshot/lane.hpp"

namespace vcs::snapshot {

IngestStages::IngestStages(const IngestParts& parts)
    : stop(parts.options.cancel),
      crew(parts.options.lanes, parts.clock.steady(), parts.progress),
      survey(parts.options.survey, parts.clock, stop, parts.progress),
      window(parts.sink, parts.options.lanes.readers, stop),
      listing(parts.scan, parts.chunker.parameters().minimum(), parts.options.known,
              parts.progress),
      source(listing, window, crew, survey, bell),
      zeros(parts.chunker),
      shares(ShareQueue::most_for(parts.options.memory_limit,
                                  LargeFileCutter::kSegment + parts.chunker.parameters().maximum(),
                                  parts.options.lanes)) {}

void IngestStages::fail(Error error) {
  stop.fail(std::move(error));
  send_home();
}

void IngestStages::send_home() {
  crew.dismiss();
  bell.ring();
}

// The order matters: a batch that has left the source is in the window.
bool IngestStages::are_done() const {
  return source.is_exhausted() && window.empty() && shares.empty();
}

Lane::Lane(const IngestParts& parts, IngestStages& stages)
    : parts_(parts),
      stages_(stages),
      hasher_(parts.options.hash_provider),
      writer_(parts.store, hasher_, stages.zeros, parts.options.level),
      intake_({.chunker = parts.chunker,
               .zeros = stages.zeros,
               .shares = stages.shares,
               .bell = stages.bell,
               .stop = stages.stop,
               .progress = parts.progress},
              writer_),
      reader_(parts.root, parts.clock, parts.options, hasher_, intake_) {}

Result<void> Lane::work(std::size_t number) {
  while (stages_.crew.wait_until_wanted(number)) {
    const std::uint64_t heard = stages_.bell.rings();
    if (stages_.stop.is_set() || stages_.are_done()) break;
    VCS_ASSIGN(const bool did_something, do_next());
    if (!did_something) stages_.bell.wait(heard);
  }
  stages_.send_home();
  return stages_.stop.is_set() ? Result<void>() : writer_.flush();
}

// A share comes first: it holds memory, and a file waits for it. The walk comes last: it only needs
// to stay ahead of the lanes that read.
Result<bool> Lane::do_next() {
  VCS_ASSIGN(const bool helped, intake_.help());
  if (helped || stages_.survey.take_if_due()) return true;
  VCS_ASSIGN(const bool read_some, do_batch());
  return read_some || do_scan();
}

Result<bool> Lane::do_batch() {
  OrderedWindow::Batch* const batch = stages_.source.next();
  if (batch == nullptr) return false;
  const base::SteadyNanos began = parts_.clock.steady();
  VCS_TRY(read(*batch));
  if (stages_.stop.is_set()) return true;  // the batch may be read only in part
  stages_.crew.batch_took(batch->candidates.size(), began, parts_.clock.steady());
  VCS_TRY(stages_.window.finished(*batch));
  stages_.bell.ring();
  return true;
}

bool Lane::do_scan() {
  const bool moved = parts_.scan.advance();
  if (moved) stages_.bell.ring();
  return moved;
}

Result<void> Lane::read(OrderedWindow::Batch& batch) {
  for (std::size_t i = 0; i < batch.candidates.size() && !stages_.stop.is_set(); ++i) {
    if (!batch.candidates[i].stat) continue;
    VCS_TRY(reader_.read(batch.candidates[i], batch.results[i]));
    ++parts_.progress.files_done;
  }
  return {};
}

}  // namespace vcs::snapshot
