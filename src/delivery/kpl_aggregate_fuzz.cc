// Aggregates on arbitrary messages (framed right, so that the digest hides nothing) and on
// arbitrary records; what is unpacked lies within the record.
#include "base/digest.h"
#include "delivery/kpl_aggregate.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void check(sluice::ByteView record) {
  const auto users = sluice::delivery::decode_aggregate(record);
  if (!users) {
    return;
  }
  for (const auto& user : *users) {
    for (const sluice::ByteView part :
         {user.data, user.partition_key, user.explicit_hash_key.value_or(sluice::ByteView())}) {
      const bool is_inside =
          part.empty() || (part.data() >= record.data() &&
                           part.data() + part.size() <= record.data() + record.size());
      if (!is_inside) {
        std::abort();
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const sluice::ByteView bytes(reinterpret_cast<const char*>(data), size);
  check(bytes);
  sluice::Bytes frame("\xf3\x89\x9a\xc2");
  frame.append(bytes);
  for (const std::uint8_t byte : sluice::md5(bytes)) {
    frame.push_back(static_cast<char>(byte));
  }
  check(frame);
  return 0;
}
