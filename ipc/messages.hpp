// SPDX-License-Identifier: Apache-2.0
// Every request and response of the socket, as plain structs.
//
// Each struct lists its fields once, in fields(): the encoder, the decoder, `--json` and the check
// of docs/protocol.md all come from that list. A visitor is called as
//   visit("name", member)            a field; missing in a message: keeps its default
//   visit.path("path", member)       bytes of a path: "path" when valid UTF-8, else "path_b64"
// A member `std::string raw` is no field: its bytes travel behind the line, as they are.
// Ids are 64 lower-case hexadecimal digits; "" stands for none. Times are nanoseconds since 1970
// UTC, 0 for never.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vcs::ipc {

using Count = std::uint64_t;
using Time = std::int64_t;

// The feature that a client names in hello to be sent raw bytes, and the most that follow one line.
inline constexpr const char* kRawFeature = "raw";
inline constexpr Count kMaxRawBytes = Count{4} << 20;

// --- hello: the first message on every connection ---
struct HelloRequest {
  std::string client;  // "vcsctl 0.1.0"
  std::vector<std::string> features;
  template <typename V>
  void fields(V&& visit) {
    visit("client", client), visit("features", features);
  }
};
struct HelloResponse {
  std::string version;
  Count protocol = 1;
  Count pid = 0;
  std::vector<std::string> features;
  Time time = 0;  // of the agent's clock, which stamps the commits
  template <typename V>
  void fields(V&& visit) {
    visit("version", version), visit("protocol", protocol), visit("pid", pid),
        visit("features", features), visit("time", time);
  }
};

// A repository is named by its name or by any path inside its worktree; "" where only one exists.

