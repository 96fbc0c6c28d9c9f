// JSON records to rows by the rules of the Hive JSON SerDe (HCatalog's), as Amazon Data Firehose
// runs it: strict JSON (RFC 8259) below, Hive's coercions above.
//
// It is the strict one of the two: no numbers from strings, no text from objects, no arrays from
// single values.  Names match in any case at every depth, "_col3" is the fourth field too, keys of
// maps keep their case.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "columnar/column.h"
#include "columnar/type.h"
#include "serde/joda_pattern.h"
#include "serde/record_reader.h"
#include "serde/shredder.h"

#include <cstdint>
#include <expected>
#include <span>
#include <utility>
#include <vector>

namespace sluice::serde {

// Not thread-safe; holds scratch memory that is reused from record to record.
class HiveReader final : public RecordReader {
 public:
  // Fault::unsupported names the column that the SerDe cannot convert (binary, a name with a dot),
  // Fault::invalid the timestamp format that is none.
  static Result<HiveReader> create(const columnar::Schema& schema, const HiveOptions& options);

  std::expected<std::uint32_t, Rejection> read(ByteView record, columnar::RowBatch& out) override;

  // Nothing is guessed under these rules: always none.
  ShapedRun read_alike(std::span<const ByteView> records, columnar::RowBatch& out) override;
  ShapedRun read_alike_lines(ByteView text, std::size_t rows_max, columnar::RowBatch& out) override;

 private:
  explicit HiveReader(Shredder shredder) : shredder_(std::move(shredder)) {}

  Shredder shredder_;
};

// The patterns that HiveOptions::timestamp_formats spell; Fault::invalid for one that is none.
Result<std::vector<JodaPattern>> timestamp_patterns(const HiveOptions& options);

}  // namespace sluice::serde
