// What a delivery stream would make of given records: its own runner delivers them, with the same
// core, processors, writers and keys as in the server, in a world of memory where nobody else is.
//
// All records arrive at once.  What an interval or a drain would close is closed when they are
// read; sessions end by themselves, after the silence that ends them.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "columnar/type.h"
#include "delivery/definition.h"
#include "delivery/ledger.h"
#include "delivery/make_router.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

// The columns of tables, by "database.table" in lower case.
using Tables = std::map<std::string, columnar::Schema>;

// A record that was refused: a line of the error output.
struct RefusedRecord {
  std::string code;
  std::string message;
  Bytes data;
};

// An object as it would be put.
struct RehearsedObject {
  delivery::ObjectKind kind = delivery::ObjectKind::data;
  std::string key;  // "*" stands for the UUID, which is another one each time
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::vector<std::string> rows;       // of Parquet: JSON objects, as parquet_rows()
  std::optional<Bytes> text;           // of raw records, where it is not compressed or by gzip
  std::vector<RefusedRecord> refused;  // of the error output
};

struct Rehearsal {
  std::optional<columnar::Schema> schema;  // with conversion
  std::vector<RehearsedObject> objects;    // by key
};

// Delivers `records`, all of which arrive at `arrival`.  `leg` is one of delivery::legs_of() a
// valid definition.  Fault::missing for a table that is not there; whatever would hold the delivery
// stream back in the server fails here.
Result<Rehearsal> rehearse(const delivery::DeliveryStream& leg,
                           const Tables& tables,
                           const delivery::ProcessorMakers& processors,
                           const std::vector<Bytes>& records,
                           UnixMillis arrival);

// A key with "*" for its UUID: "…-21-25-19-*.parquet".
std::string without_uuid(std::string key);

}  // namespace sluice::cli
