// SPDX-License-Identifier: Apache-2.0
// Works on one repository through vcsctl and through a connection.
#include "tests/support/desk.hpp"

#include <catch2/catch.hpp>

#include "ipc/messages/history.hpp"
#include "ipc/messages/status.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/must.hpp"
#include "tests/support/tree_model.hpp"

namespace vcs::test {

Desk::Desk(const std::string& config, uid_t user) : agent(config, user) {
  if (user != geteuid()) REQUIRE(chown(folder.path().c_str(), user, user) == 0);
}

nlohmann::json Desk::watch() {
  agent.start();
  nlohmann::json made = agent.json({"init", folder.path(), "--name", kName});
  agent.json({"status", "--wait"});
  return made;
}

ipc::Client& Desk::client() {
  if (!client_) client_ = std::make_unique<ipc::Client>(connect_client(agent.home()));
  return *client_;
}

std::string Desk::commit() {
  return must(client().call<ipc::Commit>({kName, "", false})).id;
}

std::string Desk::wait() {
  return must(client().call<ipc::Status>({kName, true})).repositories.at(0).head;
}

std::string Desk::cat(const std::string& path, const std::string& revision) const {
  return agent.ctl({"cat", revision + ":" + path, "-r", kName}).out;
}

std::string Desk::missing_in(const std::string& commit) {
  ipc::Client fresh = connect_client(agent.home());  // the agent may have been started again
  return difference(model_of_folder(folder.path()), model_of_commit(fresh, kName, commit));
}

void Desk::settle() {
  std::string missing;
  const bool settled = eventually([&] { return (missing = missing_in("HEAD")).empty(); });
  INFO("disk and head differ:\n" << missing);
  REQUIRE(settled);
}

void Desk::require_all_in(const std::string& commit) {
  REQUIRE(missing_in(commit) == "");
}

}  // namespace vcs::test
