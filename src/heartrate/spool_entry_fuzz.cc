// A spool's entries on arbitrary bytes: what is read is written back the same.
#include "heartrate/spool_entry.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::heartrate;
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_entry(bytes, 1, 0));
  if (const auto record = decode_record_entry(bytes)) {
    const Bytes encoded = encode_record_entry(*record);
    const auto again = decode_record_entry(encoded);
    if (!again || again->ordinal != record->ordinal || again->data != record->data) {
      std::abort();
    }
  }
  if (const auto batch = decode_batch_entry(bytes)) {
    if (decode_batch_entry(encode_batch_entry(*batch)) != batch) {
      std::abort();
    }
  }
  if (const auto settled = decode_settled_entry(bytes)) {
    if (decode_settled_entry(encode_settled_entry(*settled)) != settled) {
      std::abort();
    }
  }
  if (const auto snapshot = decode_snapshot_entry(bytes)) {
    if (decode_snapshot_entry(encode_snapshot_entry(*snapshot)) != snapshot) {
      std::abort();
    }
  }
  return 0;
}
