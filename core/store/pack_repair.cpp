// SPDX-License-Identifier: Apache-2.0
// Repairs one pack after the other: first its index, because that lists torn bytes, which are no
// loss.
#include "core/store/pack_repair.hpp"

#include "core/pack/frame_opener.hpp"
#include "core/pack/index_check.hpp"
#include "core/pack/pack_file.hpp"
#include "core/store/pack_salvager.hpp"

namespace vcs::store {
namespace {

class PackRepair {
 public:
  PackRepair(ObjectStore& store, PackExchange& exchange, const MakeAside& make_aside,
             const PackRepairOptions& options, const base::Log& log)
      : store_(store),
        exchange_(exchange),
        make_aside_(make_aside),
        options_(options),
        log_(log),
        opener_(options.hash_provider) {}

  Result<PackRepairReport> run() {
    bytes_total_ = store_.stats().bytes_stored;
    if (!options_.dry_run) VCS_TRY(exchange_.seal());
    for (const pack::SealedPackPtr& pack : exchange_.sealed()) {
      if (options_.cancel && *options_.cancel)
        return fail(ErrorCode::cancelled, "the repair was stopped");
      // If one pack cannot be repaired, go on with the others.
      if (auto done = repair(pack); !done && done.error().code != ErrorCode::busy) {
        if (done.error().code == ErrorCode::cancelled) return Failure(done.error());
        problem(fmt::format("{} cannot be repaired: {}.", pack::pack_name(pack->number),
                            done.error().message));
      }
      if (options_.progress) options_.progress(bytes_done_ += pack->length, bytes_total_);
    }
    VCS_TRY(put_unusable_aside());
    return std::move(report_);
  }

 private:
  Result<void> repair(pack::SealedPackPtr pack) {
    VCS_ASSIGN(const bool has_file, exchange_.has_file(pack));
    bool is_hurt = !has_file;
    if (has_file) {
      VCS_ASSIGN(pack, rebuild_index(std::move(pack)));
      VCS_ASSIGN(is_hurt, is_damaged(*pack));
    }
    if (!is_hurt) return {};
    ++report_.packs;
    return options_.dry_run ? Result<void>() : salvage(pack);
  }

  Result<pack::SealedPackPtr> rebuild_index(pack::SealedPackPtr pack) {
    if (!pack->index) return pack;
    VCS_ASSIGN(auto file, exchange_.open_pack(pack->number));
    if (pack::check_pack_index(*pack, std::move(file)).empty()) return pack;
    ++report_.indexes;
    if (options_.dry_run) return pack;
    auto anew = exchange_.index_anew(pack);
    if (!anew && anew.error().code == ErrorCode::busy) return anew;
    // A pack that cannot be read from end to end is salvaged, and the new pack has a new index.
    if (!anew) return pack;
    log_.warning("{} was rebuilt from its pack", pack::index_name(pack->number));
    return anew;
  }

  // Decodes every frame and hashes every object, until one is wrong.
  Result<bool> is_damaged(const pack::SealedPack& pack) {
    bool damaged = false;
    PackVisitor visitor;
    visitor.frame = [&](std::uint64_t, const pack::FrameHeader& header,
                        ByteView frame) -> Result<void> {
      if (options_.cancel && *options_.cancel)
        return fail(ErrorCode::cancelled, "the repair was stopped");
      if (!damaged) damaged = !opener_.check(header, frame);
      return {};
    };
    visitor.damage = [&](std::uint64_t, const std::string&) { damaged = true; };
    VCS_TRY(store_.visit_pack(pack.number, visitor));
    return damaged;
  }

  Result<void> salvage(const pack::SealedPackPtr& pack) {
    PackSalvager salvager(exchange_, pack, options_.hash_provider);
    VCS_TRY(salvager.run());
    VCS_ASSIGN(base::Directory * aside, aside_folder());
    VCS_TRY(salvager.finish(*aside));
    log_.warning(
        "{} was damaged: {} of its objects are in a new pack, {} are lost; it was put aside",
        pack::pack_name(pack->number), salvager.saved(), salvager.lost());
    report_.objects_saved += salvager.saved();
    report_.objects_lost += salvager.lost();
    report_.aside.push_back(pack::pack_name(pack->number));
    return {};
  }

  Result<void> put_unusable_aside() {
    const std::vector<std::string> names = exchange_.unusable();
    report_.packs += names.size();
    if (options_.dry_run) return {};
    if (!names.empty()) {
      VCS_ASSIGN(base::Directory * aside, aside_folder());
      VCS_TRY(exchange_.put_unusable_aside(*aside));
      report_.aside.insert(report_.aside.end(), names.begin(), names.end());
    }
    if (report_.problems.empty()) exchange_.forget_damage();
    return {};
  }

  Result<base::Directory*> aside_folder() {
    if (!aside_) {
      VCS_ASSIGN(aside_, make_aside_());
    }
    return aside_.get();
  }

  void problem(std::string sentence) {
    log_.error("{}", sentence);
    report_.problems.push_back(std::move(sentence));
  }

  ObjectStore& store_;
  PackExchange& exchange_;
  const MakeAside& make_aside_;
  const PackRepairOptions& options_;
  const base::Log& log_;
  pack::FrameOpener opener_;
  std::unique_ptr<base::Directory> aside_;
  std::uint64_t bytes_done_ = 0, bytes_total_ = 0;
  PackRepairReport report_;
};

}  // namespace

Result<PackRepairReport> repair_packs(ObjectStore& store, const MakeAside& make_aside,
                                      const PackRepairOptions& options, const base::Log& log) {
  PackExchange* exchange = store.pack_exchange();
  if (exchange == nullptr) return PackRepairReport{};
  return PackRepair(store, *exchange, make_aside, options, log).run();
}

}  // namespace vcs::store
