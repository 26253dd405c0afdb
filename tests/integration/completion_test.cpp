// SPDX-License-Identifier: Apache-2.0
// Completions as a person uses them: a real shell in a terminal, and the Tab key.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/desk.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/programs.hpp"

namespace {

using namespace vcs;
using test::write_file;

// A shell in a terminal of its own.
class Screen {
 public:
  Screen(const test::Desk& desk, const std::string& shell, const std::string& begin)
      : socket_(desk.agent.home() + "/tmux") {
    const std::string programs = test::program("vcsctl");
    tmux({"-f", "/dev/null", "new-session", "-d", "-x", "140", "-y", "40", "-c", desk.folder.path(),
          "env", "-i", "TERM=xterm",
          "PATH=" + programs.substr(0, programs.rfind('/')) + ":/usr/bin:/bin",
          "HOME=" + desk.agent.home(), "VCSD_HOME=" + desk.agent.home(), "LC_ALL=C.UTF-8",
          // On a machine that is busy with tests, completion must still have time to answer.
          "VCSCTL_COMPLETION_PATIENCE=1m", "sh", "-c", shell});
    type(begin);
    enter();
    type("echo re''ady");
    enter();
  }
  ~Screen() { tmux({"kill-server"}); }

  void type(const std::string& text) { tmux({"send-keys", "-l", text}); }
  void enter() { tmux({"send-keys", "Enter"}); }
  void tab() { tmux({"send-keys", "Tab"}); }
  // Presses Tab again and again, as people do, until `text` is there.
  bool shows_after_tabs(const std::string& text) {
    return test::eventually([&] {
      if (sees(text)) return true;
      tab();
      return shows_soon(text);
    });
  }
  bool shows(const std::string& text) {
    return test::eventually([&] { return sees(text); });
  }
  // An empty line on an empty screen. A shell that is still completing loses the Ctrl-C, so it is
  // sent until the line is gone.
  bool clear() {
    return test::eventually([&] {
      tmux({"send-keys", "C-c"});
      tmux({"send-keys", "C-l"});
      for (int i = 0; i < 50; ++i) {
        if (!sees("vcsctl")) return true;
        usleep(20'000);
      }
      return false;
    });
  }
  std::string text() const { return tmux({"capture-pane", "-p"}).out; }

 private:
  bool sees(const std::string& wanted) const { return text().find(wanted) != std::string::npos; }
  bool shows_soon(const std::string& wanted) const {
    // One Tab too many completes the next word, so this waits long enough for a busy machine.
    for (int i = 0; i < 150; ++i) {
      if (sees(wanted)) return true;
      usleep(20'000);
    }
    return false;
  }
  test::CommandResult tmux(std::vector<std::string> words) const {
    words.insert(words.begin(), {"tmux", "-S", socket_});
    return test::run_program(words);
  }

  std::string socket_;
};

}  // namespace

TEST_CASE("completion: shells offer commits with their age, and files that were deleted") {
  if (test::find_program({"tmux"}).empty()) return;
  struct Shell {
    const char *name, *run, *begin;
  };
  static const Shell kShells[] = {
      {"bash", "exec bash --norc --noprofile",
       "bind 'set completion-query-items 0'; source <(vcsctl completion bash)"},
      {"zsh", "exec zsh -f",
       "autoload -U compinit; compinit -D -u; source <(vcsctl completion zsh)"},
      {"fish", "exec fish --no-config", "vcsctl completion fish | source"}};
  for (const Shell& shell : kShells) {
    if (test::find_program({shell.name}).empty()) continue;
    INFO(shell.name);
    test::Desk desk;
    write_file(desk.folder / "chapter-06.md", "six");
    write_file(desk.folder / "my draft.md", "seven");
    desk.watch();
    std::filesystem::remove(desk.folder / "chapter-06.md");
    desk.commit();
    Screen screen(desk, shell.run, shell.begin);
    REQUIRE(screen.shows("ready\n"));
    screen.type("vcsctl rest");
    CHECK(screen.shows_after_tabs("vcsctl restore"));
    screen.type("HEAD~");
    CHECK(screen.shows_after_tabs("~1"));  // zsh writes HEAD\\~1
    screen.type("chap");                   // a file of that commit alone
    CHECK(screen.shows_after_tabs("~1 chapter-06.md"));
    screen.enter();
    CHECK(test::eventually([&] { return std::filesystem::exists(desk.folder / "chapter-06.md"); }));
    REQUIRE(screen.clear());
    screen.type("vcsctl show ");
    CHECK(screen.shows_after_tabs("created"));
    REQUIRE(screen.clear());
    screen.type("vcsctl cat HEAD~1:my");
    CHECK(screen.shows_after_tabs("draft.md"));
    screen.enter();
    CHECK(screen.shows("seven"));
    REQUIRE(screen.clear());
    screen.type("vcsctl log -r de");
    CHECK(screen.shows_after_tabs("log -r desk"));
  }
}
