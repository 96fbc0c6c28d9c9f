// FIT files, as Garmin's programs read them: messages of fields behind definitions of their layout.
//
//   header (14 bytes) | definition, data, data, definition, ... | CRC-16
//
// Source: Garmin, "FIT Protocol": little endian, normal record headers, no compressed stamps.
// Which messages make a recording is fit_activity.h's matter.
#pragma once

#include "base/bytes.h"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

// Base types, by their numbers in the file.
enum class FitType : std::uint8_t {
  enumeration = 0x00,
  uint8 = 0x02,
  string = 0x07,
  byte = 0x0D,
  uint16 = 0x84,
  uint32 = 0x86,
  float64 = 0x89
};

std::uint8_t fit_type_bytes(FitType type);

// What a field holds when it has no value.
inline constexpr std::uint8_t fit_no_uint8 = 0xFF;
inline constexpr std::uint16_t fit_no_uint16 = 0xFFFF;

struct FitField {
  std::uint8_t number = 0;
  FitType type = FitType::uint8;
  std::uint8_t count = 1;  // elements of an array; bytes of a string, with its final zero

  std::size_t bytes() const { return std::size_t{fit_type_bytes(type)} * count; }
};

struct FitLayout {
  std::uint16_t message = 0;  // its global number
  std::vector<FitField> fields;
  std::vector<FitField> developer_fields;  // of the developer with index 0
};

// At most so many layouts are defined at a time.
inline constexpr std::size_t fit_local_messages = 16;

// The CRC-16 of FIT (polynomial 0x8005, reflected, from 0), continued from `crc`.
std::uint16_t fit_crc(ByteView bytes, std::uint16_t crc = 0);

// Builds a file in memory.  A message is begun, then gets the values of its layout in order, those
// of developer fields last.  Not thread-safe.
class FitWriter {
 public:
  FitWriter();

  // Replaces what `local` meant before.
  void define(std::uint8_t local, const FitLayout& layout);

  void begin(std::uint8_t local);

  template <std::integral T>
  void put(T value) {
    put_le(bytes_, value);
  }

  void put(double value);

  // Zeros behind the text; text that does not fit is cut, whole characters at a time.
  void put_text(std::string_view text, std::uint8_t bytes);

  // Header and CRC complete; the writer is spent.
  Bytes finish() &&;

  std::size_t bytes() const { return bytes_.size(); }

 private:
  // The message under way must have got all its values.
  void end_message();

  Bytes bytes_;
  std::array<std::size_t, fit_local_messages> sizes_{};  // of a data message; 0: not defined
  std::size_t message_end_ = 0;                          // where the message under way has to end
};

}  // namespace sluice::heartrate
