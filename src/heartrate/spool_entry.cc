#include "heartrate/spool_entry.h"

#include "base/check.h"
#include "base/crc32c.h"

namespace sluice::heartrate {
namespace {

constexpr std::size_t checked_from = 4;  // behind the checksum
constexpr std::size_t invocation_bytes_max = 64;

std::uint32_t checksum(ByteView checked, std::uint64_t file, std::uint64_t offset) {
  Bytes place;
  put_le(place, file);
  put_le(place, offset);
  return crc32c(checked, crc32c(place));
}

bool is_kind(std::uint32_t kind) {
  return kind >= static_cast<std::uint32_t>(EntryKind::snapshot) &&
         kind <= static_cast<std::uint32_t>(EntryKind::settled);
}

void put_text(Bytes& out, ByteView text) {
  put_varint(out, text.size());
  out.append(text);
}

std::optional<ByteView> take_text(ByteReader& reader) {
  const auto size = reader.varint();
  if (!size || *size > reader.remaining()) {
    return std::nullopt;
  }
  return reader.take(static_cast<std::size_t>(*size));
}

// Ascending, as differences.
void put_ordinals(Bytes& out, const std::vector<std::uint64_t>& ordinals) {
  put_varint(out, ordinals.size());
  std::uint64_t before = 0;
  for (const std::uint64_t ordinal : ordinals) {
    SLUICE_CHECK(ordinal > before);
    put_varint(out, ordinal - before);
    before = ordinal;
  }
}

std::optional<std::vector<std::uint64_t>> take_ordinals(ByteReader& reader) {
  const auto count = reader.varint();
  if (!count || *count > reader.remaining()) {
    return std::nullopt;
  }
  std::vector<std::uint64_t> ordinals;
  ordinals.reserve(static_cast<std::size_t>(*count));
  std::uint64_t before = 0;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto step = reader.varint();
    if (!step || *step == 0 || *step > ~before) {
      return std::nullopt;
    }
    before += *step;
    ordinals.push_back(before);
  }
  return ordinals;
}

void put_batch(Bytes& out, const BatchEntry& batch) {
  put_text(out, batch.invocation);
  put_ordinals(out, batch.ordinals);
}

std::optional<BatchEntry> take_batch(ByteReader& reader) {
  const auto invocation = take_text(reader);
  if (!invocation || invocation->empty() || invocation->size() > invocation_bytes_max) {
    return std::nullopt;
  }
  auto ordinals = take_ordinals(reader);
  if (!ordinals || ordinals->empty()) {
    return std::nullopt;
  }
  return BatchEntry{std::string(*invocation), std::move(*ordinals)};
}

}  // namespace

Bytes encode_entry(EntryKind kind, ByteView body, std::uint64_t file, std::uint64_t offset) {
  SLUICE_CHECK(body.size() <= entry_body_bytes_max);
  Bytes checked;
  put_le(checked, static_cast<std::uint32_t>(kind));
  put_le(checked, static_cast<std::uint32_t>(body.size()));
  checked.append(body);
  Bytes entry;
  put_le(entry, checksum(checked, file, offset));
  return entry + checked;
}

std::optional<EntryView> decode_entry(ByteView bytes, std::uint64_t file, std::uint64_t offset) {
  ByteReader reader(bytes);
  const auto crc = reader.le<std::uint32_t>();
  const auto kind = reader.le<std::uint32_t>();
  const auto body_bytes = reader.le<std::uint32_t>();
  if (!crc || !kind || !body_bytes || !is_kind(*kind) || *body_bytes > reader.remaining()) {
    return std::nullopt;
  }
  const std::size_t size = entry_header_bytes + *body_bytes;
  if (*crc != checksum(bytes.substr(checked_from, size - checked_from), file, offset)) {
    return std::nullopt;
  }
  return EntryView{
      static_cast<EntryKind>(*kind), bytes.substr(entry_header_bytes, *body_bytes), size};
}

Bytes encode_record_entry(const RecordEntry& record) {
  Bytes body;
  put_varint(body, record.ordinal);
  put_text(body, record.partition_key);
  put_text(body, record.data);
  put_text(body, record.memo);
  return body;
}

std::optional<RecordEntry> decode_record_entry(ByteView body) {
  ByteReader reader(body);
  const auto ordinal = reader.varint();
  const auto key = take_text(reader);
  const auto data = take_text(reader);
  const auto memo = take_text(reader);
  if (!ordinal || *ordinal == 0 || !key || !data || !memo || reader.remaining() > 0) {
    return std::nullopt;
  }
  return RecordEntry{*ordinal, *key, *data, *memo};
}

Bytes encode_batch_entry(const BatchEntry& batch) {
  Bytes body;
  put_batch(body, batch);
  return body;
}

std::optional<BatchEntry> decode_batch_entry(ByteView body) {
  ByteReader reader(body);
  auto batch = take_batch(reader);
  return reader.remaining() == 0 ? std::move(batch) : std::nullopt;
}

Bytes encode_settled_entry(const std::vector<std::uint64_t>& ordinals) {
  Bytes body;
  put_ordinals(body, ordinals);
  return body;
}

std::optional<std::vector<std::uint64_t>> decode_settled_entry(ByteView body) {
  ByteReader reader(body);
  auto ordinals = take_ordinals(reader);
  return reader.remaining() == 0 ? std::move(ordinals) : std::nullopt;
}

Bytes encode_snapshot_entry(const SnapshotEntry& snapshot) {
  Bytes body;
  put_varint(body, snapshot.next_ordinal);
  put_varint(body, snapshot.settled_below);
  put_ordinals(body, snapshot.settled_above);
  put_text(body, snapshot.memo);
  if (snapshot.batch) {
    put_batch(body, *snapshot.batch);
  }
  return body;
}

std::optional<SnapshotEntry> decode_snapshot_entry(ByteView body) {
  ByteReader reader(body);
  const auto next = reader.varint();
  const auto below = reader.varint();
  if (!next || !below || *below == 0 || *below > *next) {
    return std::nullopt;
  }
  auto above = take_ordinals(reader);
  const auto memo = take_text(reader);
  if (!above || !memo) {
    return std::nullopt;
  }
  SnapshotEntry snapshot{*next, *below, std::move(*above), std::nullopt, Bytes(*memo)};
  if (reader.remaining() > 0) {
    snapshot.batch = take_batch(reader);
    if (!snapshot.batch || reader.remaining() > 0) {
      return std::nullopt;
    }
  }
  return snapshot;
}

}  // namespace sluice::heartrate
