// A writer's state as bytes and back.
#include "delivery/parked_writer.h"

#include "base/check.h"
#include "base/crc32c.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace sluice::delivery {

namespace {

// Version 1 knows no compressed records; other forms are written in it still.
constexpr std::uint8_t first_version = 1;
constexpr std::uint8_t format_version = 2;
constexpr SpoolForm last_of_first_version = SpoolForm::parquet;
constexpr SpoolForm last_form = SpoolForm::raw_hadoop_snappy;
constexpr std::size_t checksum_bytes = sizeof(std::uint32_t);

std::unexpected<Error> damaged(std::string_view what) {
  return fail(
      Fault::corrupt,
      fmt::format("the state of a parked object {}: it was damaged where it is kept", what));
}

}  // namespace

Bytes encode(const ParkedState& state) {
  SLUICE_CHECK(state.form >= SpoolForm::parquet || state.file.empty());
  Bytes out;
  put_le(out, state.form > last_of_first_version ? format_version : first_version);
  put_le(out, static_cast<std::uint8_t>(state.form));
  out += to_bytes(state.spool_sha256);
  put_varint(out, state.rows);
  out += state.file;
  put_le(out, crc32c(out));
  return out;
}

Result<ParkedState> decode_parked_state(ByteView bytes) {
  if (bytes.size() < checksum_bytes) {
    return damaged("is cut short");
  }
  const ByteView body = bytes.substr(0, bytes.size() - checksum_bytes);
  if (load_le<std::uint32_t>(body.data() + body.size()) != crc32c(body)) {
    return damaged("does not match its checksum");
  }
  ByteReader reader(body);
  const std::optional<std::uint8_t> version = reader.le<std::uint8_t>();
  if (version > format_version) {
    return fail(Fault::unsupported,
                fmt::format("the state of a parked object has version {}: it was written by a "
                            "newer sluice; run that one",
                            *version));
  }
  ParkedState state;
  const std::optional<std::uint8_t> form = reader.le<std::uint8_t>();
  const std::optional<ByteView> digest = reader.take(state.spool_sha256.size());
  const std::optional<std::uint64_t> rows = reader.varint();
  if (version < first_version || !digest || !rows) {
    return damaged("lacks a part");
  }
  const SpoolForm last = version == first_version ? last_of_first_version : last_form;
  if (form > static_cast<std::uint8_t>(last)) {
    return damaged(fmt::format("is of the unknown form {}", *form));
  }
  state.form = static_cast<SpoolForm>(*form);
  std::copy(digest->begin(), digest->end(), state.spool_sha256.begin());
  state.rows = *rows;
  state.file = body.substr(reader.position());
  if (state.form < SpoolForm::parquet && !state.file.empty()) {
    return damaged("goes on behind its end");
  }
  return state;
}

}  // namespace sluice::delivery
