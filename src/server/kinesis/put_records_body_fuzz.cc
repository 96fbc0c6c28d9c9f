// Bodies of PutRecords calls: what the plain way takes, the full way reads as the same.
#include "server/kinesis/put_records_body_agreement.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (!sluice::server::plain_way_agrees({reinterpret_cast<const char*>(data), size})) {
    std::abort();
  }
  return 0;
}
