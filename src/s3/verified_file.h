// A file whose bytes are compared with the digest they were stored under, while it is read.
#pragma once

#include "base/digest.h"
#include "base/file_system.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::s3 {

// What an object's bytes must be, by at least one digest.
struct StoredDigest {
  std::string name;  // for messages
  std::uint64_t bytes = 0;
  std::optional<Sha256Digest> sha256{};
  std::string quick{};  // s3/quick_digest.h's; empty: not known
};

// Reads that follow each other from the first byte to the last are compared with the digest: the
// one that brings the last byte fails with Fault::corrupt, and has called `on_damage`, if they are
// others.  So whoever has read all of it has read what was stored.  Reads elsewhere are passed on
// as they are, for nothing tells what a part must be.  Where the quick digest was not known, it is
// given to `on_quick` (may be empty) when all bytes were right.  One reader at a time.
std::shared_ptr<const File> make_verified_file(
    std::unique_ptr<File> file,
    StoredDigest stored,
    std::function<void()> on_damage,
    std::function<void(const std::string& quick)> on_quick = {});

}  // namespace sluice::s3
