// Bytes as a frame, a block, a segment's header, footer and whole file: no reading out of bounds,
// no failed check, and what is accepted is consistent.
#include "base/check.h"
#include "base/crc32c.h"
#include "stream/frame.h"
#include "stream/segment_scan.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace sluice;
using namespace sluice::stream;

// Any tables are tried, as if their checksum held.
void try_block(ByteView bytes) {
  if (bytes.size() < 12) {
    return;
  }
  BlockHeader header{.shard = ShardIndex(0),
                     .records = load_le<std::uint16_t>(bytes.data()),
                     .first = first_ordinal,
                     .table_bytes = load_le<std::uint32_t>(bytes.data() + 2) % 4096,
                     .has_hash_keys = (bytes[6] & 1) != 0};
  const ByteView content = bytes.substr(8);
  if (header.table_bytes > content.size()) {
    return;
  }
  header.payload_bytes = static_cast<std::uint32_t>(content.size()) - header.table_bytes;
  const auto view = BlockView::over(header, content);
  if (!view) {
    return;
  }
  std::size_t total = 0;
  for (std::uint32_t i = 0; i < view->size(); ++i) {
    const RecordView record = view->record(i);
    total += record.data.size();
    SLUICE_CHECK(record.data.empty() || record.data.data() >= content.data());
    SLUICE_CHECK(record.partition_key.size() <= content.size());
    static_cast<void>(view->explicit_hash_key(i));
  }
  SLUICE_CHECK(total == view->payload().size());
}

// A whole segment of rubbish, with its frame headers' checksums put right so that more is reached.
void try_scan(ByteView bytes) {
  Bytes file(bytes);
  for (std::size_t at = 0; at + frame_header_bytes <= file.size(); ++at) {
    if (load_le<std::uint32_t>(file.data() + at) == frame_magic) {
      store_le(file.data() + at + 4, crc32c(ByteView(file).substr(at + 8, frame_header_bytes - 8)));
    }
  }
  const SegmentPlace place = find_place(file).value_or(SegmentPlace{});
  const SegmentScan scan = scan_segment({.file = file, .place = place, .start = {}});
  SLUICE_CHECK(scan.end >= place.base);
  SLUICE_CHECK(scan.known_durable <= scan.end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(decode_frame_header(bytes));
  static_cast<void>(decode_block_header(bytes, {}));
  static_cast<void>(decode_marker_body(bytes));
  static_cast<void>(decode_segment_header(bytes));
  static_cast<void>(decode_footer(bytes));
  try_block(bytes);
  try_scan(bytes);
  return 0;
}
