// Tests of a configuration: records for a delivery stream, and what must become of them.
//
// A file of them is JSON:
//
//   {"tests": [{
//     "name": "a beat becomes a row",
//     "delivery_stream": "hr_firehose",
//     "arrival": "2025-07-13T15:55:19Z",
//     "records": [{"timestamp": "2025-07-13T15:55:19", "heart_rate": 89}, "no JSON"],
//     "keys": ["heart_rate_data/2025/07/13/*.parquet", "errors/format-conversion-failed/*"],
//     "rows": [{"timestamp": "2025-07-13T15:55:19", "heart_rate": 89}],
//     "errors": [{"code": "DataFormatConversion.ParseError", "message": "*malformed*"}]
//   }]}
//
// `records`: text stands for its bytes, an object for its text in the file.  What a test does not
// name (keys, rows, texts of raw objects, errors) is not compared.  Keys are those of data objects,
// then of the error output, each sorted; rows and errors come in the order of their objects.  In
// keys, texts, codes and messages "*" stands for anything.  In rows a member that is left out must
// be null.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "cli/rehearsal.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

struct ExpectedError {
  std::string code = "*";
  std::string message = "*";
};

struct Expectation {
  std::string name;
  std::string delivery_stream;  // or "<name>/backup"
  UnixMillis arrival;
  std::vector<Bytes> records;
  std::optional<std::vector<std::string>> keys;
  std::optional<std::vector<std::string>> rows;  // JSON objects
  std::optional<std::vector<std::string>> texts;
  std::optional<std::vector<ExpectedError>> errors;
};

// `name` stands for the file in messages.  Fault::invalid says where it is wrong, and how.
Result<std::vector<Expectation>> parse_expectations(Bytes text, std::string_view name);

// Each a sentence; none where everything is as expected.
std::vector<std::string> differences(const Expectation& expected, const Rehearsal& found);

// "2025-07-13T15:55:19Z", also with a fraction.  Fault::invalid shows how to write it.
Result<UnixMillis> parse_arrival(std::string_view text);

// Whether `text` is like `pattern`, in which "*" stands for any text.
bool is_like(std::string_view text, std::string_view pattern);

}  // namespace sluice::cli
