// The codec against hand-made packets, against packets of real sensors, and, over every flags byte
// and length, against a second reader that indexes instead of walking.
#include "heartrate/measurement.h"

#include "json/document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sluice::heartrate {
namespace {

Bytes bytes_of(std::string_view hex) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return out;
}

// "72 8-bit detected 500 kJ [340 748] !odd-trailing-byte", or the name of the fault.
std::string summary(const std::expected<DecodedMeasurement, PacketFault>& decoded) {
  if (!decoded) {
    return std::string(packet_fault_name(decoded.error()));
  }
  const Measurement& measurement = decoded->measurement;
  std::string out = fmt::format("{} {}-bit {}",
                                measurement.heart_rate,
                                measurement.is_16_bit ? 16 : 8,
                                contact_name(measurement.contact));
  if (measurement.energy_kj) {
    out += fmt::format(" {} kJ", *measurement.energy_kj);
  }
  out += " [";
  for (const std::uint16_t interval : measurement.rr_1024) {
    out += fmt::format("{}{}", out.ends_with('[') ? "" : " ", interval);
  }
  out += ']';
  if (decoded->warnings.any()) {
    out += " !" + packet_warning_names(decoded->warnings);
  }
  return out;
}

TEST(Measurement, ReadsEachLayout) {
  struct Case {
    const char* hex;
    const char* means;
  };

  for (const Case& one : {
           Case{"0050", "80 8-bit unsupported []"},
           Case{"0250", "80 8-bit unsupported []"},
           Case{"0450", "80 8-bit not-detected []"},
           Case{"0650", "80 8-bit detected []"},
           Case{"012c01", "300 16-bit unsupported []"},
           Case{"0848f401", "72 8-bit unsupported 500 kJ []"},
           Case{"16485401ec02", "72 8-bit detected [340 748]"},
           Case{"1f5000ffff00040108", "80 16-bit detected 65535 kJ [1024 2049]"},
           Case{"1000ffff0000", "0 8-bit unsupported [65535 0]"},
       }) {
    EXPECT_EQ(summary(decode_measurement(bytes_of(one.hex))), one.means) << one.hex;
  }
}

TEST(Measurement, WhatBreaksTheLayoutIsRefusedWithItsReason) {
  struct Case {
    const char* hex;
    const char* fault;
  };

  for (const Case& one : {Case{"", "empty"},
                          Case{"00", "truncated-heart-rate"},
                          Case{"01", "truncated-heart-rate"},
                          Case{"0150", "truncated-heart-rate"},
                          Case{"0850", "truncated-energy"},
                          Case{"085001", "truncated-energy"},
                          Case{"19500001", "truncated-energy"}}) {
    EXPECT_EQ(summary(decode_measurement(bytes_of(one.hex))), one.fault) << one.hex;
  }
}

TEST(Measurement, WhatIsOddIsReadAndMarked) {
  struct Case {
    const char* hex;
    const char* means;
  };

  for (const Case& one : {
           Case{"1050", "80 8-bit unsupported [] !rr-flag-without-interval"},
           Case{"105001", "80 8-bit unsupported [] !odd-trailing-byte rr-flag-without-interval"},
           Case{"1050000401", "80 8-bit unsupported [1024] !odd-trailing-byte"},
           Case{"005000", "80 8-bit unsupported [] !unexplained-trailing-bytes"},
           Case{"084801000203", "72 8-bit unsupported 1 kJ [] !unexplained-trailing-bytes"},
           Case{"e650", "80 8-bit detected [] !reserved-flag-bits"},
           Case{"f05000040a", "80 8-bit unsupported [1024] !odd-trailing-byte reserved-flag-bits"},
       }) {
    EXPECT_EQ(summary(decode_measurement(bytes_of(one.hex))), one.means) << one.hex;
  }
}

