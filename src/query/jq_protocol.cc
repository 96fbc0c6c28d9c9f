#include "query/jq_protocol.h"

#include "base/check.h"
#include "base/utf8.h"
#include "delivery/object_construction.h"
#include "delivery/partition_value.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace sluice::query {
namespace {

constexpr std::size_t reason_bytes_max = 1024;

std::unexpected<Error> refuse(std::string_view what) {
  return fail(Fault::corrupt, fmt::format("jq's process sent {}", what));
}

void put_text(Bytes& out, std::string_view text) {
  put_varint(out, text.size());
  out += text;
}

Result<std::uint64_t> take_number(ByteReader& reader) {
  const auto number = reader.varint();
  if (!number) {
    return refuse("a message that ends early");
  }
  return *number;
}

Result<std::uint8_t> take_byte(ByteReader& reader, std::uint8_t max) {
  const auto byte = reader.le<std::uint8_t>();
  if (!byte || *byte > max) {
    return refuse("a message of no kind");
  }
  return *byte;
}

Result<std::string_view> take_text(ByteReader& reader) {
  SLUICE_TRY(size, take_number(reader));
  const auto text = reader.take(size);
  if (!text) {
    return refuse("a text that ends early");
  }
  return *text;
}

Result<void> expect_end(const ByteReader& reader) {
  if (reader.remaining() != 0) {
    return refuse("bytes behind a message");
  }
  return {};
}

Result<void> take_reason(ByteReader& reader, delivery::QueryAnswers& out) {
  SLUICE_TRY(why, take_text(reader));
  if (why.empty() || why.size() > reason_bytes_max || !is_utf8(why)) {
    return refuse("a reason that is none");
  }
  out.refuse(why);
  return {};
}

Result<void> take_values(ByteReader& reader, std::size_t keys, delivery::QueryAnswers& out) {
  std::array<std::string_view, delivery::query_keys_max> values;
  std::size_t bytes = 0;
  for (std::size_t key = 0; key < keys; ++key) {
    SLUICE_TRY(value, take_text(reader));
    bytes += value.size();
    if (value.empty() || bytes > delivery::partition_values_bytes_max || !is_utf8(value)) {
      return refuse("a value that is none");
    }
    values[key] = value;
  }
  out.accept(std::span(values).first(keys));
  return {};
}

}  // namespace

void put_jq_frame(Bytes& out, ByteView payload) {
  SLUICE_CHECK(payload.size() <= jq_frame_bytes_max);
  put_le(out, static_cast<std::uint32_t>(payload.size()));
  out += payload;
}

void JqFrames::add(ByteView bytes) {
  buffer_.erase(0, std::exchange(used_, 0));
  buffer_ += bytes;
}

Result<std::optional<ByteView>> JqFrames::next() {
  ByteReader reader(ByteView(buffer_).substr(used_));
  const auto size = reader.le<std::uint32_t>();
  if (!size) {
    return std::nullopt;
  }
  if (*size > jq_frame_bytes_max) {
    return refuse(fmt::format("a frame of {} bytes", *size));
  }
  const auto payload = reader.take(*size);
  if (payload) {
    used_ += sizeof(*size) + *size;
  }
  return payload;
}

Bytes encode(const JqStart& start) {
  Bytes out;
  put_varint(out, start.memory_bytes);
  put_varint(out, static_cast<std::uint64_t>(start.processor_time.count()));
  put_varint(out, static_cast<std::uint64_t>(start.idle_time.count()));
  put_text(out, start.query);
  put_varint(out, start.keys.size());
  for (const std::string& key : start.keys) {
    put_text(out, key);
  }
  return out;
}

Result<JqStart> decode_jq_start(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(memory, take_number(reader));
  SLUICE_TRY(seconds, take_number(reader));
  SLUICE_TRY(idle, take_number(reader));
  SLUICE_TRY(query, take_text(reader));
  SLUICE_TRY(count, take_number(reader));
  if (count > delivery::query_keys_max) {
    return refuse("too many keys");
  }
  JqStart start{.memory_bytes = memory,
                .processor_time = std::chrono::seconds(static_cast<std::int64_t>(seconds)),
                .idle_time = std::chrono::milliseconds(static_cast<std::int64_t>(idle)),
                .query = std::string(query),
                .keys = {}};
  for (std::uint64_t key = 0; key < count; ++key) {
    SLUICE_TRY(text, take_text(reader));
    start.keys.emplace_back(text);
  }
  SLUICE_TRY_DO(expect_end(reader));
  return start;
}

Bytes encode(const JqStarted& started) {
  Bytes out;
  put_le(out, static_cast<std::uint8_t>(started.outcome));
  put_text(out, started.why);
  return out;
}

Result<JqStarted> decode_jq_started(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(outcome, take_byte(reader, static_cast<std::uint8_t>(JqStarted::Outcome::unable)));
  SLUICE_TRY(why, take_text(reader));
  SLUICE_TRY_DO(expect_end(reader));
  if (why.size() > reason_bytes_max || !is_utf8(why)) {
    return refuse("a reason that is none");
  }
  return JqStarted{static_cast<JqStarted::Outcome>(outcome), std::string(why)};
}

Bytes encode(const JqAsk& ask) {
  Bytes out;
  put_le(out, static_cast<std::uint8_t>(ask.one_by_one ? 1 : 0));
  put_varint(out, static_cast<std::uint64_t>(ask.time.count()));
  put_varint(out, ask.records.size());
  for (const ByteView record : ask.records) {
    put_text(out, record);
  }
  return out;
}

Result<JqAsk> decode_jq_ask(ByteView payload) {
  ByteReader reader(payload);
  SLUICE_TRY(one_by_one, take_byte(reader, 1));
  SLUICE_TRY(time, take_number(reader));
  SLUICE_TRY(count, take_number(reader));
  if (count > reader.remaining()) {
    return refuse("a list longer than its message");
  }
  JqAsk ask{one_by_one != 0, std::chrono::milliseconds(static_cast<std::int64_t>(time)), {}};
  ask.records.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    SLUICE_TRY(record, take_text(reader));
    ask.records.push_back(record);
  }
  SLUICE_TRY_DO(expect_end(reader));
  return ask;
}

void put_jq_answer(Bytes& out, const delivery::QueryAnswers& answers, std::size_t record) {
  put_le(out, static_cast<std::uint8_t>(answers.is_refused(record) ? 1 : 0));
  if (answers.is_refused(record)) {
    put_text(out, answers.why(record));
    return;
  }
  for (std::size_t key = 0; key < answers.keys(); ++key) {
    put_text(out, answers.value(record, key));
  }
}

Result<std::size_t> decode_jq_answers(ByteView payload,
                                      std::size_t keys,
                                      std::size_t records_max,
                                      delivery::QueryAnswers& out) {
  SLUICE_CHECK(keys <= delivery::query_keys_max);
  ByteReader reader(payload);
  std::size_t answers = 0;
  for (; reader.remaining() != 0; ++answers) {
    if (answers == records_max) {
      return refuse("more answers than were asked for");
    }
    SLUICE_TRY(is_refused, take_byte(reader, 1));
    SLUICE_TRY_DO(is_refused != 0 ? take_reason(reader, out) : take_values(reader, keys, out));
  }
  return answers;
}

}  // namespace sluice::query
