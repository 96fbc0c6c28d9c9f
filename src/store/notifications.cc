// Rows about what is to be told.
#include "store/notifications.h"

#include "base/check.h"
#include "store/row_checksum.h"

#include <algorithm>

namespace sluice::store {
namespace {

std::uint64_t checksum_of(std::string_view receiver, const Notification& one) {
  return RowChecksum("notifications")
      .add(receiver)
      .add(one.event)
      .add(static_cast<std::uint64_t>(to_count(one.time)))
      .add(one.bucket)
      .add(one.key)
      .add(one.bytes)
      .add(one.etag)
      .value();
}

}  // namespace

Result<void> Notifications::add(Transaction& transaction,
                                const Notice& notice,
                                const Notification& about) {
  Notification one = about;
  one.event = notice.event;
  one.time = notice.time;
  SLUICE_TRY(insert,
             transaction.prepare("INSERT INTO notifications(receiver, event, time_ms, bucket, key, "
                                 "bytes, etag, checksum) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
  for (const std::string& receiver : notice.receivers) {
    insert.bind_text(1, receiver);
    insert.bind_text(2, one.event);
    insert.bind(3, to_count(one.time));
    insert.bind_text(4, one.bucket);
    insert.bind_blob(5, one.key);
    insert.bind_bits(6, one.bytes);
    insert.bind_text(7, one.etag);
    insert.bind_bits(8, checksum_of(receiver, one));
    SLUICE_TRY_DO(insert.run());
  }
  return {};
}

Result<Notifications::Page> Notifications::oldest(std::string_view receiver, std::size_t limit) {
  Page page;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare("SELECT id, event, time_ms, bucket, key, bytes, etag, checksum "
                                   "FROM notifications WHERE receiver = ? ORDER BY id LIMIT ?"));
    select.bind_text(1, receiver);
    select.bind_bits(2, limit);
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return {};
      }
      Notification one;
      one.id = select.integer(0);
      one.event = select.text(1);
      one.time = unix_millis(select.integer(2));
      one.bucket = select.text(3);
      one.key = select.blob(4);
      one.bytes = select.bits(5);
      one.etag = select.text(6);
      page.last_id = one.id;
      if (checksum_of(receiver, one) == select.bits(7)) {
        page.notifications.push_back(std::move(one));
      } else {
        ++page.damaged;
      }
    }
  }));
  return page;
}

Result<void> Notifications::remove_through(std::string_view receiver, std::int64_t id) {
  return database_.write(
      [&](Transaction& transaction) -> Result<void> {
        SLUICE_TRY(erase,
                   transaction.prepare("DELETE FROM notifications WHERE receiver = ? AND id <= ?"));
        erase.bind_text(1, receiver);
        erase.bind(2, id);
        return erase.run();
      },
      Durability::lazy);
}

Result<std::size_t> Notifications::remove_before(std::string_view receiver, UnixMillis time) {
  std::size_t removed = 0;
  SLUICE_TRY_DO(database_.write(
      [&](Transaction& transaction) -> Result<void> {
        SLUICE_TRY(
            erase,
            transaction.prepare("DELETE FROM notifications WHERE receiver = ? AND time_ms < ?"));
        erase.bind_text(1, receiver);
        erase.bind(2, to_count(time));
        SLUICE_TRY_DO(erase.run());
        removed = static_cast<std::size_t>(transaction.changed_rows());
        return {};
      },
      Durability::lazy));
  return removed;
}

Result<std::size_t> Notifications::remove_others(const std::vector<std::string>& receivers) {
  std::vector<std::string> others;
  std::size_t removed = 0;
  SLUICE_TRY_DO(database_.write(
      [&](Transaction& transaction) -> Result<void> {
        {
          SLUICE_TRY(select, transaction.prepare("SELECT DISTINCT receiver FROM notifications"));
          while (true) {
            SLUICE_TRY(has_row, select.next());
            if (!has_row) {
              break;
            }
            std::string receiver(select.text(0));
            if (std::ranges::find(receivers, receiver) == receivers.end()) {
              others.push_back(std::move(receiver));
            }
          }
        }
        SLUICE_TRY(erase, transaction.prepare("DELETE FROM notifications WHERE receiver = ?"));
        for (const std::string& receiver : others) {
          erase.bind_text(1, receiver);
          SLUICE_TRY_DO(erase.run());
          removed += static_cast<std::size_t>(transaction.changed_rows());
        }
        return {};
      },
      Durability::lazy));
  return removed;
}

Result<std::uint64_t> Notifications::count(std::string_view receiver) {
  std::uint64_t count = 0;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               transaction.prepare("SELECT count(*) FROM notifications WHERE receiver = ?"));
    select.bind_text(1, receiver);
    SLUICE_TRY(has_row, select.next());
    SLUICE_CHECK(has_row);
    count = select.bits(0);
    return {};
  }));
  return count;
}

}  // namespace sluice::store