TEST(Measurement, WritesTheShortestFormUnlessAskedForTheLong) {
  Measurement measurement;
  measurement.heart_rate = 255;
  EXPECT_EQ(encode_measurement(measurement), bytes_of("00ff"));
  measurement.is_16_bit = true;
  EXPECT_EQ(encode_measurement(measurement), bytes_of("01ff00"));
  measurement.is_16_bit = false;
  measurement.heart_rate = 256;
  EXPECT_EQ(encode_measurement(measurement), bytes_of("010001"));
  measurement.contact = Contact::not_detected;
  measurement.energy_kj = 0;
  measurement.rr_1024 = {1024, 1};
  EXPECT_EQ(encode_measurement(measurement), bytes_of("1d0001000000040100"));
}

// What the specification says, by offsets: nothing shared with the codec.
std::string naive_summary(const std::vector<unsigned>& packet) {
  if (packet.empty()) {
    return "empty";
  }
  const unsigned flags = packet[0];
  const bool is_wide = flags % 2 == 1;
  const std::size_t energy_at = is_wide ? 3 : 2;
  if (packet.size() < energy_at) {
    return "truncated-heart-rate";
  }
  const unsigned rate = packet[1] + (is_wide ? 256 * packet[2] : 0);
  const char* const contact = flags / 4 % 2 == 0   ? "unsupported"
                              : flags / 2 % 2 == 0 ? "not-detected"
                                                   : "detected";
  std::string out = fmt::format("{} {}-bit {}", rate, is_wide ? 16 : 8, contact);
  std::size_t rr_at = energy_at;
  if (flags / 8 % 2 == 1) {
    rr_at += 2;
    if (packet.size() < rr_at) {
      return "truncated-energy";
    }
    out += fmt::format(" {} kJ", packet[energy_at] + 256 * packet[energy_at + 1]);
  }
  const std::size_t rest = packet.size() - rr_at;
  const bool has_rr = flags / 16 % 2 == 1;
  std::string intervals;
  for (std::size_t i = 0; has_rr && i < rest / 2; ++i) {
    intervals += fmt::format(
        "{}{}", i == 0 ? "" : " ", packet[rr_at + 2 * i] + 256 * packet[rr_at + 2 * i + 1]);
  }
  std::string warnings;
  warnings += has_rr && rest % 2 == 1 ? " odd-trailing-byte" : "";
  warnings += !has_rr && rest > 0 ? " unexplained-trailing-bytes" : "";
  warnings += has_rr && rest < 2 ? " rr-flag-without-interval" : "";
  warnings += flags >= 32 ? " reserved-flag-bits" : "";
  return out + " [" + intervals + "]" + (warnings.empty() ? "" : " !" + warnings.substr(1));
}

TEST(Measurement, EveryFlagsByteAtEveryLengthReadsAsTheSecondReaderDoesAndWritesBack) {
  constexpr std::size_t length_max = 40;
  constexpr std::uint8_t reserved = 0xe0;
  constexpr std::uint8_t detected_without_supported = 0x02;
  unsigned filler = 1;
  for (unsigned flags = 0; flags < 256; ++flags) {
    for (std::size_t length = 0; length <= length_max; ++length) {
      std::vector<unsigned> numbers;
      Bytes packet;
      for (std::size_t i = 0; i < length; ++i) {
        filler = filler * 1'664'525 + 1'013'904'223;
        numbers.push_back(i == 0 ? flags : filler >> 24);
        packet.push_back(static_cast<char>(numbers.back()));
      }
      const auto decoded = decode_measurement(packet);
      ASSERT_EQ(summary(decoded), naive_summary(numbers)) << flags << " " << length;
      if (!decoded) {
        continue;
      }
      const Bytes written = encode_measurement(decoded->measurement);
      const auto again = decode_measurement(written);
      ASSERT_TRUE(again.has_value());
      EXPECT_EQ(again->measurement, decoded->measurement);
      EXPECT_FALSE(again->warnings.any());
      const bool is_contact_plain = (flags & 0x06U) != detected_without_supported;
      if (!decoded->warnings.any() && (flags & reserved) == 0 && is_contact_plain) {
        EXPECT_EQ(written, packet) << flags << " " << length;
      }
    }
  }
}

