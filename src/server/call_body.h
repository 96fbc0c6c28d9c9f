// The body of a call to a JSON service, parsed.
#pragma once

#include "aws/error.h"
#include "base/bytes.h"
#include "json/document.h"
#include "server/api.h"

#include <cstdint>
#include <expected>

namespace sluice::server {

// Bodies of the JSON services: ten MiB of records in base64, their keys and the rest of the JSON.
inline constexpr std::uint64_t json_body_bytes_max = std::uint64_t{16} << 20;

// The body as JSON, an object.  SerializationException for anything else.
std::expected<json::Document, aws::ApiError> parse_call_body(ByteView body, Wire wire);

}  // namespace sluice::server
