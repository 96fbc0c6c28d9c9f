// Shard iterators: opaque tokens that carry a reader's position, so that the server keeps none.
//
// A token is the base64 of version, stream incarnation, shard, position, issue time and a keyed
// digest (HMAC-SHA256, cut to 16 bytes); 72 characters.  It may be used any number of times for 300
// seconds from its issue, also after a restart, and dies with its stream.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "stream/ids.h"

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sluice::stream {

inline constexpr std::chrono::seconds iterator_life{300};

// Longer tokens are refused unread; ours are shorter.
inline constexpr std::size_t iterator_chars_max = 512;

struct ShardIterator {
  StreamIncarnation stream;
  ShardIndex shard;
  Ordinal at;  // the first record to return; the next one where it does not exist (any more)
  UnixMillis issued;

  friend bool operator==(const ShardIterator&, const ShardIterator&) = default;
};

enum class IteratorFault : std::uint8_t {
  invalid,            // not a token of ours, or tampered with
  expired,            // older than iterator_life
  other_incarnation,  // of a stream that is not the one meant
};

struct IteratorFailure {
  IteratorFault fault = IteratorFault::invalid;
  UnixMillis issued{};  // of an expired one
};

// `key` is the server's secret, any length; the same key must decode.
std::string encode_iterator(const ShardIterator& iterator, ByteView key);

// The position, whatever stream it belongs to; the caller finds that by its incarnation.
// A clock that went back since the issue does not invalidate a token.
std::expected<ShardIterator, IteratorFailure> decode_iterator(std::string_view token,
                                                              ByteView key,
                                                              UnixMillis now);

// The same for a caller who knows which stream must be meant.
std::expected<ShardIterator, IteratorFailure> decode_iterator_of(const StreamIncarnation& stream,
                                                                 std::string_view token,
                                                                 ByteView key,
                                                                 UnixMillis now);

}  // namespace sluice::stream
