#include "s3/quick_digest.h"

#include "base/check.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace sluice::s3 {

void QuickDigest::Free::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

QuickDigest::QuickDigest() : state_(XXH3_createState()) {
  SLUICE_CHECK(state_ != nullptr);
  SLUICE_CHECK(XXH3_128bits_reset(state_.get()) == XXH_OK);
}

void QuickDigest::update(ByteView bytes) {
  SLUICE_CHECK(XXH3_128bits_update(state_.get(), bytes.data(), bytes.size()) == XXH_OK);
}

std::string QuickDigest::so_far() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

}  // namespace sluice::s3