// --- status ---
struct StatusRequest {
  std::string repository;       // "": all
  bool wait = false;            // return when everything written before the call is in a commit
  bool synced = false;          // ... and at every remote; implies wait
  double patience_seconds = 0;  // for the remotes; 0: however long it takes
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("wait", wait), visit("synced", synced),
        visit("patience_seconds", patience_seconds);
  }
};
struct WatchStatus {
  Count used = 0, limit = 0, polled_folders = 0, lost_events = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("used", used), visit("limit", limit), visit("polled_folders", polled_folders),
        visit("lost_events", lost_events);
  }
};
struct AuditStatus {
  Time time = 0;
  Count drift = 0;  // changes found by audits the watcher had missed
  template <typename V>
  void fields(V&& visit) {
    visit("time", time), visit("drift", drift);
  }
};
struct BrakeStatus {
  std::string reason;  // "": it is not set; deletion, encryption
  Time since = 0;
  std::string commit;  // the newest one from before
  Count deleted = 0, rewritten = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("reason", reason), visit("since", since), visit("commit", commit),
        visit("deleted", deleted), visit("rewritten", rewritten);
  }
};
struct CompactedStatus {
  Count runs = 0;                           // merges of some packs into one
  Count bytes_before = 0, bytes_after = 0;  // of the packs that were merged
  template <typename V>
  void fields(V&& visit) {
    visit("runs", runs), visit("bytes_before", bytes_before), visit("bytes_after", bytes_after);
  }
};
struct StoreStatus {
  Count objects = 0, packs = 0, bytes_raw = 0, bytes_stored = 0;
  CompactedStatus compacted;  // since the repository was opened
  template <typename V>
  void fields(V&& visit) {
    visit("objects", objects), visit("packs", packs), visit("bytes_raw", bytes_raw),
        visit("bytes_stored", bytes_stored), visit("compacted", compacted);
  }
};
struct RemoteStatus {
  std::string name, url;  // url without its secret
  std::string state;      // synced, pending, syncing, waiting (retries later), error, off
  Count behind_commits = 0;
  double oldest_unsynced_seconds = 0;
  std::string last_error;
  Time last_sync = 0;
  std::vector<std::string> weaknesses;  // what that place cannot promise; sentences
  bool push = true;                     // false: nothing is copied there, and its state is off
  bool same_disk = false;               // as the history: one failure takes both
  template <typename V>
  void fields(V&& visit) {
    visit("name", name), visit("url", url), visit("state", state),
        visit("behind_commits", behind_commits);
    visit("oldest_unsynced_seconds", oldest_unsynced_seconds), visit("last_error", last_error),
        visit("last_sync", last_sync), visit("weaknesses", weaknesses), visit("push", push),
        visit("same_disk", same_disk);
  }
};
struct ProblemPath {
  std::string path, reason;
  std::string kind;  // too_large, path_too_long, lacking (descriptors or memory), unreadable; or ""
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("reason", reason), visit("kind", kind);
  }
};
// What a clone or a restore has not written into the folder, or could not. None of it counts as
// deleted.
struct OwedStatus {
  std::string commit;  // "": nothing is owed
  Time since = 0;
  Count entries = 0;               // as the last look at everything found; 0 before the first one
  std::vector<ProblemPath> paths;  // the first hundred of them
  template <typename V>
  void fields(V&& visit) {
    visit("commit", commit), visit("since", since), visit("entries", entries),
        visit("paths", paths);
  }
};
// When nobody watched, and files changed: of what was saved then, only the last state is kept.
struct UnwatchedTime {
  Time from = 0, to = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("from", from), visit("to", to);
  }
};
struct Progress {
  std::string stage;  // scanning, reading, committing, restoring, verifying, repairing, sending,
                      // fetching, compacting
  Count files_done = 0, files_total = 0, bytes_done = 0,
        bytes_total = 0;  // totals 0: not known yet
  template <typename V>
  void fields(V&& visit) {
    visit("stage", stage), visit("files_done", files_done), visit("files_total", files_total);
    visit("bytes_done", bytes_done), visit("bytes_total", bytes_total);
  }
};
struct PipelineStatus {
  Count workers = 0, readers = 0, batch_files = 0;
  std::string storage;  // solid, spinning, network, unknown
  std::string shape;    // small_files, large_files, mixture; "" when nothing was read
  template <typename V>
  void fields(V&& visit) {
    visit("workers", workers), visit("readers", readers), visit("batch_files", batch_files),
        visit("storage", storage), visit("shape", shape);
  }
};
struct RepositoryStatus {
  std::string name, id, worktree;
  std::string state;   // opening, scanning, watching, suspended, error, stopping
  std::string reason;  // why, when suspended or error
  std::string head;
  Time head_time = 0;
  Count files = 0, bytes = 0;
  Count pending_changes = 0;
  Count commits = 0;  // in the history of the head
  WatchStatus watches;
  AuditStatus last_audit;
  BrakeStatus brake;  // many files were deleted or encrypted
  OwedStatus owed;    // files of a clone that were never written
  StoreStatus store;
  std::vector<RemoteStatus> remotes;
  std::vector<ProblemPath> problems;  // files that could not be saved, and why (the first 100)
  Count problem_count = 0;
  std::vector<ProblemPath> incomplete;  // captured without some of their attributes (the first 100)
  Count incomplete_count = 0;
  Count skipped_special = 0;  // FIFOs, sockets and devices
  Count skipped_builtin = 0;  // files that built-in rules leave out
  // Folders whose filesystem is not mounted any more: nothing is deleted below them.
  std::vector<ProblemPath> unmounted;
  std::vector<std::string> missing_packs;  // files of the store that are gone
  std::string damage;       // what of its history is known to be lost or damaged; "": nothing
  bool open = true;         // if not, its commits and files are not known yet
  Progress progress;        // of a running snapshot; stage "" when none
  PipelineStatus pipeline;  // what the last snapshot chose, or the running one has chosen so far
  std::string device;       // the name under which it copies to remotes
  std::string copy_of;      // the device that it was before; "": it is no copy
  std::vector<UnwatchedTime> unwatched;  // of the last week, the newest first
  template <typename V>
  void fields(V&& visit) {
    visit("name", name), visit("id", id), visit.path("worktree", worktree), visit("state", state),
        visit("reason", reason);
    visit("head", head), visit("head_time", head_time), visit("files", files),
        visit("bytes", bytes);
    visit("pending_changes", pending_changes), visit("commits", commits), visit("watches", watches);
    visit("last_audit", last_audit), visit("brake", brake), visit("owed", owed),
        visit("store", store), visit("remotes", remotes), visit("problems", problems);
    visit("problem_count", problem_count), visit("incomplete", incomplete),
        visit("incomplete_count", incomplete_count), visit("skipped_special", skipped_special),
        visit("skipped_builtin", skipped_builtin);
    visit("unmounted", unmounted), visit("missing_packs", missing_packs), visit("damage", damage),
        visit("open", open), visit("progress", progress), visit("pipeline", pipeline);
    visit("device", device), visit("copy_of", copy_of), visit("unwatched", unwatched);
  }
};
struct AgentStatus {
  std::string version;
  Count pid = 0;
  double uptime_seconds = 0;
  Count rss_bytes = 0;
  std::string home;  // where its data lives
  std::string hash_provider;
  Count workers = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("version", version), visit("pid", pid), visit("uptime_seconds", uptime_seconds),
        visit("rss_bytes", rss_bytes);
    visit.path("home", home), visit("hash_provider", hash_provider), visit("workers", workers);
  }
};
// Where something that was asked for is not.
struct UnsyncedRemote {
  std::string repository, remote, reason;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("remote", remote), visit("reason", reason);
  }
};
struct StatusResponse {
  AgentStatus agent;
  std::vector<RepositoryStatus> repositories;
  std::vector<UnsyncedRemote> unsynced;  // with `synced`: remotes that have not got everything
  template <typename V>
  void fields(V&& visit) {
    visit("agent", agent), visit("repositories", repositories), visit("unsynced", unsynced);
  }
};

