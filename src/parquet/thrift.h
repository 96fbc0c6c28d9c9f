// The compact protocol of Thrift, as far as Parquet's metadata needs it: no messages, no maps, no
// doubles (both are skipped when met).
//
// A field is a header (its type, and its id as the distance to the previous id of the same struct)
// and a value; a struct ends with a zero byte.  Integers are zigzag varints.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::parquet {

enum class ThriftType : std::uint8_t {
  stop = 0,
  boolean_true = 1,  // also the element type of a list of booleans
  boolean_false = 2,
  i8 = 3,
  i16 = 4,
  i32 = 5,
  i64 = 6,
  float64 = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  structure = 12
};

// Appends to `out`, which must outlive the writer.  Fields go in ascending order of their ids.
class ThriftWriter {
 public:
  explicit ThriftWriter(Bytes& out) : out_(out) {}

  // A struct that stands alone or in a list.
  void begin_struct() { previous_ids_.push_back(0); }

  // A struct as a field.
  void begin_struct(std::int16_t id);
  void end_struct();

  // begin_struct(id) and end_struct() at once: a union member without content.
  void empty_struct(std::int16_t id);

  void boolean(std::int16_t id, bool value);
  void i8(std::int16_t id, std::int8_t value);
  void i16(std::int16_t id, std::int16_t value);
  void i32(std::int16_t id, std::int32_t value);
  void i64(std::int16_t id, std::int64_t value);
  void binary(std::int16_t id, ByteView value);

  // `count` elements must follow, structs by begin_struct() and end_struct().
  void begin_list(std::int16_t id, ThriftType element, std::size_t count);
  void element_boolean(bool value);

  void element_i32(std::int32_t value) { put_varint(out_, zigzag(value)); }

  void element_i64(std::int64_t value) { put_varint(out_, zigzag(value)); }

  void element_binary(ByteView value);

 private:
  void header(std::int16_t id, ThriftType type);

  Bytes& out_;
  std::vector<std::int16_t> previous_ids_;
};

// Reads bytes from outside.  The first error sticks: later reads give zeros and empty strings, so a
// decoder looks at status() once, at its end.  Borrows the bytes.
class ThriftReader {
 public:
  struct Field {
    std::int16_t id;
    ThriftType type;
  };

  explicit ThriftReader(ByteView bytes) : bytes_(bytes) {}

  // Fault::corrupt with the first thing that was wrong, and where.
  Result<void> status() const;

  bool failed() const { return error_.has_value(); }

  // Bytes read so far.
  std::size_t position() const { return position_; }

  // begin_struct(), then next_field() until it gives nothing: the end of the struct, or an error.
  // Each field must be read by one of the functions below or skipped.
  void begin_struct();
  std::optional<Field> next_field();
  void skip(Field field);

  // An error when the field is of another type; integers of any width are taken where they fit.
  bool boolean(Field field);
  std::int8_t i8(Field field);
  std::int16_t i16(Field field);
  std::int32_t i32(Field field);
  std::int64_t i64(Field field);
  ByteView binary(Field field);

  // Checks that the field is a struct; begin_struct() comes next.
  void structure(Field field);

  // The number of elements, at most what the remaining bytes can hold and `count_max`.
  std::size_t begin_list(Field field, ThriftType element, std::size_t count_max);
  bool element_boolean();
  std::int32_t element_i32();
  std::int64_t element_i64();
  ByteView element_binary();

  // Records an error; the first one wins.
  void fail_with(std::string what);

 private:
  std::uint8_t byte();
  std::uint64_t varint();
  std::int64_t integer(Field field, std::int64_t least, std::int64_t most);
  void skip_value(ThriftType type, int depth);
  void skip_list(int depth);
  void skip_map(int depth);
  ByteView take(std::uint64_t count);

  std::size_t remaining() const { return bytes_.size() - position_; }

  ByteView bytes_;
  std::size_t position_ = 0;
  std::vector<std::int16_t> previous_ids_;
  std::optional<std::string> error_;
};

}  // namespace sluice::parquet
