// What has to be told to others about new objects: rows that are made together with the object's
// own row, and removed once they were told.
//
// So an object and its notifications appear together, whatever happens in between: what a crash
// leaves staged is promoted at the next start, with its notifications.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

// What is to be told, and to whom; nothing if nobody is to be told.
struct Notice {
  std::string event;  // "ObjectCreated:Put"
  UnixMillis time{};
  std::vector<std::string> receivers{};  // names without control characters

  friend bool operator==(const Notice&, const Notice&) = default;
};

struct Notification {
  std::int64_t id = 0;  // later ones have larger ones, for ever
  std::string event;
  UnixMillis time{};
  std::string bucket;
  std::string key;  // any bytes
  std::uint64_t bytes = 0;
  std::string etag;  // without quotes
};

// Thread-safe.  Borrows the database.
class Notifications {
 public:
  explicit Notifications(Database& database) : database_(database) {}

  // One for each receiver, as part of a larger change.  `about`: all but id, event and time.
  static Result<void> add(Transaction& transaction,
                          const Notice& notice,
                          const Notification& about);

  struct Page {
    std::vector<Notification> notifications;  // the oldest first
    std::int64_t last_id = 0;                 // of all that were looked at; 0: there are none
    std::size_t damaged = 0;                  // that were looked at and cannot be told
  };

  Result<Page> oldest(std::string_view receiver, std::size_t limit);

  // Those of a receiver up to this id.  Not synced: a power cut may bring them back.
  Result<void> remove_through(std::string_view receiver, std::int64_t id);

  // Those of a receiver that are older; how many that were.
  Result<std::size_t> remove_before(std::string_view receiver, UnixMillis time);

  // Those of everybody else; how many that were.
  Result<std::size_t> remove_others(const std::vector<std::string>& receivers);

  Result<std::uint64_t> count(std::string_view receiver);

 private:
  Database& database_;
};

}  // namespace sluice::store
