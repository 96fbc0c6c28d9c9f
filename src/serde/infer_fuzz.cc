// A schema from any lines: one that reads back from its own text, is the same from the lines in
// another order, and takes every object of the sample, save for what a later look at the values
// cannot know.
#include "base/check.h"
#include "serde/infer.h"
#include "serde/record_reader.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::ByteView;
using sluice::columnar::Schema;

std::set<std::string> columns_of(const Schema& schema) {
  std::set<std::string> out;
  for (const auto& column : schema.columns) {
    // Members of structs stand in the order of their appearance, so only flat types can be
    // compared.
    const bool is_flat = !column.type.is_nested();
    out.insert(column.name + " " +
               (is_flat ? sluice::columnar::to_string(column.type) : std::string("nested")));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::vector<ByteView> records;
  for (std::size_t at = 0; at < input.size();) {
    const std::size_t end = std::min(input.find('\n', at), input.size());
    records.push_back(input.substr(at, end - at));
    at = end + 1;
  }
  const auto schema = sluice::serde::infer_schema(records);
  std::vector<ByteView> reversed(records.rbegin(), records.rend());
  const auto again = sluice::serde::infer_schema(reversed);
  SLUICE_CHECK(schema.has_value() == again.has_value());
  if (!schema) {
    SLUICE_CHECK(!schema.error().message().empty());
    return 0;
  }
  SLUICE_CHECK(columns_of(*schema) == columns_of(*again));
  for (const auto& column : schema->columns) {
    const std::string text = sluice::columnar::to_string(column.type);
    const auto parsed = sluice::columnar::parse_type(text);
    SLUICE_CHECK(parsed.has_value());
    SLUICE_CHECK(*parsed == column.type);
  }
  auto reader = sluice::serde::make_reader(*schema, sluice::serde::OpenXOptions{});
  SLUICE_CHECK(reader.has_value());
  sluice::columnar::RowBatch batch(*schema);
  for (const ByteView record : records) {
    const auto rows = (*reader)->read(record, batch);
    const bool is_about_a_value = !rows && !rows.error().column.empty();
    SLUICE_CHECK(!is_about_a_value);
  }
  return 0;
}
