// The encoders: booleans, numbers, byte strings.
#include "parquet/value_encoder.h"

#include "base/check.h"
#include "parquet/dictionary.h"
#include "parquet/hybrid.h"
#include "parquet/plain.h"
#include "parquet/schema.h"

#include <bit>
#include <type_traits>
#include <vector>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

// At least one bit: width 0 is legal, but some readers stumble over it.
unsigned index_width(std::size_t dictionary_size) {
  return dictionary_size <= 2 ? 1U : static_cast<unsigned>(std::bit_width(dictionary_size - 1));
}

// Settles page by page whether a chunk stays with its dictionary.
class DictionaryChoice {
 public:
  explicit DictionaryChoice(DictionaryOptions options)
      : options_(options), is_on_(options.enabled) {}

  bool is_on() const { return is_on_; }

  bool is_used() const { return pages_ > 0; }

  bool covers_chunk() const { return is_used() && plain_values_ == 0; }

  // The dictionary's size when the open page began: what a page that is given up goes back to.
  std::size_t size_before() const { return size_before_; }

  // A page of `values` closes; true when it is to be coded by the dictionary.
  bool settle(std::size_t values,
              std::size_t plain_bytes,
              std::size_t dictionary_bytes,
              std::size_t dictionary_size) {
    if (is_on_ && values > 0) {
      const std::size_t index_bytes = values * index_width(dictionary_size) / 8 + 1;
      const bool pays = is_used() || dictionary_bytes + index_bytes < plain_bytes;
      is_on_ = pays && dictionary_bytes <= options_.bytes_max;
    }
    const bool is_coded = is_on_ && (values > 0 || is_used());
    if (is_coded) {
      size_before_ = dictionary_size;
      ++pages_;
    } else {
      plain_values_ += values;
    }
    return is_coded;
  }

  void start_chunk() { *this = DictionaryChoice(options_); }

 private:
  DictionaryOptions options_;
  bool is_on_;
  std::size_t size_before_ = 0;
  std::size_t pages_ = 0;
  std::size_t plain_values_ = 0;
};

// The body of a dictionary-coded page.
void encode_indices(const std::vector<std::uint32_t>& indices,
                    std::size_t dictionary_size,
                    Bytes& out) {
  const unsigned width = index_width(dictionary_size);
  out.push_back(static_cast<char>(width));
  encode_hybrid(std::span<const std::uint32_t>(indices), width, out);
}

class BooleanEncoder final : public ValueEncoder {
 public:
  void append(const Column& column, std::size_t first, std::size_t count) override {
    const std::uint8_t* values = column.fixed<std::uint8_t>() + first;
    bounds_.add(values, count);
    values_.insert(values_.end(), values, values + count);
  }

  EncodedValues close_page() override {
    body_.clear();
    encode_plain_booleans(values_, body_);
    values_.clear();
    EncodedValues page;
    page.body = body_;
    page.bounds = bounds_.take();
    return page;
  }

  std::optional<DictionaryPage> dictionary() const override { return std::nullopt; }

  void start_chunk() override { SLUICE_CHECK(values_.empty()); }

  std::size_t bytes_held() const override { return values_.capacity() + body_.capacity(); }

 private:
  FixedBounds<std::uint8_t> bounds_;
  std::vector<std::uint8_t> values_;
  Bytes body_;
};

template <class T>
class FixedEncoder final : public ValueEncoder {
 public:
  explicit FixedEncoder(DictionaryOptions options) : choice_(options) {}

  void append(const Column& column, std::size_t first, std::size_t count) override {
    if (count == 0) {
      return;
    }
    start_page();
    const T* values = column.fixed<T>() + first;
    bounds_.add(values, count);
    if (choice_.is_on()) {
      dictionary_.add(column.fixed<Bits>() + first, count, indices_);
    } else {
      body_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
  }

  EncodedValues close_page() override {
    start_page();
    is_page_open_ = false;
    EncodedValues page;
    page.bounds = bounds_.take();
    if (!choice_.is_on()) {
      choice_.settle(body_.size() / sizeof(T), 0, 0, 0);
    } else if (choice_.settle(indices_.size(),
                              indices_.size() * sizeof(T),
                              dictionary_.plain_bytes(),
                              dictionary_.size())) {
      page.encoding = Encoding::rle_dictionary;
      encode_indices(indices_, dictionary_.size(), body_);
    } else {
      for (std::uint32_t index : indices_) {
        put_le(body_, dictionary_.value(index));
      }
      if (!choice_.is_on()) {
        dictionary_.truncate(choice_.size_before());
      }
    }
    indices_.clear();
    page.body = body_;
    return page;
  }

  std::optional<DictionaryPage> dictionary() const override {
    if (!choice_.is_used()) {
      return std::nullopt;
    }
    return DictionaryPage{.values = dictionary_.size(),
                          .body = dictionary_.plain(),
                          .covers_chunk = choice_.covers_chunk()};
  }

  void start_chunk() override {
    SLUICE_CHECK(!is_page_open_);
    dictionary_.clear();
    choice_.start_chunk();
  }

  std::size_t bytes_held() const override {
    return dictionary_.bytes_held() + indices_.capacity() * sizeof(std::uint32_t) +
           body_.capacity();
  }

 private:
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static_assert(sizeof(T) == sizeof(Bits));

  void start_page() {
    if (!is_page_open_) {
      body_.clear();
      is_page_open_ = true;
    }
  }

  DictionaryChoice choice_;
  FixedDictionary<Bits> dictionary_;
  FixedBounds<T> bounds_;
  std::vector<std::uint32_t> indices_;  // of the open page, while the dictionary is on
  Bytes body_;                          // of the open page when PLAIN, then of the closed one
  bool is_page_open_ = false;
};

// Byte strings of any length, or the last `fixed_length` bytes of fixed ones: a decimal comes with
// 16 bytes and needs fewer.
class BytesEncoder final : public ValueEncoder {
 public:
  BytesEncoder(std::size_t fixed_length, Order order, DictionaryOptions options)
      : fixed_length_(fixed_length), order_(order), choice_(options), dictionary_(fixed_length) {}

