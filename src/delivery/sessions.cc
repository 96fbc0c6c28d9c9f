#include "delivery/sessions.h"

#include "base/check.h"
#include "base/digest.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::delivery {

std::string session_id(std::string_view key, UnixMillis first) {
  constexpr std::size_t digits = 16;
  return to_hex(sha256(fmt::format("{}\n{}", to_count(first), key))).substr(0, digits);
}

// Whether the session may reach to `time`.
bool Sessions::takes(const Session& session, UnixMillis time) const {
  const auto behind = session.has_ended ? std::chrono::milliseconds(0) : rule_.gap;
  const auto span = std::max(session.last, time) - std::min(session.first, time);
  return time >= session.first - rule_.gap && time <= session.last + behind &&
         (!rule_.max || span < *rule_.max);
}

// Where a record lies within one session and near another, the first counts.
Session* Sessions::find_place(OfKey& known, UnixMillis time) const {
  Session* near = nullptr;
  for (Session& session : known.sessions) {
    if (time >= session.first && time <= session.last) {
      return &session;
    }
    if (takes(session, time) && (near == nullptr || session.last > near->last)) {
      near = &session;
    }
  }
  return near;
}

bool Sessions::is_late(const OfKey& known, const Record& record, bool has_place) const {
  if (!rule_.refuses_late || known.latest == UnixMillis::min()) {
    return false;
  }
  return rule_.lateness ? record.time < known.latest - *rule_.lateness
                        : !has_place && record.time < known.latest - rule_.gap;
}

Sessions::Place Sessions::place(const Record& record) {
  auto at = keys_.find(record.key);
  if (at == keys_.end()) {
    at = keys_.emplace(record.key, OfKey()).first;
  }
  OfKey& known = at->second;
  Session* session = find_place(known, record.time);
  Place place;
  if (is_late(known, record, session != nullptr)) {
    place.is_late = true;
    return place;
  }
  known.latest = std::max(known.latest, std::min(record.time, record.arrival));
  if (session == nullptr) {
    const auto latest =
        std::ranges::max_element(known.sessions, {}, [](const Session& one) { return one.last; });
    if (latest != known.sessions.end() && record.time > latest->last) {
      place.ends_before = latest->has_ended ? std::nullopt : std::optional(latest->partition);
    }
    known.sessions.push_back({next_, record.time, record.time, false});
    keys_by_id_.emplace(next_, &*at);
    ++next_;
    session = &known.sessions.back();
    place.is_new = true;
  }
  session->first = std::min(session->first, record.time);
  session->last = std::max(session->last, record.time);
  place.partition = session->partition;
  place.ends = record.is_end;
  session->has_ended |= record.is_end;
  return place;
}

void Sessions::withdraw(PartitionId partition) {
  const auto of_id = keys_by_id_.find(partition);
  SLUICE_CHECK(of_id != keys_by_id_.end());
  auto& [key, known] = *of_id->second;
  std::erase_if(known.sessions,
                [&](const Session& session) { return session.partition == partition; });
  keys_by_id_.erase(of_id);
  if (known.sessions.empty()) {
    keys_.erase(keys_.find(key));
  }
}

Sessions::Known Sessions::find(PartitionId partition) const {
  const auto of_id = keys_by_id_.find(partition);
  if (of_id == keys_by_id_.end()) {
    return {};
  }
  const auto& [key, known] = *of_id->second;
  return {&key, *std::ranges::find(known.sessions, partition, &Session::partition)};
}

void Sessions::restore(std::string_view key, const Session& session) {
  SLUICE_CHECK(!keys_by_id_.contains(session.partition));
  auto at = keys_.find(key);
  if (at == keys_.end()) {
    at = keys_.emplace(key, OfKey()).first;
  }
  at->second.sessions.push_back(session);
  keys_by_id_.emplace(session.partition, &*at);
  next_ = std::max(next_, session.partition + 1);
}

void Sessions::keep_only(const std::set<PartitionId>& in_use) {
  std::erase_if(keys_by_id_, [&](const auto& entry) { return !in_use.contains(entry.first); });
  for (auto at = keys_.begin(); at != keys_.end();) {
    std::erase_if(at->second.sessions,
                  [&](const Session& session) { return !in_use.contains(session.partition); });
    at = at->second.sessions.empty() ? keys_.erase(at) : std::next(at);
  }
}

void Sessions::clear() {
  keys_by_id_.clear();
  keys_.clear();
}

}  // namespace sluice::delivery
