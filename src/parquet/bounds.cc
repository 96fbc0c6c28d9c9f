// Bounds: gathering, comparing, cutting.
#include "parquet/bounds.h"

#include "base/check.h"
#include "base/utf8.h"
#include "parquet/byte_order.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace sluice::parquet {

namespace {

constexpr unsigned continuation_mask = 0xc0;
constexpr unsigned continuation_mark = 0x80;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & continuation_mask) == continuation_mark;
}

template <class T>
T value_of(ByteView bytes) {
  SLUICE_CHECK(bytes.size() == sizeof(T));
  T value;
  std::memcpy(&value, bytes.data(), bytes.size());
  return value;
}

template <class T>
int compare_fixed(ByteView left, ByteView right) {
  const T a = value_of<T>(left);
  const T b = value_of<T>(right);
  return a < b ? -1 : b < a ? 1 : 0;
}

int compare_decimal(ByteView left, ByteView right) {
  SLUICE_CHECK(left.size() == right.size());
  SLUICE_CHECK(!left.empty());
  const auto a = static_cast<signed char>(left[0]);
  const auto b = static_cast<signed char>(right[0]);
  return a != b ? (a < b ? -1 : 1) : left.substr(1).compare(right.substr(1));
}

template <class T>
Bytes plain(T value) {
  Bytes bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

// The first bytes, back to where a character begins.
ByteView cut(ByteView value, bool is_text) {
  std::size_t length = bound_bytes_max;
  if (is_text) {
    while (length > 0 && is_continuation(value[length])) {
      --length;
    }
  }
  // Bytes without any character begin in 64 are no text; cut them as bytes.
  return value.substr(0, length == 0 ? bound_bytes_max : length);
}

// The code point of one whole character in UTF-8.
std::uint32_t decode_character(ByteView character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) {
    return lead;
  }
  std::uint32_t code = lead & (0x7fU >> character.size());
  for (char c : character.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return code;
}

// Raises the last character that can be; false when there is none.
bool raise_text(Bytes& text) {
  constexpr std::uint32_t code_point_last = 0x10ffff;
  constexpr std::uint32_t surrogates_begin = 0xd800;
  constexpr std::uint32_t surrogates_end = 0xe000;
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && is_continuation(text[start])) {
      --start;
    }
    const std::uint32_t code = decode_character(ByteView(text).substr(start));
    text.resize(start);
    if (code < code_point_last) {
      append_utf8(text, code + 1 == surrogates_begin ? surrogates_end : code + 1);
      return true;
    }
  }
  return false;
}

bool raise_bytes(Bytes& bytes) {
  while (!bytes.empty()) {
    const auto last = static_cast<unsigned char>(bytes.back());
    if (last != 0xff) {
      bytes.back() = static_cast<char>(last + 1);
      return true;
    }
    bytes.pop_back();
  }
  return false;
}

}  // namespace

int compare(Order order, ByteView left, ByteView right) {
  switch (order) {
    case Order::boolean:
      return compare_fixed<std::uint8_t>(left, right);
    case Order::int32:
      return compare_fixed<std::int32_t>(left, right);
    case Order::int64:
      return compare_fixed<std::int64_t>(left, right);
    case Order::float32:
      return compare_fixed<float>(left, right);
    case Order::float64:
      return compare_fixed<double>(left, right);
    case Order::bytes:
      return compare_bytes(left, right);
    case Order::decimal_bytes:
      return compare_decimal(left, right);
    case Order::none:
      break;
  }
  SLUICE_CHECK(false && "values without an order are not compared");
  return 0;
}

void merge(Order order, const Bounds& other, Bounds& into) {
  into.nan_count += other.nan_count;
  if (!other.has_values) {
    return;
  }
  if (!into.has_values || compare(order, other.min, into.min) < 0) {
    into.min = other.min;
  }
  if (!into.has_values || compare(order, other.max, into.max) > 0) {
    into.max = other.max;
  }
  into.has_values = true;
}

template <class T>
void FixedBounds<T>::add(const T* values, std::size_t count) {
  std::size_t i = 0;
  if constexpr (std::is_floating_point_v<T>) {
    while (!has_values_ && i < count) {
      has_values_ = !std::isnan(values[i]);
      nan_count_ += has_values_ ? 0 : 1;
      min_ = max_ = values[i++];
    }
  } else if (!has_values_ && count > 0) {
    has_values_ = true;
    min_ = max_ = values[0];
  }
  T least = min_;
  T most = max_;
  std::int64_t nans = 0;
  // A comparison with NaN is false, so NaN never becomes a bound.
  for (; i < count; ++i) {
    const T value = values[i];
    least = value < least ? value : least;
    most = value > most ? value : most;
    if constexpr (std::is_floating_point_v<T>) {
      nans += std::isnan(value) ? 1 : 0;
    }
  }
  min_ = least;
  max_ = most;
  nan_count_ += nans;
}

template <class T>
Bounds FixedBounds<T>::take() {
  if constexpr (std::is_floating_point_v<T>) {
    min_ = min_ == T{0} ? -T{0} : min_;
    max_ = max_ == T{0} ? T{0} : max_;
  }
  Bounds bounds{.has_values = has_values_,
                .min = has_values_ ? plain(min_) : Bytes(),
                .max = has_values_ ? plain(max_) : Bytes(),
                .nan_count = nan_count_};
  *this = FixedBounds<T>();
  return bounds;
}

template class FixedBounds<std::uint8_t>;
template class FixedBounds<std::int32_t>;
template class FixedBounds<std::int64_t>;
template class FixedBounds<float>;
template class FixedBounds<double>;

CutBound cut_lower(ByteView value, bool is_text) {
  if (value.size() <= bound_bytes_max) {
    return {.bytes = Bytes(value), .is_exact = true};
  }
  return {.bytes = Bytes(cut(value, is_text)), .is_exact = false};
}

std::optional<CutBound> cut_upper(ByteView value, bool is_text) {
  if (value.size() <= bound_bytes_max) {
    return CutBound{.bytes = Bytes(value), .is_exact = true};
  }
  CutBound bound{.bytes = Bytes(cut(value, is_text)), .is_exact = false};
  const bool is_raised =
      is_text && is_utf8(bound.bytes) ? raise_text(bound.bytes) : raise_bytes(bound.bytes);
  if (!is_raised) {
    return std::nullopt;
  }
  return bound;
}

}  // namespace sluice::parquet
