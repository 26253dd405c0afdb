// SPDX-License-Identifier: Apache-2.0
// Keeps the damage in old saves that the last verification or repair has found, also after any end
// of the agent.
#pragma once

#include <memory>
#include <string>

#include "agent/loop/latest_write.hpp"
#include "agent/records/damage_record.hpp"
#include "agent/repository/repository_context.hpp"

namespace vcs::agent::repository {

// Loop thread only.
class FoundDamage {
 public:
  // `record` as it was read; `directory` is the repository's own folder.
  FoundDamage(const RepositoryContext& context, std::shared_ptr<base::Directory> directory,
              const Result<records::DamageRecord>& record);

  // Takes a result. Calls `then` when it is on disk, or could not be written.
  void verified(const records::Verified& result, loop::EventLoop::Task then = {});
  // A person has given up the lost objects.
  bool is_given_up() const { return record_.given_up > 0; }
  // The damage as a sentence; "" if there is none.
  std::string text() const { return record_.text(); }

 private:
  const RepositoryContext& context_;
  records::DamageRecord record_;
  loop::LatestWrite<records::DamageRecord> file_;
};

}  // namespace vcs::agent::repository
