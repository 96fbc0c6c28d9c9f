// Checksums of objects that come in parts.
//
// A composite one is the checksum of the parts' checksums, with the number of parts behind it:
// "q83vEg==-3".  One of the full object is that of its bytes, however it came.
//
// Source: Amazon S3 User Guide, "Checking object integrity".
#pragma once

#include "s3/checksum.h"
#include "s3/error.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::s3 {

enum class ChecksumType : std::uint8_t { composite, full_object };

// "COMPOSITE", "FULL_OBJECT".
std::string_view name_of(ChecksumType type);

// What an object's checksum is of.
ChecksumType type_of(const Checksum& checksum);

// What an upload says about its checksums when it begins.
struct UploadChecksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32;
  ChecksumType type = ChecksumType::composite;

  friend bool operator==(const UploadChecksum&, const UploadChecksum&) = default;
};

// Of x-amz-checksum-algorithm and -type, either of which may be empty; none where both are.
// S3Code::invalid_request for names that are none, and for a type that the algorithm has not.
S3Result<std::optional<UploadChecksum>> upload_checksum(std::string_view algorithm,
                                                        std::string_view type);

// The composite one of the parts' checksums, base64 each.
Checksum composite_checksum(ChecksumAlgorithm algorithm, std::span<const std::string> parts);

}  // namespace sluice::s3
