// Messages of AWS's event streams (application/vnd.amazon.eventstream), as SubscribeToShard sends
// them.
//
//   bytes 0..3    length of all
//         4..7    length of the headers
//         8..11   CRC-32 of bytes 0..7
//         12..    headers: name length (1), name, type (1; 7 is a string), value length (2), value
//         ..      payload
//         last 4  CRC-32 of everything before
//
// Numbers are big-endian.
#pragma once

#include "base/bytes.h"

#include <string_view>

namespace sluice::aws {

inline constexpr std::string_view event_stream_type = "application/vnd.amazon.eventstream";

// An event of that type.  The first of a stream is "initial-response" with an empty object, without
// which boto3 refuses the rest.
Bytes encode_event(std::string_view event_type, std::string_view content_type, ByteView payload);

// The last message of a stream that fails.
Bytes encode_exception(std::string_view exception_type,
                       std::string_view content_type,
                       ByteView payload);

}  // namespace sluice::aws
