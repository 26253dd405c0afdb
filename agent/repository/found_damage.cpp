// SPDX-License-Identifier: Apache-2.0
// A record in memory, and its file behind it.
#include "agent/repository/found_damage.hpp"

#include <cassert>

namespace vcs::agent::repository {

FoundDamage::FoundDamage(const RepositoryContext& context,
                         std::shared_ptr<base::Directory> directory,
                         const Result<records::DamageRecord>& record)
    : context_(context),
      record_(record.value_or(records::DamageRecord{})),
      file_(
          context.errands,
          [directory = std::move(directory)](const records::DamageRecord& newest) {
            return records::write_damage_record(*directory, newest);
          },
          [this](const Result<void>& written) {
            if (!written)
              context_.agent.log.warning("{}: {}: {}", context_.file.name, records::kDamageName,
                                         written.error().message);
          }) {
  if (!record)
    context_.agent.log.warning(
        "{}/{}: {}; the damage that was found before is not known any more. To find it again: "
        "vcsctl verify",
        context_.data, records::kDamageName, record.error().message);
}

void FoundDamage::verified(const records::Verified& result, loop::EventLoop::Task then) {
  assert(context_.agent.loop.here());
  const records::DamageRecord before =
      std::exchange(record_, record_.after(result, context_.agent.clock.now()));
  if (record_ == before && !file_.is_writing()) {
    if (then) then();
    return;
  }
  if (record_.errors > before.errors)
    context_.agent.log.error("{}: {}; see: vcsctl repair", context_.file.name, record_.text());
  file_.write(record_, std::move(then));
}

}  // namespace vcs::agent::repository
