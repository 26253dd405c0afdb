// SPDX-License-Identifier: Apache-2.0
// Replays on a watched folder how programs save: each save is one modification of the document,
// never a deletion, and temporary files of the save are in no commit.
#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/support/desk.hpp"
#include "tests/support/must.hpp"
#include "tests/support/programs.hpp"
#include "tests/support/tree_model.hpp"

namespace {

using namespace vcs;
using test::CommandResult;
using test::must;
namespace fs = std::filesystem;

enum class Do {
  write,     // a new file, written and closed
  in_place,  // truncated and written anew
  rename,    // replaces what has the new name
  link,      // a symlink with this text
  remove,
};
struct Step {
  Do what;
  std::string path, argument{};  // `argument`: the new name or the target
};

// `%` stands for the document's new content, `=` for its old one.
struct Trace {
  const char* program;
  const char* document;
  std::vector<Step> steps;
  std::set<std::string> stays;  // what the program means to leave beside the document
};

// As observed with strace and inotify, or as the programs' documentation has it.
const std::vector<Trace>& traces() {
  using enum Do;
  static const std::vector<Trace> all = {
      {"vim, backupcopy=auto",
       "vim-auto.txt",
       {{write, ".vim-auto.txt.swp", ""},
        {write, ".vim-auto.txt.swx", ""},
        {remove, ".vim-auto.txt.swx"},
        {in_place, ".vim-auto.txt.swp", "%"},
        {write, "4913", ""},
        {remove, "4913"},
        {rename, "vim-auto.txt", "vim-auto.txt~"},
        {write, "vim-auto.txt", "%"},
        {remove, "vim-auto.txt~"},
        {remove, ".vim-auto.txt.swp"}},
       {}},
      {"vim, backupcopy=yes",
       "vim-yes.txt",
       {{write, ".vim-yes.txt.swp", "%"},
        {write, "vim-yes.txt~", "="},
        {in_place, "vim-yes.txt", "%"},
        {remove, "vim-yes.txt~"},
        {remove, ".vim-yes.txt.swp"}},
       {}},
      {"emacs, first save of a session",
       "emacs-first.txt",
       {{link, ".#emacs-first.txt", "ada@desk.4711:1700000000"},
        {write, "#emacs-first.txt#", "%"},
        {rename, "emacs-first.txt", "emacs-first.txt~"},
        {write, "emacs-first.txt", "%"},
        {remove, "#emacs-first.txt#"},
        {remove, ".#emacs-first.txt"}},
       {"emacs-first.txt~"}},
      {"emacs, a later save",
       "emacs-later.txt",
       {{link, ".#emacs-later.txt", "ada@desk.4711:1700000000"},
        {write, "#emacs-later.txt#", "%"},
        {in_place, "emacs-later.txt", "%"},
        {remove, "#emacs-later.txt#"},
        {remove, ".#emacs-later.txt"}},
       {}},
      {"VS Code", "code.ts", {{in_place, "code.ts", "%"}}, {}},
      {"JetBrains, safe write",
       "Main.java",
       {{write, "Main.java___jb_tmp___", "%"},
        {rename, "Main.java", "Main.java___jb_old___"},
        {rename, "Main.java___jb_tmp___", "Main.java"},
        {remove, "Main.java___jb_old___"}},
       {}},
      {"JetBrains, older",
       "Older.java",
       {{rename, "Older.java", "Older.java___jb_bak___"},
        {write, "Older.java", "%"},
        {remove, "Older.java___jb_bak___"}},
       {}},
      {"LibreOffice",
       "report.odt",
       {{write, ".~lock.report.odt#", ",ada,desk,"},
        {write, "lu4711x0a.tmp", "%"},
        {rename, "lu4711x0a.tmp", "report.odt"},
        {remove, ".~lock.report.odt#"}},
       {}},
      {"Word",
       "letter.docx",
       {{write, "~$letter.docx", "ada"},
        {write, "~wrd0001.tmp", "%"},
        {remove, "letter.docx"},
        {rename, "~wrd0001.tmp", "letter.docx"},
        {remove, "~$letter.docx"}},
       {}},
      {"Excel",
       "sums.xlsx",
       {{write, "~$sums.xlsx", "ada"},
        {write, "7A3F19C0", "%"},
        {remove, "sums.xlsx"},
        {rename, "7A3F19C0", "sums.xlsx"},
        {remove, "~$sums.xlsx"}},
       {}},
      {"Blender",
       "scene.blend",
       {{write, "scene.blend@", "%"},
        {rename, "scene.blend", "scene.blend1"},
        {rename, "scene.blend@", "scene.blend"}},
       {"scene.blend1"}},
      {"GNOME",
       "gedit.txt",
       {{write, ".goutputstream-X4RT92", "%"}, {rename, ".goutputstream-X4RT92", "gedit.txt"}},
       {}},
  };
  return all;
}

struct Desk : test::Desk {
  // The settle times are long, so that a loaded machine does not split a save in two.
  explicit Desk(const std::string& delete_delay) {
    test::write_file(
        agent.home() + "/config.toml",
        "[watch]\nsettle_quiet = \"200ms\"\nsettle_latest = \"30s\"\ndelete_delay = \"" +
            delete_delay + "\"\n");
  }

