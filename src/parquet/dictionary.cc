// Dictionaries of numbers and of byte strings.
#include "parquet/dictionary.h"

#include "base/check.h"
#include "base/uint128.h"
#include "parquet/plain.h"

#include <xxhash.h>

#include <bit>
#include <cstring>

namespace sluice::parquet {

namespace {

constexpr std::size_t slots_least = 64;

// Heart rates, counts and flags are small: these are found by a plain look-up.
constexpr std::size_t direct_values = 1024;

// 2^64 divided by the golden ratio: multiplying spreads neighbouring numbers over the table.
constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;

// Most texts of a dictionary are short: two loads that overlap take all of one, and the halves of
// their product depend on every byte.
std::uint32_t hash_of(ByteView value) {
  if (value.size() > 16) {
    return static_cast<std::uint32_t>(XXH3_64bits(value.data(), value.size()));
  }
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (value.size() >= 8) {
    first = load_le<std::uint64_t>(value.data());
    last = load_le<std::uint64_t>(value.data() + value.size() - 8);
  } else if (value.size() >= 4) {
    first = load_le<std::uint32_t>(value.data());
    last = load_le<std::uint32_t>(value.data() + value.size() - 4);
  } else {
    std::memcpy(&first, value.data(), value.size());
  }
  constexpr std::uint64_t other_spread = 0xc2b2ae3d27d4eb4f;
  const UInt128 product =
      UInt128{(first ^ spread) + value.size()} * UInt128{(last ^ other_spread) | 1};
  const auto mixed =
      static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  return static_cast<std::uint32_t>(mixed ^ (mixed >> 32));
}

unsigned shift_for(std::size_t slots) {
  return static_cast<unsigned>(64 - std::countr_zero(slots));
}

}  // namespace

template <class T>
void FixedDictionary<T>::add(const T* values,
                             std::size_t count,
                             std::vector<std::uint32_t>& indices) {
  SLUICE_CHECK(!is_truncated_);
  if (direct_.empty()) {
    direct_.resize(direct_values);
  }
  const std::size_t start = indices.size();
  indices.resize(start + count);
  std::uint32_t* out = indices.data() + start;
  for (std::size_t i = 0; i < count; ++i) {
    const T value = values[i];
    if (value < direct_values) {
      std::uint32_t& known = direct_[static_cast<std::size_t>(value)];
      if (known == 0) {
        values_.push_back(value);
        known = static_cast<std::uint32_t>(values_.size());
      }
      out[i] = known - 1;
    } else {
      out[i] = index_of(value);
    }
  }
}

template <class T>
std::uint32_t FixedDictionary<T>::index_of(T value) {
  if (values_.size() * 2 >= slots_.size()) {
    grow();
  }
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>((value * spread) >> shift_);
  while (slots_[at] != 0) {
    if (values_[slots_[at] - 1] == value) {
      return slots_[at] - 1;
    }
    at = (at + 1) & mask;
  }
  values_.push_back(value);
  slots_[at] = static_cast<std::uint32_t>(values_.size());
  return slots_[at] - 1;
}

template <class T>
void FixedDictionary<T>::grow() {
  std::size_t slots = slots_.empty() ? slots_least : slots_.size();
  while (slots <= values_.size() * 2) {
    slots *= 2;
  }
  slots_.assign(slots, 0);
  shift_ = shift_for(slots);
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i] < direct_values) {
      continue;
    }
    std::size_t at = static_cast<std::size_t>((values_[i] * spread) >> shift_);
    while (slots_[at] != 0) {
      at = (at + 1) & (slots - 1);
    }
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

template <class T>
void FixedDictionary<T>::truncate(std::size_t size) {
  SLUICE_CHECK(size <= values_.size());
  values_.resize(size);
  is_truncated_ = true;
}

template <class T>
void FixedDictionary<T>::clear() {
  *this = FixedDictionary<T>();
}

template <class T>
std::size_t FixedDictionary<T>::bytes_held() const {
  return values_.capacity() * sizeof(T) +
         (slots_.capacity() + direct_.capacity()) * sizeof(std::uint32_t);
}

template class FixedDictionary<std::uint32_t>;
template class FixedDictionary<std::uint64_t>;

std::uint32_t BytesDictionary::add(ByteView value) {
  SLUICE_CHECK(!is_truncated_);
  SLUICE_DCHECK(fixed_length_ == 0 || value.size() == fixed_length_);
  if (ends_.size() * 2 >= slots_.size()) {
    grow();
  }
  const std::uint32_t hash = hash_of(value);
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].index != 0) {
    if (slots_[at].hash == hash && this->value(slots_[at].index - 1) == value) {
      return slots_[at].index - 1;
    }
    at = (at + 1) & mask;
  }
  if (fixed_length_ == 0) {
    put_plain_bytes(heap_, value);
  } else {
    heap_.append(value);
  }
  ends_.push_back(heap_.size());
  slots_[at] = {.index = static_cast<std::uint32_t>(ends_.size()), .hash = hash};
  return slots_[at].index - 1;
}

ByteView BytesDictionary::plain(std::uint32_t index) const {
  SLUICE_DCHECK(index < ends_.size());
  const std::size_t start = index == 0 ? 0 : ends_[index - 1];
  return ByteView(heap_).substr(start, ends_[index] - start);
}

ByteView BytesDictionary::value(std::uint32_t index) const {
  return plain(index).substr(fixed_length_ == 0 ? length_prefix_bytes : 0);
}

void BytesDictionary::grow() {
  const std::size_t slots = slots_.empty() ? slots_least : slots_.size() * 2;
  std::vector<Slot> bigger(slots);
  for (const Slot& slot : slots_) {
    if (slot.index == 0) {
      continue;
    }
    std::size_t at = slot.hash & (slots - 1);
    while (bigger[at].index != 0) {
      at = (at + 1) & (slots - 1);
    }
    bigger[at] = slot;
  }
  slots_ = std::move(bigger);
}

void BytesDictionary::truncate(std::size_t size) {
  SLUICE_CHECK(size <= ends_.size());
  ends_.resize(size);
  heap_.resize(size == 0 ? 0 : ends_.back());
  is_truncated_ = true;
}

void BytesDictionary::clear() {
  *this = BytesDictionary(fixed_length_);
}

std::size_t BytesDictionary::bytes_held() const {
  return heap_.capacity() + ends_.capacity() * sizeof(std::size_t) +
         slots_.capacity() * sizeof(Slot);
}

}  // namespace sluice::parquet
