// Bodies of calls.
#include "server/call_body.h"

#include "aws/cbor.h"

#include <utility>

namespace sluice::server {
namespace {

Result<json::Document> parse(ByteView body, Wire wire) {
  // In JSON blobs are longer by a third than in CBOR.
  const json::DocumentLimits limits{.bytes_max = 2 * json_body_bytes_max};
  if (wire == Wire::json) {
    return json::Document::parse(Bytes(body), limits);
  }
  SLUICE_TRY(json, aws::json_of_cbor(body));
  return json::Document::parse(std::move(json), limits);
}

}  // namespace

std::expected<json::Document, aws::ApiError> parse_call_body(ByteView body, Wire wire) {
  auto document = parse(body, wire);
  if (document && document->root().is(json::Kind::object)) {
    return *std::move(document);
  }
  const std::string reason = body.empty() || document ? "" : document.error().message();
  return std::unexpected(aws::ApiError{"SerializationException", reason, 400, true});
}

}  // namespace sluice::server
