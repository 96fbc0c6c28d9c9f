// Bytes from an object's file to wherever they are wanted, a piece at a time.
#pragma once

#include "base/bytes.h"
#include "base/file_system.h"
#include "s3/error.h"

#include <cstdint>
#include <functional>

namespace sluice::s3 {

// `bytes` from `offset` on, in order, in pieces of at most a megabyte.  S3Code::internal_error when
// the file has fewer; otherwise what reading or `take` says.
S3Result<void> copy_bytes(const File& file,
                          std::uint64_t offset,
                          std::uint64_t bytes,
                          const std::function<S3Result<void>(ByteView piece)>& take);

}  // namespace sluice::s3
