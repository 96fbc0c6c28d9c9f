// Any record into a table of every type that can be converted: taken whole or not at all.
#include "base/check.h"
#include "base/utf8.h"
#include "serde/openx.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using sluice::columnar::RowBatch;
using sluice::columnar::Schema;
using sluice::columnar::Storage;
using sluice::serde::OpenXOptions;
using sluice::serde::OpenXReader;

Schema make_schema() {
  auto schema = sluice::columnar::parse_columns(
      "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h string, i char(3), "
      "j varchar(3), k date, l timestamp, m decimal(9,2), n decimal(18,9), o decimal(38,10), p_q "
      "string");
  SLUICE_CHECK(schema.has_value());
  return std::move(schema).value();
}

// A row that must be taken before and after whatever the fuzzer sends.
constexpr std::string_view good = R"({"a":true,"d":1,"H":"x"}{"e":2})";

void read(OpenXReader& reader, RowBatch& batch, std::string_view record) {
  batch.clear();
  SLUICE_CHECK(reader.read(good, batch).value_or(0) == 2);
  const auto rows = reader.read(record, batch);
  if (rows) {
    SLUICE_CHECK(*rows > 0);
    SLUICE_CHECK(batch.rows() == 2 + *rows);
  } else {
    SLUICE_CHECK(batch.rows() == 2);
    SLUICE_CHECK(rows.error().code.starts_with("DataFormatConversion."));
    SLUICE_CHECK(!rows.error().message.empty());
    SLUICE_CHECK(sluice::is_utf8(rows.error().message));
  }
  SLUICE_CHECK(reader.read(good, batch).value_or(0) == 2);
  for (std::size_t leaf = 0; leaf < batch.leaves().size(); ++leaf) {
    const auto& column = batch.column(leaf);
    SLUICE_CHECK(column.entries() == batch.rows());
    for (std::size_t value = 0; column.storage() == Storage::bytes && value < column.values();
         ++value) {
      SLUICE_CHECK(sluice::is_utf8(column.bytes(value)));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Schema schema = make_schema();
  static RowBatch batch(schema);
  static OpenXReader aws = std::move(OpenXReader::create(schema, {})).value();
  static OpenXReader other =
      std::move(OpenXReader::create(schema,
                                    OpenXOptions{.case_insensitive = true,
                                                 .dots_to_underscores = true,
                                                 .column_to_key = {{"l", "Time"}}}))
          .value();
  const std::string record(reinterpret_cast<const char*>(data), size);
  read(aws, batch, record);
  read(other, batch, record);
  return 0;
}
