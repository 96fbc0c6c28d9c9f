// Hashes of a chunk's values into a filter.
#include "parquet/bloom_builder.h"

#include "base/check.h"

#include <bit>
#include <cmath>
#include <limits>

namespace sluice::parquet {

namespace {

using columnar::Column;
using columnar::Storage;

constexpr std::size_t slots_least = 256;

// A filter that lets more absent values pass saves nobody a read.
constexpr double useless_share = 0.5;

template <class T>
std::uint64_t hash_of(T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  return bloom_hash({bytes, sizeof(T)});
}

// The most distinct values for which the largest filter keeps to the share that is wanted.
std::uint64_t distinct_most(const BloomOptions& options) {
  std::uint64_t fits = 0;
  std::uint64_t too_many = options.bytes_max * 8 + 1;
  while (fits + 1 < too_many) {
    const std::uint64_t middle = fits + (too_many - fits) / 2;
    const bool is_fitting =
        expected_false_positives(options.bytes_max, middle) <= options.false_positives;
    (is_fitting ? fits : too_many) = middle;
  }
  return fits;
}

}  // namespace

BloomBuilder::BloomBuilder(const columnar::Leaf& leaf, BloomOptions options)
    : options_(options),
      storage_(leaf.storage),
      fixed_length_(static_cast<std::size_t>(physical_leaf(leaf).type_length)),
      distinct_most_(distinct_most(options)) {
  SLUICE_CHECK(options.false_positives > 0);
  SLUICE_CHECK(options.false_positives < 1);
  SLUICE_CHECK(options.bytes_max <= bloom_filter_bytes_limit);
  SLUICE_CHECK(leaf.storage != Storage::boolean);
}

void BloomBuilder::add(const Column& column, std::size_t first, std::size_t count) {
  switch (storage_) {
    case Storage::int32:
      return add_fixed<std::int32_t>(column, first, count);
    case Storage::int64:
      return add_fixed<std::int64_t>(column, first, count);
    case Storage::float32:
      return add_floats<float>(column, first, count);
    case Storage::float64:
      return add_floats<double>(column, first, count);
    case Storage::bytes:
    case Storage::fixed_bytes:
      return add_bytes(column, first, count);
    case Storage::boolean:
      break;
  }
  SLUICE_CHECK(false && "booleans have no bloom filter");
}

template <class T>
void BloomBuilder::add_fixed(const Column& column, std::size_t first, std::size_t count) {
  const T* values = column.fixed<T>() + first;
  for (std::size_t i = 0; i < count; ++i) {
    add_hash(hash_of(values[i]));
  }
}

// Readers look for one of the zeros and one of the NaNs, which are equal for SQL but not as bytes.
template <class T>
void BloomBuilder::add_floats(const Column& column, std::size_t first, std::size_t count) {
  const T* values = column.fixed<T>() + first;
  for (std::size_t i = 0; i < count; ++i) {
    add_hash(hash_of(values[i]));
    if (values[i] == T{0}) {
      add_hash(hash_of(-values[i]));
    } else if (std::isnan(values[i])) {
      add_hash(hash_of(std::numeric_limits<T>::quiet_NaN()));
    }
  }
}

void BloomBuilder::add_bytes(const Column& column, std::size_t first, std::size_t count) {
  for (std::size_t i = first; i < first + count; ++i) {
    const ByteView value = column.bytes(i);
    add_hash(bloom_hash(fixed_length_ == 0 ? value : value.substr(value.size() - fixed_length_)));
  }
}

void BloomBuilder::add_hash(std::uint64_t hash) {
  if (full_) {
    full_->insert(hash);
    return;
  }
  if (hash == 0) {
    has_zero_ = true;
    return;
  }
  if (hash == last_) {
    return;
  }
  last_ = hash;
  if (distinct_ * 8 >= slots_.size() * 7) {
    grow();
  }
  const std::size_t rest = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hash) & rest;
  while (slots_[at] != 0) {
    if (slots_[at] == hash) {
      return;
    }
    at = (at + 1) & rest;
  }
  slots_[at] = hash;
  if (++distinct_ > distinct_most_) {
    go_over();
  }
}

void BloomBuilder::grow() {
  std::vector<std::uint64_t> bigger(slots_.empty() ? slots_least : slots_.size() * 2);
  for (const std::uint64_t hash : slots_) {
    if (hash == 0) {
      continue;
    }
    std::size_t at = static_cast<std::size_t>(hash) & (bigger.size() - 1);
    while (bigger[at] != 0) {
      at = (at + 1) & (bigger.size() - 1);
    }
    bigger[at] = hash;
  }
  slots_ = std::move(bigger);
}

void BloomBuilder::go_over() {
  full_.emplace(options_.bytes_max);
  for (const std::uint64_t hash : slots_) {
    if (hash != 0) {
      full_->insert(hash);
    }
  }
  if (has_zero_) {
    full_->insert(0);
  }
  slots_ = {};
}

std::optional<BloomFilter> BloomBuilder::take() {
  std::optional<BloomFilter> filter;
  if (full_) {
    filter = std::move(full_);
  } else if (distinct_ > 0 || has_zero_) {
    filter.emplace(bloom_filter_bytes(
        distinct_ + (has_zero_ ? 1 : 0), options_.false_positives, options_.bytes_max));
    for (const std::uint64_t hash : slots_) {
      if (hash != 0) {
        filter->insert(hash);
      }
    }
    if (has_zero_) {
      filter->insert(0);
    }
  }
  full_.reset();
  slots_ = {};
  distinct_ = last_ = 0;
  has_zero_ = false;
  if (filter && filter->false_positives() > useless_share) {
    filter.reset();
  }
  return filter;
}

std::size_t BloomBuilder::bytes_held() const {
  return slots_.capacity() * sizeof(std::uint64_t) + (full_ ? full_->bytes().capacity() : 0);
}

}  // namespace sluice::parquet
