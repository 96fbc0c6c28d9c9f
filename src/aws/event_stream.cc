#include "aws/event_stream.h"

#include "base/check.h"
#include "base/crc32.h"

#include <cstdint>
#include <limits>

namespace sluice::aws {

namespace {

constexpr std::size_t prelude_bytes = 12;
constexpr std::size_t trailer_bytes = 4;
constexpr char type_string = 7;

void put_be(Bytes& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

void put_header(Bytes& out, std::string_view name, std::string_view value) {
  SLUICE_CHECK(name.size() <= std::numeric_limits<std::uint8_t>::max());
  SLUICE_CHECK(value.size() <= std::numeric_limits<std::uint16_t>::max());
  put_be(out, name.size(), 1);
  out.append(name);
  out.push_back(type_string);
  put_be(out, value.size(), 2);
  out.append(value);
}

Bytes encode(const Bytes& headers, ByteView payload) {
  const std::size_t total = prelude_bytes + headers.size() + payload.size() + trailer_bytes;
  Bytes message;
  message.reserve(total);
  put_be(message, total, 4);
  put_be(message, headers.size(), 4);
  put_be(message, crc32(message), 4);
  message.append(headers).append(payload);
  put_be(message, crc32(message), 4);
  return message;
}

}  // namespace

Bytes encode_event(std::string_view event_type, std::string_view content_type, ByteView payload) {
  Bytes headers;
  put_header(headers, ":message-type", "event");
  put_header(headers, ":event-type", event_type);
  put_header(headers, ":content-type", content_type);
  return encode(headers, payload);
}

Bytes encode_exception(std::string_view exception_type,
                       std::string_view content_type,
                       ByteView payload) {
  Bytes headers;
  put_header(headers, ":message-type", "exception");
  put_header(headers, ":exception-type", exception_type);
  put_header(headers, ":content-type", content_type);
  return encode(headers, payload);
}

}  // namespace sluice::aws
