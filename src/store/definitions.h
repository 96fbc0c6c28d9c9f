// What users have defined (streams, delivery streams, databases, tables, buckets) as texts by kind
// and key.  What a text means is its owner's business; here it is only kept whole.
#pragma once

#include "base/result.h"
#include "store/database.h"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::store {

// The kinds in use.  A kind is part of the stored form.
inline constexpr std::string_view kind_stream = "stream";
inline constexpr std::string_view kind_stream_position = "stream_position";
inline constexpr std::string_view kind_delivery_stream = "delivery_stream";
inline constexpr std::string_view kind_database = "database";
inline constexpr std::string_view kind_table = "table";
inline constexpr std::string_view kind_table_version = "table_version";
inline constexpr std::string_view kind_bucket = "bucket";
inline constexpr std::string_view kind_lifecycle = "lifecycle";  // of a bucket, by its name
inline constexpr std::string_view kind_crawler = "crawler";
inline constexpr std::string_view kind_athena_execution = "athena_execution";
inline constexpr std::string_view kind_athena_work_group = "athena_work_group";
inline constexpr std::string_view kind_athena_named_query = "athena_named_query";
inline constexpr std::string_view kind_athena_prepared = "athena_prepared_statement";

// The partitions of each table are a kind of their own, so that they can be read, counted and
// checked without those of others: this, the separator, the database, the separator, the table.
inline constexpr std::string_view kind_partitions = "partitions";

struct Definition {
  std::string key;
  std::string body;
};

// Keys from `first` on and before `end` (empty: to the last of the kind), by their bytes.
struct KeyRange {
  std::string first;
  std::string end;
};

// The keys that begin with `prefix`.
KeyRange keys_with_prefix(std::string_view prefix);

// Thread-safe.  Each call is one durable transaction of its own; those that take a Transaction take
// part in that one, so that several changes happen together or not at all.
class Definitions {
 public:
  // Borrows the database.
  explicit Definitions(Database& database) : database_(database) {}

  // All of a kind, by the bytes of their keys.  Fault::corrupt when any of them is damaged or lost.
  Result<std::vector<Definition>> load_all(std::string_view kind);

  // The first `limit` of a range.  Each row is checked by itself; that none is lost shows only when
  // all of a kind are loaded.
  Result<std::vector<Definition>> load_range(std::string_view kind,
                                             const KeyRange& range,
                                             std::size_t limit);

  // Fault::missing when there is none.
  Result<std::string> find(std::string_view kind, std::string_view key);

  // Fault::conflict when there is one of that key.
  Result<void> create(std::string_view kind, std::string_view key, std::string_view body);

  // Creates or replaces.
  Result<void> save(std::string_view kind, std::string_view key, std::string_view body);

  // Fault::missing when there is none.
  Result<void> remove(std::string_view kind, std::string_view key);

  static Result<std::vector<Definition>> load_all(Transaction& transaction, std::string_view kind);
  static Result<std::string> find(Transaction& transaction,
                                  std::string_view kind,
                                  std::string_view key);
  static Result<void> create(Transaction& transaction,
                             std::string_view kind,
                             std::string_view key,
                             std::string_view body);
  static Result<void> save(Transaction& transaction,
                           std::string_view kind,
                           std::string_view key,
                           std::string_view body);
  static Result<void> remove(Transaction& transaction, std::string_view kind, std::string_view key);

  // Creates or replaces many; cheaper than one by one.
  static Result<void> save_all(Transaction& transaction,
                               std::string_view kind,
                               const std::vector<Definition>& definitions);

  // Removes whatever lies in the range; nothing is as good.
  static Result<void> remove_range(Transaction& transaction,
                                   std::string_view kind,
                                   const KeyRange& range);

  Database& database() { return database_; }

 private:
  Database& database_;
};

}  // namespace sluice::store
