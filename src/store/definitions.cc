// Definitions as rows of one guarded table.
#include "store/definitions.h"

#include "store/row_checksum.h"

#include <fmt/format.h>

namespace sluice::store {
namespace {

constexpr std::string_view table = "definitions";

std::uint64_t checksum_of(std::string_view kind, std::string_view key, std::string_view body) {
  return RowChecksum(table).add(kind).add(key).add(body).value();
}

std::string row_name(std::string_view kind, std::string_view key) {
  return fmt::format("{} {}", kind, key);
}

std::unexpected<Error> no_such(std::string_view kind, std::string_view key) {
  return fail(Fault::missing, fmt::format("there is no {} {}", kind, key));
}

// The checksum of the row now there, or std::nullopt.
Result<std::optional<std::uint64_t>> stored_checksum(Transaction& transaction,
                                                     std::string_view kind,
                                                     std::string_view key) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT checksum FROM definitions WHERE kind = ? AND key = ?"));
  select.bind_text(1, kind);
  select.bind_text(2, key);
  SLUICE_TRY(has_row, select.next());
  return has_row ? std::optional(select.bits(0)) : std::nullopt;
}

}  // namespace

Result<std::vector<Definition>> Definitions::load_all(Transaction& transaction,
                                                      std::string_view kind) {
  SLUICE_TRY(select,
             transaction.prepare(
                 "SELECT key, body, checksum FROM definitions WHERE kind = ? ORDER BY key"));
  select.bind_text(1, kind);
  std::vector<Definition> all;
  Tally counted;
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      break;
    }
    Definition definition{std::string(select.text(0)), std::string(select.text(1))};
    const std::uint64_t checksum = checksum_of(kind, definition.key, definition.body);
    if (checksum != select.bits(2)) {
      return corrupt_row(table, row_name(kind, definition.key));
    }
    counted.add(checksum);
    all.push_back(std::move(definition));
  }
  SLUICE_TRY_DO(check_tally(transaction, table, kind, counted));
  return all;
}

Result<std::string> Definitions::find(Transaction& transaction,
                                      std::string_view kind,
                                      std::string_view key) {
  SLUICE_TRY(
      select,
      transaction.prepare("SELECT body, checksum FROM definitions WHERE kind = ? AND key = ?"));
  select.bind_text(1, kind);
  select.bind_text(2, key);
  SLUICE_TRY(has_row, select.next());
  if (!has_row) {
    return no_such(kind, key);
  }
  std::string body(select.text(0));
  if (checksum_of(kind, key, body) != select.bits(1)) {
    return corrupt_row(table, row_name(kind, key));
  }
  return body;
}

Result<void> Definitions::create(Transaction& transaction,
                                 std::string_view kind,
                                 std::string_view key,
                                 std::string_view body) {
  SLUICE_TRY(before, stored_checksum(transaction, kind, key));
  if (before) {
    return fail(Fault::conflict, fmt::format("there is a {} {} already", kind, key));
  }
  return save(transaction, kind, key, body);
}

Result<void> Definitions::save(Transaction& transaction,
                               std::string_view kind,
                               std::string_view key,
                               std::string_view body) {
  SLUICE_TRY(before, stored_checksum(transaction, kind, key));
  SLUICE_TRY(tally, load_tally(transaction, table, kind));
  if (before) {
    tally.remove(*before);
  }
  const std::uint64_t checksum = checksum_of(kind, key, body);
  tally.add(checksum);
  SLUICE_TRY(replace,
             transaction.prepare("INSERT OR REPLACE INTO definitions(kind, key, body, checksum) "
                                 "VALUES(?, ?, ?, ?)"));
  replace.bind_text(1, kind);
  replace.bind_text(2, key);
  replace.bind_text(3, body);
  replace.bind_bits(4, checksum);
  SLUICE_TRY_DO(replace.run());
  return save_tally(transaction, table, kind, tally);
}

Result<void> Definitions::remove(Transaction& transaction,
                                 std::string_view kind,
                                 std::string_view key) {
  SLUICE_TRY(before, stored_checksum(transaction, kind, key));
  if (!before) {
    return no_such(kind, key);
  }
  SLUICE_TRY(tally, load_tally(transaction, table, kind));
  tally.remove(*before);
  SLUICE_TRY(erase, transaction.prepare("DELETE FROM definitions WHERE kind = ? AND key = ?"));
  erase.bind_text(1, kind);
  erase.bind_text(2, key);
  SLUICE_TRY_DO(erase.run());
  return save_tally(transaction, table, kind, tally);
}

Result<std::vector<Definition>> Definitions::load_all(std::string_view kind) {
  std::vector<Definition> all;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(loaded, load_all(transaction, kind));
    all = std::move(loaded);
    return {};
  }));
  return all;
}

Result<std::string> Definitions::find(std::string_view kind, std::string_view key) {
  std::string body;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(found, find(transaction, kind, key));
    body = std::move(found);
    return {};
  }));
  return body;
}

Result<void> Definitions::create(std::string_view kind,
                                 std::string_view key,
                                 std::string_view body) {
  return database_.write(
      [&](Transaction& transaction) { return create(transaction, kind, key, body); });
}

Result<void> Definitions::save(std::string_view kind, std::string_view key, std::string_view body) {
  return database_.write(
      [&](Transaction& transaction) { return save(transaction, kind, key, body); });
}

Result<void> Definitions::remove(std::string_view kind, std::string_view key) {
  return database_.write([&](Transaction& transaction) { return remove(transaction, kind, key); });
}

}  // namespace sluice::store
