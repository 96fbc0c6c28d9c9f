// The values a heart-rate sensor sends over Bluetooth Low Energy, as bytes and as what they mean.
//
// Sources: Bluetooth GATT Specification Supplement, "Heart Rate Measurement" (0x2A37), "Body Sensor
// Location" (0x2A38) and "Battery Level" (0x2A19).  All integers are little endian.  Bytes come
// from outside: what breaks the layout is refused with its reason, what a strict reader may wonder
// about is read and marked.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::heartrate {

enum class Contact : std::uint8_t { unsupported, not_detected, detected };

// "unsupported", "not-detected", "detected".
std::string_view contact_name(Contact contact);

// One notification.  Value type.
struct Measurement {
  std::uint16_t heart_rate = 0;  // beats per minute
  bool is_16_bit = false;        // how the rate was, or is to be, written; needed above 255
  Contact contact = Contact::unsupported;
  std::optional<std::uint16_t> energy_kj;  // since the sensor's last reset; stays at 65535
  std::vector<std::uint16_t> rr_1024;      // intervals between beats, oldest first, 1/1024 s each

  friend bool operator==(const Measurement&, const Measurement&) = default;
};

// Why a packet was refused.
enum class PacketFault : std::uint8_t { empty, truncated_heart_rate, truncated_energy };

// "empty", "truncated-heart-rate", "truncated-energy".
std::string_view packet_fault_name(PacketFault fault);

// What is odd about a packet that was read all the same; several may hold.
struct PacketWarnings {
  bool odd_trailing_byte = false;           // half an interval at the end: left out
  bool unexplained_trailing_bytes = false;  // bytes behind the last field that no flag announces
  bool rr_flag_without_interval = false;
  bool reserved_flag_bits = false;

  bool any() const {
    return odd_trailing_byte || unexplained_trailing_bytes || rr_flag_without_interval ||
           reserved_flag_bits;
  }

  friend bool operator==(const PacketWarnings&, const PacketWarnings&) = default;
};

// The names of those that hold in the order above, a blank between them:
// "odd-trailing-byte reserved-flag-bits".  Empty without any.
std::string packet_warning_names(const PacketWarnings& warnings);

struct DecodedMeasurement {
  Measurement measurement;
  PacketWarnings warnings;
};

// Reads a value of 0x2A37.  Contact is unsupported unless the sensor says that it can tell.
std::expected<DecodedMeasurement, PacketFault> decode_measurement(ByteView packet);

// A notification of a connection that has agreed on nothing longer (ATT_MTU 23).
inline constexpr std::size_t packet_bytes_default_max = 20;

// Writes one, as long as it gets: a sensor sends at most nine intervals at a time to stay within
// packet_bytes_default_max.  A rate above 255 is written in 16 bits whatever is_16_bit says.
Bytes encode_measurement(const Measurement& measurement);

// "other", "chest", "wrist", "finger", "hand", "ear-lobe", "foot"; "reserved" for a value the
// specification does not name.  std::nullopt unless the value is one byte.
std::optional<std::string_view> body_sensor_location(ByteView value);

// In percent.  std::nullopt unless the value is one byte of 0 to 100.
std::optional<std::uint8_t> battery_level(ByteView value);

// 1000/1024 of it: exact in a double.
constexpr double rr_ms(std::uint16_t rr_1024) {
  return static_cast<double>(rr_1024) * 125 / 128;
}

}  // namespace sluice::heartrate