TEST(Measurement, AnIntervalInMillisecondsIsExact) {
  for (unsigned rr_1024 = 0; rr_1024 <= 65'535; ++rr_1024) {
    const double ms = rr_ms(static_cast<std::uint16_t>(rr_1024));
    EXPECT_EQ(ms * 1024, rr_1024 * 1000.0);
  }
}

TEST(Measurement, PacketsOfRealSensorsReadAsTheirListSays) {
  const char* const folder = std::getenv("SLUICE_TEST_DATA");
  if (folder == nullptr) {
    GTEST_SKIP() << "SLUICE_TEST_DATA is not set; the tables above stand in";
  }
  std::ifstream file(std::filesystem::path(folder) / "ble" / "packets.json", std::ios::binary);
  const auto document = json::Document::parse(Bytes(std::istreambuf_iterator<char>(file), {}));
  ASSERT_TRUE(document) << document.error().message();
  std::size_t read = 0;
  std::size_t refused = 0;
  for (const json::View entry : document->root().find("packets").elements()) {
    const auto decoded = decode_measurement(bytes_of(entry.find("hex").text()));
    const std::string id(entry.find("id").text());
    const json::View expect = entry.find("expect");
    if (expect.is_missing_or_null()) {
      EXPECT_EQ(summary(decoded), entry.find("error").text()) << id;
      ++refused;
      continue;
    }
    ASSERT_TRUE(decoded.has_value()) << id;
    const Measurement& measurement = decoded->measurement;
    EXPECT_EQ(measurement.heart_rate, expect.find("heart_rate").as_int64()) << id;
    EXPECT_EQ(measurement.is_16_bit ? 16 : 8, expect.find("bits").as_int64()) << id;
    EXPECT_EQ(contact_name(measurement.contact), expect.find("contact").text()) << id;
    EXPECT_EQ(measurement.energy_kj, expect.find("energy_kj").as_int64()) << id;
    std::vector<std::uint16_t> intervals;
    std::vector<double> intervals_ms;
    for (const json::View interval : expect.find("rr_1024").elements()) {
      intervals.push_back(static_cast<std::uint16_t>(interval.as_int64().value()));
    }
    for (const json::View interval : expect.find("rr_ms").elements()) {
      intervals_ms.push_back(interval.as_double().value());
    }
    EXPECT_EQ(measurement.rr_1024, intervals) << id;
    ASSERT_EQ(intervals_ms.size(), intervals.size()) << id;
    for (std::size_t i = 0; i < intervals.size(); ++i) {
      EXPECT_EQ(rr_ms(intervals[i]), intervals_ms[i]) << id;
    }
    const json::View warning = entry.find("warning");
    EXPECT_EQ(packet_warning_names(decoded->warnings),
              warning.is_missing_or_null() ? "" : warning.text())
        << id;
    ++read;
  }
  std::printf("%zu packets read, %zu refused\n", read, refused);
  EXPECT_GE(read, 48U);
  EXPECT_GE(refused, 7U);
}

TEST(BodySensorLocation, NamesEveryValue) {
  struct Case {
    const char* hex = "";
    std::optional<std::string_view> name;
  };

  for (const Case& one : {Case{"00", "other"},
                          Case{"01", "chest"},
                          Case{"02", "wrist"},
                          Case{"03", "finger"},
                          Case{"04", "hand"},
                          Case{"05", "ear-lobe"},
                          Case{"06", "foot"},
                          Case{"07", "reserved"},
                          Case{"ff", "reserved"},
                          Case{"", std::nullopt},
                          Case{"0100", std::nullopt}}) {
    EXPECT_EQ(body_sensor_location(bytes_of(one.hex)), one.name) << one.hex;
  }
}

TEST(BatteryLevel, IsAPercentage) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const Bytes value(1, static_cast<char>(byte));
    EXPECT_EQ(battery_level(value), byte <= 100 ? std::optional<std::uint8_t>(byte) : std::nullopt);
  }
  EXPECT_EQ(battery_level(""), std::nullopt);
  EXPECT_EQ(battery_level(Bytes(2, '\1')), std::nullopt);
}

}  // namespace
}  // namespace sluice::heartrate
