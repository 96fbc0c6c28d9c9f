// Any text as Prefix and ErrorOutputPrefix: refused, or evaluated within its bounds.

#include "base/check.h"
#include "base/random.h"
#include "base/utf8.h"
#include "delivery/prefix.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::delivery;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t split = text.find('\n');
  const std::string prefix(text.substr(0, split));
  const std::optional<std::string> error_prefix =
      split == std::string_view::npos ? std::nullopt
                                      : std::optional(std::string(text.substr(split + 1)));
  const Result<KeyPrefixes> prefixes =
      KeyPrefixes::parse(prefix, with_console_default(prefix, error_prefix));
  if (!prefixes) {
    SLUICE_CHECK(prefixes.error().fault() == Fault::invalid);
    return 0;
  }
  const TimeZone zone = TimeZone::find("Asia/Calcutta").value();
  SeededRandom random(size);
  PartitionValues values;
  for (const std::string& name : prefixes->query_keys()) {
    values.emplace_back(name, name);
  }
  for (const std::string& name : prefixes->lambda_keys()) {
    values.emplace_back(lambda_key_expression(name), name);
  }
  for (const ObjectKind kind : {ObjectKind::data, ObjectKind::format_conversion_failed}) {
    const auto key =
        prefixes->evaluate(kind, values, zone.at(unix_millis(1'752'422'119'000)), zone, random);
    if (key) {
      SLUICE_CHECK(is_utf8(*key));
      SLUICE_CHECK(count_code_points(*key) <= evaluated_prefix_characters_max);
    } else {
      SLUICE_CHECK(key.error().fault() == Fault::too_large);
    }
  }
  return 0;
}
