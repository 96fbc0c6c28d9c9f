// What the two SerDes can be told: the members of OpenXJsonSerDe and HiveJsonSerDe in a delivery
// stream's configuration.  Plain data.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace sluice::serde {

struct OpenXOptions {
  bool case_insensitive = true;      // CaseInsensitive: keys are lower-cased at every depth
  bool dots_to_underscores = false;  // ConvertDotsInJsonKeysToUnderscores
  std::map<std::string, std::string> column_to_key = {};  // ColumnToJsonKeyMappings

  friend bool operator==(const OpenXOptions&, const OpenXOptions&) = default;
};

struct HiveOptions {
  std::vector<std::string> timestamp_formats = {};  // TimestampFormats: Joda patterns, or "millis"

  friend bool operator==(const HiveOptions&, const HiveOptions&) = default;
};

using SerdeOptions = std::variant<OpenXOptions, HiveOptions>;

}  // namespace sluice::serde
