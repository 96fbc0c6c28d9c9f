// Frames and messages between an engine and its worker.
#include "query/worker_protocol.h"

#include "base/check.h"

#include <fmt/format.h>

#include <utility>

namespace sluice::query {
namespace {

std::unexpected<Error> refuse(std::string_view what) {
  return fail(Fault::corrupt, fmt::format("the query's process sent {}", what));
}

void put_text(Bytes& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

void put_texts(Bytes& out, const std::vector<std::string>& texts) {
  put_varint(out, texts.size());
  for (const std::string& text : texts) {
    put_text(out, text);
  }
}

Result<std::uint64_t> take_number(ByteReader& reader) {
  const auto number = reader.varint();
  if (!number) {
    return refuse("a message that ends early");
  }
  return *number;
}

Result<std::string_view> take_bytes(ByteReader& reader, std::uint64_t size) {
  const auto taken = reader.take(size);
  if (!taken) {
    return refuse("a text that ends early");
  }
  return *taken;
}

Result<std::string> take_text(ByteReader& reader) {
  SLUICE_TRY(size, take_number(reader));
  SLUICE_TRY(text, take_bytes(reader, size));
  return std::string(text);
}

Result<std::vector<std::string>> take_texts(ByteReader& reader) {
  SLUICE_TRY(count, take_number(reader));
  if (count > reader.remaining()) {
    return refuse("a list longer than its message");
  }
  std::vector<std::string> texts;
  texts.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    SLUICE_TRY(text, take_text(reader));
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<void> expect_end(const ByteReader& reader) {
  if (reader.remaining() != 0) {
    return refuse("bytes behind a message");
  }
  return {};
}

}  // namespace

void put_frame(Bytes& out, FrameKind kind, ByteView payload) {
  SLUICE_CHECK(payload.size() <= frame_bytes_max);
  put_le(out, static_cast<std::uint32_t>(payload.size()));
  put_le(out, static_cast<std::uint8_t>(kind));
  out += payload;
}

void FrameReader::add(ByteView bytes) {
  buffer_.erase(0, std::exchange(used_, 0));
  buffer_ += bytes;
}

Result<std::optional<Frame>> FrameReader::next() {
  ByteReader reader(ByteView(buffer_).substr(used_));
  const auto size = reader.le<std::uint32_t>();
  const auto kind = reader.le<std::uint8_t>();
  if (!size || !kind) {
    return std::nullopt;
  }
  if (*size > frame_bytes_max) {
    return refuse(fmt::format("a frame of {} bytes", *size));
  }
  if (*kind < static_cast<std::uint8_t>(FrameKind::start) ||
      *kind > static_cast<std::uint8_t>(FrameKind::failed)) {
    return refuse(fmt::format("a frame of kind {}", *kind));
  }
  const auto payload = reader.take(*size);
  if (!payload) {
    return std::nullopt;
  }
  used_ += frame_head_bytes + *size;
  return Frame{static_cast<FrameKind>(*kind), *payload};
}

Bytes encode(const StartMessage& message) {
  Bytes out;
  put_text(out, message.library);
  put_varint(out, message.limits.memory_bytes);
  put_varint(out, message.limits.threads);
  put_varint(out, static_cast<std::uint64_t>(message.limits.time.count()));
  put_texts(out, message.script.setup);
  put_text(out, message.script.sql);
  put_texts(out, message.script.readable);
  put_text(out, message.script.parquet_to);
  put_varint(out, message.script.nested_as_json ? 1 : 0);
  return out;
}

Result<StartMessage> decode_start(ByteView payload) {
  ByteReader reader(payload);
  StartMessage message;
  SLUICE_TRY(library, take_text(reader));
  SLUICE_TRY(memory, take_number(reader));
  SLUICE_TRY(threads, take_number(reader));
  SLUICE_TRY(time, take_number(reader));
  SLUICE_TRY(setup, take_texts(reader));
  SLUICE_TRY(sql, take_text(reader));
  SLUICE_TRY(readable, take_texts(reader));
  SLUICE_TRY(parquet_to, take_text(reader));
  SLUICE_TRY(nested_as_json, take_number(reader));
  SLUICE_TRY_DO(expect_end(reader));
  message.library = std::move(library);
  message.limits = {memory,
                    static_cast<unsigned>(threads),
                    std::chrono::milliseconds(static_cast<std::int64_t>(time))};
  message.script = {.setup = std::move(setup),
                    .sql = std::move(sql),
                    .readable = std::move(readable),
                    .parquet_to = std::move(parquet_to),
                    .nested_as_json = nested_as_json != 0};
  return message;
}

Bytes encode(std::span<const ResultColumn> columns) {
  Bytes out;
  put_varint(out, columns.size());
  for (const ResultColumn& column : columns) {
    put_text(out, column.name);
    put_text(out, column.type);
  }
  return out;
}

Result<std::vector<ResultColumn>> decode_columns(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(count, take_number(reader));
  if (count > result_columns_max) {
    return refuse(fmt::format("{} columns", count));
  }
  std::vector<ResultColumn> columns;
  for (std::uint64_t i = 0; i < count; ++i) {
    SLUICE_TRY(name, take_text(reader));
    SLUICE_TRY(type, take_text(reader));
    columns.push_back({std::move(name), std::move(type)});
  }
  SLUICE_TRY_DO(expect_end(reader));
  return columns;
}

void put_value(Bytes& out, std::optional<std::string_view> value) {
  if (!value) {
    put_varint(out, 0);
    return;
  }
  put_varint(out, value->size() + 1);
  out += *value;
}

Result<void> decode_rows(
    ByteView payload,
    std::size_t columns,
    const std::function<Result<void>(std::span<const std::optional<std::string_view>>)>& on_row) {
  if (columns == 0) {
    return payload.empty() ? Result<void>() : refuse("rows before their columns");
  }
  std::vector<std::optional<std::string_view>> row(columns);
  ByteReader reader(payload);
  while (reader.remaining() != 0) {
    for (auto& value : row) {
      SLUICE_TRY(size, take_number(reader));
      value.reset();
      if (size != 0) {
        SLUICE_TRY(text, take_bytes(reader, size - 1));
        value = text;
      }
    }
    SLUICE_TRY_DO(on_row(row));
  }
  return {};
}

Bytes encode(const DoneMessage& message) {
  Bytes out;
  put_varint(out, message.rows);
  put_varint(out, message.bytes_scanned);
  put_varint(out, message.files_opened);
  put_varint(out, message.is_confined ? 1 : 0);
  return out;
}

Result<DoneMessage> decode_done(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(rows, take_number(reader));
  SLUICE_TRY(bytes, take_number(reader));
  SLUICE_TRY(files, take_number(reader));
  SLUICE_TRY(is_confined, take_number(reader));
  SLUICE_TRY_DO(expect_end(reader));
  return DoneMessage{rows, bytes, files, is_confined != 0};
}

Bytes encode(const FailedMessage& message) {
  Bytes out;
  put_varint(out, static_cast<std::uint64_t>(message.fault));
  put_varint(out, message.offset ? *message.offset + 1 : 0);
  put_text(out, message.message);
  return out;
}

Result<FailedMessage> decode_failed(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(fault, take_number(reader));
  SLUICE_TRY(offset, take_number(reader));
  SLUICE_TRY(text, take_text(reader));
  SLUICE_TRY_DO(expect_end(reader));
  if (fault > static_cast<std::uint64_t>(Fault::unsupported)) {
    return refuse(fmt::format("a failure of kind {}", fault));
  }
  FailedMessage message;
  message.fault = static_cast<Fault>(fault);
  if (offset != 0) {
    message.offset = offset - 1;
  }
  message.message = std::move(text);
  return message;
}

}  // namespace sluice::query
