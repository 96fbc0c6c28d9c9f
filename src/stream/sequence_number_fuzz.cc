// Text as a sequence number or shard id: what is accepted must print back as it was.
#include "base/check.h"
#include "stream/sequence_number.h"
#include "stream/shard_id.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::stream;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto parts = parse_sequence_parts(text)) {
    SLUICE_CHECK(is_sequence_text(text));
    SLUICE_CHECK(sequence_text(*parts) == text);
  }
  if (const auto shard = parse_shard_id(text)) {
    SLUICE_CHECK(parse_shard_id(shard_id(*shard)) == shard);
  }
  return 0;
}