// --- repositories ---
struct InitRequest {
  std::string folder;   // absolute
  std::string name;     // "": the folder's own name
  bool anew = false;    // with a new history, whatever the folder had before
  std::string history;  // the key of the one that shall go on; "": of that name, or a certain one
  template <typename V>
  void fields(V&& visit) {
    visit.path("folder", folder), visit("name", name), visit("anew", anew),
        visit("history", history);
  }
};
struct RepositoryInfo {
  std::string name, id, worktree, state, data;  // data: the repository's folder
  bool created = false;                         // by this call
  bool resumed = false;                         // by this call: a history that was there goes on
  template <typename V>
  void fields(V&& visit) {
    visit("name", name), visit("id", id), visit.path("worktree", worktree), visit("state", state),
        visit.path("data", data);
    visit("created", created), visit("resumed", resumed);
  }
};
struct RepoListRequest {
  template <typename V>
  void fields(V&&) {}
};
struct RepoListResponse {
  std::vector<RepositoryInfo> repositories;
  template <typename V>
  void fields(V&& visit) {
    visit("repositories", repositories);
  }
};
struct RepoRemoveRequest {
  std::string repository;
  bool delete_history = false;  // false: the history stays on disk, only watching ends
  bool now = false;             // deleted when the answer comes, not after a week
  std::string confirm;          // to delete: the repository's name, as a person has confirmed it
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("delete_history", delete_history), visit("now", now),
        visit("confirm", confirm);
  }
};
// A history that is watched no more, or whose folder is elsewhere.
struct HistoryInfo {
  std::string name, id, worktree;
  std::string key;    // names it for certain
  std::string state;  // kept, deleted (when it expires), moved (watched, its folder lies elsewhere)
  bool certain = false;           // with a folder: it surely is this one's
  Time removed = 0, expires = 0;  // 0: not known; never
  Count commits = 0, bytes = 0;   // bytes: of the store
  Time head_time = 0;             // of the last save
  std::string problem;            // why these cannot be told
  template <typename V>
  void fields(V&& visit) {
    visit("name", name), visit("id", id), visit.path("worktree", worktree), visit("key", key),
        visit("state", state), visit("certain", certain);
    visit("removed", removed), visit("expires", expires), visit("commits", commits),
        visit("bytes", bytes), visit("head_time", head_time), visit("problem", problem);
  }
};
struct HistoriesRequest {
  std::string folder;  // those that may go on there; "": all that are watched no more
  template <typename V>
  void fields(V&& visit) {
    visit.path("folder", folder);
  }
};
struct HistoriesResponse {
  std::vector<HistoryInfo> histories;
  template <typename V>
  void fields(V&& visit) {
    visit("histories", histories);
  }
};
struct RepoMoveRequest {
  std::string repository;
  std::string folder;      // absolute
  bool confirmed = false;  // also where the folder does not look like it
  bool dry_run = false;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit.path("folder", folder), visit("confirmed", confirmed),
        visit("dry_run", dry_run);
  }
};
struct RepoRestoreRequest {
  std::string history;  // a name, a key, or the beginning of an id
  std::string folder;   // absolute; "": where it was
  std::string name;     // from now on; "": its own
  bool confirmed = false, dry_run = false;
  template <typename V>
  void fields(V&& visit) {
    visit("history", history), visit.path("folder", folder), visit("name", name),
        visit("confirmed", confirmed), visit("dry_run", dry_run);
  }
};
// How a history goes on in a folder, or would.
struct RepoMoveResponse {
  RepositoryInfo repository;  // state "": nothing was done
  std::string from;           // the folder that it had
  bool done = false;
  bool same_folder = false, empty = false;  // the very folder that was watched; nothing lies in it
  Count names = 0, names_there = 0;         // at the top of the last save; of these, in the folder
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit.path("from", from), visit("done", done),
        visit("same_folder", same_folder), visit("empty", empty);
    visit("names", names), visit("names_there", names_there);
  }
};
struct RepoRenameRequest {
  std::string repository, name;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("name", name);
  }
};