  void append(const Column& column, std::size_t first, std::size_t count) override {
    if (count == 0) {
      return;
    }
    start_page();
    for (std::size_t i = first; i < first + count; ++i) {
      const ByteView value = trim(column.bytes(i));
      byte_array_bytes_ += value.size();
      if (choice_.is_on()) {
        add_coded(value);
      } else {
        add_plain(value);
      }
    }
    values_ += count;
  }

  EncodedValues close_page() override {
    start_page();
    is_page_open_ = false;
    EncodedValues page;
    page.byte_array_bytes = byte_array_bytes_;
    page.bounds = take_bounds();
    const std::size_t prefixes = fixed_length_ == 0 ? values_ * length_prefix_bytes : 0;
    if (!choice_.is_on()) {
      choice_.settle(values_, 0, 0, 0);
    } else if (choice_.settle(values_,
                              byte_array_bytes_ + prefixes,
                              dictionary_.plain_bytes(),
                              dictionary_.size())) {
      page.encoding = Encoding::rle_dictionary;
      encode_indices(indices_, dictionary_.size(), body_);
    } else {
      for (std::uint32_t index : indices_) {
        body_.append(dictionary_.plain(index));
      }
      if (!choice_.is_on()) {
        dictionary_.truncate(choice_.size_before());
        last_use_.clear();
      }
    }
    indices_.clear();
    values_ = 0;
    byte_array_bytes_ = 0;
    ++page_;
    page.body = body_;
    return page;
  }

  std::optional<DictionaryPage> dictionary() const override {
    if (!choice_.is_used()) {
      return std::nullopt;
    }
    return DictionaryPage{.values = dictionary_.size(),
                          .body = dictionary_.plain(),
                          .covers_chunk = choice_.covers_chunk()};
  }

  void start_chunk() override {
    SLUICE_CHECK(!is_page_open_);
    dictionary_.clear();
    choice_.start_chunk();
    last_use_.clear();
    page_ = 1;
  }

  std::size_t bytes_held() const override {
    return dictionary_.bytes_held() +
           (indices_.capacity() + last_use_.capacity()) * sizeof(std::uint32_t) + body_.capacity();
  }

 private:
  // Where the bound of the open page lies: in the dictionary, or in `body_`.
  struct BoundPlace {
    std::size_t at = 0;  // index, or position
    std::size_t length = 0;
  };

  void start_page() {
    if (!is_page_open_) {
      body_.clear();
      is_page_open_ = true;
      has_bounds_ = false;
    }
  }

  ByteView trim(ByteView value) const {
    if (fixed_length_ == 0) {
      return value;
    }
    SLUICE_CHECK(value.size() >= fixed_length_);
    return value.substr(value.size() - fixed_length_);
  }

  ByteView bound(const BoundPlace& place) const {
    return choice_.is_on() ? dictionary_.value(static_cast<std::uint32_t>(place.at))
                           : ByteView(body_).substr(place.at, place.length);
  }

  void widen(ByteView value, BoundPlace place) {
    if (order_ == Order::none) {
      return;
    }
    if (!has_bounds_) {
      min_ = max_ = place;
      has_bounds_ = true;
    } else if (compare(order_, value, bound(min_)) < 0) {
      min_ = place;
    } else if (compare(order_, value, bound(max_)) > 0) {
      max_ = place;
    }
  }

  void add_coded(ByteView value) {
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

  void add_plain(ByteView value) {
    if (fixed_length_ == 0) {
      put_plain_bytes(body_, value);
    } else {
      body_.append(value);
    }
    widen(value, {.at = body_.size() - value.size(), .length = value.size()});
  }

  Bounds take_bounds() {
    Bounds out;
    out.has_values = has_bounds_;
    if (has_bounds_) {
      out.min = bound(min_);
      out.max = bound(max_);
    }
    return out;
  }

  std::size_t fixed_length_;  // 0: each value has its own
  Order order_;
  DictionaryChoice choice_;
  BytesDictionary dictionary_;
  std::vector<std::uint32_t> indices_;
  std::vector<std::uint32_t> last_use_;  // by index: the page that used it last, counted from 1
  std::uint32_t page_ = 1;
  Bytes body_;
  std::size_t values_ = 0;
  std::size_t byte_array_bytes_ = 0;
  BoundPlace min_;
  BoundPlace max_;
  bool has_bounds_ = false;
  bool is_page_open_ = false;
};

}  // namespace

std::unique_ptr<ValueEncoder> make_value_encoder(const columnar::Leaf& leaf,
                                                 DictionaryOptions options) {
  const PhysicalLeaf physical = physical_leaf(leaf);
  switch (leaf.storage) {
    case Storage::boolean:
      return std::make_unique<BooleanEncoder>();
    case Storage::int32:
      return std::make_unique<FixedEncoder<std::int32_t>>(options);
    case Storage::int64:
      return std::make_unique<FixedEncoder<std::int64_t>>(options);
    case Storage::float32:
      return std::make_unique<FixedEncoder<float>>(options);
    case Storage::float64:
      return std::make_unique<FixedEncoder<double>>(options);
    case Storage::bytes:
    case Storage::fixed_bytes:
      return std::make_unique<BytesEncoder>(
          static_cast<std::size_t>(physical.type_length), physical.order, options);
  }
  SLUICE_CHECK(false && "every storage has an encoder");
  return nullptr;
}

}  // namespace sluice::parquet
