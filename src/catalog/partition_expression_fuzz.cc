// Any text is an expression or refused with a position; what is an expression can be asked.
#include "base/check.h"
#include "catalog/partition_expression.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sluice::catalog::Column;
  static const std::array<Column, 5> keys = {Column{"year", "string", ""},
                                             {"month", "int", ""},
                                             {"day", "date", ""},
                                             {"at", "timestamp", ""},
                                             {"amount", "decimal(10,2)", ""}};
  static const std::array<std::string, 5> values = {
      "2025", "07", "2025-07-13", "2025-07-13 21:25:19", "12.50"};
  static const std::array<std::string, 5> nulls = {
      "__HIVE_DEFAULT_PARTITION__", "x", "", "2025", "-"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expression = sluice::catalog::PartitionExpression::parse(text, keys);
  if (expression) {
    expression->matches(values);
    expression->matches(nulls);
  } else {
    SLUICE_CHECK(expression.error().fault() == sluice::Fault::invalid);
  }
  return 0;
}
