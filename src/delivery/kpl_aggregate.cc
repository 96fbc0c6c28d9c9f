#include "delivery/kpl_aggregate.h"

#include "base/digest.h"

#include <algorithm>

namespace sluice::delivery {

namespace {

constexpr std::size_t digest_bytes = 16;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

// A field of a protobuf message; of its value only the form that the wire type has.
struct Field {
  std::uint64_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;
  ByteView bytes{};
};

// std::nullopt if the message is broken here.  `reader` is not at its end.
std::optional<Field> read_field(ByteReader& reader) {
  constexpr unsigned type_bits = 3;
  const auto key = reader.varint();
  if (!key || *key >> type_bits == 0) {
    return std::nullopt;
  }
  Field field{.number = *key >> type_bits,
              .type = static_cast<WireType>(*key & ((1U << type_bits) - 1))};
  switch (field.type) {
    case WireType::varint: {
      const auto value = reader.varint();
      field.value = value.value_or(0);
      return value ? std::optional(field) : std::nullopt;
    }
    case WireType::fixed64:
      return reader.take(8) ? std::optional(field) : std::nullopt;
    case WireType::fixed32:
      return reader.take(4) ? std::optional(field) : std::nullopt;
    case WireType::bytes: {
      const auto length = reader.varint();
      const auto bytes = length ? reader.take(*length) : std::nullopt;
      field.bytes = bytes.value_or(ByteView());
      return bytes ? std::optional(field) : std::nullopt;
    }
  }
  return std::nullopt;
}

// A message Record, with indexes in place of its keys.
struct Packed {
  std::optional<std::uint64_t> partition_key;
  std::optional<std::uint64_t> hash_key;
  std::optional<ByteView> data;
};

std::optional<Packed> read_record(ByteView message) {
  Packed record;
  ByteReader reader(message);
  while (reader.remaining() > 0) {
    const auto field = read_field(reader);
    if (!field) {
      return std::nullopt;
    }
    if (field->number == 1 && field->type == WireType::varint) {
      record.partition_key = field->value;
    } else if (field->number == 2 && field->type == WireType::varint) {
      record.hash_key = field->value;
    } else if (field->number == 3 && field->type == WireType::bytes) {
      record.data = field->bytes;
    }
  }
  return record;
}

}  // namespace

std::optional<std::vector<UserRecord>> decode_aggregate(ByteView record) {
  const ByteView magic = aggregate_magic;
  if (!record.starts_with(magic) || record.size() <= magic.size() + digest_bytes) {
    return std::nullopt;
  }
  const ByteView message = record.substr(magic.size(), record.size() - magic.size() - digest_bytes);
  const Md5Digest digest = md5(message);
  const ByteView written = record.substr(record.size() - digest_bytes);
  const bool is_whole = std::ranges::equal(
      digest, written, {}, {}, [](char byte) { return static_cast<std::uint8_t>(byte); });
  if (!is_whole) {
    return std::nullopt;
  }
  std::vector<ByteView> partition_keys;
  std::vector<ByteView> hash_keys;
  std::vector<Packed> packed;
  ByteReader reader(message);
  while (reader.remaining() > 0) {
    const auto field = read_field(reader);
    if (!field) {
      return std::nullopt;
    }
    if (field->type != WireType::bytes) {
      continue;
    }
    if (field->number == 1) {
      partition_keys.push_back(field->bytes);
    } else if (field->number == 2) {
      hash_keys.push_back(field->bytes);
    } else if (field->number == 3) {
      const auto one = read_record(field->bytes);
      if (!one) {
        return std::nullopt;
      }
      packed.push_back(*one);
    }
  }
  // The tables may stand behind the records that point into them.
  std::vector<UserRecord> records;
  records.reserve(packed.size());
  for (const Packed& one : packed) {
    const bool is_valid = one.data && one.partition_key &&
                          *one.partition_key < partition_keys.size() &&
                          (!one.hash_key || *one.hash_key < hash_keys.size());
    if (!is_valid) {
      return std::nullopt;
    }
    UserRecord user{.data = *one.data, .partition_key = partition_keys[*one.partition_key]};
    if (one.hash_key) {
      user.explicit_hash_key = hash_keys[*one.hash_key];
    }
    records.push_back(user);
  }
  return records;
}

void Unpacked::unpack(std::span<const SourceRecord> records, ByteView between) {
  payloads_.clear();
  joined_.clear();
  payloads_.reserve(records.size());
  for (const SourceRecord& record : records) {
    const auto users =
        record.data.starts_with(aggregate_magic) ? decode_aggregate(record.data) : std::nullopt;
    if (!users) {
      payloads_.push_back(record.data.data() == nullptr ? ByteView("") : record.data);
    } else if (users->empty()) {
      payloads_.emplace_back();
    } else {
      Bytes& joined = joined_.emplace_front();
      for (const UserRecord& user : *users) {
        joined.append(&user == users->data() ? ByteView() : between);
        joined.append(user.data);
      }
      payloads_.emplace_back(joined);
    }
  }
}

}  // namespace sluice::delivery