// --- commits ---
struct ChangeCounts {
  Count added = 0, modified = 0, deleted = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("added", added), visit("modified", modified), visit("deleted", deleted);
  }
};
struct ChangedPath {
  std::string path;
  std::string change;  // added, modified, deleted, type, metadata
  std::string type;    // file, directory, symlink: as it is, or was before it was deleted
  Count size = 0;      // after the change; 0 when deleted
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("change", change), visit("type", type), visit("size", size);
  }
};
struct CommitInfo {
  std::string id, parent;
  Time time = 0;
  std::string kind;  // auto, manual
  std::string message;
  ChangeCounts changed;
  std::string device;
  Count sequence = 0;
  Count unstable = 0;
  std::vector<ChangedPath> paths;  // the first of them, where a request asks for them
  template <typename V>
  void fields(V&& visit) {
    visit("id", id), visit("parent", parent), visit("time", time), visit("kind", kind),
        visit.path("message", message);
    visit("changed", changed), visit("device", device), visit("sequence", sequence),
        visit("unstable", unstable), visit("paths", paths);
  }
};
struct CommitRequest {
  std::string repository, message;
  bool full = false;  // look at every file, whatever the watcher said
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit.path("message", message), visit("full", full);
  }
};
struct CommitResponse {
  std::string id, parent;
  Time time = 0;
  std::string kind, message;
  ChangeCounts changed;
  bool created = false;               // false: nothing had changed, and id is the head
  std::vector<ProblemPath> problems;  // what could not be saved (the first 100)
  Count problem_count = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("id", id), visit("parent", parent), visit("time", time), visit("kind", kind),
        visit.path("message", message);
    visit("changed", changed), visit("created", created), visit("problems", problems),
        visit("problem_count", problem_count);
  }
};

