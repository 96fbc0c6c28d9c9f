#include "base/sha1.h"

#include "base/check.h"
#include "base/digest.h"

#include <openssl/evp.h>

namespace sluice {

struct RunningSha1::State {
  State() {
    const int is_begun = EVP_DigestInit_ex(context, EVP_sha1(), nullptr);
    SLUICE_CHECK(is_begun == 1);
  }

  ~State() { EVP_MD_CTX_free(context); }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* const context = EVP_MD_CTX_new();
};

RunningSha1::RunningSha1() : state_(std::make_unique<State>()) {}

RunningSha1::~RunningSha1() = default;
RunningSha1::RunningSha1(RunningSha1&&) noexcept = default;
RunningSha1& RunningSha1::operator=(RunningSha1&&) noexcept = default;

void RunningSha1::update(ByteView bytes) {
  const int is_taken = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  SLUICE_CHECK(is_taken == 1);
}

Sha1Digest RunningSha1::finish() {
  Sha1Digest digest{};
  const int is_done = EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  SLUICE_CHECK(is_done == 1);
  return digest;
}

std::string sha1_hex(ByteView bytes) {
  RunningSha1 running;
  running.update(bytes);
  const Sha1Digest digest = running.finish();
  return to_hex(ByteView(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace sluice
