// Heart Rate Measurement and its neighbours.
//
//   flags 1 | rate 1 or 2 | energy 2, if flagged | intervals 2 each, if flagged, to the end
#include "heartrate/measurement.h"

#include <array>
#include <limits>

namespace sluice::heartrate {
namespace {

constexpr std::uint8_t flag_16_bit = 0x01;
constexpr std::uint8_t flag_contact_detected = 0x02;
constexpr std::uint8_t flag_contact_supported = 0x04;
constexpr std::uint8_t flag_energy = 0x08;
constexpr std::uint8_t flag_rr = 0x10;
constexpr std::uint8_t flags_reserved = 0xe0;

static_assert((flag_16_bit | flag_contact_detected | flag_contact_supported | flag_energy |
               flag_rr | flags_reserved) == 0xff);

constexpr std::array<std::string_view, 7> location_names = {
    "other", "chest", "wrist", "finger", "hand", "ear-lobe", "foot"};

constexpr std::uint8_t percent_max = 100;

Contact contact_of(std::uint8_t flags) {
  if ((flags & flag_contact_supported) == 0) {
    return Contact::unsupported;
  }
  return (flags & flag_contact_detected) != 0 ? Contact::detected : Contact::not_detected;
}

std::uint8_t flags_of(Contact contact) {
  switch (contact) {
    case Contact::unsupported:
      return 0;
    case Contact::not_detected:
      return flag_contact_supported;
    case Contact::detected:
      return flag_contact_supported | flag_contact_detected;
  }
  return 0;
}

std::optional<std::uint16_t> read_rate(ByteReader& reader, bool is_16_bit) {
  if (is_16_bit) {
    return reader.le<std::uint16_t>();
  }
  return reader.le<std::uint8_t>();
}

}  // namespace

std::string_view contact_name(Contact contact) {
  switch (contact) {
    case Contact::unsupported:
      return "unsupported";
    case Contact::not_detected:
      return "not-detected";
    case Contact::detected:
      return "detected";
  }
  return "";
}

std::string_view packet_fault_name(PacketFault fault) {
  switch (fault) {
    case PacketFault::empty:
      return "empty";
    case PacketFault::truncated_heart_rate:
      return "truncated-heart-rate";
    case PacketFault::truncated_energy:
      return "truncated-energy";
  }
  return "";
}

std::string packet_warning_names(const PacketWarnings& warnings) {
  std::string names;
  const auto add = [&names](bool holds, std::string_view name) {
    if (holds) {
      names += names.empty() ? "" : " ";
      names += name;
    }
  };
  add(warnings.odd_trailing_byte, "odd-trailing-byte");
  add(warnings.unexplained_trailing_bytes, "unexplained-trailing-bytes");
  add(warnings.rr_flag_without_interval, "rr-flag-without-interval");
  add(warnings.reserved_flag_bits, "reserved-flag-bits");
  return names;
}

std::expected<DecodedMeasurement, PacketFault> decode_measurement(ByteView packet) {
  ByteReader reader(packet);
  const auto flags = reader.le<std::uint8_t>();
  if (!flags) {
    return std::unexpected(PacketFault::empty);
  }
  DecodedMeasurement out;
  Measurement& measurement = out.measurement;
  measurement.contact = contact_of(*flags);
  measurement.is_16_bit = (*flags & flag_16_bit) != 0;
  const auto rate = read_rate(reader, measurement.is_16_bit);
  if (!rate) {
    return std::unexpected(PacketFault::truncated_heart_rate);
  }
  measurement.heart_rate = *rate;
  if ((*flags & flag_energy) != 0) {
    measurement.energy_kj = reader.le<std::uint16_t>();
    if (!measurement.energy_kj) {
      return std::unexpected(PacketFault::truncated_energy);
    }
  }
  if ((*flags & flag_rr) != 0) {
    measurement.rr_1024.reserve(reader.remaining() / sizeof(std::uint16_t));
    while (const auto interval = reader.le<std::uint16_t>()) {
      measurement.rr_1024.push_back(*interval);
    }
    out.warnings.rr_flag_without_interval = measurement.rr_1024.empty();
    out.warnings.odd_trailing_byte = reader.remaining() != 0;
  } else {
    out.warnings.unexplained_trailing_bytes = reader.remaining() != 0;
  }
  out.warnings.reserved_flag_bits = (*flags & flags_reserved) != 0;
  return out;
}

Bytes encode_measurement(const Measurement& measurement) {
  const bool is_16_bit =
      measurement.is_16_bit || measurement.heart_rate > std::numeric_limits<std::uint8_t>::max();
  std::uint8_t flags = flags_of(measurement.contact);
  flags |= is_16_bit ? flag_16_bit : 0;
  flags |= measurement.energy_kj ? flag_energy : 0;
  flags |= measurement.rr_1024.empty() ? 0 : flag_rr;
  Bytes packet;
  put_le(packet, flags);
  if (is_16_bit) {
    put_le(packet, measurement.heart_rate);
  } else {
    put_le(packet, static_cast<std::uint8_t>(measurement.heart_rate));
  }
  if (measurement.energy_kj) {
    put_le(packet, *measurement.energy_kj);
  }
  for (const std::uint16_t interval : measurement.rr_1024) {
    put_le(packet, interval);
  }
  return packet;
}

std::optional<std::string_view> body_sensor_location(ByteView value) {
  if (value.size() != 1) {
    return std::nullopt;
  }
  const auto location = static_cast<std::uint8_t>(value.front());
  return location < location_names.size() ? location_names[location] : "reserved";
}

std::optional<std::uint8_t> battery_level(ByteView value) {
  if (value.size() != 1) {
    return std::nullopt;
  }
  const auto percent = static_cast<std::uint8_t>(value.front());
  return percent <= percent_max ? std::optional(percent) : std::nullopt;
}

}  // namespace sluice::heartrate
