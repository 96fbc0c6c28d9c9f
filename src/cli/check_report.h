// What `sluice check` prints, as text and as JSON.
#pragma once

#include "cli/check_expectation.h"
#include "cli/rehearsal.h"
#include "cli/terminal.h"
#include "delivery/definition.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

// A delivery stream, or its backup, and what it would do.
struct CheckedStream {
  delivery::DeliveryStream definition;
  std::string place;                     // "heart-rate.toml:12"
  std::vector<std::string> keys;         // without a sample: how keys would look
  Rehearsal rehearsal;                   // with one
  std::optional<std::string> held_back;  // why it could not deliver at all
};

struct CheckReportOptions {
  std::size_t rows_max = 10;  // of an object; of what is refused too
  bool has_sample = false;
};

std::string to_text(const std::vector<CheckedStream>& streams,
                    const CheckReportOptions& options,
                    const Paint& paint);

// An array of objects; everything is there.
std::string to_json(const std::vector<CheckedStream>& streams);

// A test and what was not as expected.
struct CheckedExpectation {
  std::string name;
  std::string delivery_stream;
  std::vector<std::string> differences;
};

std::string to_text(const std::vector<CheckedExpectation>& tests, const Paint& paint);
std::string to_json(const std::vector<CheckedExpectation>& tests);

}  // namespace sluice::cli
