// SPDX-License-Identifier: Apache-2.0
// The rows of the command table.
#include "cli/line/command_table.hpp"

#include <algorithm>
#include <array>

#include "cli/commands/commands.hpp"
#include "cli/line/row_makers.hpp"

namespace vcs::cli {
namespace {

using rows::choice;
using rows::either;
using rows::excludes;
using rows::flag;
using rows::needs;
using rows::optional;
using rows::repeated;
using rows::required;
using rows::required_choice;
using rows::value;

constexpr std::string_view kCommitForms =
    "COMMIT is an id or a unique prefix of one, HEAD, HEAD~3, @{15:40} or @{2 hours ago}. Times "
    "are "
    "those of your clock; one that ends with Z or +02:00 is of that zone. Before the first save "
    "there is none: the answer names the first one.";

const Argument kCommit =
    optional("COMMIT", "which commit: an id, HEAD~2, @{15:40}; default: HEAD", ValueKind::commit);
const Option kAt = value("--at", "TIME",
                         "instead of COMMIT: 15:40, monday, 5m, '2 hours ago', '2026-01-31 15:40'");
const Option kTimeout =
    value("--timeout", "TIME", "give up waiting for remotes after this long, as 30s or 5m",
          ValueKind::duration);
const Argument kFolder =
    optional("FOLDER", "a folder in the repository; default: the current one", ValueKind::folder);

const std::vector<Command>& table() {
  static const std::vector<Command> rows = {
      {.name = "init",
       .summary = "Watch a folder from now on",
       .arguments = {required("FOLDER", "the folder to watch", ValueKind::folder)},
       .options = {value("--name", "NAME", "the repository's name; default: the folder's own"),
                   flag("--new", "begin a new history, whatever the folder had before"),
                   flag("--wait", "wait until the first snapshot is complete")},
       .description =
           "Every save in FOLDER becomes a commit by itself. The history lies outside of the "
           "folder, so nothing that happens in the folder can harm it. With --wait, files that "
           "could not be saved are named, and the exit status is 3. The last lines say what is "
           "still missing for your saves to be safe.\n\n"
           "If FOLDER is the moved folder of a repository, or was watched before, its history can "
           "go on. On a terminal, vcsctl asks. "
           "Elsewhere the history goes on if FOLDER is certainly that folder; if FOLDER only looks "
           "like it, the error names the command to use. --name with the repository's name goes on "
           "with its history, --new begins another.",
       .examples = {{"vcsctl init ~/notes", "watch a folder"},
                    {"vcsctl init ~/src/game --name game --wait",
                     "give it a name, and wait until all of it is saved"}},
       .handler = run_init},
      {.name = "status",
       .summary = "Say whether everything is safe",
       .arguments = {optional("FOLDER", "a folder in a repository; default: all repositories",
                              ValueKind::folder)},
       .options = {flag("--wait", "first save everything written until now"),
                   flag("--synced", "and wait until every remote has it"), kTimeout},
       .rules = {needs("--timeout", "--synced")},
       .description =
           "The first line answers whether all saves are kept and copied. Below it, each "
           "repository with its remotes and its problems. Exit status 3 means that something needs "
           "you: a suspended repository, a remote in error, or one that has been behind for longer "
           "than sync.behind_warning. Just after the agent has started, status waits up to 2 "
           "seconds for repositories that are being opened; if one is not open then, nothing is "
           "known of it, and the exit status is 3, too.\n\n"
           "With --synced the exit status is also 3 if a remote does not have everything that was "
           "written before the call; the answer "
           "names the remote and the reason. If there is no remote, the first line says so.",
       .examples = {{"vcsctl status", "everything"},
                    {"vcsctl status --wait --synced && poweroff",
                     "switch off when all is saved and copied"}},
       .handler = run_status,
       .asks = true},
      {.name = "commit",
       .summary = "Save now, with a message",
       .arguments = {kFolder},
       .options = {value({"--message", "-m"}, "TEXT", "a note for this state"),
                   flag("--full", "look at every file, whatever the watcher said")},
       .description =
           "Saves happen by themselves; this one waits until everything written before the call "
           "is in a commit, and marks that commit with a message. The system tells the agent which "
           "files were written. Where it does not (mappings, asynchronous writes, loop devices, "
           "hard "
           "links outside of the folder), the agent looks who holds a file; of other users' "
           "programs, "
           "containers, or another machine, it may not know. With --full every file is looked at "
           "first. Files that could not be saved are named, and the exit status is 3.",
       .examples = {{"vcsctl commit -m 'before the rewrite'", "mark a state"},
                    {"vcsctl commit --full", "after another machine wrote there"}},
       .handler = run_commit},
      {.name = "log",
       .summary = "List the saves, the newest first",
       .arguments = {optional("PATH",
                              "only commits that changed the content of this file or folder",
                              ValueKind::path)},
       .options = {value({"--number", "-n"}, "N", "at most N commits; -5 is -n 5",
                         ValueKind::number),
                   flag("--paths", "with --json, too: the first paths that each changed")},
       .description =
           "Each with its id, its time and what it changed; with PATH, what became of that file. "
           "The "
           "id, or '@{TIME}' with the time as it is shown, is the COMMIT of the other commands.",
       .examples = {{"vcsctl log -n 20", "the last 20 saves"},
                    {"vcsctl log draft.txt", "the saves of one file"}},
       .handler = run_log,
       .paged = true,
       .asks = true},
      {.name = "show",
       .summary = "Show a save and what it changed",
       .arguments = {kCommit},
       .options = {kAt, flag({"--patch", "-p"}, "show the lines that changed"),
                   flag("--stat", "how many lines of each file changed"),
                   flag("--words", "mark the words that changed; by itself where lines are long"),
                   flag("--lines", "whole lines, however long they are")},
       .rules = {excludes("--words", "--lines")},
       .description = kCommitForms,
       .examples = {{"vcsctl show", "the last save"},
                    {"vcsctl show -p", "and each line that it changed"},
                    {"vcsctl show --at '10 minutes ago'", "the last one of ten minutes ago"}},
       .handler = run_show,
       .paged = true,
       .asks = true},
      {.name = "diff",
       .summary = "Compare two saves",
       .arguments = {optional("A", "the older commit; default: the one before the last save",
                              ValueKind::commit),
                     optional("B", "the newer commit; default: HEAD", ValueKind::commit),
                     optional("PATH", "only this file or folder", ValueKind::path)},
       .options = {flag({"--patch", "-p"}, "show the lines that changed"),
                   flag("--stat", "how many lines of each file changed"),
                   flag("--words", "mark the words that changed; by itself where lines are long"),
                   flag("--lines", "whole lines, however long they are"), kAt},
       .rules = {excludes("--words", "--lines")},
       .description =
           "Each changed path with a letter: A added, M modified, D deleted, T another type, "
           "P other permissions or times. For one file, and with --patch, the changed lines.\n\n"
           "Without A, what the last save changed, or the last one that changed PATH. An "
           "argument that looks like a commit is one; write ./HEAD for a file of that name. COMMIT "
           "forms as in show.",
       .examples = {{"vcsctl diff", "what the last save changed"},
                    {"vcsctl diff --at 9:00 draft.txt", "one file since nine"},
                    {"vcsctl diff '@{yesterday}' draft.txt", "one file since yesterday"}},
       .handler = run_diff,
       .paged = true,
       .asks = true},
      {.name = "ls",
       .summary = "List the files of a save",
       .arguments = {optional(
           "COMMIT[:PATH]",
           "which commit, and which folder in it; default: HEAD, the current folder",
           ValueKind::commit)},
       .options = {flag({"--recursive", "-R"}, "folders below, too"),
                   flag({"--long", "-l"}, "with mode, size and time"), kAt},
       .description = "In COMMIT:PATH, PATH begins at the top of the watched folder, or with ./ at "
                      "the current folder. PATH alone begins at the current folder; its commit is "
                      "HEAD, or that of --at.",
       .examples = {{"vcsctl ls HEAD:src", "one folder"},
                    {"vcsctl ls -R '@{2 days ago}'", "everything, as it was"}},
       .handler = run_ls,
       .paged = true,
       .asks = true},
      {.name = "cat",
       .summary = "Write a file of a save to standard output",
       .arguments = {required("COMMIT:PATH", "which commit, and which file in it",
                              ValueKind::commit)},
       .options = {kAt},
       .description =
           "In COMMIT:PATH, PATH begins at the top of the watched folder, or with ./ at the "
           "current folder. With --at, give PATH alone; it begins at the current folder.",
       .examples = {{"vcsctl cat --at yesterday draft.txt", "the file as it was"},
                    {"vcsctl cat HEAD~5:draft.txt > draft.old", "an earlier version"}},
       .handler = run_cat,
       .asks = true},
      {.name = "restore",
       .summary = "Bring files back from a save",
       .arguments = {optional("COMMIT", "which commit: an id, HEAD~2, @{15:40}; or --at",
                              ValueKind::commit),
                     repeated("PATH", "files and folders; default: everything", ValueKind::path)},
       .options = {kAt,
                   value("--to", "DIR", "restore below DIR instead of in place", ValueKind::folder),
                   value("--from", "URL|NAME",
                         "from a remote, whatever of it is whole; needs --to, and no repository",
                         ValueKind::remote),
                   flag("--dry-run", "only say what would happen"),
                   flag("--overwrite", "replace files that differ")},
       .rules = {needs("--from", "--to")},
       .description =
           "Files that exist and differ are left alone and reported as kept, unless "
           "--overwrite is given. Then what is there is saved first, as by commit, and a file is "
           "replaced only if the history has what it holds, byte for byte; what is ignored, too "
           "large to be saved, unreadable or being written is kept, with the reason. The end "
           "names the commit that has what was there. Modes, times and attributes of what stands "
           "change with --overwrite only. Nothing is ever deleted. Exit status 1 if anything was "
           "kept or failed. Without COMMIT and --at nothing is restored: the versions of the file "
           "are listed, each with the command that brings it back.",
       .examples = {{"vcsctl restore --at '1 hour ago' draft.txt --overwrite", "undo one file"},
                    {"vcsctl restore draft.txt", "list the versions of a file"},
                    {"vcsctl restore HEAD --to /tmp/copy", "everything, elsewhere"},
                    {"vcsctl restore HEAD --from /mnt/disk/notes --to /tmp/copy",
                     "everything that a remote can give"}},
       .handler = run_restore},
      {.name = "verify",
       .summary = "Check that the history can be read",
       .options = {flag("--read-data", "read and hash every stored byte")},
       .description = "Names the damaged commits and files, a few of each; with --json all "
                      "of them. Exit "
                      "status 1 if anything is; vcsctl repair repairs what can be repaired.",
       .examples = {{"vcsctl verify --read-data", "trust, but verify"}},
       .handler = run_verify,
       .asks = true},
      {.name = "repair",
       .summary = "Repair a damaged history",
       .arguments = {optional("REPOSITORY", "which repository; default: as with -r",
                              ValueKind::repository)},
       .options = {value("--from", "REMOTE", "fetch only from this remote; default: each in turn",
                         ValueKind::remote),
                   flag("--dry-run", "only say what would be done"),
                   flag("--give-up", "and stop waiting for what nobody has")},
       .rules = {excludes("--dry-run", "--give-up")},
       .description = "Reads every stored byte. Rebuilds indexes and refs from the packs, puts the "
                      "readable parts of damaged packs into new ones, fetches what is missing from "
                      "the remotes, stores again what the files of the folder still hold, and "
                      "names what cannot be repaired. Saving goes on meanwhile.\n\nNothing is "
                      "deleted: damaged files are put aside in the folder named at the end; remove "
                      "it when you no longer want it. Exit status 1 if anything is still damaged.",
       .examples = {{"vcsctl repair --dry-run", "see what is wrong"},
                    {"vcsctl repair notes --from disk", "with the copies on one remote"}},
       .handler = run_repair},
      {.name = "alarm",
       .summary = "Show or clear the alarm",
       .arguments = {kFolder},
       .options = {flag("--acknowledge", "this was intended: clear the alarm")},
       .description =
           "When many files are deleted or encrypted within minutes, the alarm rings: nothing old "
           "is touched until a person has looked, while every save is kept as ever. This tells "
           "what happened and how to get it back. Exit status 3 if the alarm rings and is not "
           "cleared. core.alarm in the configuration says what counts.",
       .examples = {{"vcsctl alarm", "what happened?"},
                    {"vcsctl alarm --acknowledge", "it was you"}},
       .handler = run_alarm},
      {.name = "mounts",
       .summary = "Say what is mounted in the folder, or forget what was",
       .arguments = {kFolder},
       .options = {value("--forget", "PATH", "what was mounted at PATH does not come back",
                         ValueKind::folder)},
       .description = "If a filesystem that was mounted in the folder is unmounted, its files are "
                      "kept and do not count as deleted; status names it until it is back. With "
                      "--forget it is not expected back any more: its files leave the newest "
                      "state, and the history keeps them. A filesystem that is mounted over files "
                      "only hides them; when it is unmounted, nothing has to be done.",
       .examples = {{"vcsctl mounts", "what is mounted, and what is away?"},
                    {"vcsctl mounts --forget stick", "it was lent, and is gone for good"}},
       .handler = run_mounts},
      {.name = "owed",
       .summary = "Say what a clone or restore has not written, write it, or give it up",
       .options = {flag("--write", "write it now; nothing that is there is replaced"),
                   flag("--give-up", "what is not in the folder counts as deleted")},
       .rules = {excludes("--write", "--give-up")},
       .description =
           "A clone, or a restore into a new or empty folder, that was cut off (a full disk, "
           "Ctrl-C, a power cut, an error in one file) owes the folder the rest. Until it is "
           "written, by this command, by the same command again or by hand, or until you give it "
           "up, none of it is recorded as deleted. Exit status 3 if anything is owed.",
       .examples = {{"vcsctl owed --write", "there is room on the disk again"}},
       .handler = run_owed},
      {.name = "remote add",
       .summary = "Copy every save to one more place",
       .arguments = {required("NAME", "its name"),
                     required("URL", "where: a folder, or file:///mnt/disk/notes",
                              ValueKind::folder)},
       .examples = {{"vcsctl remote add disk file:///mnt/disk/notes", "a folder on another disk"}},
       .handler = run_remote_add},
      {.name = "remote list",
       .summary = "List the remotes and how far they are",
       .handler = run_remote_list},
      {.name = "remote remove",
       .summary = "Stop copying to a remote",
       .arguments = {required("NAME", "the remote", ValueKind::remote)},
       .description = "What was copied stays there.",
       .handler = run_remote_remove},
      {.name = "remote set",
       .summary = "Copy to a remote, or only read from it",
       .arguments = {required("NAME", "the remote", ValueKind::remote)},
       .options = {flag("--push", "copy every commit there from now on"),
                   flag("--no-push", "copy nothing there any more")},
       .rules = {either("--push", "--no-push")},
       .examples = {{"vcsctl remote set origin --push", "after clone --no-push"}},
       .handler = run_remote_set},
      {.name = "remote heads",
       .summary = "List the heads that a remote holds",
       .arguments = {required("REMOTE", "a remote's name, or where one is", ValueKind::remote)},
       .options = {value("--remove", "ID", "remove this head from the remote"),
                   flag({"--yes", "-y"}, "do not ask whether it is meant")},
       .description =
           "Each machine, and each clone, copies to a head of its own, where its history ends. "
           "Clone one with: vcsctl clone --head ID. A head marked as kept was moved aside by an "
           "earlier version of vcsd, when two histories copied to one name.\n\n--remove takes a "
           "kept head, or one that no machine has copied to for 30 days: its commits that are in "
           "no "
           "other head can then not be reached any more. A folder is written with a slash: ./disk.",
       .examples = {{"vcsctl remote heads disk", "whose work is on it?"},
                    {"vcsctl remote heads /mnt/disk/notes", "of a remote that is not added"}},
       .handler = run_remote_heads},
      {.name = "sync",
       .summary = "Copy to the remotes now",
       .arguments = {optional("REMOTE", "only this one", ValueKind::remote)},
       .options = {flag("--wait", "until everything committed so far is there")},
       .description =
           "Copying happens by itself; this skips the waiting. With --wait what was written before "
           "the call is saved first, and the exit status is 3 if a remote did not get everything, "
           "or a file could not be saved.",
       .handler = run_sync},
      {.name = "clone",
       .summary = "Fetch a repository from a remote",
       .arguments = {required("URL", "where it is", ValueKind::folder),
                     required("FOLDER", "a new or empty folder for its files", ValueKind::folder)},
       .options = {value("--name", "NAME", "the repository's name; default: the folder's own"),
                   value("--head", "ID", "which head of the remote; default: the newest"),
                   flag("--no-push", "only look: copy nothing back to the remote")},
       .description =
           "A remote holds a head for each device: a machine, or one clone of several on it. The "
           "newest is taken, and "
           "what else is there is told. --head takes the beginning of an id, or the name of a "
           "machine, a repository or a folder, as vcsctl remote heads lists them.\n\nWhat is "
           "saved in the clone is copied to the remote, to a head of its own. With --no-push it is "
           "not; vcsctl remote set origin --push changes that.",
       .examples = {{"vcsctl clone file:///mnt/disk/notes ~/notes", "on a new machine"},
                    {"vcsctl clone /mnt/disk/notes ~/old --head laptop", "what laptop had saved"}},
       .handler = run_clone},
      {.name = "repo list",
       .summary = "List the repositories",
       .options = {flag("--removed", "those that are watched no more, and can be had back")},
       .handler = run_repo_list,
       .asks = true},
      {.name = "repo move",
       .summary = "Go on with a history in another folder",
       .arguments = {required("NAME", "which repository", ValueKind::repository),
                     required("FOLDER", "where its files are now", ValueKind::folder)},
       .options = {flag("--yes",
                        "go on if the folder does not look like the right one; do not ask"),
                   flag("--dry-run", "only say how FOLDER looks"),
                   flag("--wait", "wait until all of it was looked at")},
       .description =
           "Use it after a folder was renamed or moved, or to work in a copy of it from now on. "
           "What was saved in the former folder is in the history; that folder is not changed, and "
           "no longer watched. All differences are saved: what FOLDER does not have is recorded as "
           "deleted. If fewer than half of the names at the top of the last save are there, vcsctl "
           "asks, or needs --yes where it cannot ask.",
       .examples = {{"vcsctl repo move novel ~/books/novel", "the folder was moved there"}},
       .handler = run_repo_move},
      {.name = "repo rename",
       .summary = "Call a repository something else",
       .arguments = {required("NAME", "which repository", ValueKind::repository),
                     required("NEWNAME", "letters, digits, '-', '_' and '.'; at most 64")},
       .description =
           "The folder and the history stay as they are. Remotes are told the new name. "
           "Where the configuration has settings for NAME, it must have some for NEWNAME "
           "before.",
       .handler = run_repo_rename},
      {.name = "repo restore",
       .summary = "Watch again what was removed from watching",
       .arguments = {required("NAME", "of the history, or its id; see repo list --removed",
                              ValueKind::removed),
                     optional("FOLDER", "where its files are now; default: where they were",
                              ValueKind::folder)},
       .options = {value("--name", "NAME", "what it is called from now on; default: as before"),
                   flag("--yes",
                        "go on if the folder does not look like the right one; do not ask"),
                   flag("--dry-run", "only say how FOLDER looks"),
                   flag("--wait", "wait until all of it was looked at")},
       .description =
           "Takes back vcsctl repo remove, also with --delete-history, for seven days. The history "
           "goes on; what is different in the folder by now is saved. An empty FOLDER waits for "
           "its "
           "files: vcsctl restore HEAD -r NAME brings them back.",
       .examples = {{"vcsctl repo restore novel", "as it was"},
                    {"vcsctl repo restore novel ~/novel --name novel-2", "elsewhere"}},
       .handler = run_repo_restore},
      {.name = "repo compact",
       .summary = "Merge and compress what was saved, now",
       .arguments = {required("NAME", "which repository", ValueKind::repository)},
       .description = "The agent does this by itself when nothing happens (core.recompress in the "
                      "configuration). Nothing that was saved is lost, and saving goes on "
                      "meanwhile. The newest pack stays as it is until it is full. Exit status 1 "
                      "if a damaged pack had to be left alone.",
       .handler = run_repo_compact},
      {.name = "repo remove",
       .summary = "Stop watching a folder",
       .arguments = {required("NAME", "which repository", ValueKind::repository)},
       .options = {flag("--delete-history", "delete all that was saved, too"),
                   flag("--now", "with --delete-history: at once, for good"),
                   flag("--yes", "do not ask"), flag("--dry-run", "only say what would go")},
       .rules = {needs("--now", "--delete-history")},
       .description =
           "The files in the folder are not touched, and the history stays on disk "
           "unless --delete-history is given. That asks first, or wants --yes where "
           "nobody can be asked, and deletes it after seven days, or with --now at once. "
           "Until then, or for ever without it, vcsctl repo restore NAME takes it back.",
       .handler = run_repo_remove},
      {.name = "events",
       .summary = "Show what happens, as it happens",
       .description = "Ends with Ctrl-C. With --json, one event a line. Without --repository: of "
                      "all repositories.",
       .handler = run_events},
      {.name = "config show",
       .summary = "Show all settings in effect",
       .options = {flag("--origin", "with the place where each was set")},
       .handler = run_config_show},
      {.name = "config path",
       .summary = "Say where configuration and data are",
       .handler = run_config_path},
      {.name = "doctor",
       .summary = "Check for problems",
       .description = "Exit status 3 if a check found an error.",
       .handler = run_doctor,
       .asks = true},
      {.name = "reload", .summary = "Reload the configuration", .handler = run_reload},
      {.name = "stop",
       .summary = "Stop the agent",
       .options = {flag("--sync", "first save what was written, and copy it to every remote"),
                   value("--timeout", "TIME",
                         "give up waiting for remotes after this long, as 30s; default: 10m"),
                   flag("--anyway", "with --sync: then stop whatever is missing")},
       .rules = {needs("--timeout", "--sync"), needs("--anyway", "--sync")},
       .description =
           "Watching ends until the agent starts again; then changes made meanwhile are found and "
           "saved. Returns when the agent is gone.\n\n"
           "With --sync everything that was written before the call is saved and copied first. If "
           "something cannot be, or not in time, it is named, the agent does not stop and goes on "
           "trying, and the exit status is 3; with --anyway it stops all the same, and the status "
           "is still 3.",
       .examples = {{"vcsctl stop --sync && poweroff", "switch off, but not before all is copied"},
                    {"vcsctl stop --sync --timeout 30s --anyway",
                     "half a minute for the copies, then stop"}},
       .handler = run_stop},
      {.name = "version", .summary = "Show the versions", .handler = run_version},
      {.name = "service install",
       .summary = "Start the agent with your session",
       .options = {flag("--dry-run", "only say what would be written and run")},
       .description = "Writes a unit for your own service manager (systemd or launchd), enables "
                      "and starts it. An agent that was started otherwise is stopped first. From "
                      "then on every command that needs an agent starts the service. A service "
                      "that cannot start is taken back.",
       .handler = run_service_install},
      {.name = "service remove",
       .summary = "No longer start the agent with your session",
       .options = {flag("--dry-run", "only say what would be removed and run")},
       .handler = run_service_remove},
      {.name = "service status",
       .summary = "Say whether the agent starts with your session",
       .handler = run_service_status},
      {.name = "help",
       .summary = "Explain a command",
       .arguments = {repeated("COMMAND", "which command; default: all, in short")},
       .examples = {{"vcsctl help restore", "the same as vcsctl restore --help"}},
       .handler = run_help,
       .paged = true},
      {.name = "brake",  // the older name of the alarm
       .summary = "Show or clear the alarm",
       .arguments = {kFolder},
       .options = {flag("--acknowledge", "this was intended: clear the alarm")},
       .handler = run_alarm,
       .hidden = true},
      {.name = "complete",
       .summary = "Say what may follow on a command line",
       .arguments = {{.name = "WORD",
                      .help = "of the line; the last one is being typed",
                      .repeated = true,
                      .may_be_empty = true}},
       .handler = run_complete,
       .hidden = true},
      {.name = "completion",
       .summary = "Print completions for a shell",
       .arguments = {required_choice("SHELL", "bash, zsh or fish", {"bash", "zsh", "fish"})},
       .examples = {{"source <(vcsctl completion bash)", "in ~/.bashrc"}},
       .handler = run_completion},
      {.name = "manual",
       .summary = "Print a manual page",
       .arguments = {required_choice("PAGE", "vcsctl, vcsd, vcsd.toml or vcsd-times",
                                     {"vcsctl", "vcsd", "vcsd.toml", "vcsd-times"})},
       .examples = {{"vcsctl manual vcsctl | man -l -", "read it"}},
       .handler = run_manual},
  };
  return rows;
}

const std::array<Group, 4> kGroups{{{"remote", "Places that hold copies"},
                                    {"repo", "Watched folders"},
                                    {"config", "Settings"},
                                    {"service", "Starting the agent with your session"}}};

const std::vector<Section>& overview() {
  static const std::vector<Section> all = {
      {"Every day", {"init", "status", "log", "show", "diff", "commit", "events"}},
      {"Get back", {"restore", "cat", "ls", "alarm", "owed"}},
      {"Copies", {"remote", "sync", "clone"}},
      {"Care", {"doctor", "verify", "repair", "mounts", "repo"}},
      {"Set up",
       {"service", "config", "reload", "stop", "version", "completion", "manual", "help"}},
  };
  return all;
}

const std::array<Option, 6> kCommonOptions{
    value({"--repository", "-r"}, "NAME",
          "which repository; default: the one that holds the current folder, or the only one",
          ValueKind::repository),
    value("--home", "DIR", "where everything of vcsd lives; default: VCSD_HOME or XDG folders",
          ValueKind::folder),
    flag("--json", "answer in JSON (docs/cli-json.md)"),
    flag("--no-start", "fail when no agent runs instead of starting one"),
    choice("--color", "WHEN",
           "auto, always or never; default: on a terminal, unless NO_COLOR is set",
           {"auto", "always", "never"}),
    flag("--no-pager", "write at once, however long it is (VCSCTL_PAGER, PAGER)")};

}  // namespace

std::string_view Command::group() const {
  const auto space = name.find(' ');
  return space == std::string_view::npos ? std::string_view() : name.substr(0, space);
}

std::string_view Command::leaf() const {
  const auto space = name.find(' ');
  return space == std::string_view::npos ? name : name.substr(space + 1);
}

std::string Command::usage() const {
  std::string text;
  for (const Argument& argument : arguments) {
    std::string shown(argument.name);
    if (argument.repeated) shown += "…";
    if (!argument.required) shown = "[" + shown + "]";
    text += text.empty() ? shown : " " + shown;
  }
  return text;
}

std::span<const Command> commands() {
  return table();
}

std::span<const Section> sections() {
  return overview();
}

std::span<const Group> groups() {
  return kGroups;
}

std::span<const Option> common_options() {
  return kCommonOptions;
}

const Command* find_command(std::string_view name) {
  const auto& rows = table();
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Command& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace vcs::cli
