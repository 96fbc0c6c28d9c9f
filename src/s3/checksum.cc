#include "s3/checksum.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/crc32.h"
#include "base/crc32c.h"
#include "base/crc64nvme.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::s3 {

namespace {

struct Known {
  ChecksumAlgorithm algorithm;
  std::string_view name;
  std::string_view header;
  std::size_t bytes;
};

// In the order of the enumeration.
constexpr std::array<Known, 5> known = {{
    {ChecksumAlgorithm::crc32, "CRC32", "x-amz-checksum-crc32", 4},
    {ChecksumAlgorithm::crc32c, "CRC32C", "x-amz-checksum-crc32c", 4},
    {ChecksumAlgorithm::crc64nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", 8},
    {ChecksumAlgorithm::sha1, "SHA1", "x-amz-checksum-sha1", 20},
    {ChecksumAlgorithm::sha256, "SHA256", "x-amz-checksum-sha256", 32},
}};

const Known& known_as(ChecksumAlgorithm algorithm) {
  return known.at(static_cast<std::size_t>(algorithm));
}

bool are_equal_but_for_case(std::string_view left, std::string_view right) {
  const auto lower = [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  };
  return std::ranges::equal(left, right, {}, lower, lower);
}

template <class Number>
Bytes big_endian(Number number) {
  Bytes bytes;
  for (std::size_t i = sizeof number; i-- > 0;) {
    bytes.push_back(static_cast<char>((number >> (8 * i)) & 0xff));
  }
  return bytes;
}

template <std::size_t size>
Bytes bytes_of(const std::array<std::uint8_t, size>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) {
  return known_as(algorithm).name;
}

std::string_view header_of(ChecksumAlgorithm algorithm) {
  return known_as(algorithm).header;
}

std::optional<ChecksumAlgorithm> checksum_algorithm_named(std::string_view name) {
  const auto found = std::ranges::find_if(
      known, [&](const Known& one) { return are_equal_but_for_case(one.name, name); });
  return found != known.end() ? std::optional(found->algorithm) : std::nullopt;
}

std::optional<ChecksumAlgorithm> checksum_algorithm_of_header(std::string_view header) {
  const auto found = std::ranges::find_if(
      known, [&](const Known& one) { return are_equal_but_for_case(one.header, header); });
  return found != known.end() ? std::optional(found->algorithm) : std::nullopt;
}

S3Result<Checksum> checksum_of_text(ChecksumAlgorithm algorithm, std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->size() != known_as(algorithm).bytes) {
    return fail_s3(S3Code::invalid_request,
                   fmt::format("Value for {} header is invalid.", header_of(algorithm)));
  }
  return Checksum{algorithm, std::string(text)};
}

RunningChecksum::RunningChecksum(ChecksumAlgorithm algorithm) : algorithm_(algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::crc32:
    case ChecksumAlgorithm::crc32c:
      state_ = std::uint32_t{0};
      break;
    case ChecksumAlgorithm::crc64nvme:
      state_ = std::uint64_t{0};
      break;
    case ChecksumAlgorithm::sha1:
      state_.emplace<RunningSha1>();
      break;
    case ChecksumAlgorithm::sha256:
      state_.emplace<RunningSha256>();
      break;
  }
}

void RunningChecksum::update(ByteView bytes) {
  switch (algorithm_) {
    case ChecksumAlgorithm::crc32:
      state_ = crc32(bytes, std::get<std::uint32_t>(state_));
      break;
    case ChecksumAlgorithm::crc32c:
      state_ = crc32c(bytes, std::get<std::uint32_t>(state_));
      break;
    case ChecksumAlgorithm::crc64nvme:
      state_ = crc64nvme(bytes, std::get<std::uint64_t>(state_));
      break;
    case ChecksumAlgorithm::sha1:
      std::get<RunningSha1>(state_).update(bytes);
      break;
    case ChecksumAlgorithm::sha256:
      std::get<RunningSha256>(state_).update(bytes);
      break;
  }
}

Checksum RunningChecksum::finish() {
  Bytes bytes;
  switch (algorithm_) {
    case ChecksumAlgorithm::crc32:
    case ChecksumAlgorithm::crc32c:
      bytes = big_endian(std::get<std::uint32_t>(state_));
      break;
    case ChecksumAlgorithm::crc64nvme:
      bytes = big_endian(std::get<std::uint64_t>(state_));
      break;
    case ChecksumAlgorithm::sha1:
      bytes = bytes_of(std::get<RunningSha1>(state_).finish());
      break;
    case ChecksumAlgorithm::sha256:
      bytes = bytes_of(std::get<RunningSha256>(state_).finish());
      break;
  }
  SLUICE_CHECK(bytes.size() == known_as(algorithm_).bytes);
  return {algorithm_, base64_encode(bytes)};
}

}  // namespace sluice::s3
