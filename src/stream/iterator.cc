#include "stream/iterator.h"

#include "base/base64.h"
#include "base/check.h"
#include "base/digest.h"

namespace sluice::stream {

namespace {

constexpr std::uint8_t token_version = 1;
constexpr std::size_t body_bytes = 1 + 8 + 8 + 4 + 8 + 8;
constexpr std::size_t mac_bytes = 16;

Bytes mac_of(ByteView body, ByteView key) {
  return to_bytes(hmac_sha256(key, body)).substr(0, mac_bytes);
}

}  // namespace

std::string encode_iterator(const ShardIterator& iterator, ByteView key) {
  Bytes token;
  token.reserve(body_bytes + mac_bytes);
  put_le(token, token_version);
  put_le(token, iterator.stream.created_ms);
  put_le(token, iterator.stream.random);
  put_le(token, iterator.shard.value);
  put_le(token, iterator.at.value);
  put_le(token, to_count(iterator.issued));
  SLUICE_CHECK(token.size() == body_bytes);
  token += mac_of(token, key);
  return base64_encode(token);
}

std::expected<ShardIterator, IteratorFailure> decode_iterator(std::string_view token,
                                                              ByteView key,
                                                              UnixMillis now) {
  const auto invalid = std::unexpected(IteratorFailure{.fault = IteratorFault::invalid});
  if (token.size() > iterator_chars_max) {
    return invalid;
  }
  const auto decoded = base64_decode(token);
  if (!decoded || decoded->size() != body_bytes + mac_bytes) {
    return invalid;
  }
  const ByteView body = ByteView(*decoded).substr(0, body_bytes);
  const ByteView mac = ByteView(*decoded).substr(body_bytes);
  if (!equal_constant_time(mac, mac_of(body, key)) ||
      load_le<std::uint8_t>(body.data()) != token_version) {
    return invalid;
  }
  const char* at = body.data() + 1;
  ShardIterator iterator;
  iterator.stream.created_ms = load_le<std::int64_t>(at);
  iterator.stream.random = load_le<std::uint64_t>(at + 8);
  iterator.shard = ShardIndex(load_le<std::uint32_t>(at + 16));
  iterator.at = Ordinal(load_le<std::uint64_t>(at + 20));
  iterator.issued = unix_millis(load_le<std::int64_t>(at + 28));
  if (now - iterator.issued > iterator_life) {
    return std::unexpected(
        IteratorFailure{.fault = IteratorFault::expired, .issued = iterator.issued});
  }
  return iterator;
}

std::expected<ShardIterator, IteratorFailure> decode_iterator_of(const StreamIncarnation& stream,
                                                                 std::string_view token,
                                                                 ByteView key,
                                                                 UnixMillis now) {
  auto iterator = decode_iterator(token, key, now);
  if (iterator && iterator->stream != stream) {
    return std::unexpected(IteratorFailure{.fault = IteratorFault::other_incarnation});
  }
  return iterator;
}

}  // namespace sluice::stream
