// What a jq worker and who asks it say to each other over a socket.
//
//   frame   = payload size (u32) | payload                            integers little endian
//   text    = varint size | bytes
//   start   = memory (varint) | processor seconds (varint) | idle time, ms (varint) | query (text)
//             | keys (varint, texts)
//   started = outcome (u8) | why not (text)
//   ask     = one by one (u8) | time, ms (varint) | records (varint, texts)
//   answers = answer ...           as many frames as the worker likes; when one by one, one a
//   record answer  = 0 (u8) | values (texts, one a key)  |  1 (u8) | why there are none (text)
//
// The worker runs whatever a user wrote, so nothing it says is believed: sizes are bounded, values
// checked, every byte accounted for, and anything else is Fault::corrupt.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "delivery/metadata_query.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::query {

inline constexpr std::size_t jq_frame_bytes_max = std::size_t{64} << 20;   // of the payload
inline constexpr std::size_t jq_record_bytes_max = std::size_t{32} << 20;  // fits in a frame

// Appends a frame, whose payload has at most jq_frame_bytes_max.
void put_jq_frame(Bytes& out, ByteView payload);

// Cuts a stream of bytes into frames.  Not thread-safe.
class JqFrames {
 public:
  void add(ByteView bytes);

  // The next payload, borrowed until the next call; std::nullopt: more bytes are needed.
  // Fault::corrupt for a size over the bound.
  Result<std::optional<ByteView>> next();

 private:
  Bytes buffer_;
  std::size_t used_ = 0;  // bytes at the front that were handed out
};

struct JqStart {
  std::uint64_t memory_bytes = 0;
  std::chrono::seconds processor_time{0};
  std::chrono::milliseconds idle_time{0};  // after which a worker that has been asked ends itself
  std::string query;
  std::vector<std::string> keys;
};

Bytes encode(const JqStart& start);
Result<JqStart> decode_jq_start(ByteView payload);

struct JqStarted {
  enum class Outcome : std::uint8_t { runs, refused, unable };

  Outcome outcome = Outcome::runs;
  std::string why;  // not
};

Bytes encode(const JqStarted& started);
Result<JqStarted> decode_jq_started(ByteView payload);

struct JqAsk {
  bool one_by_one = false;
  std::chrono::milliseconds time{0};  // of computing, after which the worker ends itself; when one
                                      // by one, for each record
  std::vector<ByteView> records;      // borrowed
};

Bytes encode(const JqAsk& ask);
Result<JqAsk> decode_jq_ask(ByteView payload);

// Appends the answer to one record.
void put_jq_answer(Bytes& out, const delivery::QueryAnswers& answers, std::size_t record);

// Adds the answers of a payload, at most `records_max`, with a value for each of `keys`; how many
// there were.
Result<std::size_t> decode_jq_answers(ByteView payload,
                                      std::size_t keys,
                                      std::size_t records_max,
                                      delivery::QueryAnswers& out);

}  // namespace sluice::query
