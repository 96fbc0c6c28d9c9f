// Encoding numbers.
#include "parquet/fixed_encoder.h"

#include "base/check.h"
#include "parquet/byte_stream_split.h"
#include "parquet/delta_binary_packed.h"

#include <span>

namespace sluice::parquet {

// Until then the closed page's body is in use.
template <class T>
void FixedEncoder<T>::start_page() {
  if (!is_page_open_) {
    values_.clear();
    body_.clear();
    is_page_open_ = true;
  }
}

template <class T>
void FixedEncoder<T>::append(const columnar::Column& column, std::size_t first, std::size_t count) {
  if (count == 0) {
    return;
  }
  start_page();
  const Bits* const values = column.fixed<Bits>() + first;
  bounds_.add(column.fixed<T>() + first, count);
  if (stage_.is_dictionary()) {
    dictionary_.add(values, count, indices_);
  } else {
    values_.insert(values_.end(), values, values + count);
  }
}

template <class T>
EncodedValues FixedEncoder<T>::close_page() {
  start_page();
  is_page_open_ = false;
  EncodedValues page;
  page.bounds = bounds_.take();
  if (!stage_.is_decided() && !values_.empty()) {
    settle();
  }
  if (stage_.is_dictionary()) {
    close_coded(page);
  } else {
    close_direct(page);
  }
  indices_.clear();
  return page;
}

// A page of indices, or, when the dictionary has grown too large, one without.
template <class T>
void FixedEncoder<T>::close_coded(EncodedValues& page) {
  if (stage_.fits(dictionary_.plain_bytes())) {
    stage_.count_coded(dictionary_.size());
    page.encoding = Encoding::rle_dictionary;
    encode_indices(indices_, dictionary_.size(), stage_.index_width(), body_);
    page.body = body_;
    return;
  }
  values_.clear();
  for (const std::uint32_t index : indices_) {
    values_.push_back(dictionary_.value(index));
  }
  dictionary_.truncate(stage_.size_before());
  settle();
  close_direct(page);
}

template <class T>
void FixedEncoder<T>::close_direct(EncodedValues& page) {
  stage_.count_direct(values_.size());
  if (values_.empty() || stage_.encoding() == Encoding::plain) {
    page.body = plain();
    return;
  }
  page.encoding = stage_.encoding();
  encode_direct(page.encoding, body_);
  page.body = body_;
}

template <class T>
void FixedEncoder<T>::encode_direct(Encoding encoding, Bytes& out) const {
  if constexpr (std::is_integral_v<T>) {
    SLUICE_CHECK(encoding == Encoding::delta_binary_packed);
    const T* const values = reinterpret_cast<const T*>(values_.data());
    encode_delta_packed(std::span(values, values_.size()), out);
  } else {
    SLUICE_CHECK(encoding == Encoding::byte_stream_split);
    encode_byte_stream_split(plain(), sizeof(T), out);
  }
}

// Decides by the values of the page that closes.
template <class T>
void FixedEncoder<T>::settle() {
  const bool tries_dictionary = stage_.may_use_dictionary();
  contest_.begin(values_.size());
  contest_.enter(Encoding::plain, plain());
  if (tries_dictionary) {
    dictionary_.add(values_.data(), values_.size(), indices_);
    if (stage_.fits(dictionary_.plain_bytes())) {
      enter_indices();
    }
  }
  if (contest_.allows_all()) {
    constexpr Encoding direct =
        std::is_integral_v<T> ? Encoding::delta_binary_packed : Encoding::byte_stream_split;
    encode_direct(direct, contest_.enter(direct));
  }
  stage_.decide(contest_.decide());
  if (tries_dictionary && !stage_.is_dictionary()) {
    dictionary_.clear();
  }
}

// The values as indices of the widths that may be lightest.
template <class T>
void FixedEncoder<T>::enter_indices() {
  const std::size_t size = dictionary_.size();
  const auto enter = [&](IndexWidth width) {
    encode_indices(indices_, size, width, contest_.enter_indices(width, dictionary_.plain()));
  };
  enter(IndexWidth::fewest);
  if (contest_.weighs_compressed()) {
    enter(IndexWidth::whole_bytes);
  }
}

template <class T>
std::optional<DictionaryPage> FixedEncoder<T>::dictionary() const {
  if (!stage_.has_dictionary()) {
    return std::nullopt;
  }
  return DictionaryPage{.values = dictionary_.size(),
                        .body = dictionary_.plain(),
                        .covers_chunk = stage_.covers_chunk()};
}

template <class T>
void FixedEncoder<T>::start_chunk() {
  SLUICE_CHECK(!is_page_open_);
  dictionary_.clear();
  stage_.start_chunk();
}

template <class T>
std::size_t FixedEncoder<T>::bytes_held() const {
  return dictionary_.bytes_held() + values_.capacity() * sizeof(T) +
         indices_.capacity() * sizeof(std::uint32_t) + body_.capacity();
}

template class FixedEncoder<std::int32_t>;
template class FixedEncoder<std::int64_t>;
template class FixedEncoder<float>;
template class FixedEncoder<double>;

}  // namespace sluice::parquet
