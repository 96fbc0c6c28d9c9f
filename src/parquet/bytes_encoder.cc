// Encoding byte strings.
#include "parquet/bytes_encoder.h"

#include "base/check.h"
#include "parquet/byte_order.h"
#include "parquet/plain.h"

#include <cstring>

namespace sluice::parquet {

using columnar::Column;

// Until then the closed page's body is in use.
void BytesEncoder::start_page() {
  if (!is_page_open_) {
    lengths_.clear();
    heap_.clear();
    body_.clear();
    is_page_open_ = true;
    has_bounds_ = false;
  }
}

ByteView BytesEncoder::trim(ByteView value) const {
  if (fixed_length_ == 0) {
    return value;
  }
  SLUICE_CHECK(value.size() >= fixed_length_);
  return value.substr(value.size() - fixed_length_);
}

ByteView BytesEncoder::bound(const BoundPlace& place) const {
  return stage_.is_dictionary() ? dictionary_.value(static_cast<std::uint32_t>(place.at))
                                : ByteView(heap_).substr(place.at, place.length);
}

void BytesEncoder::widen(ByteView value, BoundPlace place) {
  if (order_ == Order::none) {
    return;
  }
  if (!has_bounds_) {
    min_ = max_ = place;
    has_bounds_ = true;
  } else if (compare(order_, value, bound(max_)) > 0) {
    max_ = place;
  } else if (compare(order_, value, bound(min_)) < 0) {
    min_ = place;
  }
}

Bounds BytesEncoder::take_bounds() {
  Bounds out;
  out.has_values = has_bounds_;
  if (has_bounds_) {
    out.min = bound(min_);
    out.max = bound(max_);
  }
  return out;
}

void BytesEncoder::append(const Column& column, std::size_t first, std::size_t count) {
  if (count == 0) {
    return;
  }
  start_page();
  if (stage_.is_dictionary()) {
    append_coded(column, first, count);
  } else if (fixed_length_ == 0) {
    append_all(column, first, count);
  } else {
    for (std::size_t i = first; i < first + count; ++i) {
      add_value(trim(column.bytes(i)));
    }
  }
}

// Adds a value to the open page as it is.
void BytesEncoder::add_value(ByteView value) {
  const std::size_t at = heap_.size();
  heap_.append(value);
  lengths_.push_back(static_cast<std::int32_t>(value.size()));
  byte_array_bytes_ += value.size();
  widen(value, {.at = at, .length = value.size()});
}

// The same for many whose bytes lie together.
void BytesEncoder::append_all(const Column& column, std::size_t first, std::size_t count) {
  const std::uint32_t* const offsets = column.offsets().data() + first;
  const std::size_t start = heap_.size();
  const std::size_t known = lengths_.size();
  heap_.append(column.heap().substr(offsets[0], offsets[count] - offsets[0]));
  lengths_.resize(known + count);
  std::int32_t* const lengths = lengths_.data() + known;
  for (std::size_t i = 0; i < count; ++i) {
    lengths[i] = static_cast<std::int32_t>(offsets[i + 1] - offsets[i]);
  }
  byte_array_bytes_ += heap_.size() - start;
  for (const std::size_t extreme : extremes(column, first, count)) {
    widen(column.bytes(extreme),
          {.at = start + (column.offsets()[extreme] - offsets[0]),
           .length = column.bytes(extreme).size()});
  }
}

// A least and a largest of some values.
std::array<std::size_t, 2> BytesEncoder::extremes(const Column& column,
                                                  std::size_t first,
                                                  std::size_t count) {
  std::size_t least = first;
  std::size_t most = first;
  ByteView least_value = column.bytes(first);
  ByteView most_value = least_value;
  for (std::size_t i = first + 1; i < first + count; ++i) {
    const ByteView value = column.bytes(i);
    if (compare_bytes(value, most_value) > 0) {  // first: values that rise are frequent
      most = i;
      most_value = value;
    } else if (compare_bytes(value, least_value) < 0) {
      least = i;
      least_value = value;
    }
  }
  return {least, most};
}

void BytesEncoder::append_coded(const Column& column, std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) {
    const ByteView value = trim(column.bytes(i));
    byte_array_bytes_ += value.size();
    const std::uint32_t index = dictionary_.add(value);
    indices_.push_back(index);
    if (index >= last_use_.size()) {
      last_use_.resize(index + 1);
    }
    // Each value of the dictionary is compared once a page.
    if (last_use_[index] != page_) {
      last_use_[index] = page_;
      widen(value, {.at = index});
    }
  }
}

EncodedValues BytesEncoder::close_page() {
  start_page();
  is_page_open_ = false;
  EncodedValues page;
  page.byte_array_bytes = byte_array_bytes_;
  page.bounds = take_bounds();
  if (!stage_.is_decided() && !lengths_.empty()) {
    settle();
  }
  if (stage_.is_dictionary()) {
    close_coded(page);
  } else {
    close_direct(page);
  }
  indices_.clear();
  byte_array_bytes_ = 0;
  ++page_;
  return page;
}

