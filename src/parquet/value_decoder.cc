// Every encoding back into plain values.
#include "parquet/value_decoder.h"

#include "base/check.h"
#include "parquet/byte_stream_split.h"
#include "parquet/delta_binary_packed.h"
#include "parquet/delta_byte_array.h"
#include "parquet/hybrid.h"
#include "parquet/levels.h"
#include "parquet/physical.h"
#include "parquet/plain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace sluice::parquet {

namespace {

std::unexpected<Error> corrupt(std::string what) {
  return fail(Fault::corrupt, std::move(what));
}

std::unexpected<Error> ends_early() {
  return corrupt("the page ends within its values");
}

std::unexpected<Error> cannot_read(Encoding encoding, PhysicalType type) {
  return fail(
      Fault::unsupported,
      fmt::format("pages of {} in {} cannot be read", to_string(type), to_string(encoding)));
}

bool is_dictionary(Encoding encoding) {
  return encoding == Encoding::rle_dictionary || encoding == Encoding::plain_dictionary;
}

// Fills `out`, which has room for them.
template <class T>
Result<void> decode_numbers(ByteView encoded, std::size_t count, Bytes& out) {
  ByteReader in(encoded);
  return decode_delta_packed(in, std::span(reinterpret_cast<T*>(out.data()), count));
}

}  // namespace

Result<void> MemoryBudget::spend(std::uint64_t bytes) {
  if (bytes > bytes_left_) {
    return fail(Fault::too_large,
                fmt::format("decoding takes more than the {} bytes allowed", bytes_max_));
  }
  bytes_left_ -= static_cast<std::size_t>(bytes);
  return {};
}

ValueShape value_shape(const SchemaElement& element) {
  SLUICE_CHECK(element.type.has_value());
  switch (*element.type) {
    case PhysicalType::boolean:
      return {*element.type, 1};
    case PhysicalType::int32:
    case PhysicalType::float32:
      return {*element.type, 4};
    case PhysicalType::int64:
    case PhysicalType::float64:
      return {*element.type, 8};
    case PhysicalType::int96:
      return {*element.type, int96_bytes};
    case PhysicalType::byte_array:
      return {*element.type, 0};
    case PhysicalType::fixed_len_byte_array:
      return {*element.type, static_cast<std::size_t>(element.type_length.value_or(0))};
  }
  SLUICE_CHECK(false && "every physical type has a shape");
  return {};
}

Result<void> ValueDecoder::read_dictionary(const DictionaryPageHeader& header, Bytes body) {
  if (header.num_values < 0 || has_dictionary_) {
    return corrupt("a dictionary page without a header that makes sense, or a second one");
  }
  if (header.encoding != Encoding::plain && header.encoding != Encoding::plain_dictionary) {
    return fail(Fault::unsupported,
                fmt::format("dictionaries in {} cannot be read", to_string(header.encoding)));
  }
  if (shape_.type == PhysicalType::boolean) {
    return fail(Fault::unsupported, "dictionaries of booleans cannot be read");
  }
  has_dictionary_ = true;
  dictionary_body_ = std::move(body);
  dictionary_size_ = static_cast<std::size_t>(header.num_values);
  if (shape_.width > 0) {
    return dictionary_size_ <= dictionary_body_.size() / shape_.width
               ? Result<void>()
               : corrupt("the dictionary page ends too early");
  }
  SLUICE_TRY_DO(budget_.spend(dictionary_size_ * sizeof(ByteView)));
  ByteReader in(dictionary_body_);
  dictionary_bytes_.reserve(std::min(dictionary_size_, dictionary_body_.size()));
  for (std::size_t i = 0; i < dictionary_size_; ++i) {
    const std::optional<ByteView> value = take_plain_bytes(in);
    if (!value) {
      return corrupt("the dictionary page ends too early");
    }
    dictionary_bytes_.push_back(*value);
  }
  return {};
}

// Room for `count` values of the fixed width in plain_.
Result<void> ValueDecoder::make_room(std::size_t count) {
  const std::size_t bytes = count * shape_.width;
  if (bytes > paid_) {
    SLUICE_TRY_DO(budget_.spend(bytes - paid_));
    paid_ = bytes;
  }
  plain_.resize(bytes);
  return {};
}

Result<ByteView> ValueDecoder::fixed(Encoding encoding, ByteView encoded, std::size_t count) {
  SLUICE_CHECK(shape_.width > 0);
  const bool is_boolean = shape_.type == PhysicalType::boolean;
  const bool is_bytes = shape_.type == PhysicalType::fixed_len_byte_array;
  const bool is_integer = shape_.type == PhysicalType::int32 || shape_.type == PhysicalType::int64;
  const bool is_split = encoding == Encoding::byte_stream_split && !is_boolean;
  if ((encoding == Encoding::plain && !is_boolean) || is_split) {
    if (count > encoded.size() / shape_.width) {
      return corrupt(fmt::format(
          "{} values do not fit in the {} bytes left in the page", count, encoded.size()));
    }
    const ByteView values = encoded.substr(0, count * shape_.width);
    if (!is_split) {
      return values;
    }
    SLUICE_TRY_DO(make_room(count));
    plain_.clear();
    decode_byte_stream_split(values, shape_.width, plain_);
    return ByteView(plain_);
  }
  SLUICE_TRY_DO(make_room(count));
  if (is_boolean && (encoding == Encoding::plain || encoding == Encoding::rle)) {
    SLUICE_TRY_DO(decode_booleans(encoding, encoded, count));
  } else if (is_dictionary(encoding)) {
    SLUICE_TRY_DO(pick_fixed(encoded, count));
  } else if (encoding == Encoding::delta_binary_packed && is_integer) {
    SLUICE_TRY_DO(decode_deltas(encoded, count));
  } else if (encoding == Encoding::delta_byte_array && is_bytes) {
    SLUICE_TRY_DO(decode_fixed_prefixes(encoded, count));
  } else {
    return cannot_read(encoding, shape_.type);
  }
  return ByteView(plain_);
}