// --- history. These stream: the items come in notifications, the response ends them. ---
struct LogRequest {
  std::string repository;
  std::string
      path;         // worktree-relative; "": all. Only commits in which its content or type differs
  Count limit = 0;  // 0: all
  bool with_paths = false;  // tell the first changed paths of each; with `path`, what became of it
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit.path("path", path), visit("limit", limit),
        visit("with_paths", with_paths);
  }
};
struct ResolveRequest {
  std::string repository;
  std::string commit;  // in any form; "": by time
  Time time = 0;       // the newest commit that is not younger
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("commit", commit), visit("time", time);
  }
};
struct ResolveResponse {
  CommitInfo commit;
  bool before_history = false;  // all commits are younger, and this is the first
  template <typename V>
  void fields(V&& visit) {
    visit("commit", commit), visit("before_history", before_history);
  }
};
struct EntryInfo {
  std::string path;
  std::string type;  // file, directory, symlink
  Count mode = 0, size = 0;
  Time mtime = 0;
  std::string id;      // content id; "" for folders
  std::string target;  // of a symlink
  bool unstable = false;
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("type", type), visit("mode", mode), visit("size", size),
        visit("mtime", mtime);
    visit("id", id), visit.path("target", target), visit("unstable", unstable);
  }
};
struct LsRequest {
  std::string repository, commit, path;
  bool recursive = false;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("commit", commit), visit.path("path", path),
        visit("recursive", recursive);
  }
};
struct ChangeInfo {
  std::string path;
  std::string change;  // added, modified, deleted, type, metadata
  std::string type_before, type_after;
  std::string id_before, id_after;
  Count size_before = 0, size_after = 0, mode_before = 0, mode_after = 0;
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("change", change), visit("type_before", type_before),
        visit("type_after", type_after);
    visit("id_before", id_before), visit("id_after", id_after), visit("size_before", size_before),
        visit("size_after", size_after);
    visit("mode_before", mode_before), visit("mode_after", mode_after);
  }
};
struct DiffRequest {
  std::string repository, a, b, path;  // b "": the head
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("a", a), visit("b", b), visit.path("path", path);
  }
};
struct DiffResponse {
  std::string a, b;  // full ids
  Count items = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("a", a), visit("b", b), visit("items", items);
  }
};
struct ShowRequest {
  std::string repository, commit;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("commit", commit);
  }
};
struct StreamEnd {
  Count items = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("items", items);
  }
};
struct ContentRequest {
  std::string repository, commit, path;
  Count offset = 0, length = 0;  // at most 512 KiB a request, or kMaxRawBytes
  bool raw = false;              // send the bytes raw
  std::string id = {};           // of a content, in place of commit and path
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("commit", commit), visit.path("path", path),
        visit("offset", offset), visit("length", length), visit("raw", raw), visit("id", id);
  }
};
struct ContentResponse {
  std::string data_b64;
  std::string raw;  // in place of data_b64, where asked for
  Count size = 0;   // of the whole content
  std::string type, id;
  std::string commit;  // full id: ask for later pieces of this one, since HEAD may move
  template <typename V>
  void fields(V&& visit) {
    visit("data_b64", data_b64), visit("size", size), visit("type", type), visit("id", id);
    visit("commit", commit);
  }
};
// Whole contents in a row, each in pieces.
struct ContentsRequest {
  std::string repository;
  std::vector<std::string> ids;
  Count offset = 0;  // the first byte of each
  Count limit = 0;   // of bytes of each; 0: all
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("ids", ids), visit("offset", offset),
        visit("limit", limit);
  }
};
struct ContentPiece {
  std::string raw;  // `length` bytes
  std::string id;
  Count offset = 0, length = 0, size = 0;  // size: of the whole content
  std::string error;                       // why there is no more of this content; "": all is well
  template <typename V>
  void fields(V&& visit) {
    visit("id", id), visit("offset", offset), visit("length", length), visit("size", size),
        visit("error", error);
  }
};