  std::vector<ipc::CommitInfo> log(const std::string& path = "") {
    std::vector<ipc::CommitInfo> commits;
    ipc::LogRequest request;
    request.repository = "desk";
    request.path = path;
    must(client().stream<ipc::Log>(request, [&](const ipc::CommitInfo& commit) {
      commits.push_back(commit);
      return true;
    }));
    return commits;
  }
  // The names in any commit, and those that a commit has and the next one has not.
  struct Names {
    std::set<std::string> seen, lost;
  };
  Names names() {
    Names names;
    test::TreeModel newer;
    for (const ipc::CommitInfo& commit : log()) {
      test::TreeModel model = test::model_of_commit(client(), "desk", commit.id);
      for (const auto& [path, line] : model) {
        names.seen.insert(path);
        if (!newer.empty() && !newer.contains(path)) names.lost.insert(path);
      }
      newer = std::move(model);
    }
    return names;
  }
};

std::string text(const Trace& trace, int version) {
  return std::string(trace.document) + ", version " + std::to_string(version) + "\n";
}

void replay(const std::string& folder, const Trace& trace, int version) {
  for (const Step& step : trace.steps) {
    const std::string path = folder + "/" + step.path;
    const std::string bytes = step.argument == "%"   ? text(trace, version)
                              : step.argument == "=" ? text(trace, version - 1)
                                                     : step.argument;
    switch (step.what) {
      case Do::write:
        REQUIRE(!fs::exists(path));
        [[fallthrough]];
      case Do::in_place:
        test::write_file(path, bytes);
        break;
      case Do::rename:
        fs::rename(path, folder + "/" + step.argument);
        break;
      case Do::link:
        fs::create_symlink(step.argument, path);
        break;
      case Do::remove:
        REQUIRE(fs::remove(path));
        break;
    }
  }
}

}  // namespace

TEST_CASE("editors: a save by any of them is one modification of the document") {
  constexpr int kSaves = 2;
  Desk desk("1s");
  std::set<std::string> wanted;
  for (const Trace& trace : traces()) {
    test::write_file(desk.folder / trace.document, text(trace, 0));
    wanted.insert(trace.document);
    wanted.insert(trace.stays.begin(), trace.stays.end());
  }
  desk.watch();
  for (int save = 1; save <= kSaves; ++save) {
    for (const Trace& trace : traces()) replay(desk.folder.path(), trace, save);
    desk.settle();
  }
  for (const Trace& trace : traces()) {
    CAPTURE(trace.program);
    const auto commits = desk.log(trace.document);
    CHECK(commits.size() == kSaves + 1);
    for (int save = 0; save <= kSaves && commits.size() == kSaves + 1; ++save) {
      const std::string& id = commits[static_cast<std::size_t>(kSaves - save)].id;
      CHECK(desk.cat(trace.document, id) == text(trace, save));
    }
  }
  const Desk::Names names = desk.names();
  CHECK(names.seen == wanted);
  CHECK(names.lost.empty());
}

