// Scalars into columns.
#include "serde/scalars.h"

#include "base/base64.h"
#include "base/check.h"
#include "serde/coerce.h"
#include "serde/hive_coerce.h"

#include <utility>

namespace sluice::serde {

namespace {

using columnar::Column;
using columnar::Kind;
using columnar::Storage;
using columnar::Type;

void append_decimal(Column& out, const json::Scaled& value, std::uint8_t repetition) {
  const UInt128 bits = value.is_negative ? -value.magnitude : value.magnitude;
  switch (out.storage()) {
    case Storage::int32:
      out.append_int32(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits)), repetition);
      return;
    case Storage::int64:
      out.append_int64(static_cast<std::int64_t>(static_cast<std::uint64_t>(bits)), repetition);
      return;
    default:
      SLUICE_CHECK(out.storage() == Storage::fixed_bytes);
  }
  char bytes[sizeof(bits)];
  for (std::size_t index = 0; index < sizeof(bits); ++index) {
    bytes[index] = static_cast<char>(bits >> (8 * (sizeof(bits) - 1 - index)));
  }
  out.append_bytes({bytes, sizeof(bits)}, repetition);
}

// Appends a coerced value, or hands on why there is none.
template <class T, class Append>
std::expected<void, Refusal> pass_on(const Coerced<T>& coerced, Append append) {
  if (!coerced) [[unlikely]] {
    return std::unexpected(Refusal{does_not_match(coerced.error())});
  }
  append(*coerced);
  return {};
}

}  // namespace

struct Scalars::OpenXRules {
  Scalars& self;
  json::View value;

  Coerced<bool> boolean() const { return to_boolean(value); }

  Coerced<std::int64_t> integer(Kind kind) const { return to_integer(value, kind); }

  Coerced<float> float32() const { return to_float(value); }

  Coerced<double> float64() const { return to_double(value); }

  Coerced<json::Scaled> decimal(const Type& type) const {
    return to_decimal(value, type.precision, type.scale);
  }

  Coerced<std::int64_t> timestamp() const { return to_timestamp(value); }

  Coerced<ByteView> binary() const { return to_binary(value, self.text_); }

  std::expected<ByteView, Refusal> text() const {
    return to_text(value, self.json_text_, self.text_);
  }
};

struct Scalars::HiveRules {
  Scalars& self;
  json::View value;

  Coerced<bool> boolean() const { return to_boolean(value); }

  Coerced<std::int64_t> integer(Kind kind) const { return hive_to_integer(value, kind); }

  Coerced<float> float32() const { return hive_to_float(value); }

  Coerced<double> float64() const { return hive_to_double(value); }

  Coerced<json::Scaled> decimal(const Type& type) const {
    return hive_to_decimal(value, type.precision, type.scale);
  }

  Coerced<std::int64_t> timestamp() const { return hive_to_timestamp(value, self.timestamps_); }

  Coerced<ByteView> binary() const { return std::unexpected(std::string(hive_has_no_binary)); }

  std::expected<ByteView, Refusal> text() const {
    if (value.kind() == json::Kind::object || value.kind() == json::Kind::array) {
      return std::unexpected(Refusal{std::string(hive_nested_into_text)});
    }
    return value.text();
  }
};

template <class Rules>
std::expected<void, Refusal> Scalars::append_by(Rules rules,
                                                const Type& type,
                                                Column& out,
                                                std::uint8_t repetition) {
  switch (type.kind) {
    case Kind::boolean:
      return pass_on(rules.boolean(), [&](bool given) { out.append_bool(given, repetition); });
    case Kind::tinyint:
    case Kind::smallint:
    case Kind::integer:
      return pass_on(rules.integer(type.kind), [&](std::int64_t given) {
        out.append_int32(static_cast<std::int32_t>(given), repetition);
      });
    case Kind::bigint:
      return pass_on(rules.integer(type.kind),
                     [&](std::int64_t given) { out.append_int64(given, repetition); });
    case Kind::float32:
      return pass_on(rules.float32(), [&](float given) { out.append_float(given, repetition); });
    case Kind::float64:
      return pass_on(rules.float64(), [&](double given) { out.append_double(given, repetition); });
    case Kind::decimal:
      return pass_on(rules.decimal(type),
                     [&](const json::Scaled& given) { append_decimal(out, given, repetition); });
    case Kind::date:
      return pass_on(to_date(rules.value),
                     [&](std::int32_t given) { out.append_int32(given, repetition); });
    case Kind::timestamp:
      return pass_on(rules.timestamp(),
                     [&](std::int64_t given) { out.append_int64(given, repetition); });
    case Kind::binary:
      return pass_on(rules.binary(), [&](ByteView given) { out.append_bytes(given, repetition); });
    case Kind::string:
    case Kind::varchar:
    case Kind::fixed_char:
      break;
    case Kind::array:
    case Kind::map:
    case Kind::structure:
      SLUICE_CHECK(false && "a nested type is not a scalar");
  }
  auto text = rules.text();
  if (!text) [[unlikely]] {
    return std::unexpected(std::move(text).error());
  }
  out.append_bytes(type.kind == Kind::string    ? *text
                   : type.kind == Kind::varchar ? cut_to_varchar(*text, type.precision)
                                                : cut_to_char(*text, type.precision),
                   repetition);
  return {};
}

std::expected<void, Refusal> Scalars::append(const Type& type,
                                             json::View value,
                                             Column& out,
                                             std::uint8_t repetition) {
  return dialect_ == Dialect::openx ? append_by(OpenXRules{*this, value}, type, out, repetition)
                                    : append_by(HiveRules{*this, value}, type, out, repetition);
}

std::expected<void, Refusal> Scalars::append_key(const Type& type,
                                                 std::string_view key,
                                                 Column& out,
                                                 std::uint8_t repetition) {
  const json::Node node{.data = key.data(),
                        .size = static_cast<std::uint32_t>(key.size()),
                        .span = 1,
                        .detail = 0,
                        .kind = json::Kind::string,
                        .is_integer = false};
  const json::View value(&node);
  return type.kind == Kind::timestamp ? append(type, value, out, repetition)
                                      : append_by(OpenXRules{*this, value}, type, out, repetition);
}

}  // namespace sluice::serde