// A page of indices, or, when the dictionary has grown too large, one without.
void BytesEncoder::close_coded(EncodedValues& page) {
  if (stage_.fits(dictionary_.plain_bytes())) {
    stage_.count_coded(dictionary_.size());
    page.encoding = Encoding::rle_dictionary;
    encode_indices(indices_, dictionary_.size(), stage_.index_width(), body_);
    page.body = body_;
    return;
  }
  lengths_.clear();
  heap_.clear();
  for (const std::uint32_t index : indices_) {
    const ByteView value = dictionary_.value(index);
    lengths_.push_back(static_cast<std::int32_t>(value.size()));
    heap_.append(value);
  }
  dictionary_.truncate(stage_.size_before());
  last_use_.clear();
  settle();
  close_direct(page);
}

void BytesEncoder::close_direct(EncodedValues& page) {
  stage_.count_direct(lengths_.size());
  if (!lengths_.empty()) {
    page.encoding = is_too_large() ? Encoding::plain : stage_.encoding();
    encode_direct(page.encoding, body_);
  }
  page.body = body_;
}

void BytesEncoder::encode_direct(Encoding encoding, Bytes& out) const {
  switch (encoding) {
    case Encoding::plain:
      return encode_plain(out);
    case Encoding::delta_length_byte_array:
      return encode_delta_length(values(), out);
    case Encoding::delta_byte_array:
      return encode_delta_byte_array(values(), out);
    default:
      SLUICE_CHECK(false && "byte strings have these encodings");
  }
}

void BytesEncoder::encode_plain(Bytes& out) const {
  if (fixed_length_ > 0) {
    out.append(heap_);
    return;
  }
  const std::size_t start = out.size();
  const std::size_t size = start + heap_.size() + lengths_.size() * length_prefix_bytes;
  out.resize_and_overwrite(size, [&](char* data, std::size_t) {
    char* to = data + start;
    const char* from = heap_.data();
    for (const std::int32_t signed_length : lengths_) {
      const auto length = static_cast<std::uint32_t>(signed_length);
      store_le(to, length);
      std::memcpy(to + length_prefix_bytes, from, length);
      to += length_prefix_bytes + length;
      from += length;
    }
    return size;
  });
}

// Decides by the values of the page that closes.
void BytesEncoder::settle() {
  if (is_too_large()) {
    stage_.decide({});
    return;
  }
  const bool tries_dictionary = stage_.may_use_dictionary();
  contest_.begin(lengths_.size());
  encode_plain(contest_.enter(Encoding::plain));
  if (tries_dictionary) {
    index_page();
    if (stage_.fits(dictionary_.plain_bytes())) {
      enter_indices();
    }
  }
  if (contest_.allows_all() && fixed_length_ == 0) {
    for (const Encoding encoding :
         {Encoding::delta_length_byte_array, Encoding::delta_byte_array}) {
      encode_direct(encoding, contest_.enter(encoding));
    }
  }
  stage_.decide(contest_.decide());
  if (tries_dictionary && !stage_.is_dictionary()) {
    dictionary_.clear();
  }
}

// The open page's values as indices.
void BytesEncoder::index_page() {
  std::size_t at = 0;
  for (const std::int32_t length : lengths_) {
    const auto size = static_cast<std::size_t>(length);
    indices_.push_back(dictionary_.add(ByteView(heap_).substr(at, size)));
    at += size;
  }
}

// The values as indices of the widths that may be lightest.
void BytesEncoder::enter_indices() {
  const std::size_t size = dictionary_.size();
  const auto enter = [&](IndexWidth width) {
    encode_indices(indices_, size, width, contest_.enter_indices(width, dictionary_.plain()));
  };
  enter(IndexWidth::fewest);
  if (contest_.weighs_compressed()) {
    enter(IndexWidth::whole_bytes);
  }
}

std::optional<DictionaryPage> BytesEncoder::dictionary() const {
  if (!stage_.has_dictionary()) {
    return std::nullopt;
  }
  return DictionaryPage{.values = dictionary_.size(),
                        .body = dictionary_.plain(),
                        .covers_chunk = stage_.covers_chunk()};
}

void BytesEncoder::start_chunk() {
  SLUICE_CHECK(!is_page_open_);
  dictionary_.clear();
  stage_.start_chunk();
  last_use_.clear();
  page_ = 1;
}

std::size_t BytesEncoder::bytes_held() const {
  return dictionary_.bytes_held() + lengths_.capacity() * sizeof(std::int32_t) + heap_.capacity() +
         (indices_.capacity() + last_use_.capacity()) * sizeof(std::uint32_t) + body_.capacity();
}

}  // namespace sluice::parquet
