// Any JSON as a CreateDeliveryStream request: refused, or a definition that survives being stored.

#include "base/check.h"
#include "delivery/request.h"
#include "json/document.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sluice;
  using namespace sluice::delivery;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = json::Document::parse(Bytes(text));
  if (!document) {
    return 0;
  }
  const auto stream = parse_create_request(document->root(), {"ap-south-1", "111111111111"});
  if (!stream) {
    SLUICE_CHECK(!stream.error().message.empty());
    return 0;
  }
  const std::string stored = encode(*stream);
  const Result<DeliveryStream> read_back = decode_delivery_stream(stored);
  SLUICE_CHECK(read_back.has_value());
  SLUICE_CHECK(encode(*read_back) == stored);
  return 0;
}
