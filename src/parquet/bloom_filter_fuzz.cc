// Arbitrary bytes as a bloom filter: reading it ends in an error or in a filter that can be asked
// and that reads the same once written again.
#include "base/check.h"
#include "parquet/bloom_filter.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice::parquet;
  const sluice::ByteView bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(bloom_filter_length(bytes));
  const sluice::Result<BloomFilter> filter = BloomFilter::decode(bytes);
  if (!filter) {
    return 0;
  }
  static_cast<void>(filter->may_contain(bytes));
  SLUICE_CHECK(filter->false_positives() <= 1);
  sluice::Bytes again;
  filter->encode(again);
  const sluice::Result<BloomFilter> second = BloomFilter::decode(again);
  SLUICE_CHECK(second.has_value());
  SLUICE_CHECK(second->bytes() == filter->bytes());
  return 0;
}
