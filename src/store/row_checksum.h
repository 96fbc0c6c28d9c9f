// Checksums of rows, and running tallies of tables: SQLite itself does not notice a flipped bit.
//
// Each guarded row carries 64 bits of the SHA-256 of its columns; the table `tallies` keeps, per
// guarded table and scope (a delivery stream, a kind of definition), how many rows there are and
// the sum of their checksums modulo 2^64.  So a changed row, a lost row and an old row come back
// are all seen.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "store/database.h"

#include <cstdint>
#include <string_view>

namespace sluice::store {

// Builds the checksum of one row.  Feed the columns in the order of the table's definition.
class RowChecksum {
 public:
  explicit RowChecksum(std::string_view table);

  RowChecksum& add(std::uint64_t value);
  RowChecksum& add(std::string_view value);  // text or blob, with its length

  std::uint64_t value() const;

 private:
  Bytes encoded_;
};

// What the rows of one scope of a table must add up to.
struct Tally {
  std::uint64_t rows = 0;
  std::uint64_t digest = 0;

  void add(std::uint64_t row_checksum) {
    ++rows;
    digest += row_checksum;
  }

  void remove(std::uint64_t row_checksum) {
    --rows;
    digest -= row_checksum;
  }

  friend bool operator==(const Tally&, const Tally&) = default;
};

// The stored tally; zero when there is none yet.
Result<Tally> load_tally(Transaction& transaction, std::string_view table, std::string_view scope);

Result<void> save_tally(Transaction& transaction,
                        std::string_view table,
                        std::string_view scope,
                        Tally tally);

// Fault::corrupt, naming table and scope, unless the stored tally equals `counted`.
Result<void> check_tally(Transaction& transaction,
                         std::string_view table,
                         std::string_view scope,
                         Tally counted);

// Fault::corrupt with a message that names table and row.
std::unexpected<Error> corrupt_row(std::string_view table, std::string_view row);

}  // namespace sluice::store
