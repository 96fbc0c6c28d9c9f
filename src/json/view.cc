// Lookups and conversions of parsed JSON.
#include "json/view.h"

#include "json/number.h"

namespace sluice::json {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "boolean";
    case Kind::number:
      return "number";
    case Kind::string:
      return "string";
    case Kind::array:
      return "array";
    case Kind::object:
      return "object";
  }
  SLUICE_CHECK(false);
  return {};
}

std::size_t View::size() const {
  return is(Kind::array) || is(Kind::object) ? node_->detail : 0;
}

std::optional<bool> View::as_bool() const {
  if (!is(Kind::boolean)) {
    return std::nullopt;
  }
  return text() == "true";
}

std::optional<std::int64_t> View::as_int64() const {
  if (!is(Kind::number)) {
    return std::nullopt;
  }
  const auto value = to_int64(text());
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<double> View::as_double() const {
  if (!is(Kind::number)) {
    return std::nullopt;
  }
  return to_double(text());
}

std::optional<std::string_view> View::as_string() const {
  if (!is(Kind::string)) {
    return std::nullopt;
  }
  return text();
}

View View::find(std::string_view key) const {
  View found;
  for (const Member member : members()) {
    if (member.key == key) {
      found = member.value;
    }
  }
  return found;
}

}  // namespace sluice::json
