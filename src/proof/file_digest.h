// What a file's bytes add up to.
#pragma once

#include "base/digest.h"
#include "base/file_system.h"
#include "base/result.h"

#include <cstddef>
#include <functional>

namespace sluice::proof {

// The SHA-256 of all bytes, read from front to end in pieces of at most 1 MiB; `on_piece` is told
// the size of each.  Fails as reading does.
Result<Sha256Digest> digest_of(const File& file,
                               const std::function<void(std::size_t bytes)>& on_piece = {});

}  // namespace sluice::proof
