// What an engine and its worker process say to each other over a socket.
//
//   frame   = payload size (u32) | kind (u8) | payload          integers little endian
//   start   = engine to worker, once
//   columns, rows..., done | failed                             worker to engine
//   text    = varint size | bytes
//   value   = varint 0 for NULL, else size + 1 | bytes
//
// The worker runs whatever a user wrote, so the engine believes nothing: sizes are bounded, every
// byte must be accounted for, and anything else is Fault::corrupt.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "query/engine.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::query {

inline constexpr std::size_t frame_bytes_max = std::size_t{64} << 20;  // of the payload
inline constexpr std::size_t frame_head_bytes = 5;
inline constexpr std::size_t result_columns_max = 10'000;

enum class FrameKind : std::uint8_t { start = 1, columns, rows, done, failed };

struct Frame {
  FrameKind kind;
  ByteView payload;  // borrowed from the reader until its next call
};

// Appends the head of a frame and its payload, of at most frame_bytes_max.
void put_frame(Bytes& out, FrameKind kind, ByteView payload);

// Cuts a stream of bytes into frames.  Not thread-safe.
class FrameReader {
 public:
  void add(ByteView bytes);

  // std::nullopt: more bytes are needed.  Fault::corrupt for an unknown kind or a size over the
  // bound, and then for ever.
  Result<std::optional<Frame>> next();

 private:
  Bytes buffer_;
  std::size_t used_ = 0;  // bytes at the front that were handed out
};

struct StartMessage {
  std::string library;
  EngineLimits limits;
  Script script;
};

struct DoneMessage {
  std::uint64_t rows = 0;
  std::uint64_t bytes_scanned = 0;
  std::uint64_t files_opened = 0;
  bool is_confined = false;  // by the kernel, beyond what DuckDB checks itself
};

struct FailedMessage {
  Fault fault = Fault::io;
  std::optional<std::uint64_t> offset;  // of the mistake, in bytes from the start of the statement
  std::string message;
};

Bytes encode(const StartMessage& message);
Result<StartMessage> decode_start(ByteView payload);

Bytes encode(std::span<const ResultColumn> columns);
Result<std::vector<ResultColumn>> decode_columns(ByteView payload);

void put_value(Bytes& out, std::optional<std::string_view> value);

// Calls `on_row` with the values of each row.  A payload is a whole number of rows; a result
// without columns has none.
Result<void> decode_rows(
    ByteView payload,
    std::size_t columns,
    const std::function<Result<void>(std::span<const std::optional<std::string_view>>)>& on_row);

Bytes encode(const DoneMessage& message);
Result<DoneMessage> decode_done(ByteView payload);

Bytes encode(const FailedMessage& message);
Result<FailedMessage> decode_failed(ByteView payload);

}  // namespace sluice::query
