// Whatever a body in aws-chunked form holds, it is read alike in one piece and in many, and brings
// no more data than it has bytes.
#include "base/check.h"
#include "s3/chunked_payload.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

using namespace sluice;
using namespace sluice::s3;

namespace {

struct Read {
  bool is_whole = false;
  std::string data;
  std::vector<std::pair<std::string, std::string>> trailer;
};

Read read(ChunkedForm form, ByteView body, std::size_t piece) {
  Read out;
  ChunkedPayload payload(form, std::nullopt);
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const auto written = payload.write(body.substr(at, piece), [&out](ByteView data) {
      out.data += data;
      return S3Result<void>();
    });
    if (!written) {
      return out;
    }
  }
  out.is_whole = payload.finish().has_value();
  out.trailer = payload.trailer();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const ChunkedForm form{.is_signed = (data[0] & 1) != 0, .has_trailer = (data[0] & 2) != 0};
  const ByteView body(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Read whole = read(form, body, body.size() + 1);
  const Read pieces = read(form, body, std::size_t{data[1]} + 1);
  SLUICE_CHECK(whole.is_whole == pieces.is_whole);
  SLUICE_CHECK(whole.data == pieces.data);
  SLUICE_CHECK(whole.trailer == pieces.trailer);
  SLUICE_CHECK(whole.data.size() <= body.size());
  SLUICE_CHECK(form.has_trailer || whole.trailer.empty());
  return 0;
}
