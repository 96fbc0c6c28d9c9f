#include "base/aead.h"

#include "base/check.h"

#include <openssl/evp.h>

#include <limits>
#include <memory>

namespace sluice {
namespace {

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* raw(char* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

const unsigned char* raw(const char* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}

int length(std::size_t size) {
  SLUICE_CHECK(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
  return static_cast<int>(size);
}

// With the associated bytes taken in.
Context begin(const AeadKey& key, const AeadNonce& nonce, ByteView associated, bool is_sealing) {
  Context context(EVP_CIPHER_CTX_new());
  SLUICE_CHECK(context != nullptr);
  int done = 0;
  const bool has_begun =
      EVP_CipherInit_ex(context.get(),
                        EVP_aes_256_gcm(),
                        nullptr,
                        key.data(),
                        nonce.data(),
                        is_sealing ? 1 : 0) == 1 &&
      EVP_CipherUpdate(
          context.get(), nullptr, &done, raw(associated.data()), length(associated.size())) == 1;
  SLUICE_CHECK(has_begun);
  return context;
}

}  // namespace

void aead_seal(const AeadKey& key,
               const AeadNonce& nonce,
               ByteView associated,
               char* bytes,
               std::size_t size,
               char* tag) {
  const Context context = begin(key, nonce, associated, true);
  int done = 0;
  const bool is_sealed =
      EVP_CipherUpdate(context.get(), raw(bytes), &done, raw(bytes), length(size)) == 1 &&
      EVP_CipherFinal_ex(context.get(), raw(bytes), &done) == 1 &&
      EVP_CIPHER_CTX_ctrl(
          context.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(aead_tag_bytes), tag) == 1;
  SLUICE_CHECK(is_sealed);
}

bool aead_open(const AeadKey& key,
               const AeadNonce& nonce,
               ByteView associated,
               char* bytes,
               std::size_t size,
               ByteView tag) {
  SLUICE_CHECK(tag.size() == aead_tag_bytes);
  const Context context = begin(key, nonce, associated, false);
  Bytes expected(tag);
  int done = 0;
  const bool is_read =
      EVP_CipherUpdate(context.get(), raw(bytes), &done, raw(bytes), length(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(),
                          EVP_CTRL_AEAD_SET_TAG,
                          static_cast<int>(aead_tag_bytes),
                          expected.data()) == 1;
  SLUICE_CHECK(is_read);
  return EVP_CipherFinal_ex(context.get(), raw(bytes), &done) == 1;
}

}  // namespace sluice
