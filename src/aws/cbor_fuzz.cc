// CBOR on arbitrary bytes: what is taken becomes JSON, and comes back from CBOR as it was.
#include "aws/cbor.h"
#include "json/document.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  const auto json = aws::json_of_cbor({reinterpret_cast<const char*>(data), size});
  if (!json) {
    return 0;
  }
  const auto document = json::Document::parse(Bytes(*json));
  if (!document) {
    std::abort();
  }
  const Bytes written = aws::cbor_of_json(document->root());
  const auto again = aws::json_of_cbor(written);
  if (!again) {
    std::abort();
  }
  const auto document_again = json::Document::parse(Bytes(*again));
  if (!document_again || aws::cbor_of_json(document_again->root()) != written) {
    std::abort();
  }
  return 0;
}