TEST_CASE("editors: vim itself, with a copy of the file and with a new one") {
  const std::string vim =
      test::find_program({"vim", "vim.tiny"});  // the second is Debian's small one
  if (vim.empty()) return;
  Desk desk("300ms");
  const test::TemporaryFolder outside;
  const std::string document = desk.folder / "poem.txt";
  test::write_file(document, "version 0\n");
  desk.watch();
  int version = 0;
  for (const char* way : {"auto", "yes", "no"}) {
    ++version;
    // Vim lists the folder while it edits: there is a swap file, as in every session.
    const CommandResult edited =
        test::run_program({vim, "-u", "NONE", "-i", "NONE", "-N", "-es", "--cmd",
                           std::string("set writebackup backupskip= backupcopy=") + way, "-c",
                           "%s/version.*/version " + std::to_string(version) + "/", "-c",
                           "silent !ls -A " + desk.folder.path() + " > " + (outside / "listing"),
                           "-c", "wq", document});
    CAPTURE(way, edited.out, edited.err);
    REQUIRE(edited.status == 0);
    REQUIRE(test::read_file(outside / "listing").find(".poem.txt.sw") != std::string::npos);
    REQUIRE(test::read_file(document) == "version " + std::to_string(version) + "\n");
    desk.settle();
  }
  CHECK(desk.log("poem.txt").size() == 4);
  const Desk::Names names = desk.names();
  CHECK(names.seen == std::set<std::string>{"poem.txt"});
  CHECK(names.lost.empty());
}

TEST_CASE("editors: git checkout, rebase and stash") {
  if (test::find_program({"git"}).empty()) return;
  Desk desk("300ms");
  const auto git = [&](const std::string& command) {
    const CommandResult done = test::run_program(
        {"sh", "-c", "git -c user.name=a -c user.email=a@b -c core.editor=true " + command},
        desk.folder.path());
    CAPTURE(command, done.out, done.err);
    REQUIRE(done.status == 0);
  };
  const auto save = [&](const std::string& name, const std::string& content) {
    test::write_file(desk.folder / name, content);
  };
  git("init -q -b main .");
  save("both.txt", "one\n");
  save("other.txt", "other\n");
  git("add . && git -c user.name=a -c user.email=a@b commit -q -m first");
  desk.watch();
  const auto settled = [&](const std::string& command) {
    git(command);
    desk.settle();
  };
  settled("checkout -q -b side");
  save("both.txt", "two\n");
  settled("commit -q -a -m second");
  settled("checkout -q main");
  save("other.txt", "more\n");
  settled("commit -q -a -m third");
  settled("checkout -q side");
  settled("rebase -q main");
  save("both.txt", "three\n");
  desk.settle();
  settled("stash -q");
  settled("stash pop -q");
  // Each state of a document that lasted: one, two, one (main), two, three, two, three; and
  // other, more, other (side), more.
  CHECK(desk.log("both.txt").size() == 7);
  CHECK(desk.log("other.txt").size() == 4);
  const Desk::Names names = desk.names();
  CHECK_FALSE(names.lost.contains("both.txt"));
  CHECK_FALSE(names.lost.contains("other.txt"));
  for (const std::string& name : names.seen) {
    CAPTURE(name);
    CHECK_FALSE(name.ends_with(".lock"));
    CHECK(name.find("tmp_obj") == std::string::npos);
    CHECK(name.find("rebase-merge") == std::string::npos);
  }
}
