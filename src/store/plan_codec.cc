// Object plans as bytes and back.
#include "store/plan_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::store {
namespace {

constexpr std::uint8_t format_without = 1;
constexpr std::uint8_t format_with_parts = 2;
constexpr std::uint8_t format_with_kinds = plan_format_version;  // with parts, of newer kinds

void put_text(Bytes& out, std::string_view text) {
  put_varint(out, text.size());
  out.append(text);
}

template <std::size_t N>
void put_digest(Bytes& out, const std::array<std::uint8_t, N>& digest) {
  for (const std::uint8_t byte : digest) {
    out.push_back(static_cast<char>(byte));
  }
}

// Reads on until something is missing; then every read says nothing and is_broken() is true.
class PlanReader {
 public:
  explicit PlanReader(ByteView bytes) : reader_(bytes) {}

  std::uint64_t number() { return take(reader_.varint()).value_or(0); }

  std::string text() { return std::string(bytes(number())); }

  ByteView bytes(std::uint64_t count) {
    // A count larger than what is left must not reach an allocation.
    if (count > reader_.remaining()) {
      is_broken_ = true;
      return {};
    }
    return take(reader_.take(static_cast<std::size_t>(count))).value_or(ByteView());
  }

  template <std::size_t N>
  void digest(std::array<std::uint8_t, N>& out) {
    const ByteView raw = bytes(N);
    std::copy(raw.begin(), raw.end(), out.begin());
  }

  template <class T>
  T small_number() {
    const std::uint64_t value = number();
    if (value > std::numeric_limits<T>::max()) {
      is_broken_ = true;
      return 0;
    }
    return static_cast<T>(value);
  }

  void reject() { is_broken_ = true; }

  bool is_broken() const { return is_broken_; }

  bool is_at_end() const { return reader_.remaining() == 0; }

 private:
  template <class T>
  std::optional<T> take(std::optional<T> read) {
    is_broken_ = is_broken_ || !read;
    return is_broken_ ? std::nullopt : read;
  }

  ByteReader reader_;
  bool is_broken_ = false;
};

std::unexpected<Error> damaged(delivery::PlanNumber number) {
  return fail(Fault::corrupt, fmt::format("plan {}: the stored form is damaged", number.value));
}

void read_metadata(PlanReader& reader, delivery::ObjectPlan& plan) {
  const std::uint64_t count = reader.number();
  for (std::uint64_t index = 0; index < count && !reader.is_broken(); ++index) {
    std::string name = reader.text();
    plan.metadata[std::move(name)] = reader.text();
  }
}

Result<void> read_positions(PlanReader& reader, bool has_parts, delivery::ObjectPlan& plan) {
  const std::uint64_t count = reader.number();
  for (std::uint64_t index = 0; index < count && !reader.is_broken(); ++index) {
    delivery::ShardPositions positions;
    positions.shard.stream = delivery::StreamIncarnation(reader.number());
    positions.shard.shard = reader.small_number<std::uint32_t>();
    ByteReader sets(reader.bytes(reader.number()));
    SLUICE_TRY(ordinals, delivery::OrdinalSet::decode(sets));
    positions.ordinals = std::move(ordinals);
    if (has_parts) {
      SLUICE_TRY(partial, delivery::PartialRecords::decode(sets));
      positions.partial = std::move(partial);
    }
    if (sets.remaining() > 0) {
      reader.reject();
    }
    plan.positions.push_back(std::move(positions));
  }
  return {};
}

// The oldest that can say it, so that an older program reads what it can.
std::uint8_t version_for(const delivery::ObjectPlan& plan) {
  if (plan.kind > delivery::ObjectKind::processing_failed) {
    return format_with_kinds;
  }
  const bool has_parts = std::ranges::any_of(
      plan.positions, [](const auto& positions) { return !positions.partial.empty(); });
  return has_parts ? format_with_parts : format_without;
}

}  // namespace

