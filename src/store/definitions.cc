// Definitions as rows of one guarded table.
#include "store/definitions.h"

#include "store/object_index.h"
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

// The row that `select` (key, body, checksum) stands on.
Result<Definition> read_row(const Statement& select, std::string_view kind) {
  Definition definition{std::string(select.text(0)), std::string(select.text(1))};
  if (checksum_of(kind, definition.key, definition.body) != select.bits(2)) {
    return corrupt_row(table, row_name(kind, definition.key));
  }
  return definition;
}

// Writes the row and keeps `tally` in step; the caller saves that.
Result<void> write_row(Transaction& transaction,
                       Tally& tally,
                       std::string_view kind,
                       std::string_view key,
                       std::string_view body) {
  SLUICE_TRY(before, stored_checksum(transaction, kind, key));
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
  return replace.run();
}

// `with_end` or `without_end` with the range bound from parameter 1 on: kind, first, end.
Result<Statement> prepare_range(Transaction& transaction,
                                std::string_view kind,
                                const KeyRange& range,
                                std::string_view with_end,
                                std::string_view without_end) {
  SLUICE_TRY(statement, transaction.prepare(range.end.empty() ? without_end : with_end));
  statement.bind_text(1, kind);
  statement.bind_text(2, range.first);
  if (!range.end.empty()) {
    statement.bind_text(3, range.end);
  }
  return statement;
}

// What the rows of a range add up to.
Result<Tally> tally_of_range(Transaction& transaction,
                             std::string_view kind,
                             const KeyRange& range) {
  SLUICE_TRY(
      select,
      prepare_range(transaction,
                    kind,
                    range,
                    "SELECT checksum FROM definitions WHERE kind = ?1 AND key >= ?2 AND key < ?3",
                    "SELECT checksum FROM definitions WHERE kind = ?1 AND key >= ?2"));
  Tally tally;
  while (true) {
    SLUICE_TRY(has_row, select.next());
    if (!has_row) {
      return tally;
    }
    tally.add(select.bits(0));
  }
}

}  // namespace

KeyRange keys_with_prefix(std::string_view prefix) {
  return {std::string(prefix), prefix_end(prefix).value_or(std::string())};
}

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
    SLUICE_TRY(definition, read_row(select, kind));
    counted.add(select.bits(2));
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
  SLUICE_TRY(tally, load_tally(transaction, table, kind));
  SLUICE_TRY_DO(write_row(transaction, tally, kind, key, body));
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

Result<void> Definitions::save_all(Transaction& transaction,
                                   std::string_view kind,
                                   const std::vector<Definition>& definitions) {
  SLUICE_TRY(tally, load_tally(transaction, table, kind));
  for (const Definition& definition : definitions) {
    SLUICE_TRY_DO(write_row(transaction, tally, kind, definition.key, definition.body));
  }
  return save_tally(transaction, table, kind, tally);
}

Result<void> Definitions::remove_range(Transaction& transaction,
                                       std::string_view kind,
                                       const KeyRange& range) {
  SLUICE_TRY(gone, tally_of_range(transaction, kind, range));
  if (gone.rows == 0) {
    return {};
  }
  SLUICE_TRY(tally, load_tally(transaction, table, kind));
  tally.rows -= gone.rows;
  tally.digest -= gone.digest;
  {
    SLUICE_TRY(erase,
               prepare_range(transaction,
                             kind,
                             range,
                             "DELETE FROM definitions WHERE kind = ?1 AND key >= ?2 AND key < ?3",
                             "DELETE FROM definitions WHERE kind = ?1 AND key >= ?2"));
    SLUICE_TRY_DO(erase.run());
  }
  return save_tally(transaction, table, kind, tally);
}

Result<std::vector<Definition>> Definitions::load_range(std::string_view kind,
                                                        const KeyRange& range,
                                                        std::size_t limit) {
  std::vector<Definition> loaded;
  SLUICE_TRY_DO(database_.read([&](Transaction& transaction) -> Result<void> {
    SLUICE_TRY(select,
               prepare_range(transaction,
                             kind,
                             range,
                             "SELECT key, body, checksum FROM definitions WHERE kind = ?1 AND "
                             "key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4",
                             "SELECT key, body, checksum FROM definitions WHERE kind = ?1 AND "
                             "key >= ?2 ORDER BY key LIMIT ?3"));
    select.bind_bits(range.end.empty() ? 3 : 4, limit);
    while (true) {
      SLUICE_TRY(has_row, select.next());
      if (!has_row) {
        return {};
      }
      SLUICE_TRY(definition, read_row(select, kind));
      loaded.push_back(std::move(definition));
    }
  }));
  return loaded;
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
