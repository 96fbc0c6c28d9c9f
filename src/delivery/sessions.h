// Which session a record belongs to, told by its key and its event time alone.
//
// A session reaches from its first event time to its last.  A record of its key belongs to it if it
// lies between them, or at most the gap before the first or behind the last, as long as the session
// does not get longer than it may.  The record that comes behind all sessions of its key ends the
// latest of them and begins the next.  One that lies before them and in none begins a session of
// its own in the past, which ends nothing.  What a record has ended as its last takes in nothing
// behind that.
//
//   gap 60    record     0  30  85  200  40  150
//             session    A   A   A    B   A    B    (B begins at 150 now)
#pragma once

#include "base/clock.h"
#include "delivery/ledger.h"
#include "delivery/open_buffers.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::delivery {

struct SessionRule {
  std::chrono::milliseconds gap{0};  // positive
  std::optional<std::chrono::milliseconds> max{};

  // Whether late records are refused: what lies further behind the latest event time of its key
  // than `lateness`, or, without that, in no session and further behind than the gap.
  bool refuses_late = false;
  std::optional<std::chrono::milliseconds> lateness{};
};

struct Session {
  PartitionId partition;
  UnixMillis first;
  UnixMillis last;
  bool has_ended = false;
};

// A session's id: 16 hexadecimal digits that key and start decide.
std::string session_id(std::string_view key, UnixMillis first);

// Those that are known; a session is a partition.  Not thread-safe.
class Sessions {
 public:
  explicit Sessions(SessionRule rule) : rule_(rule) {}

  struct Record {
    std::string_view key;
    UnixMillis time;
    UnixMillis arrival;  // no record is ahead of it, as far as being late is concerned
    bool is_end = false;
  };

  struct Place {
    PartitionId partition;
    std::optional<PartitionId> ends_before{};  // another session, which the record ends
    bool ends = false;                         // its own, behind it
    bool is_late = false;                      // it has none and is refused
    bool is_new = false;
  };

  Place place(const Record& record);

  // Takes back the beginning of a session that place() has just said is_new of.
  void withdraw(PartitionId partition);

  struct Known {
    const std::string* key = nullptr;
    Session session;
  };

  // nullptr key: not known.
  Known find(PartitionId partition) const;

  // Of another life, or parked under this id.
  void restore(std::string_view key, const Session& session);

  PartitionId next_id() const { return next_; }

  std::size_t size() const { return keys_by_id_.size(); }

  // Forgets the others.
  void keep_only(const std::set<PartitionId>& in_use);

  // Forgets all; ids go on.
  void clear();

 private:
  struct TextHash {
    using is_transparent = void;

    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  struct OfKey {
    std::vector<Session> sessions;
    UnixMillis latest = UnixMillis::min();  // event time, none ahead of its arrival
  };

  using Keys = std::unordered_map<std::string, OfKey, TextHash, std::equal_to<>>;

  Session* find_place(OfKey& known, UnixMillis time) const;
  bool takes(const Session& session, UnixMillis time) const;
  bool is_late(const OfKey& known, const Record& record, bool has_place) const;

  const SessionRule rule_;
  Keys keys_;
  std::map<PartitionId, Keys::value_type*> keys_by_id_;
  PartitionId next_{1};
};

}  // namespace sluice::delivery
