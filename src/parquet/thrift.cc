// The compact protocol.
#include "parquet/thrift.h"

#include "base/check.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace sluice::parquet {

namespace {

// Metadata nests about eight deep; more is damage.
constexpr int nesting_max = 32;

// Lists up to this length have it in the header byte.
constexpr std::size_t short_list_max = 14;
constexpr std::uint8_t long_list_mark = 0xf0;
constexpr int short_delta_max = 15;

// In a collection a boolean is a byte, while as a field it is part of the header.
ThriftType element_type(int nibble) {
  const auto type = static_cast<ThriftType>(nibble);
  const bool is_boolean = type == ThriftType::boolean_true || type == ThriftType::boolean_false;
  return is_boolean ? ThriftType::i8 : type;
}

}  // namespace

void ThriftWriter::header(std::int16_t id, ThriftType type) {
  SLUICE_CHECK(!previous_ids_.empty());
  const int delta = id - previous_ids_.back();
  SLUICE_CHECK(delta > 0);
  if (delta <= short_delta_max) {
    out_.push_back(static_cast<char>((delta << 4) | static_cast<int>(type)));
  } else {
    out_.push_back(static_cast<char>(type));
    put_varint(out_, zigzag(id));
  }
  previous_ids_.back() = id;
}

void ThriftWriter::begin_struct(std::int16_t id) {
  header(id, ThriftType::structure);
  previous_ids_.push_back(0);
}

void ThriftWriter::end_struct() {
  SLUICE_CHECK(!previous_ids_.empty());
  out_.push_back('\0');
  previous_ids_.pop_back();
}

void ThriftWriter::empty_struct(std::int16_t id) {
  begin_struct(id);
  end_struct();
}

void ThriftWriter::boolean(std::int16_t id, bool value) {
  header(id, value ? ThriftType::boolean_true : ThriftType::boolean_false);
}

void ThriftWriter::i8(std::int16_t id, std::int8_t value) {
  header(id, ThriftType::i8);
  out_.push_back(static_cast<char>(value));
}

void ThriftWriter::i16(std::int16_t id, std::int16_t value) {
  header(id, ThriftType::i16);
  put_varint(out_, zigzag(value));
}

void ThriftWriter::i32(std::int16_t id, std::int32_t value) {
  header(id, ThriftType::i32);
  put_varint(out_, zigzag(value));
}

void ThriftWriter::i64(std::int16_t id, std::int64_t value) {
  header(id, ThriftType::i64);
  put_varint(out_, zigzag(value));
}

void ThriftWriter::binary(std::int16_t id, ByteView value) {
  header(id, ThriftType::binary);
  element_binary(value);
}

void ThriftWriter::begin_list(std::int16_t id, ThriftType element, std::size_t count) {
  header(id, ThriftType::list);
  if (count <= short_list_max) {
    out_.push_back(static_cast<char>((count << 4) | static_cast<std::size_t>(element)));
  } else {
    out_.push_back(static_cast<char>(long_list_mark | static_cast<std::uint8_t>(element)));
    put_varint(out_, count);
  }
}

void ThriftWriter::element_boolean(bool value) {
  out_.push_back(static_cast<char>(value ? ThriftType::boolean_true : ThriftType::boolean_false));
}

void ThriftWriter::element_binary(ByteView value) {
  put_varint(out_, value.size());
  out_.append(value);
}

void ThriftReader::fail_with(std::string what) {
  if (!error_) {
    error_ = fmt::format("{} at byte {} of {}", what, position_, bytes_.size());
  }
}

Result<void> ThriftReader::status() const {
  if (error_) {
    return fail(Fault::corrupt, *error_);
  }
  return {};
}

std::uint8_t ThriftReader::byte() {
  if (failed()) {
    return 0;
  }
  if (position_ == bytes_.size()) {
    fail_with("the bytes end too early");
    return 0;
  }
  return static_cast<std::uint8_t>(bytes_[position_++]);
}

std::uint64_t ThriftReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t next = byte();
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) {
      return value;
    }
  }
  fail_with("a number longer than ten bytes");
  return 0;
}

ByteView ThriftReader::take(std::uint64_t count) {
  if (failed()) {
    return {};
  }
  if (count > remaining()) {
    fail_with(fmt::format("a string of {} bytes, longer than what is left", count));
    return {};
  }
  const ByteView taken = bytes_.substr(position_, count);
  position_ += taken.size();
  return taken;
}

void ThriftReader::begin_struct() {
  if (previous_ids_.size() >= nesting_max) {
    fail_with("structs nested too deep");
  }
  previous_ids_.push_back(0);
}

std::optional<ThriftReader::Field> ThriftReader::next_field() {
  SLUICE_CHECK(!previous_ids_.empty());
  const std::uint8_t head = byte();
  if (failed() || head == 0) {
    previous_ids_.pop_back();
    return std::nullopt;
  }
  const auto type = static_cast<ThriftType>(head & 0x0f);
  std::int64_t id = previous_ids_.back() + (head >> 4);
  if ((head >> 4) == 0) {
    id = unzigzag(varint());
  }
  if (type == ThriftType::stop || type > ThriftType::structure || id < 0 ||
      id > std::numeric_limits<std::int16_t>::max()) {
    fail_with(fmt::format("a field of type {} and id {}", head & 0x0f, id));
    previous_ids_.pop_back();
    return std::nullopt;
  }
  previous_ids_.back() = static_cast<std::int16_t>(id);
  return Field{static_cast<std::int16_t>(id), type};
}

bool ThriftReader::boolean(Field field) {
  if (field.type != ThriftType::boolean_true && field.type != ThriftType::boolean_false) {
    fail_with(fmt::format("field {} is not a boolean", field.id));
  }
  return field.type == ThriftType::boolean_true;
}

