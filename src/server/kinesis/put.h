// What PutRecord and PutRecords share.
#pragma once

#include "server/api.h"
#include "stream/frame.h"
#include "stream/log.h"
#include "stream/sequence_number.h"

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::server {

// Names one logical call: the SDK's invocation id and a digest of the body.  All zero without an
// id.
stream::RequestKey request_key(std::string_view invocation_id, ByteView body);

// {"ShardId":…,"SequenceNumber":…} without the braces.
void append_placed(std::string& body,
                   const stream::StreamDefinition& definition,
                   const stream::Placed& placed);

// The same for the records of one request, most of which follow their neighbour in their shard: for
// those the text before is counted on.
class PlacedTexts {
 public:
  // Borrows the definition.
  explicit PlacedTexts(const stream::StreamDefinition& definition) : definition_(definition) {}

  // As append_placed().
  void append(std::string& body, const stream::Placed& placed);

  // The sequence number alone, without quotes.
  void append_number(std::string& body, const stream::Placed& placed);

 private:
  // What records of one shard begin with, and the number of the next one.
  struct Line {
    std::string beginning;
    UnixMillis created;
    stream::Placed next;
    stream::SequenceTexts numbers;
  };

  Line& line_of(const stream::Placed& placed);
  static void append_number(std::string& body, Line& line, const stream::Placed& placed);

  const stream::StreamDefinition& definition_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> line_of_shard_;
};

// By record, whether its shard takes it now; empty: all are taken.
std::expected<std::vector<bool>, aws::ApiError> admit(World& world,
                                                      const stream::StreamHandle& stream,
                                                      std::span<const stream::PutRecord> records);

// "Rate exceeded for shard shardId-000000000000 in stream s under account 111111111111."
std::string rate_exceeded(const World& world, std::string_view stream, stream::ShardIndex shard);

// The error of a put that Streams has refused.
aws::ApiError put_error(const Error& error);

}  // namespace sluice::server
