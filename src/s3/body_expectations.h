// What the sender of a body said about it beforehand.
#pragma once

#include "base/digest.h"
#include "s3/error.h"

#include <cstdint>
#include <optional>

namespace sluice::s3 {

// What the sender said about the body; each is checked if given.
struct BodyExpectations {
  std::optional<std::uint64_t> bytes;  // IncompleteBody
  std::optional<Md5Digest> md5;        // BadDigest
  std::optional<Sha256Digest> sha256;  // XAmzContentSHA256Mismatch
};

// For a body of so many bytes with these digests.  The code that is named at the member.
S3Result<void> check_expectations(const BodyExpectations& expected,
                                  std::uint64_t bytes,
                                  const RunningDigest::Digests& digests);

}  // namespace sluice::s3