std::int64_t ThriftReader::integer(Field field, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (field.type == ThriftType::i8) {
    value = static_cast<std::int8_t>(byte());
  } else if (field.type >= ThriftType::i16 && field.type <= ThriftType::i64) {
    value = unzigzag(varint());
  } else {
    fail_with(fmt::format("field {} is not an integer", field.id));
  }
  if (value < least || value > most) {
    fail_with(fmt::format("field {} is out of range: {}", field.id, value));
    value = 0;
  }
  return failed() ? 0 : value;
}

std::int8_t ThriftReader::i8(Field field) {
  using Limits = std::numeric_limits<std::int8_t>;
  return static_cast<std::int8_t>(integer(field, Limits::min(), Limits::max()));
}

std::int16_t ThriftReader::i16(Field field) {
  using Limits = std::numeric_limits<std::int16_t>;
  return static_cast<std::int16_t>(integer(field, Limits::min(), Limits::max()));
}

std::int32_t ThriftReader::i32(Field field) {
  using Limits = std::numeric_limits<std::int32_t>;
  return static_cast<std::int32_t>(integer(field, Limits::min(), Limits::max()));
}

std::int64_t ThriftReader::i64(Field field) {
  using Limits = std::numeric_limits<std::int64_t>;
  return integer(field, Limits::min(), Limits::max());
}

ByteView ThriftReader::binary(Field field) {
  if (field.type != ThriftType::binary) {
    fail_with(fmt::format("field {} is not a string", field.id));
  }
  return element_binary();
}

void ThriftReader::structure(Field field) {
  if (field.type != ThriftType::structure) {
    fail_with(fmt::format("field {} is not a struct", field.id));
  }
}

std::size_t ThriftReader::begin_list(Field field, ThriftType element, std::size_t count_max) {
  if (field.type != ThriftType::list) {
    fail_with(fmt::format("field {} is not a list", field.id));
    return 0;
  }
  const std::uint8_t head = byte();
  std::uint64_t count = head >> 4;
  if (head >= long_list_mark) {
    count = varint();
  }
  const auto type = static_cast<ThriftType>(head & 0x0f);
  const bool is_boolean = element == ThriftType::boolean_true && type == ThriftType::boolean_false;
  if (count > 0 && type != element && !is_boolean) {
    fail_with(fmt::format("field {} is a list of type {}", field.id, head & 0x0f));
  }
  if (count > remaining()) {
    fail_with(
        fmt::format("field {} is a list of {} elements, more than what is left", field.id, count));
  }
  if (count > count_max) {
    fail_with(fmt::format("field {} is a list of {} elements, more than the limit of {}",
                          field.id,
                          count,
                          count_max));
  }
  return failed() ? 0 : static_cast<std::size_t>(count);
}

bool ThriftReader::element_boolean() {
  return byte() == static_cast<std::uint8_t>(ThriftType::boolean_true);
}

std::int32_t ThriftReader::element_i32() {
  const std::int64_t value = unzigzag(varint());
  if (value < std::numeric_limits<std::int32_t>::min() ||
      value > std::numeric_limits<std::int32_t>::max()) {
    fail_with(fmt::format("a list element is out of range: {}", value));
    return 0;
  }
  return static_cast<std::int32_t>(value);
}

std::int64_t ThriftReader::element_i64() {
  return unzigzag(varint());
}

ByteView ThriftReader::element_binary() {
  return take(varint());
}

void ThriftReader::skip(Field field) {
  skip_value(field.type, 0);
}

void ThriftReader::skip_value(ThriftType type, int depth) {
  constexpr std::uint64_t float64_bytes = 8;
  if (failed()) {
    return;
  }
  if (depth > nesting_max) {
    fail_with("values nested too deep");
    return;
  }
  switch (type) {
    case ThriftType::stop:
      fail_with("a value without a type");
      return;
    case ThriftType::boolean_true:
    case ThriftType::boolean_false:
      return;
    case ThriftType::i8:
      byte();
      return;
    case ThriftType::i16:
    case ThriftType::i32:
    case ThriftType::i64:
      varint();
      return;
    case ThriftType::float64:
      take(float64_bytes);
      return;
    case ThriftType::binary:
      element_binary();
      return;
    case ThriftType::list:
    case ThriftType::set:
      skip_list(depth);
      return;
    case ThriftType::map:
      skip_map(depth);
      return;
    case ThriftType::structure:
      begin_struct();
      while (const std::optional<Field> field = next_field()) {
        skip_value(field->type, depth + 1);
      }
      return;
  }
  fail_with("a value of an unknown type");
}

void ThriftReader::skip_list(int depth) {
  const std::uint8_t head = byte();
  const std::uint64_t count = head >= long_list_mark ? varint() : head >> 4;
  const ThriftType type = element_type(head & 0x0f);
  if (count > remaining()) {
    fail_with("a list longer than what is left");
  }
  for (std::uint64_t i = 0; i < count && !failed(); ++i) {
    skip_value(type, depth + 1);
  }
}

void ThriftReader::skip_map(int depth) {
  const std::uint64_t count = varint();
  if (count == 0) {
    return;
  }
  if (count > remaining()) {
    fail_with("a map longer than what is left");
  }
  const std::uint8_t types = byte();
  const ThriftType key = element_type(types >> 4);
  const ThriftType value = element_type(types & 0x0f);
  for (std::uint64_t i = 0; i < count && !failed(); ++i) {
    skip_value(key, depth + 1);
    skip_value(value, depth + 1);
  }
}

}  // namespace sluice::parquet
