// Gzip data for tests.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

#include <zlib.h>

namespace sluice::delivery {

// One member.
inline Bytes gzip_of(ByteView text) {
  z_stream stream{};
  SLUICE_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) ==
               Z_OK);
  Bytes out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  SLUICE_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace sluice::delivery
