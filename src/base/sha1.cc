#include "base/sha1.h"

#include "base/check.h"
#include "base/digest.h"

#include <openssl/evp.h>

#include <array>

namespace sluice {

std::string sha1_hex(ByteView bytes) {
  std::array<char, 20> digest{};
  const int is_done = EVP_Digest(bytes.data(),
                                 bytes.size(),
                                 reinterpret_cast<unsigned char*>(digest.data()),
                                 nullptr,
                                 EVP_sha1(),
                                 nullptr);
  SLUICE_CHECK(is_done == 1);
  return to_hex(ByteView(digest.data(), digest.size()));
}

}  // namespace sluice