// --- restore ---
struct RestoreRequest {
  std::string repository, commit;
  std::vector<std::string> paths;  // worktree-relative, UTF-8 or "b64:…"
  std::string target;              // absolute folder; "": the worktree itself
  bool overwrite = false, dry_run = false;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("commit", commit), visit("paths", paths),
        visit.path("target", target);
    visit("overwrite", overwrite), visit("dry_run", dry_run);
  }
};
struct RestoreItem {
  std::string path, action, detail;  // create, replace, metadata, refused, failed, incomplete
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("action", action), visit("detail", detail);
  }
};
struct RestoreResponse {
  std::string commit, target;
  Count created = 0, replaced = 0, unchanged = 0, refused = 0, failed = 0, bytes = 0;
  Count metadata = 0;    // of the unchanged: mode, owner, time or attributes differ, or were set
  Count incomplete = 0;  // of the others: came back without some of those
  bool dry_run = false;
  std::string before;  // with overwrite: the commit that has what stood in the target; "": none has
  Time commit_time = 0;  // 0: not known
  std::string only;      // the path of what was created or replaced, if it is one; else ""
  bool owed = false;     // what was not written does not count as deleted: see `owed`
  template <typename V>
  void fields(V&& visit) {
    visit("commit", commit), visit.path("target", target), visit("created", created),
        visit("replaced", replaced);
    visit("unchanged", unchanged), visit("refused", refused), visit("failed", failed),
        visit("bytes", bytes), visit("dry_run", dry_run);
    visit("metadata", metadata), visit("incomplete", incomplete), visit("before", before);
    visit("commit_time", commit_time), visit.path("only", only);
    visit("owed", owed);
  }
};

// --- owed: what a clone or a restore has not written ---
struct OwedRequest {
  std::string repository;
  std::string action;  // "": only tell; write: into the folder; give_up: they count as deleted
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("action", action);
  }
};
struct OwedResponse {
  std::string repository;
  OwedStatus owed;           // as it is now
  RestoreResponse restored;  // of what was written
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("owed", owed), visit("restored", restored);
  }
};

// --- verify ---
struct VerifyRequest {
  std::string repository;
  bool read_data = false;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("read_data", read_data);
  }
};
struct VerifyResponse {
  Count objects = 0, packs = 0, bytes = 0;
  std::vector<std::string> errors;  // the first 1,000
  Count error_count = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("objects", objects), visit("packs", packs), visit("bytes", bytes),
        visit("errors", errors), visit("error_count", error_count);
  }
};

// An object that the history needs and that cannot be read, with one of the paths that need it.
struct HurtInfo {
  std::string object, kind, why;  // kind: blob, chunk_list, tree_node, commit
  std::string path;               // "" for a commit; of a tree node the first path below it
  std::string newest, oldest;     // of the damaged commits
  Count commits = 0;              // how many they are
  template <typename V>
  void fields(V&& visit) {
    visit("object", object), visit("kind", kind), visit("why", why), visit.path("path", path);
    visit("newest", newest), visit("oldest", oldest), visit("commits", commits);
  }
};

// --- repair ---
struct RepairRequest {
  std::string repository;
  std::string from;  // a remote's name; "": each in turn, while something is missing
  bool dry_run = false;
  bool give_up = false;  // of a lost newest commit that nobody has nothing is told any more
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("from", from), visit("dry_run", dry_run),
        visit("give_up", give_up);
  }
};
struct RepairResponse {
  bool dry_run = false;
  Count damaged = 0;               // objects of the history, at the beginning
  Count indexes = 0, packs = 0;    // made anew; replaced by what could be read of them
  Count fetched = 0;               // objects, from remotes
  Count from_files = 0;            // objects, from the files of the folder
  std::vector<std::string> aside;  // files
  std::string aside_folder;
  std::string rejoined;             // the commit whose line goes on again; "": none was lost
  std::vector<std::string> notes;   // for people: what could not be done or asked
  std::vector<std::string> errors;  // what is beyond help, the first 1,000
  Count error_count = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("dry_run", dry_run), visit("damaged", damaged), visit("indexes", indexes),
        visit("packs", packs), visit("fetched", fetched), visit("from_files", from_files);
    visit("aside", aside), visit.path("aside_folder", aside_folder), visit("rejoined", rejoined);
    visit("notes", notes), visit("errors", errors), visit("error_count", error_count);
  }
};

