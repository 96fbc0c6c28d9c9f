// Scalars into columns: which coercion (coerce.h, hive_coerce.h) a value of a type goes through,
// under the rules of one SerDe.
#pragma once

#include "columnar/column.h"
#include "columnar/type.h"
#include "json/view.h"
#include "serde/joda_pattern.h"
#include "serde/json_text.h"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::serde {

enum class Dialect : std::uint8_t { openx, hive };

// Why a value was refused, as Firehose's error output says it.
struct Refusal {
  std::string message;
};

// Not thread-safe: holds scratch memory.
class Scalars {
 public:
  // `timestamps` are tried in order by the Hive dialect; `lower_keys` is for the text of objects.
  Scalars(Dialect dialect, bool lower_keys, std::vector<JodaPattern> timestamps)
      : dialect_(dialect), json_text_(lower_keys), timestamps_(std::move(timestamps)) {}

  // Appends `value`, which is neither absent nor null, to the column of a type that is not nested.
  std::expected<void, Refusal> append(const columnar::Type& type,
                                      json::View value,
                                      columnar::Column& out,
                                      std::uint8_t repetition);

  // The same for the key of a map's entry.  Every JSON key is a string, so both dialects read
  // numbers from strings here.
  std::expected<void, Refusal> append_key(const columnar::Type& type,
                                          std::string_view key,
                                          columnar::Column& out,
                                          std::uint8_t repetition);

 private:
  struct OpenXRules;
  struct HiveRules;
  template <class Rules>
  std::expected<void, Refusal> append_by(Rules rules,
                                         const columnar::Type& type,
                                         columnar::Column& out,
                                         std::uint8_t repetition);

  Dialect dialect_;
  JsonText json_text_;
  std::vector<JodaPattern> timestamps_;
  std::string text_;  // the JSON of a nested value, or the bytes of a binary one
};

}  // namespace sluice::serde
