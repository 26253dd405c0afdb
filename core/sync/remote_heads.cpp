// SPDX-License-Identifier: Apache-2.0
// Joins refs with the descriptions of their devices.
#include "core/sync/remote_heads.hpp"

#include <algorithm>
#include <map>

#include "core/sync/remote_catalog.hpp"

namespace vcs::sync {

namespace {

using remote::RemoteStore;
using remote::layout::RemoteDevice;

constexpr std::size_t kShortestPrefix = 4;  // digits
constexpr std::size_t kToldHeads = 8;       // in a message

// A device's description is only for people, so an unreadable one counts as missing.
std::map<std::string, RemoteDevice> read_devices(RemoteStore& remote,
                                                 const std::vector<DeviceRef>& refs) {
  std::vector<std::string> ids, names;
  for (const DeviceRef& ref : refs)
    if (ids.empty() || ids.back() != ref.device) {
      ids.push_back(ref.device);
      names.push_back(remote::layout::device_name(ref.device));
    }
  std::map<std::string, RemoteDevice> devices;
  const auto contents = remote.get_many(names);
  for (std::size_t i = 0; contents && i < ids.size(); ++i) {
    if (!(*contents)[i]) continue;
    if (auto device = remote::layout::decode_remote_device(*(*contents)[i]); device)
      devices.emplace(ids[i], std::move(*device));
  }
  return devices;
}

bool comes_before(const RemoteHead& a, const RemoteHead& b) {
  if (a.is_kept() != b.is_kept()) return b.is_kept();
  if (a.end.time != b.end.time) return a.end.time > b.end.time;
  return a.id() < b.id();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool id_begins_with(const RemoteHead& head, const std::string& wanted) {
  if (head.is_kept() && wanted.starts_with(remote::layout::kKeptRefPrefix))
    return head.ref.starts_with(wanted);
  if (wanted.size() < kShortestPrefix) return false;
  // The beginning of a device's id means its head, not its kept heads.
  if (head.is_kept() && wanted.size() <= head.device.size()) return false;
  return head.id().starts_with(wanted);
}

bool is_called(const RemoteHead& head, std::string_view wanted) {
  if (head.is_kept()) return false;
  return wanted == head.about.machine || wanted == head.about.folder ||
         wanted == head.about.repository;
}

// Escapes the text of another machine for a sentence: no line break or other control character.
std::string harmless(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

std::string list_of(const std::vector<const RemoteHead*>& heads) {
  std::string text;
  for (std::size_t i = 0; i < std::min(kToldHeads, heads.size()); ++i)
    text += (i == 0 ? "" : "; ") + describe(*heads[i]);
  if (heads.size() > kToldHeads) text += fmt::format("; and {} more", heads.size() - kToldHeads);
  return text;
}

}  // namespace

Result<std::vector<RemoteHead>> list_remote_heads(RemoteStore& remote,
                                                  std::vector<std::string>& damage) {
  VCS_ASSIGN(const std::vector<DeviceRef> refs, read_remote_refs(remote, damage));
  const auto devices = read_devices(remote, refs);
  std::vector<RemoteHead> heads;
  for (const DeviceRef& ref : refs) {
    if (ref.name != remote::layout::kHeadRef && !remote::layout::is_kept_ref(ref.name)) continue;
    const auto device = devices.find(ref.device);
    heads.push_back(
        {ref.device, ref.name, ref.ref, device == devices.end() ? RemoteDevice{} : device->second});
  }
  std::sort(heads.begin(), heads.end(), comes_before);
  return heads;
}

Result<RemoteHead> choose_remote_head(const std::vector<RemoteHead>& heads,
                                      std::string_view wanted) {
  if (wanted.empty()) {
    if (!heads.empty() && !heads.front().is_kept()) return heads.front();
    return fail(ErrorCode::not_found,
                "nothing complete has been copied there yet; a first copy may still be running");
  }
  const std::string id = lower(wanted);
  std::vector<const RemoteHead*> fitting, all;
  for (const RemoteHead& head : heads) {
    if (head.id() == id) return head;
    all.push_back(&head);
    if (id_begins_with(head, id) || is_called(head, wanted)) fitting.push_back(&head);
  }
  if (fitting.size() == 1) return *fitting.front();
  if (fitting.size() > 1)
    return fail(ErrorCode::invalid, "'{}' fits {} heads of this remote: {}; name one by its id",
                wanted, fitting.size(), list_of(fitting));
  if (all.empty())
    return fail(ErrorCode::not_found, "this remote has no head '{}', nor any", wanted);
  return fail(ErrorCode::not_found,
              "this remote has no head '{}' (an id may be cut to {} digits); it has: {}", wanted,
              kShortestPrefix, list_of(all));
}

std::string describe(const RemoteHead& head) {
  std::string text = head.id();
  if (!head.about.machine.empty()) text += " of " + harmless(head.about.machine);
  if (!head.about.folder.empty()) text += fmt::format(" ({})", harmless(head.about.folder));
  return text;
}

}  // namespace vcs::sync