// --- brake ---
struct BrakeRequest {
  std::string repository;
  bool acknowledge = false;  // take it off
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("acknowledge", acknowledge);
  }
};
struct BrakeResponse {
  std::string repository;  // its name
  BrakeStatus brake;       // as it was when the request came
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("brake", brake);
  }
};

// --- mounts ---
struct MountsRequest {
  std::string repository;
  std::string forget;  // this one is awaited no more; "": only tell
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit.path("forget", forget);
  }
};
struct MountInfo {
  std::string path;
  std::string state;  // mounted, covering, away
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("state", state);
  }
};
struct MountsResponse {
  std::string repository;  // its name
  std::vector<MountInfo> mounts;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("mounts", mounts);
  }
};

// --- compact ---
struct CompactRequest {
  std::string repository;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository);
  }
};
struct CompactResponse {
  Count runs = 0;
  Count packs_before = 0, packs_after = 0, bytes_before = 0, bytes_after = 0;
  std::vector<std::string> errors;  // damaged packs, which were left as they are
  template <typename V>
  void fields(V&& visit) {
    visit("runs", runs), visit("packs_before", packs_before), visit("packs_after", packs_after),
        visit("bytes_before", bytes_before), visit("bytes_after", bytes_after),
        visit("errors", errors);
  }
};

// --- remotes ---
struct RemoteAddRequest {
  std::string repository, name, url;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("name", name), visit("url", url);
  }
};
struct RemoteRemoveRequest {
  std::string repository, name;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("name", name);
  }
};
struct RemoteSetRequest {
  std::string repository, name;
  bool push = true;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("name", name), visit("push", push);
  }
};
struct RemoteListRequest {
  std::string repository;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository);
  }
};
struct RemoteListResponse {
  std::vector<RemoteStatus> remotes;
  template <typename V>
  void fields(V&& visit) {
    visit("remotes", remotes);
  }
};
struct SyncResponse {
  std::vector<RemoteStatus> remotes;
  std::vector<ProblemPath> problems;  // who waits: what could not be saved (the first 100)
  Count problem_count = 0;
  template <typename V>
  void fields(V&& visit) {
    visit("remotes", remotes), visit("problems", problems), visit("problem_count", problem_count);
  }
};
struct SyncRequest {
  std::string repository, remote;  // remote "": all
  bool wait = false;               // until everything committed before the call is there
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("remote", remote), visit("wait", wait);
  }
};

// --- heads of a remote: where the history of each machine ends there ---
struct HeadInfo {
  std::string id;      // to choose it by: the device, and behind a slash the name of a kept one
  std::string device;  // 16 hexadecimal digits
  bool kept = false;   // moved aside when another history took its device's name
  std::string machine, repository, folder;  // as its machine told; "": it has not
  std::string commit;
  Time time = 0;      // of the commit
  Count commits = 0;  // in its history
  bool here = false;  // a repository of this agent copies to it
  template <typename V>
  void fields(V&& visit) {
    visit("id", id), visit("device", device), visit("kept", kept), visit("machine", machine),
        visit("repository", repository), visit.path("folder", folder);
    visit("commit", commit), visit("time", time), visit("commits", commits), visit("here", here);
  }
};
struct RemoteHeadsRequest {
  std::string repository, remote;  // a remote of this repository, or:
  std::string url;                 // where it is
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("remote", remote), visit("url", url);
  }
};
struct RemoteHeadsResponse {
  std::string url;  // without its secret
  std::vector<HeadInfo> heads;
  std::vector<std::string> damage;  // for people: what could not be read
  template <typename V>
  void fields(V&& visit) {
    visit("url", url), visit("heads", heads), visit("damage", damage);
  }
};
struct RemoveHeadRequest {
  std::string repository, remote, url;  // as in RemoteHeadsRequest
  std::string head;                     // its id, or a unique prefix
  bool confirmed = false;               // false: only say what would be removed
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("remote", remote), visit("url", url);
    visit("head", head), visit("confirmed", confirmed);
  }
};
struct RemoveHeadResponse {
  HeadInfo head;
  bool removed = false;
  template <typename V>
  void fields(V&& visit) {
    visit("head", head), visit("removed", removed);
  }
};