Result<void> ValueDecoder::decode_booleans(Encoding encoding, ByteView encoded, std::size_t count) {
  const std::span<std::uint8_t> bits(reinterpret_cast<std::uint8_t*>(plain_.data()), count);
  if (encoding == Encoding::rle) {
    if (count == 0) {
      return {};
    }
    ByteReader in(encoded);
    return decode_levels(in, 1, bits);
  }
  return decode_plain_booleans(encoded, bits) ? Result<void>() : ends_early();
}

Result<void> ValueDecoder::decode_deltas(ByteView encoded, std::size_t count) {
  if (count == 0) {
    return {};
  }
  return shape_.type == PhysicalType::int32 ? decode_numbers<std::int32_t>(encoded, count, plain_)
                                            : decode_numbers<std::int64_t>(encoded, count, plain_);
}

Result<void> ValueDecoder::decode_fixed_prefixes(ByteView encoded, std::size_t count) {
  char* to = plain_.data();
  ByteReader in(encoded);
  SLUICE_TRY_DO(budget_.spend(std::uint64_t{count} * 2 * sizeof(std::int32_t)));
  SLUICE_TRY(reader, DeltaByteArrayReader::open(in, count));
  for (std::size_t i = 0; i < count; ++i) {
    SLUICE_TRY(value, reader.next());
    if (value.size() != shape_.width) {
      return corrupt(
          fmt::format("a value of {} bytes where {} are due", value.size(), shape_.width));
    }
    to = std::copy(value.begin(), value.end(), to);
  }
  return {};
}

Result<void> ValueDecoder::decode_indices(ByteView encoded, std::size_t count) {
  constexpr unsigned width_max = 32;
  if (!has_dictionary_) {
    return corrupt("a page with indices, but no dictionary before it");
  }
  indices_.resize(count);
  if (count == 0) {
    return {};
  }
  const unsigned width = encoded.empty() ? 0U : static_cast<unsigned char>(encoded[0]);
  if (encoded.empty() || width > width_max ||
      !decode_hybrid(encoded.substr(1), width, std::span<std::uint32_t>(indices_))) {
    return corrupt("the page's dictionary indices are damaged");
  }
  if (*std::max_element(indices_.begin(), indices_.end()) >= dictionary_size_) {
    return corrupt(
        fmt::format("an index beyond the {} values of the dictionary", dictionary_size_));
  }
  return {};
}

Result<void> ValueDecoder::pick_fixed(ByteView encoded, std::size_t count) {
  SLUICE_TRY_DO(decode_indices(encoded, count));
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(plain_.data() + i * shape_.width,
                dictionary_body_.data() + indices_[i] * shape_.width,
                shape_.width);
  }
  return {};
}

Result<void> ValueDecoder::byte_arrays(Encoding encoding,
                                       ByteView encoded,
                                       std::size_t count,
                                       const Take& take) {
  SLUICE_CHECK(shape_.width == 0);
  ByteReader in(encoded);
  if (is_dictionary(encoding)) {
    SLUICE_TRY_DO(decode_indices(encoded, count));
    for (const std::uint32_t index : indices_) {
      SLUICE_TRY_DO(take(dictionary_bytes_[index]));
    }
  } else if (encoding == Encoding::plain) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::optional<ByteView> value = take_plain_bytes(in);
      if (!value) {
        return ends_early();
      }
      SLUICE_TRY_DO(take(*value));
    }
  } else if (encoding == Encoding::delta_length_byte_array && count > 0) {
    SLUICE_TRY_DO(budget_.spend(std::uint64_t{count} * sizeof(std::int32_t)));
    SLUICE_TRY(reader, DeltaLengthReader::open(in, count));
    for (std::size_t i = 0; i < count; ++i) {
      SLUICE_TRY_DO(take(reader.next()));
    }
  } else if (encoding == Encoding::delta_byte_array && count > 0) {
    SLUICE_TRY_DO(budget_.spend(std::uint64_t{count} * 2 * sizeof(std::int32_t)));
    SLUICE_TRY(reader, DeltaByteArrayReader::open(in, count));
    for (std::size_t i = 0; i < count; ++i) {
      SLUICE_TRY(value, reader.next());
      SLUICE_TRY_DO(take(value));
    }
  } else if (encoding != Encoding::delta_length_byte_array &&
             encoding != Encoding::delta_byte_array) {
    return cannot_read(encoding, shape_.type);
  }
  return {};
}

}  // namespace sluice::parquet