Bytes encode_plan(const delivery::ObjectPlan& plan) {
  Bytes out;
  const std::uint8_t version = version_for(plan);
  const bool has_parts = version >= format_with_parts;
  out.push_back(static_cast<char>(version));
  put_varint(out, static_cast<std::uint64_t>(plan.kind));
  put_text(out, plan.bucket);
  put_text(out, plan.key);
  put_text(out, plan.content_type);
  put_text(out, plan.content_encoding);
  put_varint(out, plan.metadata.size());
  for (const auto& [name, value] : plan.metadata) {
    put_text(out, name);
    put_text(out, value);
  }
  put_text(out, plan.spool_name);
  put_varint(out, plan.bytes);
  put_digest(out, plan.sha256);
  put_digest(out, plan.md5);
  put_varint(out, plan.positions.size());
  for (const delivery::ShardPositions& positions : plan.positions) {
    put_varint(out, positions.shard.stream.value);
    put_varint(out, positions.shard.shard);
    Bytes ordinals;
    positions.ordinals.encode(ordinals);
    if (has_parts) {
      positions.partial.encode(ordinals);
    }
    put_text(out, ordinals);
  }
  put_varint(out, plan.records);
  put_varint(out, plan.rows);
  put_varint(out, plan.source_bytes);
  put_varint(out, zigzag(to_count(plan.oldest_arrival)));
  put_varint(out, plan.configuration_version);
  put_text(out, plan.schema_version);
  return out;
}

Result<delivery::ObjectPlan> decode_plan(delivery::PlanNumber number, ByteView bytes) {
  if (bytes.empty()) {
    return damaged(number);
  }
  const auto version = static_cast<std::uint8_t>(bytes.front());
  if (version > plan_format_version) {
    return fail(Fault::unsupported,
                fmt::format("plan {} has format version {}: it was written by a newer sluice",
                            number.value,
                            version));
  }
  PlanReader reader(bytes.substr(1));
  delivery::ObjectPlan plan;
  plan.number = number;
  const auto kind = reader.small_number<std::uint8_t>();
  if (kind >= delivery::object_kinds) {
    reader.reject();
  }
  plan.kind = static_cast<delivery::ObjectKind>(kind);
  plan.bucket = reader.text();
  plan.key = reader.text();
  plan.content_type = reader.text();
  plan.content_encoding = reader.text();
  read_metadata(reader, plan);
  plan.spool_name = reader.text();
  plan.bytes = reader.number();
  reader.digest(plan.sha256);
  reader.digest(plan.md5);
  SLUICE_TRY_DO(read_positions(reader, version >= format_with_parts, plan));
  plan.records = reader.number();
  plan.rows = reader.number();
  plan.source_bytes = reader.number();
  plan.oldest_arrival = unix_millis(unzigzag(reader.number()));
  plan.configuration_version = reader.small_number<std::uint32_t>();
  plan.schema_version = reader.text();
  if (version == 0 || reader.is_broken() || !reader.is_at_end()) {
    return damaged(number);
  }
  return plan;
}

Bytes encode_parked(const delivery::ParkedObject& parked) {
  Bytes out;
  out.push_back(static_cast<char>(parked_format_version));
  put_varint(out, parked.buffer);
  put_varint(out, parked.partition.size());
  for (const auto& [name, value] : parked.partition) {
    put_text(out, name);
    put_text(out, value);
  }
  put_varint(out, parked.spool_bytes);
  put_text(out, parked.writer_state);
  put_text(out, encode_plan(parked.draft));
  return out;
}

Result<delivery::ParkedObject> decode_parked(ByteView bytes) {
  const auto version = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
  if (version > parked_format_version) {
    return fail(Fault::unsupported,
                fmt::format("a parked object has format version {}: it was written by a newer "
                            "sluice",
                            version));
  }
  PlanReader reader(bytes.substr(std::min<std::size_t>(1, bytes.size())));
  delivery::ParkedObject parked;
  parked.buffer = reader.number();
  const std::uint64_t values = reader.number();
  for (std::uint64_t index = 0; index < values && !reader.is_broken(); ++index) {
    std::string name = reader.text();
    parked.partition.emplace_back(std::move(name), reader.text());
  }
  parked.spool_bytes = reader.number();
  parked.writer_state = Bytes(reader.bytes(reader.number()));
  const ByteView draft = reader.bytes(reader.number());
  if (version == 0 || reader.is_broken() || !reader.is_at_end()) {
    return fail(Fault::corrupt, "a parked object: the stored form is damaged");
  }
  SLUICE_TRY(plan, decode_plan(delivery::PlanNumber{}, draft));
  parked.draft = std::move(plan);
  return parked;
}

}  // namespace sluice::store
