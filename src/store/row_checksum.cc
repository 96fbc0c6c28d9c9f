// Checksums of rows and tallies of tables.
#include "store/row_checksum.h"

#include "base/digest.h"

#include <fmt/format.h>

#include <cstring>

namespace sluice::store {

RowChecksum::RowChecksum(std::string_view table) {
  add(table);
}

RowChecksum& RowChecksum::add(std::uint64_t value) {
  put_le(encoded_, value);
  return *this;
}

RowChecksum& RowChecksum::add(std::string_view value) {
  // The length in front keeps ("ab", "c") and ("a", "bc") apart.
  put_le(encoded_, static_cast<std::uint64_t>(value.size()));
  encoded_.append(value);
  return *this;
}

std::uint64_t RowChecksum::value() const {
  const Sha256Digest digest = sha256(encoded_);
  std::uint64_t first = 0;
  static_assert(sizeof(first) <= sizeof(digest));
  std::memcpy(&first, digest.data(), sizeof(first));
  return first;
}

Result<Tally> load_tally(Transaction& transaction, std::string_view table, std::string_view scope) {
  SLUICE_TRY(select,
             transaction.prepare("SELECT rows, digest FROM tallies WHERE name = ? AND scope = ?"));
  select.bind_text(1, table);
  select.bind_text(2, scope);
  SLUICE_TRY(has_row, select.next());
  return has_row ? Tally{select.bits(0), select.bits(1)} : Tally{};
}

Result<void> save_tally(Transaction& transaction,
                        std::string_view table,
                        std::string_view scope,
                        Tally tally) {
  SLUICE_TRY(replace,
             transaction.prepare("INSERT OR REPLACE INTO tallies(name, scope, rows, digest) "
                                 "VALUES(?, ?, ?, ?)"));
  replace.bind_text(1, table);
  replace.bind_text(2, scope);
  replace.bind_bits(3, tally.rows);
  replace.bind_bits(4, tally.digest);
  return replace.run();
}

Result<void> check_tally(Transaction& transaction,
                         std::string_view table,
                         std::string_view scope,
                         Tally counted) {
  SLUICE_TRY(stored, load_tally(transaction, table, scope));
  if (stored == counted) {
    return {};
  }
  return fail(
      Fault::corrupt,
      fmt::format("table {}, {}: {} rows with digest {:016x} are there, {} rows with digest "
                  "{:016x} were written: rows were lost or changed outside of this program",
                  table,
                  scope,
                  counted.rows,
                  counted.digest,
                  stored.rows,
                  stored.digest));
}

std::unexpected<Error> corrupt_row(std::string_view table, std::string_view row) {
  const bool is_of_ledger = table == "marks" || table == "plans";
  return fail(Fault::corrupt,
              fmt::format("table {}, row {}: its checksum does not match what is stored: {}",
                          table,
                          row,
                          is_of_ledger ? "stop the server and let `sluice recover` make it again"
                                       : "restore the database from a backup"));
}

}  // namespace sluice::store
