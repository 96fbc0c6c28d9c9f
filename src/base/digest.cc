// Message digests, on OpenSSL.
//
// MD5 and SHA-256 use OpenSSL's low-level functions although 3.0 deprecates them: the EVP way costs
// about 250 ns more per digest, and partition keys of a few bytes are hashed one by one.  They
// cannot fail either, which leaves no error to return.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include "base/check.h"

#include <openssl/crypto.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <algorithm>
#include <tuple>

namespace sluice {

namespace {

static_assert(std::tuple_size_v<Md5Digest> == MD5_DIGEST_LENGTH);
static_assert(std::tuple_size_v<Sha256Digest> == SHA256_DIGEST_LENGTH);

const unsigned char* unsigned_data(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

template <std::size_t size>
ByteView view_of(const std::array<std::uint8_t, size>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

Md5Digest md5(ByteView bytes) {
  Md5Digest digest;
  MD5(unsigned_data(bytes), bytes.size(), digest.data());
  return digest;
}

Sha256Digest sha256(ByteView bytes) {
  Sha256Digest digest;
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes.data(), bytes.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

// RFC 2104, on the low-level functions too: OpenSSL's HMAC() costs some microseconds in look-ups,
// and every signed request needs one.
Sha256Digest hmac_sha256(ByteView key, ByteView message) {
  constexpr std::uint8_t inner_pad = 0x36;
  constexpr std::uint8_t outer_pad = 0x5c;
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    const Sha256Digest short_key = sha256(key);
    std::copy(short_key.begin(), short_key.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const auto digest_padded = [&block](std::uint8_t pad, ByteView rest) {
    std::array<std::uint8_t, SHA256_CBLOCK> padded = block;
    for (std::uint8_t& byte : padded) {
      byte ^= pad;
    }
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, padded.data(), padded.size());
    SHA256_Update(&context, rest.data(), rest.size());
    Sha256Digest digest;
    SHA256_Final(digest.data(), &context);
    OPENSSL_cleanse(padded.data(), padded.size());
    return digest;
  };
  const Sha256Digest inner = digest_padded(inner_pad, message);
  const Sha256Digest digest = digest_padded(outer_pad, view_of(inner));
  OPENSSL_cleanse(block.data(), block.size());
  return digest;
}

std::string to_hex(ByteView bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 0xf]);
  }
  return out;
}

std::string to_hex(const Md5Digest& digest) {
  return to_hex(view_of(digest));
}

std::string to_hex(const Sha256Digest& digest) {
  return to_hex(view_of(digest));
}

Bytes to_bytes(const Sha256Digest& digest) {
  return Bytes(view_of(digest));
}

bool equal_constant_time(ByteView left, ByteView right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

struct RunningSha256::State {
  SHA256_CTX context{};
  bool is_finished = false;
};

RunningSha256::RunningSha256() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->context);
}

RunningSha256::~RunningSha256() = default;
RunningSha256::RunningSha256(RunningSha256&&) noexcept = default;
RunningSha256& RunningSha256::operator=(RunningSha256&&) noexcept = default;

void RunningSha256::update(ByteView bytes) {
  SLUICE_CHECK(!state_->is_finished);
  SHA256_Update(&state_->context, bytes.data(), bytes.size());
}

Sha256Digest RunningSha256::finish() {
  SLUICE_CHECK(!state_->is_finished);
  state_->is_finished = true;
  Sha256Digest digest;
  SHA256_Final(digest.data(), &state_->context);
  return digest;
}

struct RunningDigest::State {
  SHA256_CTX sha256{};
  MD5_CTX md5{};
  bool is_finished = false;
};

RunningDigest::RunningDigest() : state_(std::make_unique<State>()) {
  SHA256_Init(&state_->sha256);
  MD5_Init(&state_->md5);
}

RunningDigest::~RunningDigest() = default;
RunningDigest::RunningDigest(RunningDigest&&) noexcept = default;
RunningDigest& RunningDigest::operator=(RunningDigest&&) noexcept = default;

void RunningDigest::update(ByteView bytes) {
  update_sha256(bytes);
  update_md5(bytes);
}

void RunningDigest::update_sha256(ByteView bytes) {
  SLUICE_CHECK(state_ != nullptr);
  SLUICE_CHECK(!state_->is_finished);
  SHA256_Update(&state_->sha256, bytes.data(), bytes.size());
}

void RunningDigest::update_md5(ByteView bytes) {
  SLUICE_CHECK(state_ != nullptr);
  SLUICE_CHECK(!state_->is_finished);
  MD5_Update(&state_->md5, bytes.data(), bytes.size());
}

RunningDigest::Digests RunningDigest::so_far() const {
  SLUICE_CHECK(state_ != nullptr);
  SLUICE_CHECK(!state_->is_finished);
  SHA256_CTX sha256 = state_->sha256;
  MD5_CTX md5 = state_->md5;
  Digests digests{};
  SHA256_Final(digests.sha256.data(), &sha256);
  MD5_Final(digests.md5.data(), &md5);
  return digests;
}

RunningDigest::Digests RunningDigest::finish() {
  const Digests digests = so_far();
  state_->is_finished = true;
  return digests;
}

}  // namespace sluice
