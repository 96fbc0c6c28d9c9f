// The distinct values of a column chunk, numbered in order of first appearance.
//
// Values are looked up by their bits: 0.0 and -0.0 are two values, as are two NaNs with different
// payloads, so that what was written comes back.  Open hash tables of power-of-two size, at most
// half full.
#pragma once

#include "base/bytes.h"

#include <cstdint>
#include <span>
#include <vector>

namespace sluice::parquet {

// Numbers of 32 or 64 bits; T is std::uint32_t or std::uint64_t, the value's bits.
template <class T>
class FixedDictionary {
 public:
  // Appends the index of each value to `indices`.
  void add(const T* values, std::size_t count, std::vector<std::uint32_t>& indices);

  std::size_t size() const { return values_.size(); }

  std::size_t plain_bytes() const { return values_.size() * sizeof(T); }

  // The PLAIN form of the values, in order.
  ByteView plain() const { return {reinterpret_cast<const char*>(values_.data()), plain_bytes()}; }

  T value(std::uint32_t index) const { return values_[index]; }

  // Drops the values from `size` on; nothing can be added until clear().
  void truncate(std::size_t size);
  void clear();
  std::size_t bytes_held() const;

 private:
  std::uint32_t index_of(T value);
  void grow();

  std::vector<T> values_;
  std::vector<std::uint32_t> slots_;   // index + 1; 0 is free
  std::vector<std::uint32_t> direct_;  // the same for small values, found without a hash
  unsigned shift_ = 0;
  bool is_truncated_ = false;
};

// Byte strings, each with a length prefix in the PLAIN form unless all have `fixed_length` bytes.
class BytesDictionary {
 public:
  explicit BytesDictionary(std::size_t fixed_length) : fixed_length_(fixed_length) {}

  // The index of `value`.
  std::uint32_t add(ByteView value);

  std::size_t size() const { return ends_.size(); }

  std::size_t plain_bytes() const { return heap_.size(); }

  ByteView plain() const { return heap_; }

  // The PLAIN form of one value: with its length prefix, if it has one.
  ByteView plain(std::uint32_t index) const;

  // The value alone.
  ByteView value(std::uint32_t index) const;

  void truncate(std::size_t size);
  void clear();
  std::size_t bytes_held() const;

 private:
  struct Slot {
    std::uint32_t index = 0;  // index + 1; 0 is free
    std::uint32_t hash = 0;
  };

  void grow();

  std::size_t fixed_length_;
  Bytes heap_;
  std::vector<std::size_t> ends_;
  std::vector<Slot> slots_;
  bool is_truncated_ = false;
};

}  // namespace sluice::parquet
