// Any record into any table through the OpenX SerDe: taken whole or not at all, as the naive
// shredder does, and the guessing path agrees.
#include "serde/serde_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sluice::serde::OpenXOptions;
  static const sluice::serde::SerdeOptions all[] = {
      OpenXOptions{},
      OpenXOptions{.case_insensitive = false},
      OpenXOptions{.dots_to_underscores = true, .column_to_key = {{"b", "Key"}}}};
  sluice::serde::fuzz(
      {reinterpret_cast<const char*>(data), size}, all, sluice::serde::Binary::with);
  return 0;
}