struct CloneRequest {
  std::string url, folder, name;
  std::string head;      // an id, a unique prefix, or what its machine is called; "": the newest
  bool no_push = false;  // nothing is copied back to the remote
  template <typename V>
  void fields(V&& visit) {
    visit("url", url), visit.path("folder", folder), visit("name", name), visit("head", head);
    visit("no_push", no_push);
  }
};
// A file that could not be had from a remote.
struct LostInfo {
  std::string path, why;
  std::string older;  // a commit that has the file as it was before; "": none is known
  template <typename V>
  void fields(V&& visit) {
    visit.path("path", path), visit("why", why), visit("older", older);
  }
};
// What a remote could not give.
struct SalvageReport {
  std::string incomplete;           // why the history is not whole; "": it is
  std::string missed_head;          // the newest commit, which cannot be had; zeros: not even its
                                    // name; "": it was taken
  Count lost = 0;                   // files and folders of the commit that was taken
  std::vector<LostInfo> files;      // the first of them
  std::vector<std::string> damage;  // at the remote, whether or not it cost anything; the first
                                    // 1,000
  template <typename V>
  void fields(V&& visit) {
    visit("incomplete", incomplete), visit("missed_head", missed_head), visit("lost", lost),
        visit("files", files), visit("damage", damage);
  }
};
// --- restore from a remote ---
struct RestoreFromRequest {
  std::string repository;          // "": `from` is a URL; else the name of a remote of it
  std::string from, commit;        // commit: as ever; HEAD is the newest that can be had
  std::vector<std::string> paths;  // from the top of the history, UTF-8 or "b64:…"
  std::string target;              // absolute folder
  bool overwrite = false, dry_run = false;
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("from", from), visit("commit", commit),
        visit("paths", paths), visit.path("target", target);
    visit("overwrite", overwrite), visit("dry_run", dry_run);
  }
};
struct RestoreFromResponse {
  RestoreResponse restored;
  SalvageReport salvage;
  template <typename V>
  void fields(V&& visit) {
    visit("restored", restored), visit("salvage", salvage);
  }
};
struct CloneResponse {
  RepositoryInfo repository;
  std::string head;
  RestoreResponse restored;
  SalvageReport salvage;
  HeadInfo taken;               // the head that was cloned
  std::vector<HeadInfo> heads;  // all that the remote has
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository), visit("head", head), visit("restored", restored),
        visit("salvage", salvage), visit("taken", taken), visit("heads", heads);
  }
};

// --- events: a stream that ends with the connection ---
struct EventsRequest {
  std::string repository;  // "": all
  template <typename V>
  void fields(V&& visit) {
    visit("repository", repository);
  }
};
struct EventInfo {
  Time time = 0;
  std::string repository;
  std::string event;  // commit, state, remote, problem, audit, brake, agent
  std::string text;   // for people
  std::string id;     // of a commit
  template <typename V>
  void fields(V&& visit) {
    visit("time", time), visit("repository", repository), visit("event", event),
        visit("text", text), visit("id", id);
  }
};

// --- the agent itself ---
struct DoctorRequest {
  template <typename V>
  void fields(V&&) {}
};
struct DoctorCheck {
  std::string name;
  std::string result;  // ok, warning, error
  std::string detail, advice;
  template <typename V>
  void fields(V&& visit) {
    visit("name", name), visit("result", result), visit("detail", detail), visit("advice", advice);
  }
};
struct DoctorResponse {
  std::vector<DoctorCheck> checks;
  template <typename V>
  void fields(V&& visit) {
    visit("checks", checks);
  }
};
struct StopRequest {
  template <typename V>
  void fields(V&&) {}
};
struct ReloadRequest {
  template <typename V>
  void fields(V&&) {}
};
struct Empty {
  template <typename V>
  void fields(V&&) {}
};

}  // namespace vcs::ipc
