// Bytes received and not yet used.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

namespace sluice::net {

// A flat buffer: bytes are written behind, used up in front, and moved down only when room is
// needed.  One that was filled to its end grows: more waits where that came from.  Views end with
// prepare() and shrink().  Not thread-safe.
class ReceiveBuffer {
 public:
  explicit ReceiveBuffer(std::size_t capacity)
      : storage_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity) {}

  ByteView bytes() const { return {storage_.get() + begin_, end_ - begin_}; }

  bool empty() const { return begin_ == end_; }

  std::size_t capacity() const { return capacity_; }

  // Makes room for at least one byte, growing up to `capacity_max` (more than bytes().size()), and
  // returns where to write; room() tells how much fits.
  char* prepare(std::size_t capacity_max) {
    const std::size_t held = end_ - begin_;
    SLUICE_CHECK(held < capacity_max);
    if (held == 0) {
      begin_ = end_ = 0;
      if (was_filled_ && capacity_ < capacity_max) {
        move_to(std::min(capacity_ * 2, capacity_max));
      }
    }
    if (end_ == capacity_) {
      const std::size_t wanted = held * 2 > capacity_
                                     ? std::min(std::max(capacity_ * 2, held + 1), capacity_max)
                                     : capacity_;
      move_to(std::max(wanted, capacity_));
    }
    SLUICE_CHECK(end_ < capacity_);
    return storage_.get() + end_;
  }

  std::size_t room() const { return capacity_ - end_; }

  // `count` bytes were written where prepare() said.
  void commit(std::size_t count) {
    SLUICE_CHECK(count <= room());
    end_ += count;
    was_filled_ = end_ == capacity_;
  }

  void consume(std::size_t count) {
    SLUICE_CHECK(count <= end_ - begin_);
    begin_ += count;
  }

  // Gives memory beyond `capacity` back; only when empty.
  void shrink(std::size_t capacity) {
    SLUICE_CHECK(empty());
    begin_ = end_ = 0;
    was_filled_ = false;
    if (capacity_ > capacity) {
      move_to(capacity);
    }
  }

 private:
  void move_to(std::size_t capacity) {
    const std::size_t held = end_ - begin_;
    SLUICE_CHECK(held <= capacity);
    if (capacity == capacity_) {
      std::memmove(storage_.get(), storage_.get() + begin_, held);
    } else {
      auto storage = std::make_unique_for_overwrite<char[]>(capacity);
      std::memcpy(storage.get(), storage_.get() + begin_, held);
      storage_ = std::move(storage);
      capacity_ = capacity;
    }
    begin_ = 0;
    end_ = held;
  }

  std::unique_ptr<char[]> storage_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool was_filled_ = false;
};

}  // namespace sluice::net
