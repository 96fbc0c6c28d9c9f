// Any bytes from a worker: cut into frames and read as every message; what can be read must come
// out the same once written again.
#include "base/check.h"
#include "query/worker_protocol.h"

#include <cstdint>

namespace {

using namespace sluice;
using namespace sluice::query;

void read(const Frame& frame) {
  if (const auto start = decode_start(frame.payload)) {
    const auto again = decode_start(encode(*start));
    SLUICE_CHECK(again && again->script.sql == start->script.sql);
    SLUICE_CHECK(again->script.setup == start->script.setup);
  }
  if (const auto columns = decode_columns(frame.payload)) {
    SLUICE_CHECK(decode_columns(encode(*columns))->size() == columns->size());
  }
  if (const auto done = decode_done(frame.payload)) {
    SLUICE_CHECK(decode_done(encode(*done))->rows == done->rows);
  }
  if (const auto failed = decode_failed(frame.payload)) {
    SLUICE_CHECK(decode_failed(encode(*failed))->offset == failed->offset);
  }
  for (const std::size_t columns : {std::size_t{0}, std::size_t{1}, std::size_t{3}}) {
    std::size_t values = 0;
    const auto done = decode_rows(frame.payload, columns, [&](auto row) -> Result<void> {
      values += row.size();
      return {};
    });
    // Each value takes a byte at least.
    SLUICE_CHECK(!done || values <= frame.payload.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  FrameReader reader;
  reader.add(bytes);
  for (;;) {
    const auto frame = reader.next();
    if (!frame || !*frame) {
      break;
    }
    read(**frame);
  }
  read({FrameKind::rows, bytes});
  return 0;
}
