// Any record into any table through the Hive SerDe: taken whole or not at all, as the naive
// shredder does.
#include "serde/serde_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sluice::serde::HiveOptions;
  static const sluice::serde::SerdeOptions all[] = {
      HiveOptions{}, HiveOptions{{"millis", "yyyy/MM/dd", "yyyy-MM-dd'T'HH:mm:ss.SSSZ"}}};
  sluice::serde::fuzz(
      {reinterpret_cast<const char*>(data), size}, all, sluice::serde::Binary::without);
  return 0;
}
