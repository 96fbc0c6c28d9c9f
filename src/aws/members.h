// Reads the members of an AWS JSON request, with the checks and the words of the services.
//
// Two layers, as the services have them: a member of the wrong JSON type is a
// SerializationException at once; broken constraints of the model (required, length, range,
// pattern, enumeration) are collected, at most ten, into one ValidationException.  Read every
// member first, then ask refusal(); values read before that may be missing where a check has
// failed.
//
//   Members members(body);
//   const auto name = members.string("StreamName", {.is_required = true, .length_min = 1});
//   if (auto refused = members.refusal()) return std::unexpected(*refused);
#pragma once

#include "aws/error.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "json/view.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::aws {

// A pattern of the model: its text for messages, and what it means.
struct Pattern {
  std::string_view text;
  bool (*matches)(std::string_view value);
};

inline constexpr std::size_t no_length_max = std::numeric_limits<std::size_t>::max();

struct StringRule {
  bool is_required = false;
  std::size_t length_min = 0;  // in characters
  std::size_t length_max = no_length_max;
  const Pattern* pattern = nullptr;
  std::span<const std::string_view> values = {};  // an enumeration
};

struct IntegerRule {
  bool is_required = false;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct ListRule {
  bool is_required = false;
  std::size_t length_min = 0;
  std::size_t length_max = no_length_max;
};

// Whether a violation repeats the value: Kinesis does ("Value 'x' at 'name' failed"), Firehose does
// not ("Value at 'name' failed").  What is repeated is cut after shown_chars_max, and blobs in
// lists are told by their length.
enum class Shown : std::uint8_t { values, paths };

inline constexpr std::size_t shown_chars_max = 1024;

// Not thread-safe.  The request's document must outlive it and the views it gives.
class Members {
 public:
  explicit Members(json::View object, Shown shown = Shown::values);

  std::optional<std::string_view> string(std::string_view name, const StringRule& rule = {});
  std::optional<std::int64_t> integer(std::string_view name, const IntegerRule& rule = {});
  std::optional<bool> boolean(std::string_view name);

  // Seconds since the epoch, fractions allowed.
  std::optional<UnixMillis> timestamp(std::string_view name);

  // Appends the decoded bytes to `out`; their number, or std::nullopt when absent or refused.
  std::optional<std::size_t> blob(std::string_view name, const ListRule& bytes, Bytes& out);

  // The elements; absent when missing or refused.
  json::View list(std::string_view name, const ListRule& rule = {});

  // A list of texts, each under `rule`.
  std::vector<std::string_view> strings(std::string_view name,
                                        const ListRule& rule,
                                        const StringRule& each = {});

  // A member that is an object, or an element of a list, judged together with this one.  `exists()`
  // tells whether it was there.
  Members object(std::string_view name, bool is_required = false);
  Members element(std::string_view list_name, std::size_t index, json::View element);

  bool exists() const { return object_.exists(); }

  // The names and text values of a map member.
  std::vector<std::pair<std::string, std::string>> string_map(std::string_view name,
                                                              const ListRule& rule = {});

  // Adds a violation found by the caller: "Value '…' at '…' failed to satisfy constraint: …".
  void violation(std::string_view name, std::string_view value, std::string constraint);

  // What is wrong so far, of this object and all read through it.
  std::optional<ApiError> refusal() const;

 private:
  struct Findings {
    Shown shown = Shown::values;
    std::optional<ApiError> serialization;
    std::vector<std::string> violations;
  };

  Members(json::View object, std::string path, std::shared_ptr<Findings> findings);

  // The member, absent for null; records a violation when it is required and missing.
  json::View find(std::string_view name, bool is_required);
  void add_violation(std::string_view name, std::string_view shown, std::string_view constraint);
  void wrong_type(json::View value, std::string_view wanted);
  void check_text(std::string_view name, std::string_view text, const StringRule& rule);
  std::string path_of(std::string_view name) const;
  void check_length(std::string_view name,
                    std::string_view shown,
                    std::size_t length,
                    std::size_t min,
                    std::size_t max);

  json::View object_;
  std::string path_;
  std::shared_ptr<Findings> findings_;
};

}  // namespace sluice::aws
