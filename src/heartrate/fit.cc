// FIT files.
#include "heartrate/fit.h"

#include "base/check.h"

#include <bit>
#include <limits>
#include <utility>

namespace sluice::heartrate {
namespace {

constexpr std::uint8_t header_bytes = 14;
constexpr std::size_t header_crc_at = 12;
constexpr std::size_t data_bytes_at = 4;
constexpr std::uint8_t protocol_version = 0x20;  // 2.0: developer fields
constexpr std::uint16_t profile_version = 21 * 1000 + 200;
constexpr char definition_flag = 0x40;
constexpr char developer_flag = 0x20;
constexpr std::uint8_t little_endian = 0;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

std::uint8_t fit_type_bytes(FitType type) {
  switch (type) {
    case FitType::enumeration:
    case FitType::uint8:
    case FitType::string:
    case FitType::byte:
      return 1;
    case FitType::uint16:
      return 2;
    case FitType::uint32:
      return 4;
    case FitType::float64:
      return 8;
  }
  return 1;
}

std::uint16_t fit_crc(ByteView bytes, std::uint16_t crc) {
  constexpr std::uint16_t polynomial = 0xA001;  // 0x8005 reflected
  for (const char c : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ static_cast<unsigned char>(c));
    for (int bit = 0; bit < 8; ++bit) {
      const bool is_odd = (crc & 1U) != 0;
      crc = static_cast<std::uint16_t>(crc >> 1U);
      crc = is_odd ? static_cast<std::uint16_t>(crc ^ polynomial) : crc;
    }
  }
  return crc;
}

FitWriter::FitWriter() {
  put(header_bytes);
  put(protocol_version);
  put(profile_version);
  put(std::uint32_t{0});  // bytes of data, filled in at the end, as is the checksum
  bytes_ += ".FIT";
  put(std::uint16_t{0});
  message_end_ = bytes_.size();
}

void FitWriter::end_message() {
  SLUICE_CHECK(bytes_.size() == message_end_);
}

void FitWriter::define(std::uint8_t local, const FitLayout& layout) {
  SLUICE_CHECK(local < fit_local_messages);
  end_message();
  const bool has_developer_fields = !layout.developer_fields.empty();
  put(static_cast<char>(definition_flag | (has_developer_fields ? developer_flag : 0) | local));
  put(std::uint8_t{0});
  put(little_endian);
  put(layout.message);
  put(static_cast<std::uint8_t>(layout.fields.size()));
  std::size_t size = 0;
  for (const FitField& field : layout.fields) {
    put(field.number);
    put(static_cast<std::uint8_t>(field.bytes()));
    put(static_cast<std::uint8_t>(field.type));
    size += field.bytes();
  }
  if (has_developer_fields) {
    put(static_cast<std::uint8_t>(layout.developer_fields.size()));
    for (const FitField& field : layout.developer_fields) {
      put(field.number);
      put(static_cast<std::uint8_t>(field.bytes()));
      put(std::uint8_t{0});
      size += field.bytes();
    }
  }
  sizes_[local] = size;
  message_end_ = bytes_.size();
}

void FitWriter::begin(std::uint8_t local) {
  SLUICE_CHECK(local < fit_local_messages);
  SLUICE_CHECK(sizes_[local] > 0);
  end_message();
  put(local);
  message_end_ = bytes_.size() + sizes_[local];
}

void FitWriter::put(double value) {
  put(std::bit_cast<std::uint64_t>(value));
}

void FitWriter::put_text(std::string_view text, std::uint8_t bytes) {
  std::size_t end = text.size();
  if (end >= bytes) {
    for (end = bytes - 1U; end > 0 && is_continuation(text[end]); --end) {
    }
  }
  bytes_ += text.substr(0, end);
  bytes_.append(bytes - end, '\0');
}

Bytes FitWriter::finish() && {
  end_message();
  const std::size_t data = bytes_.size() - header_bytes;
  SLUICE_CHECK(data <= std::numeric_limits<std::uint32_t>::max());
  store_le(bytes_.data() + data_bytes_at, static_cast<std::uint32_t>(data));
  store_le(bytes_.data() + header_crc_at, fit_crc(ByteView(bytes_).substr(0, header_crc_at)));
  put_le(bytes_, fit_crc(bytes_));
  return std::move(bytes_);
}

}  // namespace sluice::heartrate
