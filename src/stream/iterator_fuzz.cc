// Text as a shard iterator: nothing that the key did not sign is accepted.
#include "base/check.h"
#include "stream/iterator.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::stream;
  const std::string_view token(reinterpret_cast<const char*>(data), size);
  const auto decoded = decode_iterator(token, "fuzzing key", sluice::unix_millis(0));
  SLUICE_CHECK(!decoded || encode_iterator(*decoded, "fuzzing key") == token);
  return 0;
}
