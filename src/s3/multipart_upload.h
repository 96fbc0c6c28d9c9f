// An object in parts: created, its parts put at the same time, completed; or aborted.
//
// Uploads of the same key that an earlier life left behind (a process that was killed in the
// middle) are aborted first, where the key may list them: their parts would cost storage for ever.
#pragma once

#include "base/result.h"
#include "net/http.h"
#include "s3/remote_caller.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::s3 {

struct ObjectUpload;

struct PartOptions {
  std::uint64_t part_bytes = 0;
  std::size_t parts_at_once = 1;
  bool if_none_match = false;  // stores that are older than this rule replace the object
  bool has_crc32c = false;     // the store checks each part by it, and keeps that of them all
};

// As headers carry it: base64, most significant byte first.
Result<std::string> crc32c_of(const net::FileRegion& region);

// A store takes so many parts, each but the last of at least 5 MiB.
inline constexpr std::uint64_t parts_max = 10'000;

// `part_bytes`, or as much as it takes to stay below parts_max, in whole MiB.
std::uint64_t part_bytes_for(std::uint64_t object_bytes, std::uint64_t part_bytes);

// As S3Client::put.  `headers` are those of the object.  The file is read twice and, to know that
// it is still what was planned, a third time.
Result<void> put_in_parts(const RemoteCaller& caller,
                          const ObjectUpload& upload,
                          const net::HttpHeaders& headers,
                          const PartOptions& options);

}  // namespace sluice::s3
