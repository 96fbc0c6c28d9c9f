// Checksums of objects as S3 knows them: which there are, what they are called, how they are
// written.
//
// Source: Amazon S3 User Guide, "Checking object integrity".
#pragma once

#include "base/bytes.h"
#include "base/digest.h"
#include "base/sha1.h"
#include "s3/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::s3 {

enum class ChecksumAlgorithm : std::uint8_t { crc32, crc32c, crc64nvme, sha1, sha256 };

inline constexpr ChecksumAlgorithm all_checksum_algorithms[] = {ChecksumAlgorithm::crc32,
                                                                ChecksumAlgorithm::crc32c,
                                                                ChecksumAlgorithm::crc64nvme,
                                                                ChecksumAlgorithm::sha1,
                                                                ChecksumAlgorithm::sha256};

// "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256".
std::string_view name_of(ChecksumAlgorithm algorithm);

// "x-amz-checksum-crc32", ...
std::string_view header_of(ChecksumAlgorithm algorithm);

// By their names, in any case.
std::optional<ChecksumAlgorithm> checksum_algorithm_named(std::string_view name);
std::optional<ChecksumAlgorithm> checksum_algorithm_of_header(std::string_view header);

// What an object's bytes come to.
struct Checksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32;
  std::string text;  // base64 of the big-endian number or the digest

  friend bool operator==(const Checksum&, const Checksum&) = default;
};

// `text` as a client wrote it.  S3Code::invalid_request unless it is base64 of as many bytes as the
// algorithm has.
S3Result<Checksum> checksum_of_text(ChecksumAlgorithm algorithm, std::string_view text);

// Over a stream of bytes, piece by piece.  Not thread-safe; movable.
class RunningChecksum {
 public:
  explicit RunningChecksum(ChecksumAlgorithm algorithm);

  ChecksumAlgorithm algorithm() const { return algorithm_; }

  void update(ByteView bytes);

  // Once, last.
  Checksum finish();

 private:
  ChecksumAlgorithm algorithm_;
  std::variant<std::uint32_t, std::uint64_t, RunningSha1, RunningSha256> state_;
};

}  // namespace sluice::s3
